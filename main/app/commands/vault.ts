/** `gatehouse vault …`: the vault from a terminal. Values come from a prompt or from standard input, never from words. */
import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import { GatehouseError } from '../../platform/errors.ts';
import { readPlainFile } from '../../platform/plain-file.ts';
import { writePrivateFile } from '../../platform/private-file.ts';
import { SCOPES, type Scope } from '../../vault/scope.ts';
import { MAX_EXPORT_BYTES } from '../../vault/transfer.ts';
import { isExport } from '../vault/transfer-desk.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  needsRunning,
  requirePresence,
} from './command.ts';
import { readSpan } from './moment.ts';
import { connect } from './vault-connect.ts';
import { listText } from './vault-list.ts';
import { askNewPassphrase, askValues, formText, savedText } from './vault-prompts.ts';

/** Stands before the PIN: the terminal is told nothing more until it is done. */
const KEY_TAKES_A_WHILE =
  'Each credential is put under the new key: with many of them that takes a while. What it came to is said at the end.\n';

interface Words {
  readonly name: string;
  readonly scope: Scope | null;
  readonly app: string | null;
  readonly values: ReturnType<typeof parse>['values'];
}

export const vault: Command = {
  usage: [
    'vault list [--json]',
    'vault unlock [--recovery] [--accept-older]   the first time it makes the vault: [--without-passphrase]',
    'vault lock',
    'vault add NAME --type TYPE|--service SERVICE [--scope S] [--app DIR] [--label TEXT] [--stdin] [--force]',
    'vault connect NAME [--service SERVICE]       signs in at a service; again, when NAME is there already',
    'vault reveal NAME [--field F]                asks for the PIN',
    'vault rotate NAME [--stdin] [--now]          a new value: kept beside the old one, tested, then put in force',
    'vault rotate NAME --finish|--discard         puts it in force, or throws it away',
    'vault rotate --key                           another master key and passphrase',
    'vault grant NAME --to SERVER --env VAR|--header H [--always] [--for 8h]',
    'vault revoke NAME [--from SERVER]',
    'vault remove NAME',
    'vault export FILE                            encrypted; asks for the PIN and a passphrase for the file',
    'vault import FILE [--replace]                an export, or a .env file',
  ],
  what: [
    'Credentials, encrypted. Agents never see a value; registered MCP servers are started with it.',
    '',
    `SCOPE is one of ${SCOPES.join(', ')} (per_user when none is given); a project’s is of the folder`,
    'you are in, or of --app DIR. Values are asked for without echo, or read whole from standard input with --stdin.',
    'A server is given a credential with vault grant; the first use by each agent session is then asked about,',
    'unless --always. A use ends with its session, and after 8 hours or --for a time of 1m to 7d; the server is then',
    'started anew. Where a policy says the variable (auth.env_token_var), vault grant needs no --env, and one that was',
    'taken away with vault revoke is given again. TYPE and SERVICE: vault add NAME --type help.',
  ].join('\n'),
  needsSupervisor: true,
  async run(request, parts) {
    const [verb, ...rest] = request.argv.slice(1);
    const run = verb !== undefined && Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (run === undefined)
      return failed(
        `vault: one of ${Object.keys(VERBS).join(', ')} is needed; hint: ${parts.program} vault --help`,
        2,
      );
    return run(request, parts, parse(rest));
  },
};

function parse(args: readonly string[]) {
  const flag = { type: 'boolean' } as const;
  const text = { type: 'string' } as const;
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{
        json: flag,
        recovery: flag,
        'accept-older': flag,
        'without-passphrase': flag,
        stdin: flag,
        force: flag,
      },
      ...{ now: flag, finish: flag, discard: flag, key: flag, always: flag, replace: flag },
      ...{
        type: text,
        service: text,
        scope: text,
        app: text,
        label: text,
        field: text,
        to: text,
        from: text,
      },
      ...{ env: text, header: text, for: text },
    },
  });
}

