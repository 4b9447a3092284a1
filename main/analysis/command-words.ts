/**
 * Whether a shell text is what a policy names: by class (`ordinary`, `reads`, or a concern as in `result.ts`) or by
 * program and words (`git push`, `npm run build`, `rm -r`).
 */
import {
  type CallAnalysis,
  CONCERN_CODES,
  type ConcernCode,
  type Effect,
  type SimpleCommand,
} from './result.ts';

export type Fit = 'all' | 'some' | 'none' | 'opaque';

const CODES: ReadonlySet<string> = new Set<string>(CONCERN_CODES);

/** Words that name a class of commands. */
export const COMMAND_CLASSES: readonly string[] = ['ordinary', 'reads', ...CONCERN_CODES];

/** Whether the simple commands of a text fit some of the words; `opaque` when that cannot be known. */
export function fitOf(analysis: CallAnalysis, wanted: readonly string[]): Fit {
  if (analysis.opaque !== null) return wanted.includes('opaque') ? 'some' : 'opaque';
  const { commands } = analysis;
  if (commands.length === 0)
    return analysis.concerns.length === 0 && wanted.includes('ordinary') ? 'all' : 'none';
  const fitting = commands.filter((command) => wanted.some((one) => fits(command, one)));
  if (fitting.length === 0) return 'none';
  return fitting.length === commands.length ? 'all' : 'some';
}

/**
 * Whether a whole call, of any tool, is of the classes: `all` when nothing speaks against it that they do not name,
 * `some` when they name part of it. `project_code` names a part only, and never makes a call fit whole.
 */
export function callFitOf(analysis: CallAnalysis, wanted: readonly string[]): Fit {
  const fit = concernFitOf(analysis, wanted);
  if (fit !== 'none' || !wanted.includes('project_code')) return fit;
  return analysis.effects.some(isForeignCode) ? 'some' : 'none';
}

function onlyFetches(effects: readonly Effect[]): boolean {
  return effects.every((effect) => effect.kind === 'network' && effect.how === 'fetch');
}

function isForeignCode(effect: Effect): boolean {
  return effect.kind === 'run' && effect.what !== 'inline_code';
}

function concernFitOf(analysis: CallAnalysis, wanted: readonly string[]): Fit {
  const { concerns, effects, opaque, tool, reference } = analysis;
  if (opaque !== null || concerns.some(({ code }) => code === 'opaque'))
    return wanted.includes('opaque') ? 'some' : 'opaque';
  if (concerns.length === 0) {
    // Of the tool of a server more may come than its arguments show.
    const onlyReads = effects.every(({ kind }) => kind === 'read') && (tool?.deed ?? 'reads') === 'reads';
    if (wanted.includes('plain_tool') && tool?.plain === true) return 'all';
    if (wanted.includes('reference_page') && reference === true && onlyFetches(effects)) return 'all';
    const reads = wanted.includes('reads') && onlyReads;
    return reads || wanted.includes('ordinary') ? 'all' : 'none';
  }
  const named = concerns.filter(({ code }) => wanted.includes(code)).length;
  return named === 0 ? 'none' : named === concerns.length ? 'all' : 'some';
}

function fits(command: SimpleCommand, wanted: string): boolean {
  if (wanted === 'ordinary') return command.concerns.length === 0;
  if (wanted === 'reads')
    return command.concerns.length === 0 && command.effects.every(({ kind }) => kind === 'read');
  if (CODES.has(wanted)) return command.concerns.some(({ code }) => code === (wanted as ConcernCode));
  const [program, ...words] = wanted.split(/\s+/);
  if (command.shape.program !== program) return false;
  const given = command.words.slice(1);
  let at = 0;
  for (const word of words) {
    if (word.startsWith('-')) {
      if (!command.shape.flags.includes(word)) return false;
      continue;
    }
    const next = given.findIndex((one, index) => index >= at && !one.startsWith('-'));
    if (next < 0 || given[next] !== word) return false;
    at = next + 1;
  }
  return true;
}
