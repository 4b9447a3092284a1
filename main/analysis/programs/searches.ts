/** `grep` and its kin: what they search through, and what they look for. */
import { locusOf } from '../place.ts';
import type { Call, Program } from '../shell/call.ts';
import { type Given, parseOptions } from '../shell/options.ts';
import { hasHole, plain, shown, TAINT, type Taint, word } from '../shell/text.ts';
import { endingsOf, foundBelow, withFound } from './found.ts';

/** What somebody looks for who looks for secrets. */
const SECRET_PATTERN =
  /passw|secret|api[_.-]?\[?_?-?\]?\??key|token|credential|private.{0,3}key|AKIA|BEGIN .*KEY|gh[pousr]_|xox[bp]|sk-|mnemonic|\b(?:seed|recovery)\b|wallet/i;

/** A variable whose value may be one, or lead to one. */
const SECRET_VALUE =
  /KEY|TOKEN|SECRET|PASS|PWD|AUTH|CRED|PRIVATE|DSN|UR[LI]|SALT|HASH|CERT|SIGN|CRYPT|HOOK|MNEMONIC|SEED|PIN\b|CONN(?:ECTION)?_?STR|COOKIE|SESSION|JWT|OTP/i;

/** Whether what is found in a file of variables is their names alone, or the values of some that hold no secret. */
function asksForNames(pattern: string, onlyMatch: boolean): boolean {
  if (onlyMatch && /^\^(?:export )?(?:\[(?:A-Z|a-z|0-9|_|\^=|\\w)+\]|\\w)[*+]?=?$/.test(pattern)) return true;
  const names = /^\^\(?([A-Z][A-Z0-9_]*(?:\|[A-Z][A-Z0-9_]*)*)\)?=/.exec(pattern);
  return (
    names !== null &&
    names[0].length === pattern.length &&
    pattern.includes('(') === (names[1] ?? '').includes('|') &&
    !SECRET_VALUE.test(names[1] ?? '')
  );
}

/** A search: the first operand is the pattern. */
export const grep: Program = (call) => {
  const isTool = /^(?:rg|ag|ack)$/.test(call.name);
  const given = parseOptions(call.args, {
    values: isTool ? 'efgtTABCmMjr' : 'efABCmdD',
    long: [
      'regexp',
      'file',
      'glob',
      'type',
      'type-not',
      'type-add',
      'after-context',
      'before-context',
      'context',
      'max-count',
      'include',
      'exclude',
      'exclude-dir',
      'pre',
      'max-depth',
      'color',
      'colors',
      'sort',
      'iglob',
      'replace',
    ],
  });
  for (const one of given.values('pre')) call.run([one], call.name);
  const hasPattern = given.has('e', 'regexp', 'f', 'file') || given.has('files');
  const files = given.operands.slice(hasPattern ? 0 : 1);
  const recursive = isTool || given.has('r', 'R', 'recursive') || /^(?:rgrep)$/.test(call.name);
  let taint: Taint = files.length === 0 ? call.stdin.taint : TAINT.none;
  // Whether a name is there, and how often: with what behind it is another question.
  const isNamed = given.operands
    .slice(0, 1)
    .some(({ text }) => asksForNames(plain(text), given.has('o', 'only-matching')));
  const shows = given.has(
    'v',
    'invert-match',
    'A',
    'B',
    'C',
    'after-context',
    'before-context',
    'context',
    'passthru',
    'passthrough',
    'z',
    'null-data',
    'U',
    'multiline',
    'e',
    'f',
    ...'123456789',
  );
  const isQuiet =
    (!recursive && isNamed && !hasPattern && !shows) ||
    (!recursive &&
      given.has('c', 'q', 'count', 'quiet', 'silent') &&
      given.operands.slice(0, 1).every(({ text }) => /^\^?\w*=?$|^\.$/.test(plain(text))));
  for (const one of files)
    if (isQuiet && one.stream === null) call.deed.looks(one.text);
    else taint |= one.stream?.taint ?? call.deed.reads(one.text).taint;
  if (recursive) for (const one of files) wide(call, one.text, 'searches');
  const patterns = hasPattern ? given.values('e', 'regexp') : given.operands.slice(0, 1);
  if (patterns.some(({ text }) => SECRET_PATTERN.test(plain(text))))
    for (const one of files) {
      const path = call.deed.path(one.text);
      const at = locusOf(path, call.place);
      if (!recursive && !hasHole(path)) continue;
      if (at === 'home' || at === 'system' || at === 'elsewhere')
        call.deed.concern('secret', `searches ${shown(call.deed.path(one.text))} for secrets`);
    }
  // What a pattern lets through is no longer everything.
  if (!given.has('v', 'invert-match')) taint &= ~TAINT.processes;
  const endings = searchedEndings(isTool, given);
  const starts = recursive && files.length === 0 ? [word('.')] : files;
  const below = foundBelow(call, starts, endings !== undefined);
  const isNames = given.has('l', 'L', 'files-with-matches', 'files-without-match', 'files');
  if (isNames) return withFound({ text: null, taint }, { below, endings });
  return withFound(
    { text: null, taint },
    recursive && !given.has('h', 'no-filename', 'o') ? { headsBelow: below } : {},
  );
};