type Verb = (
  request: CommandRequest,
  parts: CommandParts,
  parsed: ReturnType<typeof parse>,
) => Promise<CommandAnswer>;

const VERBS: Readonly<Record<string, Verb>> = {
  list: async (_request, parts, { values }) => {
    const { vault: shown } = needsRunning(parts);
    // What a new one would be kept by is asked of the keychain, once.
    if (shown.keeper.state === 'none') await shown.keeper.keychainWorks();
    const view = shown.wholeView();
    return answer(values.json === true ? JSON.stringify(view, null, 2) : listText(view, parts.program));
  },

  unlock: async (request, parts, { values }) => {
    const { keeper, secrets } = needsRunning(parts).vault;
    if (keeper.state === 'open') return answer('The vault is open.');
    if (keeper.state === 'none') return make(request, parts, values['without-passphrase'] === true);
    const recovery = values.recovery === true ? await needed(request, 'Recovery key: ') : null;
    const asks = recovery === null && keeper.vault.keptBy.passphrase;
    const passphrase = asks ? await needed(request, 'Passphrase of the vault: ') : null;
    if (values['accept-older'] === true)
      await requirePresence('going on with an older vault', request, parts);
    else if (!asks && recovery === null) await requirePresence('unlocking the vault', request, parts);
    await keeper.unlock({ passphrase, recovery }, 'terminal', values['accept-older'] === true);
    await secrets.moveIn('terminal');
    return answer('The vault is open.');
  },

  lock: async (_request, parts) => {
    await needsRunning(parts).vault.keeper.lock('asked to', 'terminal');
    return answer('The vault is locked.');
  },

  add: async (request, parts, parsed) => {
    const { name, scope, app, values } = named(request, parsed);
    const chosen = values.service ?? (values.type === undefined ? undefined : `type:${values.type}`);
    // What there is to choose from is asked before there is a vault.
    if (chosen === undefined || values.type === 'help' || values.service === 'help')
      return answer(formText(needsRunning(parts).vault.kinds.view()));
    const { desk, kinds } = open(parts);
    const kind = kinds.find(chosen);
    await requirePresence(`adding the credential ${name}`, request, parts);
    const given = await askValues(request, kind, values.stdin === true, values.field ?? null);
    const draft = { name, scope: scope ?? 'per_user', app, label: values.label ?? '', kind: chosen };
    const saved = await desk.add({ ...draft, values: given, confirmed: values.force === true }, 'terminal');
    return savedText(saved, `${name} is in the vault.`, `${parts.program} vault add … --force`);
  },

  connect: async (request, parts, parsed) => {
    const { name, values } = named(request, parsed);
    const { desk, kinds, signIns } = open(parts);
    const known = desk.signedIn(name);
    const kind = values.service ?? (values.type === undefined ? null : `type:${values.type}`);
    if (known === null && kind === null)
      return failed(
        `vault connect: --service SERVICE is needed; hint: ${parts.program} vault add x --type help`,
        2,
      );
    await requirePresence(`signing in for the credential ${name}`, request, parts);
    return connect(
      request,
      { desk, signIns },
      { name, label: values.label ?? '', kind },
      known?.id ?? null,
      () => askValues(request, kinds.find(kind ?? ''), false, null),
    );
  },

  reveal: async (request, parts, parsed) => {
    const { desk } = open(parts);
    const { name, scope, app, values } = named(request, parsed);
    const credential = desk.named(name, scope, app);
    await requirePresence(`showing the credential ${name}`, request, parts);
    return answer(await desk.reveal(credential.id, values.field ?? '', 'revealed', 'terminal'));
  },

  rotate: async (request, parts, parsed) => {
    const { keeper, desk, secrets } = open(parts);
    if (parsed.values.key === true) {
      await requirePresence('changing the key of the vault', request, parts, KEY_TAKES_A_WHILE);
      const passphrase = keeper.vault.keptBy.passphrase ? await askNewPassphrase(request) : null;
      await keeper.changeKey(passphrase, 'terminal');
      return answer('The vault has another key. The old one opens nothing any more.');
    }
    const { name, scope, app, values } = named(request, parsed);
    const credential = desk.named(name, scope, app);
    await requirePresence(`a new value of the credential ${name}`, request, parts);
    if (values.discard === true) {
      await desk.discard(credential.id, 'terminal');
      return answer(`The new value of ${name} is gone; the one in force stays.`);
    }
    if (values.finish === true) {
      await desk.promote(credential.id, 'terminal');
      await secrets.changed(desk.known(credential.id));
      return answer(switched(name, desk.kindOf(credential).provider?.page ?? null));
    }
    const kind = desk.kindOf(credential);
    const given = await askValues(request, kind, values.stdin === true, values.field ?? null);
    const how = values.now === true ? 'replaced' : 'staged';
    const waited = desk.known(credential.id).next !== null ? ['The new value that waited is gone.'] : [];
    const saved = await desk.renew(credential.id, how, given, values.force === true, 'terminal');
    if (!saved.saved) return savedText(saved, '', `${parts.program} vault rotate … --force`);
    if (how === 'replaced') {
      await secrets.changed(desk.known(credential.id));
      return answer([...waited, switched(name, kind.provider?.page ?? null)].join('\n'));
    }
    const tested = await desk.test(credential.id, 'next');
    return answer(
      [
        ...waited,
        tested.text,
        `The old value is still in force. Put the new one in force: ${parts.program} vault rotate ${name} --finish`,
      ].join('\n'),
    );
  },

  grant: async (request, parts, parsed) => {
    const { desk, secrets } = open(parts);
    const { name, scope, app, values } = named(request, parsed);
    const { to, env, header, always } = values;
    const span = values.for === undefined ? null : readSpan(values.for);
    if (values.for !== undefined && (span === null || span % 60_000 !== 0))
      return failed('vault grant: --for takes a time such as 30m, 8h or 7d', 2);
    const credential = to === undefined ? null : desk.named(name, scope, app);
    const place =
      env !== undefined
        ? ({ into: 'env', name: env } as const)
        : header !== undefined
          ? ({ into: 'header', name: header } as const)
          : credential === null || to === undefined
            ? null
            : secrets.declaredPlace(credential, to);
    if (
      credential === null ||
      to === undefined ||
      place === null ||
      (env !== undefined && header !== undefined)
    )
      return failed(
        `vault grant: --to SERVER and one of --env VAR, --header H are needed; hint: ${parts.program} vault --help`,
        2,
      );
    await requirePresence(`letting the server ${to} have the credential ${name}`, request, parts);
    const leaseMinutes = span === null ? null : span / 60_000;
    await secrets.grant(
      credential,
      desk.kindOf(credential),
      { server: to, ...place, standing: always === true ? ['*'] : [], leaseMinutes },
      'terminal',
    );
    return answer(
      `${to} is started with ${name} as ${place.name}${always === true ? '' : ', once you say yes in each session'}.`,
    );
  },

  revoke: async (request, parts, parsed) => {
    const { desk, secrets } = needsRunning(parts).vault;
    const { name, scope, app, values } = named(request, parsed);
    // Taking away allows nothing: no presence is needed.
    await secrets.revoke(desk.named(name, scope, app), values.from ?? null, 'terminal');
    return answer(
      `${name} is given to ${values.from ?? 'no server'}${values.from === undefined ? '' : ' no longer'}.`,
    );
  },

  remove: async (request, parts, parsed) => {
    const { desk, remove } = open(parts);
    const { name, scope, app } = named(request, parsed);
    const credential = desk.named(name, scope, app);
    await requirePresence(`removing the credential ${name}`, request, parts);
    const told = await remove(credential, 'terminal');
    return answer(
      `${name} is not in the vault any more${told === '' ? '. Take it back at its service too.' : `, and was ${told}.`}`,
    );
  },

  export: async (request, parts, { positionals }) => {
    const { transfers } = open(parts);
    const [file] = positionals;
    if (file === undefined || positionals.length !== 1) return failed('vault export: one file is needed', 2);
    await requirePresence('exporting the vault', request, parts);
    const passphrase = await askNewPassphrase(request, 'Passphrase for the file: ');
    const { bytes, count } = await transfers.export(passphrase, 'terminal');
    writePrivateFile(pathOf(request, file), bytes);
    return answer(`${count} credentials are in ${file}, encrypted under its passphrase.`);
  },

  import: async (request, parts, { positionals, values }) => {
    const { transfers } = open(parts);
    const [name] = positionals;
    if (name === undefined || positionals.length !== 1) return failed('vault import: one file is needed', 2);
    await requirePresence(`taking credentials in from ${name.slice(0, 200)}`, request, parts);
    const bytes = readPlainFile(pathOf(request, name), MAX_EXPORT_BYTES);
    const passphrase = isExport(bytes) ? await needed(request, 'Passphrase of the file: ') : null;
    const wish = { bytes, name, passphrase, replace: values.replace === true };
    const report = await transfers.import(wish, null, 'terminal');
    return answer(
      `${report.added.length} added, ${report.replaced.length} replaced, ${report.kept.length} there already and left as they are.`,
    );
  },
};

