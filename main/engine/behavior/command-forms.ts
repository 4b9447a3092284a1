/**
 * What the form of a command line says: whether it deletes or overwrites, handles files, or looks around. It is
 * read as a shell reads it, so that quoted words are words, and flags count however they are written. Where it
 * leads is not looked at: that is for whoever reads the question.
 */
import type { CommandForm, CommandView } from '../../policy/conditions/subject.ts';
import { type Code, type Run, readPrograms, type ShellReading } from '../protection/programs.ts';
import { UNKNOWN } from '../protection/shell-words.ts';

/** A longer line is not read: nobody can tell what it runs. */
const LONGEST = 128 * 1024;
const OPAQUE: CommandForm = Object.freeze({ destructive: true, handlesFiles: false, explores: false });

/** Command lines inside of command lines. */
const DEEPEST = 4;
const SHELLS = /^(?:sh|bash|zsh|dash|ash|ksh|mksh|fish)$/;
const DATABASES =
  /^(?:psql|mysql|mariadb|sqlite3?|sqlcmd|sqlplus|duckdb|clickhouse-client|cockroach|mongosh?|redis-cli)$/;
const LOSES_ROWS =
  /\b(?:drop\s+(?:table|database|schema|index|view|user|role)|truncate\s+(?:table\s+)?["'`[]?\w+|delete\s+from|dropDatabase|flush(?:all|db))\b/i;
/** PowerShell, handed on as text. */
const REMOVES_ITEMS = /\b(?:remove-item|ri|rm|del|rd)\b.*\s-(?:r|fo)/i;
/** Inline code of another language that deletes, also by starting `rm -r`, in one text or word by word. */
const DELETES =
  /\b(?:rmtree|remove_tree|removedirs|rmdirSync|rmSync|unlinkSync|FileUtils\.(?:rm|remove)\w*|os\.(?:remove|unlink)|unlink|rimraf)\b|\brm(?:\s+|["']\s*,\s*["'])-(?:-recursive|[a-z]*[rR])/;
const WIPERS =
  /^(?:shred|wipefs|blkdiscard|srm|wipe|mkfs(?:\.\w+)?|mke2fs|mkswap|sgdisk|fdisk|sfdisk|parted)$/;
const READERS = /^(?:cat|head|tail|less|more|bat|batcat|tac|nl)$/;

/** Reads command lines. `home` resolves `~` and `$HOME`. */
export class CommandForms implements Pick<CommandView, 'formOf'> {
  readonly #home: string;
  #last: { readonly text: string; readonly form: CommandForm } = { text: '', form: NOTHING };

  constructor(home: string) {
    this.#home = home;
  }

  /** Several rules ask about one line: it is read once. */
  formOf(text: string): CommandForm {
    if (text === this.#last.text) return this.#last.form;
    const form = this.#read(text);
    this.#last = { text, form };
    return form;
  }

  #read(text: string, depth = 0): CommandForm {
    if (text.length > LONGEST || depth > DEEPEST) return OPAQUE;
    const reading = this.#programs(text);
    // Too complex to be read is too complex to be judged.
    if (reading === null) return OPAQUE;
    const { steps, runs, code } = reading;
    return {
      destructive:
        steps.some(({ command, runs: own }) =>
          own.some((run) => destroys(run) && !(isShell(run) && this.#isTold(command.bodies))),
        ) ||
        runs.some((run) => handedOn(run).some((inner) => this.#read(inner, depth + 1).destructive)) ||
        code.some(deletes) ||
        feedsDatabase(steps) ||
        steps.some(({ command, runs: own }) => empties(command, own)),
      handlesFiles: steps.some(({ command, runs: own }) =>
        own.some((run) => handlesFiles(run, command.targets)),
      ),
      explores: runs.some(explores),
    };
  }

  /** Null when it is too complex. */
  #programs(text: string): ShellReading | null {
    try {
      return readPrograms(text, { home: this.#home, cwd: '/' });
    } catch {
      return null;
    }
  }

  /** A shell is handed a here-document in which every program has a name: what it runs is known, and was read. */
  #isTold(bodies: readonly string[]): boolean {
    return (
      bodies.length > 0 &&
      bodies.every((body) =>
        this.#programs(body)?.runs.every(({ name }) => name !== '' && !name.includes(UNKNOWN)),
      )
    );
  }
}

const NOTHING: CommandForm = Object.freeze({ destructive: false, handlesFiles: false, explores: false });

function textsOf({ args }: Run): readonly string[] {
  return args.map(({ text }) => text);
}

/** A short option in any bundle, or a long one, also cut short as programs allow. */
function has(args: readonly string[], short: string, long: string): boolean {
  return args.some((arg) =>
    arg.startsWith('--')
      ? arg.length > 3 && long.startsWith(arg.slice(2).split('=')[0] ?? '')
      : /^-[A-Za-z]+$/.test(arg) && [...short].some((letter) => arg.includes(letter)),
  );
}

function operands(args: readonly string[]): readonly string[] {
  return args.filter((arg) => !arg.startsWith('-'));
}

function destroys(run: Run): boolean {
  const args = textsOf(run);
  const { name } = run;
  const lower = args.map((arg) => arg.toLowerCase());
  if (WIPERS.test(name)) return true;
  if (DATABASES.test(name)) return args.some((arg) => LOSES_ROWS.test(arg));
  if (/^(?:pwsh|powershell)$/.test(name)) return REMOVES_ITEMS.test(args.join(' '));
  if (SHELLS.test(name) || name === 'eval' || name === 'source' || name === '.') return isOpaque(run);
  switch (name) {
    case 'rm':
    case 'grm':
      return has(args, 'rR', 'recursive');
    case 'git':
      return destroysHistory(args);
    case 'find':
    case 'fd':
      return (
        lower.includes('-delete') ||
        lower.some(
          (arg, at) =>
            /^-(?:exec|execdir|ok|x)$/.test(arg) &&
            /^(?:.*\/)?(?:rm|shred|unlink)$/.test(lower[at + 1] ?? ''),
        )
      );
    case 'dd':
      return lower.some((arg) => arg.startsWith('of=') && arg !== 'of=/dev/null');
    case 'truncate':
      return args.length > 0;
    case 'delete':
    case 'drop':
      return LOSES_ROWS.test([name, ...args].join(' '));
    case 'remove-item':
    case 'ri':
      return lower.some((arg) => /^-(?:r|rec|force|fo)/.test(arg));
    case 'del':
    case 'erase':
    case 'rd':
    case 'rmdir':
      return lower.some((arg) => /^\/[sq]$/.test(arg));
    case 'format':
      return lower.some((arg) => /^[a-z]:$/.test(arg));
    default:
      return false;
  }
}

function isShell({ name, args }: Run): boolean {
  return SHELLS.test(name) && !args.some(({ text }) => text.includes(UNKNOWN));
}

/** Letters of `ssh` that take a word. */
const SSH_VALUES = /^-[BbcDEeFIiJLlmOopQRSWw]$/;
const CONTAINERS = /^(?:docker|podman|nerdctl|kubectl|oc|lxc|incus|multipass|docker-compose)$/;
const MOST_PLACES = 8;

/** Command lines that a program hands on: to another machine, into a container, from a setting of git. */
function handedOn({ name, args }: Run): readonly string[] {
  const texts = textsOf({ name, word: name, args });
  if (name === 'git')
    return texts.flatMap((text, at) =>
      texts[at - 1] === '-c' ? (/^alias\.[^=]+=!([\s\S]+)$/i.exec(text)?.[1] ?? []) : [],
    );
  if (name === 'ssh') {
    let at = 0;
    while (at < texts.length && (texts[at] ?? '').startsWith('-'))
      at += SSH_VALUES.test(texts[at] ?? '') ? 2 : 1;
    const rest = texts.slice(at + 1).filter((text, index) => index > 0 || text !== '--');
    return rest.length === 0 ? [] : [rest.join(' ')];
  }
  if (!CONTAINERS.test(name)) return [];
  const verb = texts.findIndex((text) => /^(?:exec|run|shell)$/.test(text));
  if (verb < 0) return [];
  // Where the command begins depends on options that take a word: each place is tried.
  return texts
    .slice(verb + 1, verb + 1 + MOST_PLACES)
    .flatMap((text, at) => (text.startsWith('-') ? [] : [quoted(texts.slice(verb + 1 + at))]));
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

/** What a shell is handed cannot be known before it runs: from a pipe, or made by another command. */
function isOpaque({ args, name }: Run): boolean {
  const texts = args.map(({ text }) => text);
  if (texts.some((text) => text.includes(UNKNOWN))) return true;
  return (
    SHELLS.test(name) &&
    operands(texts).length === 0 &&
    !texts.some((text) => /^--?(?:version|help)$/.test(text))
  );
}

/** `git` with what it throws away: work that is not committed, or commits that others have. */
function destroysHistory(args: readonly string[]): boolean {
  const words = afterOptions(args);
  const [command, ...rest] = words;
  switch (command) {
    case 'reset':
      return rest.includes('--hard');
    case 'push':
      return (
        rest.some((arg) => arg === '--force' || arg === '--mirror' || /^-[a-z]*[fd][a-z]*$/.test(arg)) ||
        has(rest, '', 'delete') ||
        // `+main` forces, `:main` deletes.
        operands(rest).some((arg) => /^(?:\+|:.)/.test(arg))
      );
    case 'clean':
      return has(rest, 'f', 'force') && !has(rest, 'n', 'dry-run');
    case 'checkout':
      // With paths it takes files back; `-b` and `-B` make a branch and keep them.
      return has(rest, 'f', 'force') || rest.includes('--') || operands(rest).includes('.');
    case 'switch':
      return has(rest, 'f', 'force') || has(rest, '', 'discard-changes');
    case 'restore':
      return rest.length > 0 && (!has(rest, 'S', 'staged') || has(rest, 'W', 'worktree'));
    case 'stash':
      return rest[0] === 'drop' || rest[0] === 'clear';
    case 'branch':
      return has(rest, 'D', '') || (has(rest, 'd', 'delete') && has(rest, 'f', 'force'));
    case 'update-ref':
      return has(rest, 'd', '');
    default:
      return false;
  }
}

/** Options of `git` itself that take a word: `-C`, `-c`. */
function afterOptions(args: readonly string[]): readonly string[] {
  let at = 0;
  while (at < args.length && (args[at] ?? '').startsWith('-'))
    at += /^-[Cc]$|^--(?:git-dir|work-tree|namespace)$/.test(args[at] ?? '') ? 2 : 1;
  return args.slice(at);
}

/** A database's program is fed what it runs: by a here-document, or by what is printed into it. */
function feedsDatabase(steps: ShellReading['steps']): boolean {
  const fed = steps.filter(({ runs }) => runs.some(({ name }) => DATABASES.test(name)));
  if (fed.length === 0) return false;
  const printed = steps.flatMap(({ runs }) =>
    runs.flatMap((run) => (/^(?:echo|printf)$/.test(run.name) ? textsOf(run) : [])),
  );
  return [...fed.flatMap(({ command }) => command.bodies), ...printed].some((text) => LOSES_ROWS.test(text));
}

function deletes({ text }: Code): boolean {
  return DELETES.test(text) || LOSES_ROWS.test(text);
}

/** `> file` with no command, or one that writes nothing: the file is emptied. */
function empties(
  { words, written }: ShellReading['steps'][number]['command'],
  runs: readonly Run[],
): boolean {
  const writesNothing = words.length === 0 || runs.some(({ name }) => name === ':' || name === 'true');
  return writesNothing && written.some((target) => !/^\/dev\/(?:null|stdout|stderr|tty)$/.test(target));
}

/** Programs that read or change files which have a tool of their own; as filters of a pipe they read none. */
function handlesFiles(run: Run, redirected: readonly string[]): boolean {
  const args = textsOf(run);
  const { name } = run;
  if (READERS.test(name)) return files(args).length > 0 || (name === 'cat' && redirected.length > 0);
  if (/^g?sed$/.test(name))
    return has(args, 'i', 'in-place') || files(args).length > (has(args, 'ef', 'expression') ? 0 : 1);
  if (/^(?:g|m|n)?awk$/.test(name)) return files(args).length > 1;
  if (name === 'perl') return has(args, 'pi', '');
  return false;
}

/** Operands; a number behind an option is the option's. */
function files(args: readonly string[]): readonly string[] {
  return args.filter(
    (arg, at) =>
      arg !== '-' && !arg.startsWith('-') && !(/^\+?\d+$/.test(arg) && /^-[a-z]$/i.test(args[at - 1] ?? '')),
  );
}

function explores(run: Run): boolean {
  const args = textsOf(run);
  switch (run.name) {
    case 'find':
    case 'tree':
      return true;
    case 'ls':
    case 'll':
      return has(args, 'lRa', 'all') || operands(args).some((arg) => arg === '.' || arg === './');
    case 'dir':
      return args.some((arg) => /^\/s$/i.test(arg));
    default:
      return false;
  }
}
