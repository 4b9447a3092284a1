/**
 * Which programs a command runs: behind assignments, shell keywords and wrappers such as `sudo` or `xargs`, in
 * `find -exec`, and in the text that `sh -c`, `eval` and their like run as a command of its own.
 */

import { GatehouseError } from '../../platform/errors.ts';
import { readShell, type ShellCommand, type ShellContext, UNKNOWN, type Word } from './shell-words.ts';

/** One program in command position. */
export interface Run {
  /** The last part of its path, lower case, without `.exe`; may hold patterns or unknown text. */
  readonly name: string;
  /** The word as it stands. */
  readonly word: string;
  readonly args: readonly Word[];
}

/** Code of another language given inline: `python -c …`, a here-document fed to an interpreter. */
export interface Code {
  readonly text: string;
  /** It can start programs. */
  readonly runs: boolean;
}

/** A simple command with the programs it runs: wrappers first, then what they run. */
export interface Step {
  readonly command: ShellCommand;
  readonly runs: readonly Run[];
}

export interface ShellReading {
  readonly commands: readonly ShellCommand[];
  readonly steps: readonly Step[];
  readonly runs: readonly Run[];
  readonly code: readonly Code[];
}

interface Collected {
  readonly commands: ShellCommand[];
  readonly steps: Step[];
  readonly runs: Run[];
  readonly code: Code[];
}

interface Wrapper {
  /** Options that take the next word as their value. */
  readonly values?: readonly string[];
  /** Words before the command: a duration, a lock file. */
  readonly positional?: number;
  /** Only behind one of these words. */
  readonly after?: readonly string[];
}

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  sudo: {
    values: [
      '-u',
      '-g',
      '-h',
      '-p',
      '-C',
      '-r',
      '-t',
      '-T',
      '-U',
      '-D',
      '-R',
      '--user',
      '--group',
      '--host',
      '--prompt',
      '--chdir',
      '--chroot',
    ],
  },
  doas: { values: ['-u', '-C'] },
  pkexec: { values: ['--user'] },
  env: { values: ['-u', '-C', '--unset', '--chdir'] },
  exec: { values: ['-a'] },
  command: {},
  builtin: {},
  nohup: {},
  setsid: {},
  time: { values: ['-f', '-o', '--format', '--output'] },
  nice: { values: ['-n', '--adjustment'] },
  ionice: { values: ['-c', '-n', '--class', '--classdata'] },
  chrt: { positional: 1, values: ['-T', '-P', '-D'] },
  taskset: { positional: 1 },
  timeout: { positional: 1, values: ['-s', '-k', '--signal', '--kill-after'] },
  xargs: {
    values: [
      '-n',
      '-I',
      '-L',
      '-P',
      '-d',
      '-E',
      '-s',
      '-a',
      '--max-args',
      '--max-procs',
      '--delimiter',
      '--arg-file',
      '--replace',
    ],
  },
  stdbuf: { values: ['-i', '-o', '-e'] },
  unbuffer: {},
  strace: { values: ['-e', '-o', '-p', '-u', '-s', '-S', '-E', '-a', '-O', '-P'] },
  ltrace: { values: ['-e', '-o', '-p', '-u', '-s', '-n', '-l'] },
  watch: { values: ['-n', '--interval', '-q'] },
  flock: { positional: 1, values: ['-w', '-E', '--timeout', '--conflict-exit-code'] },
  chroot: { positional: 1 },
  unshare: { values: ['-R', '-w', '-S', '-G', '--root', '--wd'] },
  nsenter: { values: ['-t', '-S', '-G', '--target'] },
  setpriv: { values: ['--reuid', '--regid'] },
  runuser: { values: ['-u', '-g', '-G', '--user'] },
  'systemd-run': {
    values: ['-p', '-E', '-u', '-M', '-H', '--unit', '--property', '--setenv', '--slice', '--description'],
  },
  'systemd-inhibit': { values: ['--what', '--who', '--why', '--mode'] },
  'dbus-run-session': { values: ['--config-file', '--dbus-daemon'] },
  'dbus-launch': {},
  'xvfb-run': {
    values: ['-n', '-s', '-e', '-f', '-p', '--server-num', '--server-args', '--error-file', '--auth-file'],
  },
  parallel: { values: ['-j', '--jobs', '-n', '-N', '-a', '-S', '--colsep', '-I'] },
  busybox: {},
  toybox: {},
  caffeinate: { values: ['-t', '-w'] },
  arch: {},
  rlwrap: {},
  fakeroot: {},
  setarch: { positional: 1 },
  npx: { values: ['-p', '--package', '-c', '--call'] },
  bunx: {},
  pnpx: {},
  uvx: { values: ['--from', '--with', '-p', '--python'] },
  npm: { after: ['exec', 'x'] },
  pnpm: { after: ['exec', 'dlx'] },
  yarn: { after: ['exec', 'dlx'] },
  bun: { after: ['x'] },
  uv: { after: ['run'] },
  coproc: {},
};

