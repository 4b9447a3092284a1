/**
 * `{{secret.NAME}}` and `{{env.NAME}}` in a server's registration: taken as a fallback, and warned of.
 *
 * A secret is turned into a binding, the same as a person makes on the page Vault; the scope is per_user, and no
 * other one is tried. An environment variable stays as it is written and is read when the server starts.
 */
import { GatehouseError } from '../../platform/errors.ts';
import { mayBeGiven } from '../../platform/given-names.ts';
import { placeholdersIn, writtenPlaceholder } from '../../platform/placeholders.ts';
import type { HttpServer, SecretBinding, ServerRecord, StdioServer } from './server-record.ts';

/** In a binding's template: the field that a credential of its type is mostly for. */
export const PRIMARY = '{*}';

/** Whether nobody on the way reads what a server is given: a program, one reached over TLS, one on this computer. */
export function isReachedUnread(
  transport: Pick<StdioServer, 'kind'> | Pick<HttpServer, 'kind' | 'url'>,
): boolean {
  if (transport.kind === 'stdio') return true;
  const { protocol, hostname } = new URL(transport.url);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/**
 * Takes the secrets out of a registration.
 *
 * @throws GatehouseError `bad_server` when one stands where it is not filled in, or cannot be read
 */
export function takePlaceholders<T extends StdioServer | HttpServer>(
  transport: T,
): { readonly transport: T; readonly secrets: SecretBinding[] } {
  const open =
    transport.kind === 'http' ? [transport.url] : [transport.program, ...transport.args, transport.cwd];
  for (const text of open) {
    const { found, broken } = placeholdersIn(text ?? '');
    const [first] = [...found.map(writtenPlaceholder), ...broken];
    if (first !== undefined)
      throw bad(
        `${first} stands in its ${transport.kind === 'http' ? 'address' : 'command'}, which others can read`,
      );
  }
  const into = transport.kind === 'http' ? 'header' : 'env';
  const given = transport.kind === 'http' ? transport.headers : transport.env;
  const secrets: SecretBinding[] = [];
  const rest: Record<string, string> = {};
  for (const [name, text] of Object.entries(given)) {
    const binding = bindingOf(into, name, text);
    if (binding === null) rest[name] = text;
    else secrets.push(binding);
  }
  if (
    !isReachedUnread(transport) &&
    (secrets.length > 0 || Object.values(rest).some((text) => fromEnvironment(text).length > 0))
  )
    throw bad(
      'it is reached over plain http, and its headers can be read on the way',
      'give an https address',
    );
  const left = transport.kind === 'http' ? { ...transport, headers: rest } : { ...transport, env: rest };
  return { transport: left as T, secrets };
}

/** Says in one sentence what of a server is given by placeholder; null when nothing is. */
export function placeholderWarning({
  transport,
  secrets = [],
}: Pick<ServerRecord, 'transport' | 'secrets'>): string | null {
  const bySecret = secrets.filter(({ template }) => template.includes(PRIMARY));
  const byEnv = Object.entries(transport.kind === 'http' ? transport.headers : transport.env).filter(
    ([, text]) => fromEnvironment(text).length > 0,
  );
  const parts = [
    ...bySecret.map(({ name, credential }) => `${name} is {{secret.${credential}}}`),
    ...byEnv.map(
      ([name, text]) =>
        `${name} is ${fromEnvironment(text)
          .map((one) => `{{env.${one}}}`)
          .join(' and ')}`,
    ),
  ];
  if (parts.length === 0) return null;
  const plain =
    byEnv.length === 0
      ? ''
      : ' What stands in the environment can be read by whatever runs as you; the vault keeps it better.';
  return `Filled in when it starts, after you were asked: ${parts.join(', ')}. Granting a credential on the page Vault says the same with its scope and field.${plain}`;
}

/** The environment variables that a text names. */
export function fromEnvironment(text: string): readonly string[] {
  return placeholdersIn(text).found.flatMap(({ from, name }) => (from === 'env' ? [name] : []));
}

function bindingOf(into: SecretBinding['into'], name: string, text: string): SecretBinding | null {
  const { found, broken } = placeholdersIn(text);
  const [first] = broken;
  if (first !== undefined) throw bad(`${name}: ${first} is neither {{secret.NAME}} nor {{env.NAME}}`);
  if (found.length === 0) return null;
  if (!mayBeGiven(name)) throw bad(`${name} cannot be given by a placeholder`);
  const own = found.find((one) => one.from === 'env' && !mayBeGiven(one.name));
  if (own !== undefined) throw bad(`${name}: ${writtenPlaceholder(own)} is given to no server`);
  const [secret, ...more] = found;
  if (secret === undefined || found.every(({ from }) => from === 'env')) return null;
  if (more.length > 0)
    throw bad(`${name} holds several placeholders`, 'keep the whole text as one credential');
  const [before = '', after = ''] = text.split(/\{\{[^{}]*\}\}/);
  if (/[{}]|base64\(/.test(before + after))
    throw bad(`${name}: beside a placeholder there may be no braces, and no base64(`);
  return {
    ...{ into, name, credential: secret.name, scope: 'per_user' },
    template: `${before}${PRIMARY}${after}`,
  };
}

function bad(why: string, hint?: string): GatehouseError {
  return new GatehouseError(
    'bad_server',
    `the entry cannot be used: ${why}`,
    hint === undefined ? {} : { hint },
  );
}
