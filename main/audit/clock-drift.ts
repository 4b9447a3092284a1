/** Whether the wall clock and the monotonic clock go together: when they part, somebody set the clock or the machine slept. */
import type { Clock } from '../platform/clock.ts';
import type { AuditEvent } from './event.ts';

/** More than what a clock that is slewed to the right time differs by. */
const MOST_MS = 2000;

export class ClockDrift {
  readonly #clock: Clock;
  #last: { readonly wallMicros: number; readonly monotonicMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Compares with the last time it was asked. Null while both went equally far. */
  jump(): Extract<AuditEvent, { type: 'clock.jumped' }> | null {
    const now = { wallMicros: this.#clock.wallMicros(), monotonicMs: this.#clock.monotonicMs() };
    const last = this.#last;
    this.#last = now;
    if (last === null) return null;
    const expectedMicros = Math.round(last.wallMicros + (now.monotonicMs - last.monotonicMs) * 1000);
    const deltaMs = Math.round((now.wallMicros - expectedMicros) / 1000);
    if (Math.abs(deltaMs) <= MOST_MS) return null;
    return { type: 'clock.jumped', v: 1, expectedMicros, foundMicros: now.wallMicros, deltaMs };
  }
}
