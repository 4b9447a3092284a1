/** Long work in slices, so that whatever else this process serves gets its turn in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE_MS = 6;
/** Items that are sorted at once: a few milliseconds. */
const RUN = 4096;

export class Pace {
  readonly #sliceMs: number;
  #until: number;

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs;
    this.#until = performance.now() + sliceMs;
  }

  /** Whether it is time for a rest. Cheap: ask it for every item. */
  get isDue(): boolean {
    return performance.now() >= this.#until;
  }

  /** Lets everything else have its turn. */
  async rest(): Promise<void> {
    await nextTurn();
    this.#until = performance.now() + this.#sliceMs;
  }
}

/** The same array, sorted. @param less  whether the first comes strictly before the second */
export async function sortInSlices<T>(
  items: T[],
  less: (a: T, b: T) => boolean,
  pace: Pace,
): Promise<readonly T[]> {
  const order = (a: T, b: T) => (less(a, b) ? -1 : less(b, a) ? 1 : 0);
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += RUN) {
    runs.push(items.slice(at, at + RUN).sort(order));
    if (pace.isDue) await pace.rest();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const [a = [], b] = runs.slice(at, at + 2);
      merged.push(b === undefined ? a : await merge(a, b, less, pace));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(a: T[], b: T[], less: (a: T, b: T) => boolean, pace: Pace): Promise<T[]> {
  const merged: T[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const fromB = i >= a.length || (j < b.length && less(b[j] as T, a[i] as T));
    merged.push((fromB ? b[j++] : a[i++]) as T);
    if (merged.length % 256 === 0 && pace.isDue) await pace.rest();
  }
  return merged;
}