const SHELLS = new Set([
  'sh',
  'bash',
  'zsh',
  'dash',
  'ash',
  'ksh',
  'mksh',
  'fish',
  'rbash',
  'busybox',
  'su',
  'script',
  'sg',
]);
const INTERPRETERS =
  /^(?:python|pypy|node|nodejs|deno|bun|perl|ruby|php|lua|luajit|tclsh|expect|gjs|osascript|awk|gawk|mawk|nawk|sed|gsed|ed|ex|vim|vi|nvim|emacs|jq|guile|rscript|julia|swift|groovy|pwsh|powershell|make|gdb|sqlite3)[\d.]*$/;
const CODE_OPTIONS =
  /^(?:-[a-z]*[cexrp]|--(?:eval|exec|execute|print|expression|command|eval-command|run)(?:=[\s\S]*)?)$/i;
/** Their first operand is code. */
const WITH_CODE_OPERAND = /^(?:awk|gawk|mawk|nawk|sed|gsed)$/;
const KEYWORDS = new Set([
  'if',
  'then',
  'else',
  'elif',
  'do',
  'while',
  'until',
  '!',
  '{',
  '}',
  'fi',
  'done',
  'esac',
  '--',
]);
const NO_COMMAND = new Set(['for', 'select', 'case', 'in']);
const EXEC_OPTIONS = new Set(['-exec', '-execdir', '-ok', '-okdir', '-x', '-X', '--exec', '--exec-batch']);
const DEEPEST = 8;
const MOST_RUNS = 20_000;

/**
 * Reads a command and everything that it runs as a command.
 *
 * @throws GatehouseError `too_complex`
 */
export function readPrograms(text: string, context: ShellContext): ShellReading {
  const reading: Collected = { commands: [], steps: [], runs: [], code: [] };
  const todo: { text: string; depth: number }[] = [{ text, depth: 0 }];
  for (let item = todo.pop(); item !== undefined; item = todo.pop()) {
    if (item.depth > DEEPEST)
      throw new GatehouseError('too_complex', 'the command is nested too deeply to be read');
    const commands = readShell(item.text, context);
    reading.commands.push(...commands);
    const scripts: string[] = [];
    const before = reading.runs.length;
    for (const command of commands) {
      const first = reading.runs.length;
      collect(expandWords(command.words), command.substituted, reading, scripts);
      reading.steps.push({ command, runs: reading.runs.slice(first) });
    }
    const fed = reading.runs.slice(before);
    const bodies = commands.flatMap((command) => command.bodies);
    if (fed.some(readsCommands)) scripts.push(...bodies, ...fed.flatMap(said));
    if (fed.some((run) => INTERPRETERS.test(run.name)))
      reading.code.push(...bodies.map((body) => ({ text: body, runs: true })));
    if (reading.runs.length > MOST_RUNS)
      throw new GatehouseError('too_complex', 'the command runs too many programs to be read');
    for (const script of scripts) todo.push({ text: script, depth: item.depth + 1 });
  }
  return reading;
}

/** A shell without a script of its own: what is piped to it runs. */
function readsCommands({ name, args }: Run): boolean {
  return SHELLS.has(name) && !args.some(({ text }) => !text.startsWith('-') || /^-[a-z]*c$/.test(text));
}

/** What echo and printf would feed to a shell. */
function said({ name, args }: Run): readonly string[] {
  if (name !== 'echo' && name !== 'printf') return [];
  const texts = args.map(({ text }) => text);
  return [texts.join(' ').replaceAll('\\n', '\n'), ...(name === 'printf' ? texts : [])];
}

/** Adds the program of a list of words, and those it wraps. */
function collect(words: readonly Word[], substituted: boolean, reading: Collected, scripts: string[]): void {
  let rest = skipPrefix(words);
  for (let wraps = 0; rest !== null && wraps < 64; wraps += 1) {
    const [first] = rest;
    if (first === undefined) return;
    const name = programName(first.text);
    const args = rest.slice(1);
    reading.runs.push({ name, word: first.text, args });
    collectScripts(name, args, reading.code, scripts);
    if (name === 'find' || name === 'fd' || name === 'fdfind')
      collectExec(args, substituted, reading, scripts);
    if (substituted && /^(?:which|type|command|whence)$/.test(name)) collectLookup(args, reading);
    rest = behindWrapper(name, args);
  }
}

/** Assignments and keywords before the command; null when the words are no command. */
function skipPrefix(words: readonly Word[]): readonly Word[] | null {
  let index = 0;
  for (; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) return null;
    if (!word.quoted && NO_COMMAND.has(word.text)) return null;
    if (!word.quoted && word.text === 'function') index += 1;
    else if (
      !(KEYWORDS.has(word.text) && !word.quoted) &&
      !/^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/.test(word.text)
    )
      break;
  }
  return words.slice(index);
}

/** Whether a program runs another one that is named in its arguments. */
export function isWrapper(name: string): boolean {
  return Object.hasOwn(WRAPPERS, name);
}

