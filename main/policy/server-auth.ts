/**
 * `auth` of an MCP server below `tools.modules.mcp.config.servers`: which declared credential it is started with,
 * and in which variable (`env_token_var`). The rest of `config` is for a model runtime.
 *
 * It gives nothing by itself: the server must be registered by the person, who is asked at the first use in each
 * session; and a file that is not trusted is not heard.
 */
import { isMap, isScalar } from 'yaml';
import { isVariableName, mayBeGiven } from '../platform/given-names.ts';
import { canonicalServerName, isServerName } from '../platform/server-name.ts';
import { canonicalPart } from './canonical-name.ts';
import { checkRef, declaredBy } from './credential-refs.ts';
import type { CredentialProvider, CredentialScope, CredentialsSchema } from './credentials-schema.ts';
import { quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { isSet, type Reader } from './reader.ts';
import type { RuleRef } from './rule-ref.ts';

export interface ServerAuth {
  /** As it is registered. */
  readonly server: string;
  /** For a server that is a program; one that is reached over HTTP gets the header Authorization. Null: none is named. */
  readonly variable: string | null;
  readonly credential: string;
  readonly scope: CredentialScope;
  readonly rule: RuleRef;
}

/** @param modules `tools.modules`, whose members were checked already */
export function compileServerAuth(
  reader: Reader,
  modules: Field | undefined,
  schema: CredentialsSchema | null,
): readonly ServerAuth[] {
  const found: ServerAuth[] = [];
  for (const [name, server] of serversOf(reader, modules)) {
    const auth = memberOf(reader, server, 'auth');
    if (auth === undefined || !isSet(auth) || !isMap(auth.node)) continue;
    const one = compileOne(reader, canonicalServerName(name), auth, schema);
    if (one === null) continue;
    if (found.some((other) => other.server === one.server))
      reader.problems.error(server, `the server ${quoted(one.server)} is there twice; keep one`);
    else found.push(one);
  }
  return Object.freeze(found);
}

/** A mapping, or a list of names and of mappings with one server each: both are written. */
function serversOf(reader: Reader, modules: Field | undefined): readonly (readonly [string, Field])[] {
  const module = [...(isSet(modules) && isMap(modules.node) ? (reader.members(modules) ?? []) : [])].find(
    ([key]) => canonicalPart(key) === 'mcp',
  )?.[1];
  const servers = memberOf(reader, memberOf(reader, module, 'config'), 'servers');
  if (!isSet(servers) || isScalar(servers.node)) return [];
  const mappings = isMap(servers.node) ? [servers] : (reader.items(servers) ?? []);
  return mappings.flatMap((one) =>
    isSet(one) && isMap(one.node) ? [...(reader.members(one) ?? new Map<string, Field>())] : [],
  );
}

function memberOf(reader: Reader, field: Field | undefined, key: string): Field | undefined {
  return isSet(field) && isMap(field.node) ? reader.members(field)?.get(key) : undefined;
}

function compileOne(
  reader: Reader,
  server: string,
  auth: Field,
  schema: CredentialsSchema | null,
): ServerAuth | null {
  const members = reader.members(auth) ?? new Map<string, Field>();
  const variable = variableOf(reader, members.get('env_token_var'));
  const ref = members.get('credential');
  const name = isSet(ref)
    ? checkRef(reader, ref, members.get('provider'), declaredBy(schema))
    : ofProvider(reader, auth, members, schema);
  const provider = schema?.providers.find((one) => one.name === name);
  if (provider === undefined) return null;
  if (!isServerName(server)) {
    reader.problems.error(auth, `${quoted(server)} cannot be the name of a registered server`);
    return null;
  }
  reader.problems.info(
    auth,
    `once it is registered, the server ${server} is started with ${provider.name} ${
      variable === null
        ? 'as its Authorization header; one that is a program needs env_token_var'
        : `as ${variable}, or as its Authorization header where it is reached over HTTP`
    }; the person is asked at the first use in each session`,
  );
  return Object.freeze({
    ...{ server, variable, credential: provider.name, scope: provider.scope },
    rule: reader.problems.ref(auth, `modules.mcp.config.servers.${server}.auth`),
  });
}

function variableOf(reader: Reader, field: Field | undefined): string | null {
  const text = field === undefined ? null : reader.text(field);
  if (text === null || text === '' || field === undefined) return null;
  if (isVariableName(text) && mayBeGiven(text)) return text;
  reader.problems.error(
    field,
    isVariableName(text)
      ? `${quoted(text)} is given to no server: it chooses which code runs`
      : `${quoted(text)} is no name of an environment variable`,
  );
  return null;
}

/** The declared credential that is signed in to this service, or is called as it is. */
function ofProvider(
  reader: Reader,
  auth: Field,
  members: ReadonlyMap<string, Field>,
  schema: CredentialsSchema | null,
): string | null {
  const field = members.get('provider');
  const service = field !== undefined && isSet(field) ? reader.text(field) : null;
  const providers: readonly CredentialProvider[] = schema?.providers ?? [];
  const fitting = providers.filter(({ oauthProvider }) => service !== null && oauthProvider === service);
  const [only] = fitting.length > 0 ? fitting : providers.filter(({ name }) => name === service);
  if (fitting.length > 1)
    reader.problems.error(
      field ?? auth,
      `${fitting.map(({ name }) => name).join(' and ')} are both for ${quoted(service ?? '')}; say which with credential: NAME`,
    );
  else if (only === undefined && isSet(members.get('env_token_var')))
    reader.problems.warning(
      auth,
      'names no credential that security.credentials_schema declares, so the server is given none; add credential: NAME',
    );
  return fitting.length > 1 ? null : (only?.name ?? null);
}
