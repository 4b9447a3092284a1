import { useEffect, useState } from 'react';
import type { Approval } from '../../../preload/contract.ts';

/** This page's monotonic time, once a second: nothing moves more smoothly than that. */
export function useSecond(): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/**
 * Milliseconds left to answer.
 *
 * @param sentAt when the request was told to this page, and `now`: both on its monotonic clock
 */
export function leftOf(approval: Approval, sentAt: number, now: number): number {
  return Math.max(0, approval.remainingMs - Math.max(0, now - sentAt));
}

/** The same as a part of the whole time, in per cent without fractions. */
export function leftPercent(approval: Approval, left: number): number {
  const whole = Math.max(1, approval.expiresAt - approval.createdAt);
  return Math.round(Math.min(100, (left / whole) * 100));
}
