/** A connection with the governed tools in words. Pure. */
import type { GovernedSessionView } from '../../../preload/contract.ts';

/** `12 calls · Sandbox strict · works on a copy, which you review when it ends` */
export function sessionLine({
  calls,
  enforced,
  copy,
}: Pick<GovernedSessionView, 'calls' | 'enforced' | 'copy'>): string {
  return [
    `${calls} ${calls === 1 ? 'call' : 'calls'}`,
    enforced ?? 'no call has needed its sandbox yet',
    ...(copy ? ['works on a copy, which you review when it ends'] : []),
  ].join(' · ');
}
