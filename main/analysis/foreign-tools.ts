/**
 * What a call of a server's tool does: by the tool's name, and by what its arguments hold whatever the name says.
 * A friendly name frees no argument, and a harmless argument frees no deed.
 */

import { basename } from 'node:path';
import { confirms } from './confirming.ts';
import { foreignSigns } from './foreign-signs.ts';
import { type Given, textsOf } from './given-texts.ts';
import { hostOf } from './hosts.ts';
import { areHarmless, isOwnWords } from './own-words.ts';
import { looksOnly } from './page-looks.ts';
import type { Place } from './place.ts';
import { isReferencePage } from './reference-pages.ts';
import type { CommandDeed } from './shell/deed.ts';
import { type Statements, statementsOf } from './statements.ts';
import { movesTicket } from './ticket-moves.ts';
import { deedOf, type NamedTool, namedTool, namesSecret, type ToolDeed, wordsOfName } from './tool-names.ts';
import type { CallFacts } from './tools.ts';
import { FETCH_AND_RUN } from './written/code-signs.ts';

const LONGEST_QUERY = 20_000;

const STATEMENT_NAMES = /^(?:sql|statements?|quer(?:y|ies)|sql_?quer(?:y|ies)|sql_?statements?|q)$/i;
/** Arguments that say which of several things a tool is to do. */
const OPERATION_NAMES =
  /^(?:operation|operation_?name|op|action|method|http_?method|verb|tool|tool_?name|function_?name|procedure|api|subcommand|mode)$/i;
const KIND_NAMES = /^(?:kind|type|resource|resource_?type|resource_?kind|object|object_?type|entity|table)$/i;
const COMMAND_NAMES = /^(?:command|cmd|commands|cmds|command_?line|shell|script|argv|bash)$/i;
const CODE_NAMES = /^(?:code|function|script|expression|js|javascript|fn|snippet|source_?code|program)$/i;
/** The same under names that the analysis of commands does not know. */
const OTHER_COMMANDS =
  /^(?:(?:shell|bash|terminal|test|run|exec)_?(?:command|cmd)|cli|cli_?command|exec|shell_?script)$/i;
/** Another machine is where it happens. */
const PLACE_NAMES =
  /^(?:host|hostname|ssh|pod|pod_?name|container|container_?(?:id|name)|instance|instance_?id|node|cluster|machine|vm|device|sandbox_?id|droplet)$/i;
/** Words of the names of what runs commands here. */
const TERMINAL = /^(?:shell|terminal|bash|zsh|command|commands|commander|console|cli|iterm|process|cmd)$/;
/** They say that something is done, and nothing of what. */
const GENERIC = /^(?:call|invoke|execute|exec|run|manage|request|use|do|perform|api|operate|handle)$/;
/** Stages and operators of a document store that write or run code. */
const WRITING_KEYS = /^\$(?:out|merge|function|where|accumulator|eval)$/;

const STARTS_BROWSER = /^(?:executable_?path|launch_?options|user_?data_?dir|browser_?args)$/i;
/** Tables in which databases keep what lets somebody in. */
const SECRET_TABLES =
  /\b(?:pg_shadow|pg_authid|pg_user_mappings?|decrypted_secrets?|mysql\.user|sys\.sql_logins|syslogins)\b/i;

