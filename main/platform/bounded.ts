/**
 * Work that somebody else can make hang: so many at a time, each waited for so long.
 *
 * What hangs keeps its place until it ends, so that however much hangs, Node's own threads are never all taken.
 */
export class Bounded {
  readonly #places: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /** @param places  how many may be under way at once */
  constructor(places: number) {
    this.#places = places;
  }

  /** What the task gives; null when it fails, or no place and no result came within `limitMs`. */
  async run<T>(limitMs: number, task: () => Promise<T>): Promise<T | null> {
    const { promise: late, resolve: giveUp } = Promise.withResolvers<null>();
    const timer = setTimeout(giveUp, limitMs, null);
    try {
      while (this.#taken >= this.#places) {
        if ((await Promise.race([this.#place(late), late])) === null) return null;
      }
      this.#taken++;
      // A task that throws before it gives a promise must give its place back too.
      const work = (async () => task())()
        .catch(() => null)
        .finally(() => this.#leave());
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when a place is free; forgotten once `late` has resolved. */
  #place(late: Promise<null>): Promise<true> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        resolve(true);
      };
      this.#waiting.add(wake);
      void late.then(() => this.#waiting.delete(wake));
    });
  }

  #leave(): void {
    this.#taken--;
    const [next] = this.#waiting;
    next?.();
  }
}