/** Endings that the types of files stand for which people search in. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  c: ['.c', '.h'],
  cpp: ['.cpp', '.cc', '.cxx', '.hpp', '.hh', '.h', '.inl'],
  cs: ['.cs'],
  csharp: ['.cs'],
  css: ['.css', '.scss'],
  dart: ['.dart'],
  elixir: ['.ex', '.exs', '.eex', '.heex'],
  go: ['.go'],
  haskell: ['.hs'],
  html: ['.html', '.htm'],
  java: ['.java', '.jsp'],
  js: ['.js', '.jsx', '.mjs', '.cjs', '.vue'],
  kotlin: ['.kt', '.kts'],
  ocaml: ['.ml', '.mli'],
  php: ['.php'],
  py: ['.py', '.pyi'],
  python: ['.py', '.pyi'],
  ruby: ['.rb'],
  rust: ['.rs'],
  scala: ['.scala'],
  swift: ['.swift'],
  ts: ['.ts', '.tsx', '.mts', '.cts'],
  typescript: ['.ts', '.tsx', '.mts', '.cts'],
  zig: ['.zig'],
};

/** How the names of all files end that a search goes through; undefined when it goes through others as well. */
function searchedEndings(isTool: boolean, given: Given): readonly string[] | undefined {
  if (!isTool) return endingsOf(given.values('include').map(({ text }) => plain(text)));
  const types = given.values('t', 'type').map(({ text }) => TYPES[plain(text)]);
  const globs = given
    .values('g', 'glob')
    .flatMap(({ text }) => (/^!/.test(plain(text)) ? [] : [plain(text)]));
  // Names of types can be given another meaning.
  if (types.length > 0 && !given.has('type-add') && types.every((one) => one !== undefined))
    return types.flatMap((one) => one ?? []);
  return types.length > 0 ? undefined : endingsOf(globs);
}

/** A list of every file of the machine. */
export const locate: Program = (call) => {
  for (const { text } of call.args)
    if (
      /id_[rd]sa|id_ed25519|wallet|credential|passw|secret|shadow|\.aws|\.ssh|\.env\b|history|\.pem|\.kdbx|\.p12|\.key$/i.test(
        plain(text),
      )
    )
      call.deed.concern('secret', `looks for ${shown(text)} on the whole machine`);
  return undefined;
};

/** Where people keep what is theirs, below the home folder. */
const OWN_FOLDERS =
  /^\/(?:Documents|Desktop|Downloads|Pictures|Library|Dropbox|OneDrive|Google Drive|Nextcloud)$/;

/** What goes through a whole home folder or machine comes past every secret in it. */
export function wide(call: Call, text: string, verb: string): void {
  const path = call.deed.path(text);
  const { home } = call.place;
  if (
    path === '/' ||
    path === home ||
    path === '/home' ||
    path === '/Users' ||
    /^\/(?:etc|root|proc|var|run)(?:\/(?:log|lib|run))?$/.test(path) ||
    path === `${home}/.config` ||
    (verb === 'searches' && OWN_FOLDERS.test(path.slice(home.length)) && path.startsWith(home))
  )
    call.deed.concern('secret', `${verb} all of ${shown(path)}`);
}
