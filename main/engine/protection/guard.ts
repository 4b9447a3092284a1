/**
 * The checks of self-protection for one set of protected paths and processes.
 *
 * Plain commands that mention nothing of interest are let through without being read word by word; everything
 * else is read. What cannot be read is stopped.
 */
import type { JsonValue } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { AgentSettings, SETTINGS_WORDS } from './agent-settings.ts';
import { commandsOf } from './argv.ts';
import { foundBy } from './find-words.ts';
import { agentSettings, fakesAPerson, ownFiles, type ProtectedHit, unreadable } from './hit.ts';
import { matches, type PathRules, ProtectedPaths } from './paths.ts';
import { type Code, type Run, readPrograms, type ShellReading } from './programs.ts';
import { settingsChanged } from './settings-words.ts';
import { UNKNOWN } from './shell-words.ts';
import {
  AGENT_PACKAGES,
  AGENT_PROGRAMS,
  BY_PID,
  FAKES_A_PERSON,
  foldersTouched,
  NOTABLE,
} from './watched-programs.ts';
import { candidatesOf, foldersOf, isProse } from './word-paths.ts';
import { writtenBy } from './written-files.ts';

/** Linux refuses a longer argument to any program; what cannot run need not be read. */
const LONGEST_COMMAND = 128 * 1024;
const MOST_WORK = 50_000_000;
const MOST_STRINGS = 20_000;
/** A longer text is no path. */
const LONGEST_PATH = 4096;

/** Nothing in it needs a shell's reading: no quotes, escapes, variables, patterns, braces, home signs, comments or here-documents. */
const PLAIN = /^[\w\s./:=,@%+;&|()>-]*$/;

/** What a call does to the file that a parameter names: agents' settings may be read. */
export type Touch = 'read' | 'change';

export class Guard {
  readonly #paths: ProtectedPaths;
  readonly #settings: AgentSettings;
  readonly #home: string;
  readonly #pids: ReadonlySet<string>;
  /** Something in a plain command that could name a protected path. */
  readonly #mentions: RegExp;
  #folder = { cwd: '', notable: true };
  /** Characters compared for this command. */
  #work = 0;
  #last = { text: '', dull: true };

  constructor(rules: PathRules & { readonly settings?: readonly string[] }) {
    this.#paths = new ProtectedPaths(rules);
    this.#settings = new AgentSettings(rules);
    this.#home = rules.home;
    this.#pids = new Set(rules.pids.map(String));
    const names = [...this.#paths.lastSegments, ...this.#settings.names].map((name) =>
      name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    );
    this.#mentions = new RegExp(['proc/', ...SETTINGS_WORDS, ...names].join('|'), 'i');
  }

