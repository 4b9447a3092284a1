/**
 * Monitor mode: a call of an observed agent is decided like any other, and let through whatever came out. What
 * would have happened is on the decision and on the log. Self-protection, a stopped project and a supervisor in
 * which nothing may run block all the same.
 */
import { observed } from '../policy/observe.ts';
import type { Decision } from './decision.ts';
import type { Question } from './gates/question.ts';
import { atLine } from './gates/question.ts';

export function observing(decision: Decision, question: Question): Decision {
  const { call, policy, fromModel } = question;
  if (decision.kind === 'allow' || !fromModel || policy.observeLayers.length === 0) return decision;
  if (decision.gate === 'self_protection' || decision.gate === 'gate0_inactive') return decision;
  const rule = observed(policy.observeLayers, call.client, call.agent);
  if (rule === false) return decision;
  const would = decision.kind === 'deny' ? 'It would have been refused' : 'A person would have been asked';
  return {
    ...decision,
    kind: 'allow',
    observed: decision.kind === 'deny' ? 'denied' : 'approval_required',
    reason: `Observed, not blocked${atLine(rule)}. ${would}: ${decision.reason}`,
    retryAfterMs: null,
  };
}
