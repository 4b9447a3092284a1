/** What calls of other tools than the shell would do: files, patches, addresses, tools of strangers. */
import { carriesData, isNamedData } from './carried.ts';
import { foreignDeed, type ToolStanding } from './foreign-tools.ts';
import { hidesData, hostOf, isDrop } from './hosts.ts';
import { absolutePath, isWithin, type Place } from './place.ts';
import { isReferencePage } from './reference-pages.ts';
import type { CallAnalysis } from './result.ts';
import { riskOf } from './result.ts';
import type { HintedText } from './schema-hints.ts';
import { isSecretPath } from './sensitive-paths.ts';
import { CommandDeed } from './shell/deed.ts';
import { ShellState } from './shell/state.ts';
import { HOLE, shown } from './shell/text.ts';
import { WrittenFiles } from './shell/written-files.ts';
import { undoOf } from './undo.ts';

/** What a parameter holds, as the catalog or its name says. */
export type ParameterKind = 'path' | 'command' | 'url' | 'text' | 'json';

/** A call as the analysis sees it: names and kinds come from whoever knows the catalog. */
export interface CallFacts {
  readonly module: string;
  readonly action: string;
  /** Changes something that stays after the call. */
  readonly mutating: boolean;
  /** The tool of a server: what it does with its parameters is not known. */
  readonly foreign: boolean;
  readonly parameters: readonly {
    readonly name: string;
    readonly kind: ParameterKind;
    readonly value: unknown;
  }[];
  /** Texts whose kind the tool's schema tells. */
  readonly hinted: readonly HintedText[];
  /** More texts than were looked at have a kind. */
  readonly isCut?: boolean;
  /** The tool's name as its server writes it, with capitals; left out: the action is all that is known. */
  readonly toolName?: string;
  /** What else is known of the tool of a server; left out: nothing. */
  readonly standing?: ToolStanding;
}

const DELETES = /^(?:delete|delete_tree|remove|unlink)$/;
/** Of a tool that only looks: where it puts what it found. */
const MADE =
  /^(?:file_?name|out(?:put)?(?:_?(?:path|file|dir|directory|folder))?|save_?(?:path|to|as|dir)|dest\w*|(?:target|local|download)_?(?:path|file|dir))$/i;
const SEARCHES = /^(?:grep|glob|list|search)$/;

/** Texts of one kind, those in lists too. */
function textsOf(
  call: CallFacts,
  kind: ParameterKind,
  leftOut: () => void,
): readonly { readonly name: string; readonly text: string }[] {
  const texts = call.parameters.flatMap(({ name, kind: own, value }) => {
    // A page is fetched for each address in a list.
    if (own === 'json')
      return call.foreign || kind === 'path' || call.module === 'web'
        ? deepTexts(value, name, kind, leftOut)
        : [];
    if (own === kind) return typeof value === 'string' && value !== '' ? [{ name, text: value }] : [];
    // What a stranger calls by another name is told by its looks.
    return call.foreign && own === 'text' ? deepTexts(value, name, kind, leftOut) : [];
  });
  for (const { name, kind: told, text } of call.hinted)
    if (told === kind && !texts.some((one) => one.text === text)) texts.push({ name, text });
  return texts;
}

const MOST_TEXTS = 200;
const DEEPEST = 200;

/** Paths and addresses inside a structure, told by their names and their looks. */
function deepTexts(
  value: unknown,
  name: string,
  kind: ParameterKind,
  leftOut: () => void,
): readonly { readonly name: string; readonly text: string }[] {
  const out: { name: string; text: string }[] = [];
  const look = (one: unknown, key: string, depth: number): void => {
    if (out.length > MOST_TEXTS) return;
    if (depth > DEEPEST) leftOut();
    else if (typeof one === 'string') {
      // Whoever takes it may take the blanks round it away, and those within an address for part of it.
      const bare = one.trim();
      if (
        kind === 'path' &&
        (/(?:path|file|folder|dir|source|destination|target)s?$/i.test(key) ||
          /^(?:~?\/|\.\.?\/)\S*$/.test(bare))
      )
        out.push({ name: key, text: bare });
      if (kind === 'url' && /^[a-z][a-z\d+.-]*:\/\/\S/i.test(bare)) out.push({ name: key, text: bare });
    } else if (Array.isArray(one)) for (const item of one) look(item, key, depth + 1);
    else if (typeof one === 'object' && one !== null)
      for (const [inner, item] of Object.entries(one)) {
        // A name may be the place itself: `{ "/etc/x": "text" }`.
        look(inner, '', depth + 1);
        look(item, inner, depth + 1);
      }
  };
  look(value, name, 0);
  if (out.length > MOST_TEXTS) leftOut();
  return out.slice(0, MOST_TEXTS);
}