  path(value: string, cwd: string, touch: Touch): ProtectedHit | null {
    if (value.length > LONGEST_PATH) return null;
    const trimmed = value.trim();
    for (const text of trimmed === value ? [value] : [value, trimmed]) {
      const hit =
        ownFiles(this.#paths.hit(text, cwd)) ??
        (touch === 'read' ? null : agentSettings(this.#settings.hit(text, cwd)));
      if (hit !== null) return hit;
    }
    return null;
  }

  /** A text that may be a path or may be anything. */
  loose(value: string, cwd: string, touch: Touch): ProtectedHit | null {
    const isPath = /[/~\\]/.test(value) || (!/\s/.test(value) && this.#notableFolder(cwd));
    return value.length <= LONGEST_PATH && isPath ? this.path(value, cwd, touch) : null;
  }

  /** Texts anywhere in a structured parameter. */
  tree(value: JsonValue, cwd: string, touch: Touch): ProtectedHit | null {
    if (typeof value !== 'object' || value === null) return null;
    const todo: JsonValue[] = [value];
    for (let seen = 0; todo.length > 0; seen += 1) {
      if (seen > MOST_STRINGS)
        return unreadable('The parameters have too many parts to be checked. Make the call smaller.');
      const item = todo.pop() ?? null;
      const hit = typeof item === 'string' ? this.loose(item, cwd, touch) : null;
      if (hit !== null) return hit;
      if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
        const run = this.argv(item as Readonly<Record<string, JsonValue>>, cwd);
        if (run !== null) return run;
      }
      if (typeof item === 'object' && item !== null)
        for (const part of Object.values(item)) if (todo.length <= MOST_STRINGS) todo.push(part);
    }
    return null;
  }

  /** Commands that stand in parameters in parts. */
  argv(params: Readonly<Record<string, JsonValue>>, cwd: string): ProtectedHit | null {
    for (const text of commandsOf(params)) {
      const hit = this.command(text, cwd);
      if (hit !== null) return hit;
    }
    return null;
  }

  /** Something protected below a folder that is taken as a whole. */
  inside(value: string, cwd: string): ProtectedHit | null {
    return ownFiles(this.#paths.inside(value, cwd)) ?? agentSettings(this.#settings.below(value, cwd));
  }

  /** Something protected below a folder whose files are all read, unless it lies in the project itself. */
  readsInside(folder: string, cwd: string, app: string): ProtectedHit | null {
    const path = this.#paths.inside(folder, cwd);
    if (path === null || (app !== '' && this.#paths.within(path, app, '/'))) return null;
    return {
      what: 'own_files',
      reason: `This reads everything below ${folder}, and ${path} is in there, which belongs to Gatehouse. Search a narrower folder.`,
    };
  }

  /** The agent program that a command starts. */
  agentIn(text: string, cwd: string): string | null {
    if (text.length > LONGEST_COMMAND || this.#isDull(text)) return null;
    for (const run of this.#read(text, cwd)?.runs ?? []) {
      const agent = agentName(run);
      if (agent !== null) return agent;
    }
    return null;
  }

  command(text: string, cwd: string): ProtectedHit | null {
    const hit = this.#command(text, cwd);
    // A shell keeps the first half of a Windows line end, what hands the text to it may drop it.
    return hit === null && text.includes('\r') ? this.#command(text.replaceAll('\r', ''), cwd) : hit;
  }

  #command(text: string, cwd: string): ProtectedHit | null {
    if (text.length > LONGEST_COMMAND)
      return unreadable(
        `The command has ${text.length} characters; at most ${LONGEST_COMMAND} can be checked. Put its data into a file.`,
      );
    if (this.#isDull(text) && !this.#notableFolder(cwd) && !this.#mentions.test(text)) return null;
    const here = this.#paths.hit('.', cwd);
    if (here !== null) return ownFiles(here);
    this.#work = 0;
    try {
      const reading = readPrograms(text, { home: this.#home, cwd });
      const folders = foldersOf(reading, cwd);
      return (
        this.#programs(reading) ??
        this.#words(reading, folders) ??
        agentSettings(settingsChanged(reading, this.#settings, folders)) ??
        this.#code(reading.code, cwd)
      );
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
      return unreadable(
        'The command is nested too deeply, or has too many words, parts or folders, to be checked. Write it in simpler steps.',
      );
    }
  }

  /** A plain command without a word that is looked at. The same text is asked about twice for one call. */
  #isDull(text: string): boolean {
    if (this.#last.text !== text) this.#last = { text, dull: PLAIN.test(text) && !NOTABLE.test(text) };
    return this.#last.dull;
  }

  /** Whether relative names may reach something from this folder. Calls of a session share theirs. */
  #notableFolder(cwd: string): boolean {
    if (this.#folder.cwd !== cwd)
      this.#folder = { cwd, notable: this.#paths.hit('.', cwd) !== null || this.#settings.around(cwd) };
    return this.#folder.notable;
  }

  #read(text: string, cwd: string): ShellReading | null {
    try {
      return readPrograms(text, { home: this.#home, cwd });
    } catch {
      return null;
    }
  }

  #programs({ runs }: ShellReading): ProtectedHit | null {
    const looksUs = runs.some(
      ({ name, args }) =>
        /^(?:pgrep|pidof)$/.test(name) &&
        args.some(({ text }) => !text.startsWith('-') && couldMatch(text, 'gatehouse')),
    );
    for (const run of runs) {
      const fake = FAKES_A_PERSON.find((program) => named(run.name, program));
      if (fake !== undefined) return fakesAPerson(fake);
      if (run.name === 'security' && run.args.some(({ text }) => /password|keychain|dump/.test(text)))
        return fakesAPerson('security');
      if (named(run.name, 'gatehouse') || run.word.startsWith('gatehouse@')) {
        return {
          what: 'own_program',
          reason: 'The gatehouse program is for the person. Ask them to run it.',
        };
      }
      if (BY_PID.has(run.name) && (looksUs || this.#aimsAtUs(run))) {
        return {
          what: 'own_processes',
          reason: 'This aims at the processes of Gatehouse. No policy can allow it.',
        };
      }
    }
    return null;
  }

  #aimsAtUs({ name, args }: Run): boolean {
    const texts = args.map(({ text }) => text);
    if (name === 'killall5') return true;
    if (texts.some((text) => this.#pids.has(/^(?:-|--pid=|-p)?(\d+)$/.exec(text)?.[1] ?? ''))) return true;
    // Process -1 is every process there is.
    if (name === 'kill') return texts.some((text, index) => text === '-1' && index > 0);
    if (name === 'pkill') return texts.some((text) => !text.startsWith('-') && couldMatch(text, 'gatehouse'));
    if (name === 'killall' || name === 'taskkill' || name === 'skill') {
      return texts.some(
        (text) =>
          /gatehouse/i.test(text) ||
          (!text.startsWith('-') && texts.includes('-r') && couldMatch(text, 'gatehouse')),
      );
    }
    return false;
  }

  #words(reading: ShellReading, folders: readonly string[]): ProtectedHit | null {
    for (const { words, targets } of reading.commands) {
      const program = words[0]?.text.split('/').at(-1) ?? '';
      for (const [index, { text }] of words.entries()) {
        const hit = isProse(text, words[index - 1]?.text, program) ? null : this.#fromFolders(text, folders);
        if (hit !== null) return ownFiles(hit);
      }
      for (const target of targets) {
        const hit = this.#fromFolders(target, folders);
        if (hit !== null) return ownFiles(hit);
      }
    }
    for (const { command, runs } of reading.steps)
      for (const run of runs) {
        const found = foundBy(run, reading, command.substituted);
        const hit =
          this.#takes([...foldersTouched(run), ...(found?.starts ?? [])], folders) ??
          this.#writes([...writtenBy(run).files, ...(run.name === 'ln' ? foldersTouched(run) : [])], folders);
        if (hit !== null) return ownFiles(hit);
      }
    return null;
  }

  #takes(operands: readonly string[], folders: readonly string[]): string | null {
    for (const operand of operands)
      for (const folder of folders) {
        const hit = this.#paths.inside(operand, folder);
        if (hit !== null) return hit;
      }
    return null;
  }

  #writes(files: readonly string[], folders: readonly string[]): string | null {
    for (const file of files)
      for (const folder of folders) {
        const hit = this.#paths.hit(file, folder);
        if (hit !== null) return hit;
      }
    return null;
  }

  #fromFolders(word: string, folders: readonly string[]): string | null {
    for (const candidate of candidatesOf(word)) {
      this.#work += candidate.length * folders.length;
      if (this.#work > MOST_WORK) throw new GatehouseError('too_complex', 'too many paths to be checked');
      for (const folder of folders) {
        const hit = this.#paths.hit(candidate, folder);
        if (hit !== null) return hit;
      }
    }
    return null;
  }

  /** Inline code is not understood; a protected path or a watched program written out in it is enough. */
  #code(code: readonly Code[], cwd: string): ProtectedHit | null {
    for (const { text, runs } of code) {
      for (const part of text.split(/[^\w./~@%+:$-]+/)) {
        const isPath = part.includes('/') && part.length <= LONGEST_PATH;
        const hit = isPath ? ownFiles(this.#paths.hit(part, cwd)) : null;
        if (hit !== null) return hit;
        // What is nothing but a path is an operand, and looked at as one.
        const changed = isPath && part !== text ? agentSettings(this.#settings.hit(part, cwd)) : null;
        if (changed !== null) return changed;
        const program = part.split('/').at(-1) ?? '';
        if (runs && FAKES_A_PERSON.includes(program)) return fakesAPerson(program);
      }
    }
    return null;
  }
}

function agentName({ name, word }: Run): string | null {
  const known = AGENT_PROGRAMS.find((program) => named(name, program));
  if (known !== undefined) return known;
  return AGENT_PACKAGES.get(word.toLowerCase().replace(/(?!^)@[^@/]*$/, '')) ?? null;
}

/** Whether a word in command position can be this program. A word of which next to nothing is known is none. */
function named(name: string, program: string): boolean {
  if (name === program) return true;
  return /[*?[\ue000]/.test(name) && name.replace(/[*?\ue000]/g, '').length >= 2 && matches(name, program);
}

/** Whether a process pattern can match a name. A pattern that cannot be tried counts as one that does. */
function couldMatch(pattern: string, name: string): boolean {
  if (pattern.includes(UNKNOWN))
    return pattern.replaceAll(UNKNOWN, '') !== '' && matches(`*${pattern}*`, name);
  // Trying a long one may take for ever: only what is no pattern at all is known to match itself alone.
  if (pattern.length > 200) return /[\\^$.|?*+()[\]{}]/.test(pattern) || pattern.toLowerCase().includes(name);
  try {
    return new RegExp(pattern, 'i').test(name);
  } catch {
    return true;
  }
}