function behindWrapper(name: string, args: readonly Word[]): readonly Word[] | null {
  const wrapper = isWrapper(name) ? WRAPPERS[name] : undefined;
  if (wrapper === undefined) return null;
  let rest = args;
  if (wrapper.after !== undefined) {
    const at = rest.findIndex(({ text }) => !text.startsWith('-'));
    if (at < 0 || !wrapper.after.includes(rest[at]?.text ?? '')) return null;
    rest = rest.slice(at + 1);
  }
  let positional = wrapper.positional ?? 0;
  for (let index = 0; index < rest.length; index += 1) {
    const text = rest[index]?.text ?? '';
    if (text === '--')
      return positional === 0
        ? skipPrefix(rest.slice(index + 1))
        : skipPrefix(rest.slice(index + 1 + positional));
    if (text.startsWith('-') && text.length > 1) {
      if (wrapper.values?.includes(text) === true) index += 1;
      // `command -v name` only looks a name up.
      if (name === 'command' && /^-[vV]$/.test(text)) return null;
      continue;
    }
    if (/^[A-Za-z_]\w*=/.test(text)) continue;
    if (positional > 0) {
      positional -= 1;
      continue;
    }
    return skipPrefix(rest.slice(index));
  }
  return null;
}

/** Text that a program runs as shell, or as code of its own language. */
function collectScripts(name: string, args: readonly Word[], code: Code[], scripts: string[]): void {
  const texts = args.map(({ text }) => text);
  if (name === 'eval') scripts.push(texts.join(' '));
  if (name === 'trap' && texts[0] !== undefined) scripts.push(texts[0]);
  if (name === 'alias') scripts.push(...texts.map((text) => text.slice(text.indexOf('=') + 1)));
  if (name === 'env') scripts.push(...splitStrings(texts));
  if (name === 'watch' || name === 'parallel')
    scripts.push(texts.filter((text) => !text.startsWith('-')).join(' '));
  if (SHELLS.has(name) || name === 'flock' || name === 'npx' || name === 'npm')
    scripts.push(...optionValues(texts, /^(?:-[a-z]*c|--command|--call)$/i));
  if (!INTERPRETERS.test(name)) return;
  const edits = WITH_CODE_OPERAND.test(name);
  const written = [
    ...optionValues(texts, CODE_OPTIONS),
    ...(edits ? texts.filter((text) => !text.startsWith('-')) : []),
  ];
  for (const text of written) code.push({ text, runs: !edits || /system\s*\(|\|/.test(text) });
}

/** The words behind options that match, and the values glued to them with `=`. */
function optionValues(texts: readonly string[], option: RegExp): readonly string[] {
  return texts.flatMap((text, index) => {
    if (!option.test(text.split('=', 1)[0] ?? '')) return [];
    const equals = text.indexOf('=');
    const value = equals >= 0 ? text.slice(equals + 1) : texts[index + 1];
    return value === undefined ? [] : [value];
  });
}

/** `env -S 'gdbus call'`, also glued: `-Sgdbus`, `--split-string=…`. */
function splitStrings(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text, index) => {
    const glued = /^(?:-[a-zA-Z]*S|--split-string=)([\s\S]+)$/.exec(text)?.[1];
    if (glued !== undefined) return [[glued, ...texts.slice(index + 1)].join(' ')];
    return text === '-S' || text === '--split-string' ? [texts.slice(index + 1).join(' ')] : [];
  });
}

function collectExec(
  args: readonly Word[],
  substituted: boolean,
  reading: Collected,
  scripts: string[],
): void {
  for (const [index, { text }] of args.entries()) {
    if (!EXEC_OPTIONS.has(text)) continue;
    const rest = args.slice(index + 1);
    const end = rest.findIndex((word) => word.text === ';' || word.text === '+');
    collect(end < 0 ? rest : rest.slice(0, end), substituted, reading, scripts);
  }
}

/** `$(which gdbus)`: what is looked up in a substitution is there to be run. */
function collectLookup(args: readonly Word[], reading: Collected): void {
  for (const { text } of args)
    if (!text.startsWith('-')) reading.runs.push({ name: programName(text), word: text, args: [] });
}

function programName(word: string): string {
  const base = word.split(/[\\/]/).at(-1) ?? '';
  return base.toLowerCase().replace(/\.exe$/, '');
}

/** Words with their brace lists written out: `{a,b}` is two words. */
function expandWords(words: readonly Word[]): readonly Word[] {
  return words.flatMap((word) =>
    word.quoted ? [word] : expandBraces(word.text).map((text) => ({ text, quoted: false })),
  );
}

const MOST_EXPANSIONS = 64;

/** The words that a word with brace lists stands for, at most 64; beyond that the list is an unknown part. */
export function expandBraces(text: string): readonly string[] {
  let done: string[] = [];
  let todo = [text];
  while (todo.length > 0) {
    const next: string[] = [];
    for (const item of todo) {
      const list = /\{([^{}]*,[^{}]*)\}/.exec(item);
      if (list === null) done.push(item);
      else
        for (const part of (list[1] ?? '').split(','))
          next.push(item.slice(0, list.index) + part + item.slice(list.index + list[0].length));
    }
    if (done.length + next.length > MOST_EXPANSIONS) {
      done = [text.replace(/\{[^{}]*\}/g, UNKNOWN)];
      break;
    }
    todo = next;
  }
  return done;
}
