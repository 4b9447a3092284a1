/** A request as it begins to wait: until when is the earlier of what the policy and what its agent allow. */
import type { Clock } from '../../platform/clock.ts';
import type { Decision } from '../decision.ts';
import type { DecidedCall } from '../decision-log.ts';
import type { Approval } from './approval.ts';

/** The agent is answered this long before its own patience ends. */
const ANSWER_MARGIN_MS = 3000;

/** The request `id` for a call that a person must decide, beginning now. */
export function newApproval(id: string, item: DecidedCall, decision: Decision, clock: Clock): Approval {
  const createdMonotonicMs = clock.monotonicMs();
  const patienceMs = Math.min(
    decision.approvalTimeoutSeconds * 1000,
    item.input.patienceMs - ANSWER_MARGIN_MS,
  );
  return {
    id,
    call: item.call,
    decision,
    fingerprint: item.fingerprint,
    ...(item.files === undefined ? {} : { files: item.files }),
    peer: item.input.peer,
    createdWallMicros: clock.wallMicros(),
    createdMonotonicMs,
    expiresMonotonicMs: createdMonotonicMs + Math.max(0, patienceMs),
    end: null,
    endedWallMicros: null,
  };
}
