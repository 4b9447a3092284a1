/**
 * What a person may choose when they say yes: this exact call, this program and subcommand, this program in this
 * folder, this tool. Each says how far it may reach, and why no further.
 */
import { isAbsolute, resolve } from 'node:path';
import type { CallAnalysis } from '../../analysis/result.ts';
import { isDestructive } from '../../analysis/result.ts';
import { familyOf } from '../../policy/catalog.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import { confirmed } from '../behavior/with-behavior.ts';
import type { Decision } from '../decision.ts';
import type { ToolCall } from '../tool-call.ts';
import { fits, isNeutral, namedCommands, patternOf, runsForeignCode } from './pattern.ts';
import { codesOf, reachOf, runsProjectCode, shapeable } from './reach.ts';
import type { CommandPattern, RuleScope, RuleShape } from './rule.ts';

export type ChoiceId = 'exact' | 'kind' | 'here' | 'tool';

export interface Choice {
  readonly id: ChoiceId;
  readonly shape: RuleShape;
  /** The widest scope it may have. */
  readonly widest: RuleScope;
  /** Why it may not reach further; null when it may. */
  readonly limit: string | null;
  /** Holds for sandboxed sessions only. */
  readonly sandboxed: boolean;
}

/** What is known when a call is asked about. */
export interface Asked {
  readonly call: ToolCall;
  /** Of the call, with the files that it runs. */
  readonly fingerprint: string;
  readonly decision: Decision;
  readonly policy: CompiledPolicy | null;
  readonly analysis: CallAnalysis;
  /** The kernel confines the session. */
  readonly sandboxed: boolean;
  /** It starts an agent program. */
  readonly spawns: boolean;
}

export interface Choices {
  readonly choices: readonly Choice[];
  /** Why nothing but once is offered; null when something is. */
  readonly once: string | null;
  /** Why only this exact call is offered; null when more is. */
  readonly exactOnly: string | null;
}

const TEST = 'A test request is never remembered.';
const BLOCKS = 'A behaviour rule blocks this call: a yes is for once.';
const OPAQUE = 'What it runs cannot be known before it runs: a yes holds once.';
const CODE = 'It runs code of the project or of packages: until the session ends, unless a sandbox holds it.';
const GRAVE = 'It can do harm or lose something for good: for longer than a session it asks again.';
const FOLDER = 'Exactly this call belongs to this project.';
const MANAGED = 'Whoever runs this computer wants to be asked: until the session ends at most.';
const CONTENT = 'Another gate than the policy asks as well: until the session ends at most.';
const SPAWN = 'It starts an agent: exactly this call, until the session ends at most.';
const CONCERN = 'Something speaks against it: in this project at most.';

/** Why a yes to a call holds once only; null when it may be remembered. */
export function onlyOnce({
  call,
  decision,
  analysis,
}: Pick<Asked, 'call' | 'decision' | 'analysis'>): string | null {
  if (call.point === 'test') return TEST;
  if (confirmed(decision).size > 0) return BLOCKS;
  return analysis.opaque === null ? null : OPAQUE;
}

/** Why no rule but one for the exact call, in its session, may cover it; null when one may. */
export function notByShape({
  decision,
  policy,
  spawns,
}: Pick<Asked, 'decision' | 'policy' | 'spawns'>): string | null {
  if (spawns) return SPAWN;
  if (decision.trace.some(({ gate, state }) => state === 'asks' && gate !== 4)) return CONTENT;
  const managed = policy?.layers.find(({ name }) => name === 'managed');
  return managed !== undefined && decision.rule?.file === managed.file ? MANAGED : null;
}

/** All that may be remembered of a call, the narrowest first. */
export function choicesFor(asked: Asked): Choices {
  const once = onlyOnce(asked);
  if (once !== null) return { choices: [], once, exactOnly: null };
  const stopped = notByShape(asked);
  const exact = exactChoice(asked, stopped);
  if (stopped !== null) return { choices: [exact], once: null, exactOnly: stopped };
  const wider = asked.analysis.commands.length > 0 ? commandChoices(asked) : toolChoices(asked);
  return {
    choices: [exact, ...wider],
    once: null,
    exactOnly: wider.length > 0 ? null : whyExact(asked.analysis),
  };
}

