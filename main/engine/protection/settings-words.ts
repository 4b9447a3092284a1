/**
 * What the words of a command do to an agent's settings.
 *
 * Reading them is free, so a word that names them counts only where the program is not known to read and no
 * more. A name that a command prints can be picked up by the next one: then every program must be a reader.
 */
import { type AgentSettings, SETTINGS_FOLDERS } from './agent-settings.ts';
import { couldFind, type Found, foundBy, PASSES_ON, speaksOf } from './find-words.ts';
import type { Run, ShellReading, Step } from './programs.ts';
import { candidatesOf } from './word-paths.ts';
import { isWrapper } from './wrapper.ts';
import { writtenBy } from './written-files.ts';

/** They print what is in a file, not its name. */
const PRINTS_CONTENT = new Set([
  'cat',
  'tac',
  'head',
  'tail',
  'less',
  'more',
  'bat',
  'batcat',
  'nl',
  'jq',
  'cut',
]);
/** They write no file, whatever they are told. */
const READS = new Set([
  ...PRINTS_CONTENT,
  ...['grep', 'egrep', 'fgrep', 'zgrep', 'rg', 'ag', 'ack', 'wc', 'diff', 'cmp', 'comm', 'column', 'fold'],
  ...['stat', 'file', 'test', '[', '[[', 'ls', 'dir', 'du', 'readlink', 'realpath', 'basename', 'dirname'],
  ...['md5sum', 'sha1sum', 'sha256sum', 'sha512sum', 'b2sum', 'cksum', 'sum', 'od', 'hexdump', 'strings'],
  ...['echo', 'printf', 'true', 'false', ':', 'cd', 'pushd', 'popd', 'pwd', 'set', 'unset', 'export'],
  ...['local', 'read', 'mapfile', 'readarray', 'return', 'exit', 'wait', 'sleep', 'mkdir'],
]);
const GIT_READS = new Set([
  ...[
    'add',
    'blame',
    'cat-file',
    'check-attr',
    'check-ignore',
    'commit',
    'describe',
    'diff',
    'grep',
    'hash-object',
  ],
  ...['log', 'ls-files', 'ls-tree', 'rev-parse', 'show', 'status'],
]);
const GIT_VALUES = new Set(['-C', '-c', '--git-dir', '--work-tree', '--namespace']);
const COPIES = new Set(['cp', 'mv', 'ln', 'install', 'rsync', 'scp']);
const REMOVES = new Set(['rm', 'rmdir', 'shred', 'srm', 'trash', 'trash-put', 'unlink']);
const GIT_TAKES = new Set(['rm', 'mv', 'checkout', 'restore', 'clean']);

/**
 * The settings that a command would change, or null.
 *
 * @param folders  those that relative names may count from
 */
