/**
 * Patterns of simple commands: made of one command, held against another.
 *
 * `git status` with whatever follows is one kind; `git status; rm x` has a command of another kind in it. Where
 * nothing is known of a program its options are bound too, and the word that seems to say what it does.
 */
import { knownProgram } from '../../analysis/programs/registry.ts';
import type { CallAnalysis, SimpleCommand } from '../../analysis/result.ts';
import { subcommandsOf } from '../../analysis/shape.ts';
import { codesOf, reachOf, runsProjectCode, shapeable, withinReach } from './reach.ts';
import type { CommandPattern } from './rule.ts';

/** Commands that only say something, or stand still: no rule needs to name them. */
const NEUTRAL: ReadonlySet<string> = new Set([
  'echo',
  'printf',
  'true',
  'false',
  ':',
  'pwd',
  'cd',
  'test',
  '[',
]);

/** They change what the shell takes names for, or where it stands: no kind says what comes of them. */
const CHANGES_SHELL: ReadonlySet<string> = new Set([
  'read',
  'mapfile',
  'readarray',
  'getopts',
  'set',
  'unset',
  'shopt',
  'enable',
  'hash',
  'alias',
  'unalias',
  'trap',
  'exec',
  'pushd',
  'popd',
]);

/** Words behind which another word says what is done: `npm run build`, `docker compose up`. */
const LEADS_ON: Readonly<Record<string, readonly string[]>> = {
  npm: ['run', 'run-script', 'exec', 'x', 'create', 'init'],
  pnpm: ['run', 'exec', 'dlx', 'create'],
  yarn: ['run', 'exec', 'dlx', 'create', 'workspace'],
  bun: ['run', 'x', 'create'],
  deno: ['task', 'run'],
  docker: ['compose', 'image', 'container', 'volume', 'network', 'system', 'buildx', 'stack', 'service'],
  podman: ['image', 'container', 'volume', 'network', 'system'],
  git: ['remote', 'stash', 'submodule', 'worktree', 'bisect', 'config', 'notes', 'reflog', 'lfs'],
  go: ['tool', 'mod'],
  kubectl: ['rollout', 'config', 'create', 'set'],
  terraform: ['workspace', 'state'],
  uv: ['run', 'tool', 'pip'],
  poetry: ['run', 'env'],
  bundle: ['exec'],
  mvn: [],
};

/** Commands of git that run hooks, which a project may bring. */
const HOOKED =
  /^(?:commit|merge|rebase|am|push|pull|checkout|switch|cherry-pick|revert|worktree|clone|gc|receive-pack)$/;

const WORD = /^[\w:.@/+-]+$/;

/** Whether a command needs no rule: nothing comes of it. */
export function isNeutral(command: SimpleCommand): boolean {
  const [program = ''] = command.words;
  return (
    NEUTRAL.has(program) && isBound(command) && command.effects.length === 0 && command.concerns.length === 0
  );
}

/**
 * Whether a command is one that other words of its kind say something about. One that runs outside the project
 * meets settings there that nobody was asked about: `cd /tmp/x && git status` runs what /tmp/x tells git to.
 */
function isBound({ words, at }: SimpleCommand): boolean {
  const [program = '', first = ''] = words;
  if (at !== 'workspace' || CHANGES_SHELL.has(program)) return false;
  if (program === 'printf') return !first.startsWith('-v');
  // What env sets, and where it goes, is told by its words alone.
  return program !== 'env' || !/^-|=/.test(first);
}

/** Whether a command runs what a project or package brings. */
export function runsForeignCode(command: SimpleCommand): boolean {
  const { program, subcommand } = command.shape;
  return runsProjectCode(command.effects) || (program === 'git' && HOOKED.test(subcommand));
}

/**
 * The pattern of a command; null where none can be made.
 *
 * @param wide   whatever the program's words are, where all that it does is known
 * @param folder where the rule is to hold; null: all of the project
 */
export function patternOf(
  command: SimpleCommand,
  wide: boolean,
  folder: string | null,
): CommandPattern | null {
  const [program = ''] = command.words;
  if (program === '' || program.includes('…') || command.shape.program === '?') return null;
  if (!shapeable(command.concerns) || !isBound(command)) return null;
  const reach = reachOf(command.effects, folder);
  if (reach === null) return null;
  const known = knownProgram(command.shape.program) !== null;
  if (wide && (!known || command.concerns.length > 0)) return null;
  const lead = wide ? null : leadOf(command, known);
  if (lead === undefined) return null;
  return {
    program,
    lead,
    via: [...command.via],
    flags: known && command.concerns.length === 0 ? null : [...command.shape.flags],
    reach,
    concerns: codesOf(command.concerns),
  };
}

/** The words that say what a command does; null where none do, undefined where that cannot be told. */
function leadOf({ words, shape }: SimpleCommand, known: boolean): readonly string[] | null | undefined {
  const args = words.slice(1);
  if (!known) {
    const [first] = args;
    if (first === undefined) return [];
    return WORD.test(first) && !first.startsWith('-') ? [first] : undefined;
  }
  const count = subcommandsOf(shape.program);
  if (count === 0) return null;
  const lead = shape.subcommand === '' ? [] : shape.subcommand.split(' ');
  // Options before the word that says what is done change what it means.
  if (lead.length === 0) return args.length === 0 ? [] : undefined;
  if (lead.some((word, at) => args[at] !== word)) return undefined;
  const last = lead.at(-1) ?? '';
  if (!(LEADS_ON[shape.program] ?? []).includes(last)) return lead;
  const next = args[lead.length];
  if (next === undefined) return lead;
  return WORD.test(next) && !next.startsWith('-') ? [...lead, next] : undefined;
}

/** Whether a command is of the kind. */
export function fits(pattern: CommandPattern, command: SimpleCommand, folder: string | null): boolean {
  const [program = '', ...args] = command.words;
  if (program !== pattern.program || !isBound(command)) return false;
  if (command.via.length !== pattern.via.length || command.via.some((by, at) => by !== pattern.via[at]))
    return false;
  const { lead, flags } = pattern;
  if (lead !== null) {
    if (lead.length === 0 ? args.length > 0 : lead.some((word, at) => args[at] !== word)) return false;
    const last = lead.at(-1) ?? '';
    if ((LEADS_ON[command.shape.program] ?? []).includes(last) && args.length > lead.length) return false;
  }
  if (flags !== null && !command.shape.flags.every((flag) => flags.includes(flag))) return false;
  if (!codesOf(command.concerns).every((code) => pattern.concerns.includes(code))) return false;
  const reach = reachOf(command.effects, folder);
  return reach !== null && withinReach(reach, pattern.reach);
}

/** The commands of a call that a rule has to name. */
export function namedCommands(analysis: CallAnalysis): readonly SimpleCommand[] {
  return analysis.commands.filter((command) => !isNeutral(command));
}
