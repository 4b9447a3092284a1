/** What the agent is told, in words it can act on. Never says that a person denied what nobody answered. */
import type { Approval } from './approvals/approval.ts';
import type { Decision } from './decision.ts';

export function refusedMessage(decision: Decision): string {
  const retry =
    decision.retryAfterMs === null ? '' : ` Try again in ${Math.ceil(decision.retryAfterMs / 1000)} s.`;
  return `Refused by Gatehouse (${decision.gate}): ${sentence(decision.reason)} The call was not run.${retry}`;
}

export function deniedMessage(reason: string | null): string {
  const said =
    reason === null || reason.trim() === '' ? 'No reason was given.' : `The person says: ${reason.trim()}`;
  return `Denied by a person. ${sentence(said)} The call was not run. Do not try it again in another way; ask the person or go on without it.`;
}

export function expiredMessage(why: 'time' | 'restart', approval: Approval): string {
  if (why === 'restart')
    return 'Gatehouse stopped while this call waited for an answer. The call was not run. Ask again when it runs.';
  const seconds = Math.round((approval.expiresMonotonicMs - approval.createdMonotonicMs) / 1000);
  return `Nobody answered in ${seconds} s. The call was not run and nothing is remembered. Ask again, or go on without it.`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