/** What a call without shell text would do. */
export function analyseTool(asked: CallFacts, place: Place): CallAnalysis {
  const deed = new CommandDeed(place, new ShellState(place.cwd), new WrittenFiles(), false, []);
  const tool = asked.foreign ? foreignDeed(asked, deed, place) : undefined;
  const call = tool?.deed === 'reads' ? { ...asked, mutating: false } : asked;
  // One among many more than are looked at may be any.
  const leftOut = () => deed.concern('opaque', 'names more places than are looked at');
  if (call.isCut === true) leftOut();
  const isFile =
    call.module === 'filesystem' ||
    call.module === 'notebook' ||
    call.module === 'workspace' ||
    call.module === 'lsp';
  for (const { text } of call.action === 'patch' ? patched(call) : [])
    fileOf(deed, call, 'path', text, place);
  for (const { name, text } of textsOf(call, 'path', leftOut))
    if (isFile || call.foreign) fileOf(deed, call, name, text, place);
  const addresses = textsOf(call, 'url', leftOut);
  for (const { name, text } of addresses) addressOf(deed, call, name, text, place);
  if (SEARCHES.test(call.action)) namesOf(deed, call, place);
  return {
    commands: [],
    effects: deed.effects,
    concerns: deed.concerns,
    opaque: deed.concerns.find(({ code }) => code === 'opaque')?.says ?? null,
    sets: [],
    runs: [],
    undo: undoOf(deed.concerns, deed.effects),
    risk: riskOf(deed.concerns, deed.effects),
    ...(tool === undefined ? {} : { tool }),
    ...(addresses.length > 0 && addresses.every(({ text }) => isReferencePage(text))
      ? { reference: true }
      : {}),
  };
}

function marked(text: string): string {
  return text.startsWith('~') ? `\ue007${text.slice(1)}` : text;
}

function fileOf(deed: CommandDeed, call: CallFacts, name: string, text: string, place: Place): void {
  const path = marked(text);
  if (DELETES.test(call.action)) deed.deletes(path, { recursive: call.action !== 'delete' });
  else if (call.action === 'move' && /^(?:source|src|old_path|from)$/.test(name)) {
    deed.reads(path);
    if (!absolutePath(path, place.cwd, place).startsWith(`${place.workspace}/`))
      deed.deletes(path, { recursive: true });
  } else if (
    !(call.mutating || (call.foreign && MADE.test(name))) ||
    (call.action === 'copy' && /^(?:source|src|from)$/.test(name))
  ) {
    deed.reads(path);
    if (SEARCHES.test(call.action)) widely(deed, path, place);
  } else {
    deed.writes(path);
    const mode = call.parameters.find((one) => /^(?:mode|permissions)$/.test(one.name))?.value;
    if (/^0?[2467][0-7]{3}$/.test(String(mode ?? '')))
      deed.concern('privilege', 'makes a program that runs with its owner’s rights');
    if (call.foreign) deed.reads(path);
  }
}

/** A search through everything comes past every secret. */
function widely(deed: CommandDeed, path: string, place: Place): void {
  const full = absolutePath(path, place.cwd, place);
  if (
    full === '/' ||
    full === place.home ||
    /^\/(?:home|Users|etc|root|proc|var)$/.test(full) ||
    full === `${place.home}/.config`
  )
    deed.concern('secret', `searches all of ${shown(full)}`);
}

