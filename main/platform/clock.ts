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
