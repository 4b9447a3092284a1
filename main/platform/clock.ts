/** Time as the supervisor sees it. The engine's pure core never reads a clock: it is handed one of these values. */
export interface Clock {
  /** Wall time in microseconds since 1970, as the operating system tells it: may jump. */
  wallMicros(): number;
  /** Monotonic time in milliseconds since an arbitrary start: never goes back, for time-outs and rates. */
  monotonicMs(): number;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  wallMicros: () => Date.now() * 1000,
  monotonicMs: () => performance.now(),
};

/** The machine's clocks, both of which can be put ahead; never back. */
export class MovableClock implements Clock {
  #aheadMs = 0;

  wallMicros(): number {
    return systemClock.wallMicros() + this.#aheadMs * 1000;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }

  /** Puts both clocks ahead by so many whole milliseconds; a negative number counts as none. */
  advance(milliseconds: number): void {
    this.#aheadMs += Math.max(0, Math.round(milliseconds));
  }
}
