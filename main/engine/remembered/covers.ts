/** Whether remembered answers cover a call. Pure. */
import { isWithin } from '../../analysis/place.ts';
import type { CallAnalysis, SimpleCommand } from '../../analysis/result.ts';
import type { ToolCall } from '../tool-call.ts';
import { fits, namedCommands } from './pattern.ts';
import { codesOf, reachOf, withinReach } from './reach.ts';
import type { RememberedRule, RuleShape } from './rule.ts';

/** What decides about a call beside the rule itself. */
export interface Covered {
  readonly call: Pick<ToolCall, 'app' | 'client' | 'session' | 'cwd'> & {
    /** Canonical. */
    readonly module: string;
    readonly action: string;
  };
  readonly sandboxed: boolean;
  readonly analysis: CallAnalysis;
}

/** Whether a rule speaks about calls like this one at all: its place, its client, its tool. */
export function concerns(rule: RememberedRule, { call, sandboxed }: Omit<Covered, 'analysis'>): boolean {
  if (rule.module !== call.module || rule.action !== call.action || rule.client !== call.client) return false;
  if (rule.sandboxed && !sandboxed) return false;
  if (rule.scope === 'session') return rule.session === call.session;
  return rule.scope === 'always' || rule.app === call.app;
}

/** Whether a rule is for this very call, which has this fingerprint. */
export function coversExactly(
  rule: RememberedRule,
  fingerprint: string,
  asked: Omit<Covered, 'analysis'>,
): boolean {
  return rule.shape.kind === 'exact' && rule.shape.fingerprint === fingerprint && concerns(rule, asked);
}

/**
 * The rules that cover a call by its shape: one for a tool, or for commands as many as it takes, each command
 * covered by one. Empty when something of the call is covered by none, or cannot be known.
 *
 * @param rules those that concern the call, by `concerns`
 */
export function coveringShapes(rules: readonly RememberedRule[], asked: Covered): readonly RememberedRule[] {
  const { analysis, call } = asked;
  if (analysis.opaque !== null) return [];
  if (analysis.commands.length === 0) {
    const rule = rules.find(({ shape }) => shape.kind === 'tool' && toolFits(shape, analysis));
    return rule === undefined ? [] : [rule];
  }
  const named = namedCommands(analysis);
  const used = new Set<RememberedRule>();
  for (const command of named) {
    const rule = rules.find(
      ({ shape }) => shape.kind === 'commands' && commandFits(shape, command, call.cwd, analysis),
    );
    if (rule === undefined) return [];
    used.add(rule);
  }
  return [...used];
}

/** Whether a shape alone covers all of a call; who makes it and where is not asked. */
export function coversByShape(shape: RuleShape, cwd: string, analysis: CallAnalysis): boolean {
  if (shape.kind === 'exact' || analysis.opaque !== null) return false;
  if (shape.kind === 'tool') return analysis.commands.length === 0 && toolFits(shape, analysis);
  const named = namedCommands(analysis);
  return named.length > 0 && named.every((command) => commandFits(shape, command, cwd, analysis));
}

function commandFits(
  shape: Extract<RuleShape, { kind: 'commands' }>,
  command: SimpleCommand,
  cwd: string,
  { sets }: CallAnalysis,
): boolean {
  if (shape.folder !== null && !isWithin(cwd, shape.folder)) return false;
  if (!sets.every((name) => shape.sets.includes(name))) return false;
  return shape.commands.some((pattern) => fits(pattern, command, shape.folder));
}

function toolFits(shape: Extract<RuleShape, { kind: 'tool' }>, analysis: CallAnalysis): boolean {
  if (!codesOf(analysis.concerns).every((code) => shape.concerns.includes(code))) return false;
  const reach = reachOf(analysis.effects, shape.folder);
  if (reach === null || !withinReach(reach, shape.reach)) return false;
  // A rule for a folder says nothing about a call that names no file in it.
  return shape.folder === null || analysis.effects.length > 0;
}

/** Whether everything that `inner` covers is covered by `outer` too, as far as their words tell. */
export function shadows(outer: RememberedRule, inner: RememberedRule): boolean {
  if (outer.id === inner.id) return false;
  if (outer.module !== inner.module || outer.action !== inner.action || outer.client !== inner.client)
    return false;
  if (outer.sandboxed && !inner.sandboxed) return false;
  const wide =
    outer.scope === 'always' ||
    (outer.app === inner.app &&
      (outer.scope === 'project'
        ? inner.scope !== 'always'
        : outer.session === inner.session && inner.scope === 'session'));
  if (!wide) return false;
  if (
    outer.endsMicros !== null &&
    (inner.endsMicros === null ? inner.scope !== 'session' : outer.endsMicros < inner.endsMicros)
  )
    return false;
  return shapeHolds(outer.shape, inner.shape);
}

function shapeHolds(outer: RuleShape, inner: RuleShape): boolean {
  if (outer.kind === 'exact' || inner.kind === 'exact')
    return outer.kind === 'exact' && inner.kind === 'exact' && outer.fingerprint === inner.fingerprint;
  if (outer.folder !== inner.folder) return false;
  if (outer.kind === 'tool' || inner.kind === 'tool')
    return (
      outer.kind === 'tool' &&
      inner.kind === 'tool' &&
      withinReach(inner.reach, outer.reach) &&
      inner.concerns.every((code) => outer.concerns.includes(code))
    );
  return (
    inner.sets.every((name) => outer.sets.includes(name)) &&
    inner.commands.every((one) =>
      outer.commands.some(
        (other) =>
          other.program === one.program &&
          other.via.join('\n') === one.via.join('\n') &&
          (other.lead === null ||
            (one.lead !== null &&
              (other.lead.length === 0
                ? one.lead.length === 0
                : other.lead.every((word, at) => one.lead?.[at] === word)))) &&
          (other.flags === null || (one.flags?.every((flag) => other.flags?.includes(flag)) ?? false)) &&
          one.concerns.every((code) => other.concerns.includes(code)) &&
          withinReach(one.reach, other.reach),
      ),
    )
  );
}
