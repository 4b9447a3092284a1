/**
 * A pause: for a while what would be asked or refused runs, and is recorded with what the gates said of it.
 *
 * It lifts gates and rules of the policy, nothing else: self-protection still refuses, a call that may not run for
 * a reason of Gatehouse's own (the log, no policy, a stopped app) does not run, and each call has its row first.
 */
import type { Decision, GateCode, GateNumber } from './decision.ts';

/** Refusals that no pause lifts. */
const STAYS: ReadonlySet<GateCode> = new Set<GateCode>(['self_protection', 'gate0_inactive']);

/**
 * The decision as it is while paused.
 *
 * @param paused  the pause in a sentence, for the row: `Paused until 15:00.`
 */
export function withPause(decision: Decision, paused: string): Decision {
  if (decision.kind === 'allow' || STAYS.has(decision.gate)) return decision;
  const held: GateNumber | undefined = decision.trace.find(
    ({ state }) => state === 'asks' || state === 'stopped',
  )?.gate;
  const would = decision.kind === 'approve' ? 'would have asked' : 'would have refused';
  return {
    ...decision,
    kind: 'allow',
    reason: `${paused} Otherwise it ${would}: ${decision.reason}`,
    retryAfterMs: null,
    trace: decision.trace.map((result) =>
      result.gate === held ? { gate: result.gate, state: 'allowed', note: `paused; ${would}` } : result,
    ),
  };
}
