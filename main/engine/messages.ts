/** What the agent is told, in words it can act on. Never says that a person denied what nobody answered. */
import { assertNever } from '../platform/errors.ts';
import type { Approval, ApprovalEnd } from './approvals/approval.ts';
import type { AdmitRefusal } from './approvals/desk.ts';
import { agentText, noticesOf } from './behavior/firing.ts';
import { blockOf } from './behavior/with-behavior.ts';
import type { Decision } from './decision.ts';
import type { Verdict } from './requests.ts';

/** How a request that waited ended, as its agent hears it. */
export function endVerdict(approval: Approval, end: ApprovalEnd): Verdict {
  const callId = approval.call.id;
  switch (end.state) {
    case 'allowed':
      return {
        ...allowed(
          callId,
          end.by === 'program'
            ? `Allowed by a program that may decide (${end.token ?? 'unnamed'}).`
            : 'Allowed by a person.',
        ),
        answered: true,
      };
    case 'denied':
      return {
        kind: 'deny',
        outcome: 'denied',
        message: deniedMessage(end.reason, end.via === 'api' ? (end.token ?? 'unnamed') : null),
        callId,
        retryAfterMs: null,
      };
    case 'expired':
      return {
        kind: 'deny',
        outcome: 'expired',
        message: expiredMessage(end.why, approval),
        callId,
        retryAfterMs: null,
      };
    case 'cancelled':
      return {
        kind: 'deny',
        outcome: 'cancelled',
        message: 'Cancelled before anybody answered. The call was not run.',
        callId,
        retryAfterMs: null,
      };
    case 'refused':
      return refusal(
        callId,
        end.gate === 'behavior'
          ? `[BEHAVIOR BLOCKED] ${end.reason}\nThe tool call was NOT executed. Fix the violation first.`
          : `Refused after the answer: ${end.reason} The call was not run.`,
      );
    default:
      return assertNever(end, 'approval end');
  }
}

/** An answer that lets a call run carries what the behaviour rules tell the agent about it. */
export function withNotices(verdict: Verdict, decision: Decision): Verdict {
  const notices = verdict.kind === 'allow' ? noticesOf(decision.behavior) : [];
  return notices.length === 0 ? verdict : { ...verdict, notices };
}

/** The call may run now, once. */
export function allowed(callId: string, message: string): Verdict {
  return { kind: 'allow', outcome: 'allowed', message, callId, retryAfterMs: null };
}

const LIMIT_RETRY_MS = 30_000;

/** The decision on a call that would wait where no more may. */
export function overLimit(decision: Decision, { refused, limit }: AdmitRefusal): Decision {
  const where = refused === 'full' ? 'in all' : 'in this session';
  return {
    ...decision,
    kind: 'deny',
    reason: `${limit} requests wait for a person ${where}, and no more may. Wait for an answer before you ask again.`,
    retryAfterMs: LIMIT_RETRY_MS,
    trace: decision.trace.map((result) =>
      result.gate === 4 ? { gate: result.gate, state: 'stopped', note: 'too many wait' } : result,
    ),
  };
}

/** A refusal by the gates or by a fault; an empty `callId` when there is no call yet. */
export function refusal(callId: string, message: string): Verdict {
  return { kind: 'deny', outcome: 'refused', message, callId, retryAfterMs: null };
}

/** Why the gates refused it. */
export function refusedMessage(decision: Decision): string {
  const block = decision.gate === 'behavior' ? blockOf(decision) : null;
  // A rule says itself what happened and what to do.
  if (block !== null) return agentText(block);
  const retry =
    decision.retryAfterMs === null ? '' : ` Try again in ${Math.ceil(decision.retryAfterMs / 1000)} s.`;
  return `Refused by Gatehouse (${decision.gate}): ${sentence(decision.reason)} The call was not run.${retry}`;
}

/** @param program  name of the token with which a program denied it; null when a person did */
function deniedMessage(reason: string | null, program: string | null): string {
  const who = program === null ? 'a person' : `a program that may decide (${program})`;
  const says = program === null ? 'The person says' : 'It says';
  const said = reason === null || reason.trim() === '' ? 'No reason was given.' : `${says}: ${reason.trim()}`;
  return `Denied by ${who}. ${sentence(said)} The call was not run. Do not try it again in another way; ask the person or go on without it.`;
}

function expiredMessage(why: 'time' | 'restart', approval: Approval): string {
  if (why === 'restart')
    return 'Gatehouse stopped while this call waited for an answer. The call was not run. Ask again when it runs.';
  const seconds = Math.round((approval.expiresMonotonicMs - approval.createdMonotonicMs) / 1000);
  return `Nobody answered in ${seconds} s. The call was not run and nothing is remembered. Ask again, or go on without it.`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