/** Patterns over names that only secrets have. */
function namesOf(deed: CommandDeed, call: CallFacts, place: Place): void {
  for (const { name, value } of call.parameters) {
    if (!/^(?:pattern|glob|include)$/.test(name) || typeof value !== 'string') continue;
    if (call.action === 'grep' && name === 'pattern') continue;
    const last = value.split('/').at(-1) ?? '';
    if (/^[^*?[]+$/.test(last) && isSecretPath(`${place.workspace}/${last}`, place))
      deed.concern('secret', `looks for ${last}`);
    if (/^[~/]/.test(value)) deed.reads(marked(value));
  }
}

/** Every file that a patch names. */
function patched(call: CallFacts): readonly { readonly text: string }[] {
  const texts = call.parameters.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
  return texts.flatMap((text) =>
    [
      ...text.matchAll(
        /^(?:[^\S\r\n\u2028\u2029]*\*\*\* (?:(?:Add|Update|Delete) File|Move to): |(?:rename|copy) to |\+\+\+ (?:b\/)?|--- (?:a\/)?)(\S.*?)(?:\t.*)?$/gm,
      ),
    ]
      .map((found) => ({ text: found[1] ?? HOLE }))
      .filter(({ text: file }) => file !== '/dev/null'),
  );
}

/** A run of letters of both cases and digits that is too long to be a name. */
const CARRIES =
  /(?<![A-Za-z0-9+_=-])(?=[A-Za-z0-9+_=-]*[a-z])(?=[A-Za-z0-9+_=-]*[A-Z])(?=[A-Za-z0-9+_=-]*\d)[A-Za-z0-9+_=-]{40,}/;

/** Names of parameters under which nobody asks for a page, and values that sign somebody in. */
const SIGNS_IN =
  /[?&;#](?:[\w.-]*(?:passw(?:or)?d|passwd|secret|api_?key|access_?key|private_?key|credential|auth_?token|access_?token|session_?id|cookie)[\w.-]*|pw|pwd|pass|token|jwt|env|creds?|dump|loot)=[^&#\s]{6,}/i;
const SIGNED =
  /[a-z][a-z0-9+.-]*:\/\/[^/\s:@?&]+:[^@\s/?&]+@|\b(?:[A-Z][A-Z0-9]*_)+(?:KEY|TOKEN|SECRET|PASSWORD|PASS|URL|DSN|CREDENTIALS)=[^&\s]{6,}/;

function carriesSecret(url: string): boolean {
  const query = /^[^?#]*([?#].*)$/s.exec(url)?.[1] ?? '';
  const [, userinfo = '', host = ''] = /^\s*[a-z][a-z0-9+.-]*:\/\/(?:([^/@]*)@)?([^/?#:]*)/i.exec(url) ?? [];
  if (userinfo.length >= 8 || hidesData(host) || isNamedData(host) || carriesData(url)) return true;
  if (
    /\/(?:passw(?:or)?d|passwd|secret|token|api_?key)s?\/[^/?#]{6,}/i.test(url) &&
    /%[0-9A-F]{2}|[A-Z].*\d|\d.*[A-Z]/.test(url)
  )
    return true;
  if (query === '') return false;
  let read = query;
  try {
    read = decodeURIComponent(query.replaceAll('+', ' '));
  } catch {
    // What is no encoding stays as it is.
  }
  return SIGNS_IN.test(query) || SIGNED.test(read) || /-----BEGIN [A-Z ]*PRIVATE KEY/.test(read);
}

function addressOf(deed: CommandDeed, call: CallFacts, name: string, text: string, place: Place): void {
  if (/^\s*file:/i.test(text)) {
    const path = text.trim().replace(/^file:\/\//i, '');
    deed.reads(path);
    // Editors and language servers name the files of the project so.
    if (call.foreign && isWithin(deed.path(path), place.workspace)) return;
    deed.concern('secret', `reads the file ${text.trim().slice(0, 200)} as an address`);
    return;
  }
  const method = String(call.parameters.find((one) => one.name === 'method')?.value ?? 'GET').toUpperCase();
  const sends =
    /^(?:POST|PUT|PATCH|DELETE)$/.test(method) ||
    call.parameters.some((one) => /^(?:body|data|json)$/.test(one.name));
  deed.network(text, sends ? 'send' : 'fetch');
  const { host, class: kind } = hostOf(text);
  if (call.module === 'web' && (kind === 'private' || kind === 'own'))
    deed.concern('private_host', `fetches from ${host ?? name} inside this network`);
  if (kind === 'public' && !isDrop(text, host) && carriesSecret(text))
    deed.concern('sends', `puts what looks like a secret into a request to ${host ?? ''}`);
  if (
    kind === 'public' &&
    !isDrop(text, host) &&
    CARRIES.test(
      text
        .replace(/^https?:\/\/[^/]*/i, '/')
        .replace(/[0-9a-f]{40,64}|(?<=[-/])[0-9a-f]{32}(?![0-9a-f])/g, ''),
    )
  )
    deed.concern('sends', `puts a long encoded text into a request to ${host ?? ''}`);
}
