/**
 * Which programs a command runs: behind assignments, shell keywords and wrappers such as `sudo` or `xargs`, in
 * `find -exec`, and in the text that `sh -c`, `eval` and their like run as a command of its own.
 */

import { GatehouseError } from '../../platform/errors.ts';
import { expandBraces } from './brace-list.ts';
import { readShell, type ShellCommand, type ShellContext, type Word } from './shell-words.ts';
import { wrapperOf } from './wrapper.ts';

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
const MOST_WRAPS = 64;

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
  for (let wraps = 0; rest !== null; wraps += 1) {
    if (wraps >= MOST_WRAPS)
      throw new GatehouseError('too_complex', 'too many programs that run one another to be read');
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

function behindWrapper(name: string, args: readonly Word[]): readonly Word[] | null {
  const wrapper = wrapperOf(name);
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
    word.braces ? expandBraces(word.text).map((text) => ({ ...word, text, braces: false })) : [word],
  );
}
