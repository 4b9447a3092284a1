import type { Clock } from '../../main/platform/clock.ts';

/** A clock that moves only when a test moves it. */
export class FakeClock implements Clock {
  wall = 1_780_000_000_000_000;
  monotonic = 1000;

  wallMicros(): number {
    return this.wall;
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  /** Moves both clocks forward by so many milliseconds. */
  advance(milliseconds: number): void {
    this.wall += milliseconds * 1000;
    this.monotonic += milliseconds;
  }
}
