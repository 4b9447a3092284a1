/**
 * What `find` does with the files it finds: removes them, or hands them to a program. Naming them is free.
 */
import { matches } from './paths.ts';
import type { Run, ShellReading } from './programs.ts';
import { isWrapper } from './wrapper.ts';

/** They make words of what they are given, for other programs. */
export const PASSES_ON: ReadonlySet<string> = new Set(['xargs', 'parallel', 'read', 'mapfile', 'readarray']);
/** They take names on their standard input or from a list. */
const TAKES_NAMES = /^(?:cpio|pax|tar|bsdtar|gtar|rsync|zip)$/;
/** They tell names, sizes and times, never what is in a file. */
const NAMES_ONLY = new Set([
  ...['ls', 'dir', 'stat', 'file', 'echo', 'printf', 'basename', 'dirname', 'realpath', 'readlink', 'du'],
  ...['test', '[', '[[', 'true', 'false', ':', 'cd', 'pushd', 'popd', 'pwd', 'read', 'mapfile', 'readarray'],
  ...['find', 'fd', 'fdfind', 'sort', 'uniq', 'wc', 'mkdir', 'exit', 'return', 'sleep', 'set', 'export'],
]);
const FIND = /^(?:find|fd|fdfind)$/;
const EXEC = /^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/;
const VALUES = new Set(['-D', '-O']);

export interface Found {
  /** The folders it looks in. */
  readonly starts: readonly string[];
  /** `-delete`. */
  readonly removes: boolean;
  /** Names in `-name` and `-path`, as patterns; none when it takes any file. */
  readonly names: readonly string[];
}

/** What a run of `find` takes in hand; null when it only names files, or is another program. */
export function foundBy(run: Run, reading: ShellReading, substituted: boolean): Found | null {
  if (!FIND.test(run.name)) return null;
  const texts = run.args.map(({ text }) => text);
  const removes = texts.includes('-delete');
  const found = { starts: startsOf(run.name, texts), removes, names: namesIn(run.name, texts) };
  if (removes || texts.some((text) => /^-(?:fprint|fls)/.test(text))) return found;
  const handed = [...execRuns(texts), ...takersOf(reading, substituted)];
  return handed.some((name) => !NAMES_ONLY.has(name)) ? found : null;
}

/** Whether one of the patterns can stand for a file of this name. */
export function couldFind({ names }: Found, name: string): boolean {
  return names.length === 0 || names.some((pattern) => matches(pattern, name));
}

/** Whether one of the patterns says more of this name than that it has an extension. */
export function speaksOf({ names }: Found, name: string): boolean {
  return names.some((pattern) => {
    const letters = pattern.replace(/\[[^\]]*\]|[*?\ue000]|\.json$/g, '');
    return letters.length >= 3 && matches(pattern, name);
  });
}

function startsOf(name: string, texts: readonly string[]): readonly string[] {
  if (name !== 'find') {
    const operands = texts.filter((text) => !text.startsWith('-'));
    return operands.length > 1 ? operands.slice(1) : ['.'];
  }
  const starts: string[] = [];
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? '';
    if (VALUES.has(text)) at += 1;
    else if (/^-[HLPDO]/.test(text)) continue;
    else if (/^[-(!]/.test(text)) break;
    else starts.push(text);
  }
  return starts.length > 0 ? starts : ['.'];
}

/** The last parts of the patterns that a file must match; none when there is a test that is negated. */
function namesIn(name: string, texts: readonly string[]): readonly string[] {
  if (name !== 'find' || texts.some((text) => text === '!' || text === '-not')) return [];
  return texts.flatMap((text, at) =>
    /^-i?(?:name|path|wholename)$/.test(text)
      ? [(texts[at + 1] ?? '*').split('/').findLast((part) => part !== '') ?? '*']
      : [],
  );
}

/** Programs in `-exec` and its like. */
function execRuns(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text, at) => {
    if (!EXEC.test(text)) return [];
    const end = texts.findIndex((word, index) => index > at && (word === ';' || word === '+'));
    const words = texts.slice(at + 1, end < 0 ? texts.length : end);
    const program = words.find((word) => !isWrapper(baseOf(word)) && !word.startsWith('-'));
    return program === undefined ? [] : [baseOf(program)];
  });
}

/** Programs of the whole command that get the names as words. */
function takersOf({ steps, runs }: ShellReading, substituted: boolean): readonly string[] {
  if (substituted || runs.some(({ name }) => name === 'read' || /^(?:mapfile|readarray)$/.test(name)))
    return runs.filter(({ name }) => !isWrapper(name)).map(({ name }) => name);
  return steps.flatMap((step) => {
    const at = step.runs.findIndex(({ name }) => name === 'xargs' || name === 'parallel');
    const taking = step.runs.filter(({ name }) => TAKES_NAMES.test(name)).map(({ name }) => name);
    if (at < 0) return taking;
    return step.runs
      .slice(at + 1)
      .filter(({ name }) => !isWrapper(name))
      .map(({ name }) => name);
  });
}

function baseOf(word: string): string {
  return (word.split('/').at(-1) ?? '').toLowerCase();
}