export function settingsChanged(
  reading: ShellReading,
  settings: AgentSettings,
  folders: readonly string[],
): string | null {
  const named = (words: readonly string[]): string | null => {
    for (const word of words)
      for (const candidate of /^https?:\/\//i.test(word) ? [] : candidatesOf(word))
        for (const folder of folders) {
          const hit = settings.hit(candidate, folder);
          if (hit !== null) return hit;
        }
    return null;
  };
  const first = (words: readonly string[], look: (word: string, folder: string) => string | null) => {
    for (const word of words)
      for (const folder of folders) {
        const hit = look(word, folder);
        if (hit !== null) return hit;
      }
    return null;
  };
  const allRead = reading.steps.every(({ runs }) => onlyRead(runs));
  const passedOn = reading.runs.some(({ name }) => PASSES_ON.has(name));
  for (const step of reading.steps) {
    const hit =
      named(step.command.written) ?? (allRead || reads(step, passedOn) ? null : named(changeable(step)));
    if (hit !== null) return hit;
    for (const run of step.runs) {
      const { removed, replaced } = takenBy(run);
      const { files, folders: filled } = writtenBy(run);
      const found = allRead ? null : foundBy(run, reading, step.command.substituted);
      const taken =
        first(removed, (word, folder) => settings.below(word, folder)) ??
        first(replaced, (word, folder) => settings.folder(word, folder) ?? settings.hit(word, folder)) ??
        first(files, (word, folder) => settings.hit(word, folder)) ??
        first(filled, (word, folder) => settings.folder(word, folder)) ??
        (found === null
          ? null
          : first(found.starts, (word, folder) => settingsFound(found, settings, word, folder)));
      if (taken !== null) return taken;
    }
  }
  return null;
}

/** The settings that a search from this folder takes in hand: those that are there, or that its patterns name. */
function settingsFound(found: Found, settings: AgentSettings, start: string, folder: string): string | null {
  const names = settings.files.filter((name) => couldFind(found, name));
  if (names.length === 0) return null;
  const known = settings.below(start, folder);
  if (known !== null) return known;
  if (!settings.files.some((name) => speaksOf(found, name))) return null;
  for (const below of SETTINGS_FOLDERS)
    for (const name of names) {
      const hit = settings.hit(`${start}/${below}/${name}`, folder);
      if (hit !== null) return hit;
    }
  return null;
}

/** Whether what a step names is read and goes no further. */
function reads({ command, runs }: Step, passedOn: boolean): boolean {
  const last = runs.at(-1);
  if (last === undefined || !onlyRead(runs)) return false;
  return PRINTS_CONTENT.has(last.name) || !(command.substituted || passedOn);
}

/** The words of a step by which it may change something: for a copy, where it goes. */
function changeable({ command, runs }: Step): readonly string[] {
  const copy = runs.at(-1);
  const isCopy = copy?.name === 'cp' && runs.slice(0, -1).every(({ name }) => isWrapper(name));
  if (!isCopy || command.substituted || sharesOrAims(copy)) return command.words.map(({ text }) => text);
  return operandsOf(copy).slice(-1);
}

/** The copy is another name of the same file, or the place it goes to is not its last word. */
function sharesOrAims({ args }: Run): boolean {
  return args.some(({ text }) => /^-[a-zA-Z]*[lst]|^--(?:link|symbolic-link|target-directory)/.test(text));
}

function onlyRead(runs: readonly Run[]): boolean {
  return runs.every((run, at) => isReader(run) || (at < runs.length - 1 && isWrapper(run.name)));
}

function isReader({ name, args }: Run): boolean {
  const texts = args.map(({ text }) => text);
  if (name === 'sed') return !texts.some((text) => /^-[a-zA-Z]*[if]|^--(?:in-place|file)/.test(text));
  if (name === 'awk' || name === 'gawk' || name === 'mawk')
    return !texts.some((text) => /^(?:-i|--include)/.test(text));
  if (name === 'find') return !texts.some((text) => /^-(?:delete|fls|fprint)/.test(text));
  if (name === 'git')
    return GIT_READS.has(gitVerb(texts)) && !texts.some((text) => text.startsWith('--output'));
  return READS.has(name);
}

function gitVerb(texts: readonly string[]): string {
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? '';
    if (GIT_VALUES.has(text)) at += 1;
    else if (!text.startsWith('-')) return text;
  }
  return '';
}

interface Taken {
  /** Gone afterwards, with all that is in it. */
  readonly removed: readonly string[];
  /** Made anew, or something arrives in it. */
  readonly replaced: readonly string[];
}

function takenBy(run: Run): Taken {
  const { name, args } = run;
  const texts = args.map(({ text }) => text);
  const operands = operandsOf(run);
  if (REMOVES.has(name)) return { removed: operands, replaced: [] };
  if (name === 'git') return { removed: [], replaced: GIT_TAKES.has(gitVerb(texts)) ? operands : [] };
  if (!COPIES.has(name)) return { removed: [], replaced: [] };
  const targets = targetsOf(texts, operands);
  const arriving = operands.flatMap((operand) =>
    targets.map((target) => `${target}/${operand.split('/').findLast((part) => part !== '') ?? ''}`),
  );
  // A link to the folder is another way into it.
  const others = name === 'ln' ? operands : [];
  const whole = name !== 'cp' || texts.some((text) => /^-[a-zA-Z]*[arR]|^--(?:recursive|archive)/.test(text));
  return {
    removed: name === 'mv' ? operands.filter((operand) => !targets.includes(operand)) : [],
    replaced: [...others, ...(whole ? targets : []), ...arriving],
  };
}

/** Where a copy goes: its last word, or what an option names. */
function targetsOf(texts: readonly string[], operands: readonly string[]): readonly string[] {
  const told = texts.flatMap((text, at) => {
    if (text === '-t' || text === '--target-directory') return [texts[at + 1] ?? ''];
    const glued = /^(?:-t|--target-directory=)(.+)$/.exec(text)?.[1];
    return glued === undefined ? [] : [glued];
  });
  return told.length > 0 ? told : operands.slice(-1);
}

function operandsOf({ args }: Run): readonly string[] {
  return args.flatMap(({ text }) => (text.startsWith('-') ? [] : [text]));
}
