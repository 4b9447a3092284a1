/** Sends a person's answers. Each request is answered with what this page was shown of it. */
import type { Answer, Approval, Result } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { plural } from '../../ui/format.ts';

export function sendAnswer(approval: Approval, verdict: Answer['verdict']): Promise<Result<unknown>> {
  const { id, fingerprint, nonce } = approval;
  return call('answer', { id, fingerprint, nonce, verdict });
}

/**
 * Denies several, one after the other. Only a no can be given to several: each yes is read on its own.
 *
 * @returns what went wrong in a sentence, or null. One that somebody else ended meanwhile is not wrong.
 */
export async function denyAll(approvals: readonly Approval[], reason: string | null): Promise<string | null> {
  const problems: string[] = [];
  for (const approval of approvals) {
    const result = await sendAnswer(approval, { kind: 'deny', reason });
    if (!result.ok && result.error.code !== 'already_decided' && result.error.code !== 'not_found')
      problems.push(result.error.message);
  }
  const [first] = problems;
  return first === undefined ? null : `${plural(problems.length, 'request')} could not be denied: ${first}`;
}