function exactChoice({ analysis, sandboxed, fingerprint }: Asked, stopped: string | null): Choice {
  const code = runsCode(analysis);
  const limit = stopped ?? (isDestructive(analysis) ? GRAVE : code && !sandboxed ? CODE : null);
  return {
    id: 'exact',
    shape: { kind: 'exact', fingerprint },
    widest: limit === null ? 'project' : 'session',
    limit: limit ?? FOLDER,
    sandboxed: code && sandboxed,
  };
}

function commandChoices(asked: Asked): readonly Choice[] {
  const { call, analysis } = asked;
  const made = [
    { id: 'kind' as const, patterns: patternsOf(analysis, false, null), folder: null },
    { id: 'here' as const, patterns: patternsOf(analysis, true, call.cwd), folder: call.cwd },
  ];
  return made.flatMap(({ id, patterns, folder }): Choice[] => {
    if (patterns === null) return [];
    const shape: RuleShape = { kind: 'commands', commands: patterns, sets: [...analysis.sets], folder };
    return [{ id, shape, ...reachFor(asked, folder !== null) }];
  });
}

function patternsOf(
  analysis: CallAnalysis,
  wide: boolean,
  folder: string | null,
): readonly CommandPattern[] | null {
  const patterns: CommandPattern[] = [];
  const named = namedCommands(analysis);
  if (named.length === 0) return null;
  for (const command of named) {
    const pattern = patternOf(command, wide, folder);
    // What it was made of must fit, or the words above say something else than what would be let through.
    if (pattern === null || !fits(pattern, command, folder)) return null;
    if (!patterns.some((one) => JSON.stringify(one) === JSON.stringify(pattern))) patterns.push(pattern);
  }
  return patterns;
}

function toolChoices(asked: Asked): readonly Choice[] {
  const { call, analysis } = asked;
  if (!shapeable(analysis.concerns)) return [];
  const concerns = codesOf(analysis.concerns);
  const folder = folderOf(analysis, call.app);
  const choices: Choice[] = [];
  const narrow = folder === null ? null : reachOf(analysis.effects, folder);
  if (folder !== null && narrow !== null)
    choices.push({
      id: 'here',
      shape: { kind: 'tool', reach: narrow, concerns, folder },
      ...reachFor(asked, true),
    });
  const whole = reachOf(analysis.effects, null);
  // A tool of which nothing is known that it does may do anything: only a server's own tools are so.
  if (whole !== null && (analysis.effects.length > 0 || familyOf(call.module) !== null))
    choices.push({
      id: 'tool',
      shape: { kind: 'tool', reach: whole, concerns, folder: null },
      ...reachFor(asked, false),
    });
  return choices;
}

/**
 * The folder of the one file that a call is about, or the file itself where its folder is the whole project; null where
 * it is about several, or none.
 */
function folderOf({ effects }: CallAnalysis, app: string): string | null {
  const paths = effects.flatMap((effect) =>
    effect.kind === 'read' || effect.kind === 'write' || effect.kind === 'delete' ? [effect.path] : [],
  );
  const folders = new Set(paths.map((path) => resolve(path, '..')));
  const [only] = folders;
  const [file] = paths;
  if (only === app && file !== undefined && paths.every((path) => path === file) && !/[…*?[]/.test(file))
    return file;
  return folders.size === 1 && only !== undefined && only !== '/' && isAbsolute(only) && !only.includes('…')
    ? only
    : null;
}

function reachFor(
  { analysis, sandboxed }: Asked,
  inFolder: boolean,
): Pick<Choice, 'widest' | 'limit' | 'sandboxed'> {
  const code = runsCode(analysis);
  if (code && !sandboxed) return { widest: 'session', limit: CODE, sandboxed: false };
  if (analysis.concerns.length > 0) return { widest: 'project', limit: CONCERN, sandboxed: code };
  return inFolder
    ? { widest: 'project', limit: 'A folder belongs to its project.', sandboxed: code }
    : { widest: 'always', limit: null, sandboxed: code };
}

function runsCode(analysis: CallAnalysis): boolean {
  return analysis.commands.length === 0
    ? runsProjectCode(analysis.effects)
    : analysis.commands.some(runsForeignCode);
}

function whyExact(analysis: CallAnalysis): string {
  const grave = analysis.concerns.find(({ code }) => !shapeable([{ code }]));
  if (grave !== undefined) return `Only exactly this call can be remembered: it ${grave.says}.`;
  if (analysis.commands.every(isNeutral))
    return 'Only exactly this call can be remembered: nothing in it names a kind.';
  return 'Only exactly this call can be remembered: what others like it would do is not known.';
}
