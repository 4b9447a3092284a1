/** Times of a benchmark, taken side by side so that noise of the machine meets all of them alike. */

export interface Summary {
  /** The best of all: what the machine's other work took the least of. */
  readonly min_ms: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly n: number;
}

/** One thing that is measured. Resolves when it is done; the time in between counts. */
export type Work = (round: number) => Promise<void> | void;

/**
 * Runs all works in turn, `rounds` times, beginning with another one each time.
 *
 * @param between  before each: what the one before left to be done after its end is not counted for the next
 * @returns the times of each in milliseconds, in the order of the rounds
 */
export async function sideBySide<K extends string>(
  works: Readonly<Record<K, Work>>,
  rounds: number,
  warmUp: number,
  between?: () => Promise<unknown>,
): Promise<Record<K, number[]>> {
  const names = Object.keys(works) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = -warmUp; round < rounds; round += 1) {
    for (let step = 0; step < names.length; step += 1) {
      const name = names[(Math.abs(round) + step) % names.length] as K;
      await between?.();
      const start = process.hrtime.bigint();
      await works[name](round);
      const took = Number(process.hrtime.bigint() - start) / 1e6;
      if (round >= 0) times[name].push(took);
    }
  }
  return times;
}

export function summary(times: readonly number[]): Summary {
  return {
    min_ms: percentile(times, 0),
    p50_ms: percentile(times, 0.5),
    p95_ms: percentile(times, 0.95),
    n: times.length,
  };
}

/** Rounded to a microsecond. */
export function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
