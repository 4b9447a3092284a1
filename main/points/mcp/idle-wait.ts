/** Waits for a moment in which nothing is under way, no longer than it may. */
const PATIENCE_MS = 120_000;

/** One thing that is to be done once, in the first idle moment, or when the patience is over. */
export class IdleWait {
  readonly #patienceMs: number;
  #waiting: { readonly act: () => void; readonly timer: NodeJS.Timeout; readonly over: () => void } | null =
    null;
  #promise: Promise<void> = Promise.resolve();

  /** @param patienceMs two minutes: a token is renewed at least that long before it ends */
  constructor(patienceMs: number = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /** Resolves when it was done, or is not wanted any more. What waits already is not put off by a second wish. */
  until(act: () => void): Promise<void> {
    if (this.#waiting !== null) return this.#promise;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.idle(), this.#patienceMs).unref();
    this.#waiting = { act, timer, over: resolve };
    this.#promise = promise;
    return promise;
  }

  /** Nothing is under way now: what waits is done at once, before anything else can begin. */
  idle(): void {
    const waiting = this.#take();
    waiting?.act();
    waiting?.over();
  }

  /** What waits is not wanted any more. */
  drop(): void {
    this.#take()?.over();
  }

  #take() {
    const waiting = this.#waiting;
    this.#waiting = null;
    clearTimeout(waiting?.timer);
    return waiting;
  }
}