/** Pages of a forge, a cloud or a provider of accounts. */
const ACCOUNT_PAGE =
  /^https?:\/\/(?!localhost|127\.|\[::1\]|[\w.-]+\.(?:test|local|localhost)\b)[^/\s]+\/(?:[^?#\s]*\/)?(?:settings|account|profile|user_settings|-\/(?:user_settings|profile)|security)\/(?:[^?#\s]*\/)?(?:tokens?|personal[-_]access[-_]tokens|keys|ssh(?:_keys)?|gpg|apps?|applications|security|password|two[-_]factor\w*|access[-_]keys|deploy[-_]keys|secrets)\b/i;

/** What is known of a tool beyond its name and arguments. */
export interface ToolStanding {
  /** Its server is one that a person registered, and the tool is as it was when a person agreed to it. */
  readonly known: boolean;
  /** Its server says itself that it changes something. */
  readonly changes: boolean;
}

export interface ForeignDeed {
  readonly deed: ToolDeed;
  /** Nothing of it is left to be known by the server alone: it reads, or acts on what is here. */
  readonly plain: boolean;
}

/**
 * Judges the call, and notes what speaks against it.
 *
 * @param place its workspace is the project's folder
 */
export function foreignDeed(call: CallFacts, noted: CommandDeed, place: Place): ForeignDeed {
  const server = call.module.slice(call.module.indexOf('_') + 1);
  const named = namedTool(server, call.toolName ?? call.action);
  const { texts, keys, cut } = textsOf(call);
  let deed = named.deed;
  let plain = !cut && !call.isCut;
  const statements = worst(texts.map(({ name, text }) => statementsOf(text, STATEMENT_NAMES.test(name))));
  const operation = operationOf(texts);
  if (operation !== null) deed = withOperation(deed, operation, named);
  deed = withStatements(deed, statements, named, texts);
  if (keys.some((key) => WRITING_KEYS.test(key)) || texts.some(isMutation)) deed = stronger(deed, 'acts');
  const commanded =
    texts.some(({ name }) => COMMAND_NAMES.test(name)) || call.hinted.some(({ kind }) => kind === 'command');
  if (commanded) deed = isTerminal(server, named, texts) ? here(deed) : stronger(deed, 'acts');
  if (texts.some(({ name }) => OTHER_COMMANDS.test(name))) deed = stronger(deed, 'acts');
  const method = texts.find(({ text }) => /^(?:POST|PUT|PATCH|DELETE)$/.test(text))?.text;
  if (method !== undefined) deed = stronger(deed, method === 'DELETE' ? 'loses' : 'acts');
  // Another program than the browser that a person set up, or one with other options.
  if (named.browser && keys.some((key) => STARTS_BROWSER.test(key))) deed = stronger(deed, 'acts');
  const code = named.browser ? texts.filter(({ name }) => CODE_NAMES.test(name)) : [];
  if (code.length > 0) deed = code.every(({ text }) => looksOnly(text)) ? 'reads' : stronger(deed, 'acts');
  if (
    (deed === 'acts' || deed === 'unknown') &&
    !commanded &&
    ((isOwnWords(named.says) && areHarmless(texts, basename(place.workspace))) ||
      (!cut && movesTicket(call, server, named.says, basename(place.workspace))))
  )
    deed = 'acts_here';
  if (deed === 'reads' && call.standing?.changes === true && !named.browser) deed = 'unknown';
  if (!addressesOf(call, texts).every((url) => isUsual(url, server, named.browser))) plain = false;
  if (deed === 'acts_here' && !named.browser && /\b(?:build|run|test|launch)\b/.test(named.says))
    noted.effect({ kind: 'run', what: 'workspace_code', file: null });
  if (deed === 'acts')
    noted.concern('service', `does something through ${shortened(server)} (${shortened(named.says)})`);
  if (deed === 'loses')
    noted.concern(
      'destroys',
      statements === 'loses'
        ? `loses data through ${shortened(server)}`
        : `takes something away through ${shortened(server)} (${shortened(named.says)})`,
    );
  if (texts.some(({ name, text }) => !CODE_NAMES.test(name) && FETCH_AND_RUN.test(text)))
    noted.concern('remote_code', `tells ${shortened(server)} to run what is fetched`);
  if (named.browser && place.onOwnPage?.(call.module) !== true && texts.some((one) => confirms(one)))
    noted.concern('service', `presses what pays, orders or takes away through ${shortened(server)}`);
  if (named.browser && texts.some(({ text }) => ACCOUNT_PAGE.test(text)))
    noted.concern('privilege', 'opens a page where keys and rights of an account are given');
  const isTable = statements !== 'none' && texts.some(({ text }) => SECRET_TABLES.test(text));
  if (named.secret || isTable || texts.some((one) => isSecretKind(one) || isOperationOnSecrets(one)))
    noted.concern('secret', `reads or changes secrets through ${shortened(server)}`);
  foreignSigns(call, server, texts, noted);
  return {
    deed,
    plain: plain && call.standing?.known === true && (deed === 'reads' || deed === 'acts_here'),
  };
}

const RANK: readonly ToolDeed[] = ['reads', 'acts_here', 'unknown', 'acts', 'loses'];

function stronger(one: ToolDeed, other: ToolDeed): ToolDeed {
  return RANK.indexOf(other) > RANK.indexOf(one) ? other : one;
}

/** A deed that happens here, unless it loses something. */
function here(deed: ToolDeed): ToolDeed {
  return deed === 'loses' ? deed : 'acts_here';
}

function shortened(text: string): string {
  return text.slice(0, 60);
}

function worst(found: readonly Statements[]): Statements {
  const order: readonly Statements[] = ['none', 'reads', 'changes', 'loses'];
  return found.reduce((one, other) => (order.indexOf(other) > order.indexOf(one) ? other : one), 'none');
}

/** What the arguments say is to be done; null when none does. */
function operationOf(texts: readonly Given[]): ToolDeed | null {
  let found: ToolDeed | null = null;
  for (const { name, text } of texts) {
    if (!OPERATION_NAMES.test(name) || text.length > 80 || /\s/.test(text.trim())) continue;
    const deed = deedOf(wordsOfName(text));
    found = found === null ? deed : stronger(found, deed);
  }
  return found;
}

function withOperation(deed: ToolDeed, operation: ToolDeed, { says }: NamedTool): ToolDeed {
  const isOpen = deed === 'unknown' || GENERIC.test(says.split(' ')[0] ?? '');
  if (isOpen && operation !== 'unknown') return operation;
  if (deed === 'acts_here') return operation === 'loses' ? 'loses' : deed;
  return operation === 'unknown' ? deed : stronger(deed, operation);
}

/** A tool that runs statements does what they say; any other does what they say besides. */
function withStatements(
  deed: ToolDeed,
  statements: Statements,
  { says }: NamedTool,
  texts: readonly Given[],
): ToolDeed {
  if (statements === 'loses') return 'loses';
  if (statements === 'changes') return stronger(deed, 'acts');
  if (statements === 'none') return deed;
  const runs =
    /\b(?:sql|query|quer(?:y|ies)|statements?|select)\b/.test(says) ||
    texts.some(({ name }) => /^sql/i.test(name));
  return runs && deed !== 'loses' && /\b(?:run|execute|exec|query|select|sql|read)\b/.test(says)
    ? 'reads'
    : deed;
}

/** A query of GraphQL that changes something. */
function isMutation({ name, text }: Given): boolean {
  const bare = text.slice(0, LONGEST_QUERY).replace(/#[^\n]*/g, ' ');
  if (/^\s*mutation\b[^{]*\{/.test(bare)) return true;
  return (
    /^(?:query|graphql|document|body|operation)$/i.test(name) &&
    /(?:^|[\s}])(?:mutation|subscription)\b[^{]*\{/.test(bare)
  );
}

function isSecretKind({ name, text }: Given): boolean {
  return (
    /^(?:Sealed|External)?Secret$/.test(text) ||
    (KIND_NAMES.test(name) &&
      /^(?:(?:v1\/)?secrets?|sealedsecrets?|externalsecrets?|credentials?)(?:[/.][\w./-]*)?$/i.test(
        text.trim(),
      ))
  );
}

function isOperationOnSecrets({ name, text }: Given): boolean {
  return OPERATION_NAMES.test(name) && text.length <= 80 && namesSecret(wordsOfName(text));
}

/** Its commands run on this machine, where the analysis of commands says what they do. */
function isTerminal(server: string, { says }: NamedTool, texts: readonly Given[]): boolean {
  if (texts.some(({ name }) => PLACE_NAMES.test(name))) return false;
  return [...wordsOfName(server), ...says.split(' ')].some((word) => TERMINAL.test(word));
}

/** As browsers read one: slashes may lean backwards, or be left out behind the schemes of the web. */
const ADDRESS = /^\s*(?:[a-z][a-z\d+.-]*:\/\/|https?:\S|[\\/]{2}[^\\/\s]\S*\s*$)/i;
const FETCHES = /\b(?:fetch|url|crawl|scrape|browse|navigate|visit|goto)\b/;
const HOST = /^\s*(?:[\w-]+\.)+[a-z]{2,}(?:[/:?#]\S*)?\s*$/i;

function addressesOf(call: CallFacts, texts: readonly Given[]): readonly string[] {
  const found = texts.flatMap(({ text }) => (ADDRESS.test(text) ? [text] : []));
  // What fetches pages takes them by their bare names as well.
  const bare = FETCHES.test(`${wordsOfName(call.module).join(' ')} ${wordsOfName(call.action).join(' ')}`)
    ? texts.flatMap(({ name, text }) => (!/path|file/i.test(name) && HOST.test(text) ? [text.trim()] : []))
    : [];
  const kinds = call.parameters.flatMap(({ kind, value }) =>
    kind === 'url' && typeof value === 'string' && value !== '' ? [value] : [],
  );
  return [
    ...found,
    ...bare,
    ...kinds,
    ...call.hinted.flatMap(({ kind, text }) => (kind === 'url' ? [text] : [])),
  ];
}

/** What leads to a machine. Names in other schemes are the server's own. */
const LEADS =
  /^(?:https?|wss?|ftps?|sftp|tftp|ssh|telnet|gopher|dict|git|svn|rsync|nfs|smb|ldaps?|jdbc|odbc|tcp|udp|postgres(?:ql)?|mysql|mariadb|mssql|sqlserver|mongodb|rediss?|amqps?|mqtts?|kafka|imaps?|smtps?|s3|gs|docker)$/;
const OPENS_FILES = /^(?:file|chrome|edge|view-source|jar|filesystem|blob|data|javascript)$/;

/** A page of this machine, of the server's own service or of a reference, or a name that leads to no machine. */
function isUsual(address: string, server: string, inBrowser: boolean): boolean {
  const bare = address.trim();
  if (/^about:blank$/i.test(bare)) return true;
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(bare)?.[1]?.toLowerCase() ?? 'http';
  // As a path it is judged by where it lies.
  if (scheme === 'file' && !inBrowser) return true;
  if (OPENS_FILES.test(scheme)) return false;
  if (!LEADS.test(scheme.split('+')[0] ?? '')) return true;
  const { host, class: kind } = hostOf(bare);
  if (kind === 'own') return true;
  if (kind !== 'public' || host === null) return false;
  const label = host.split('.').at(-2) ?? '';
  const isItsOwn = scheme === 'https' && label.length >= 4 && wordsOfName(server).includes(label);
  return isItsOwn || isReferencePage(bare);
}