async function make(request: CommandRequest, parts: CommandParts, without: boolean): Promise<CommandAnswer> {
  const { keeper, secrets } = needsRunning(parts).vault;
  await requirePresence('making the vault', request, parts);
  await keeper.keychainWorks();
  const passphrase = without ? null : await askNewPassphrase(request);
  const { recoveryKey } = await keeper.make(passphrase, 'terminal');
  const moved = await secrets.moveIn('terminal');
  return answer(
    [
      keeper.state === 'open'
        ? 'The vault is made and open.'
        : 'The vault is made, and was locked meanwhile.',
      keeper.keptBy(),
      '',
      `Recovery key   ${recoveryKey}`,
      'Shown once and kept nowhere. It opens the vault without keychain and passphrase: keep it on paper.',
      ...(moved === 0 ? [] : ['', `What ${moved} MCP servers were given was moved into it.`]),
    ].join('\n'),
  );
}

function open(parts: CommandParts) {
  const { vault: opened } = needsRunning(parts);
  if (opened.keeper.state !== 'open')
    throw new GatehouseError(
      'vault_locked',
      `the vault is ${opened.keeper.state === 'none' ? 'not made yet' : 'locked'}`,
      {
        hint: `${parts.program} vault unlock`,
      },
    );
  return opened;
}

/** The credential that the words name. A project's is of the folder that the terminal is in. */
function named(request: CommandRequest, { values, positionals }: ReturnType<typeof parse>): Words {
  const [name] = positionals;
  if (name === undefined || positionals.length !== 1)
    throw new GatehouseError('usage', 'vault: one name is needed; a value is never given in words');
  const scope = values.scope === undefined ? null : SCOPES.find((one) => one === values.scope);
  if (scope === undefined) throw new GatehouseError('usage', `vault: a scope is one of ${SCOPES.join(', ')}`);
  return { name, scope, values, app: pathOf(request, values.app ?? '.') };
}

function pathOf({ cwd }: CommandRequest, path: string): string {
  return isAbsolute(path) || path.startsWith('~') ? path : join(cwd, path);
}

async function needed(request: CommandRequest, prompt: string): Promise<string> {
  const text = await request.ask(prompt);
  if (text === null)
    throw new GatehouseError(
      'no_terminal',
      'nothing was done: there is no terminal to ask on, or nothing was typed',
    );
  return text;
}

function switched(name: string, page: string | null): string {
  return `The new value of ${name} is in force. Take the old one back${page === null ? ' at its service' : `: ${page}`}`;
}
