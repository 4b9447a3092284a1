/**
 * The workers of one project: some fresh ones that stand ready, and those that sessions have.
 *
 * A worker that a session had is never given to another one: it ends. So nothing has to be wiped. Where there may be
 * no more of them, the one that was idle for longest makes room; where all are busy, a call waits for a while. A session
 * with many calls at once leaves others as much as it has itself, so that it never has everything.
 *
 * Where sessions write to copies of the project a worker is begun for its session, on that one's copy, and a session
 * has one at a time: the next begins when the one before is gone, and finds what that one wrote.
 */
import { GatehouseError, messageOf } from '../../platform/errors.ts';

/** What the pool needs of a worker. */
export interface PooledWorker {
  /** Whom it belongs to; null while it is fresh. Set once, at its start where it is begun for a session. */
  owner: string | null;
  readonly bornMs: number;
  readonly usedMs: number;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly over: AbortSignal;
  end(why: string): void;
}

export interface PoolSizes {
  /** Kept ready. */
  readonly size: number;
  /** That are not about to end. */
  readonly most: number;
  /** Each is begun for one session, which has one at a time. */
  readonly bound: boolean;
  readonly idleMs: number;
  /** A worker that is older ends when it is idle. */
  readonly oldestMs: number;
}

export interface PoolParts<W extends PooledWorker> {
  readonly sizes: () => PoolSizes;
  /** Starts one, for a session or for whoever comes. @throws GatehouseError when there can be none */
  readonly start: (owner: string | null) => W;
  /** Whether a worker was started as one would be started now. */
  readonly isCurrent: (worker: W) => boolean;
  /** A worker is given to a session; from then on it is its own. */
  readonly given: (worker: W, owner: string) => void;
  /** How often those that were idle for too long, or are too old, are looked for; left out: 5 s. */
  readonly lookMs?: number;
}

const LONGEST_WAIT_MS = 60_000;
const LOOK_MS = 5000;
/** After a start that failed, none is tried for fresh ones for so long. */
const PAUSE_MS = 10_000;
/** From a worker being taken to a fresh one being started in its place. */
const FILL_MS = 10;

export class WorkerPool<W extends PooledWorker> {
  readonly #parts: PoolParts<W>;
  /** All that live, in the order in which they began. */
  readonly #workers = new Set<W>();
  readonly #standing = new Set<W>();
  readonly #taken = new Set<W>();
  readonly #owners = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #look: NodeJS.Timeout | null = null;
  #fillSoon: NodeJS.Timeout | null = null;
  #failedMs = Number.NEGATIVE_INFINITY;
  /** Why the last start failed, for a session's own and (null) for fresh ones, until somebody is told. */
  readonly #failures = new Map<string | null, unknown>();
  /** Workers of a session that it was really given. */
  readonly #given = new WeakSet<W>();
  #closed = false;

  constructor(parts: PoolParts<W>) {
    this.#parts = parts;
  }

  /** How many there are: all, fresh ones that stand, and those that work on something. */
  get counts(): { readonly all: number; readonly fresh: number; readonly busy: number } {
    const all = [...this.#workers];
    return {
      all: all.length,
      fresh: all.filter((one) => one.owner === null && this.#standing.has(one)).length,
      busy: this.#taken.size,
    };
  }

  /** A session comes: fresh workers are made ready for it. */
  enter(owner: string): void {
    this.#owners.add(owner);
    this.#look ??= setInterval(() => this.#tidy(), this.#parts.lookMs ?? LOOK_MS).unref();
    if (this.#parts.sizes().bound) this.#ownAhead(owner);
    else this.#fill();
  }

  /** A session goes, and what it had ends. With the last one all end. */
  leave(owner: string): void {
    this.#owners.delete(owner);
    this.#failures.delete(owner);
    for (const worker of this.#workers)
      if (worker.owner === owner || this.#owners.size === 0) worker.end('its session is over');
    if (this.#owners.size > 0 || this.#look === null) return;
    clearInterval(this.#look);
    this.#look = null;
  }

  /**
   * A worker for one piece of work, which nobody else has until `give` is called.
   *
   * @throws GatehouseError `no_worker` when none can be had
   */
  async take(owner: string, signal: AbortSignal): Promise<W> {
    const until = performance.now() + LONGEST_WAIT_MS;
    for (;;) {
      if (signal.aborted) throw new GatehouseError('no_worker', 'the client gave the call up');
      if (this.#closed || !this.#owners.has(owner))
        throw new GatehouseError('no_worker', 'the session is over');
      const { bound } = this.#parts.sizes();
      const enough = !bound && this.#hasEnough(owner);
      const worker = this.#own(owner) ?? (bound || enough ? null : this.#fresh(owner));
      if (worker !== null) {
        this.#taken.add(worker);
        // Starting a process takes longer than this, and whoever took one does not wait for the next.
        this.#fillSoon ??= setTimeout(() => this.#fill(), FILL_MS).unref();
        return worker;
      }
      if (!enough && !this.#isComing(bound ? owner : null)) this.#startOne(bound ? owner : null);
      if (performance.now() > until)
        throw new GatehouseError(
          'no_worker',
          bound && this.#hasOne(owner)
            ? 'the worker of this session is busy with another call; try again later'
            : enough
              ? `this session has as many workers as one may have of ${this.#parts.sizes().most} (pool_max), and all of them are busy; try again later`
              : `all ${this.#parts.sizes().most} workers of this project are busy (pool_max); try again later`,
        );
      await this.#change(signal, until - performance.now());
    }
  }

  /**
   * One that stands and was begun as one would be now, to know what such a worker is confined by. It is not taken.
   * Where there is none it waits for one to begin.
   *
   * @returns null when none can be had
   */
  async standing(owner: string, signal: AbortSignal): Promise<W | null> {
    const until = performance.now() + LONGEST_WAIT_MS;
    for (;;) {
      if (signal.aborted || this.#closed || !this.#owners.has(owner)) return null;
      const worker = this.#current(owner);
      if (worker !== null) return worker;
      if (performance.now() > until) return null;
      try {
        const own = this.#parts.sizes().bound ? owner : null;
        if (!this.#isComing(own)) this.#startOne(own);
      } catch {
        // Whoever needs one is told why there is none.
        return null;
      }
      await this.#change(signal, until - performance.now());
    }
  }

  /** A worker of this session where there is one, otherwise any. */
  #current(owner: string): W | null {
    let other: W | null = null;
    for (const worker of this.#standing) {
      if (worker.over.aborted || !this.#parts.isCurrent(worker)) continue;
      if (worker.owner === owner) return worker;
      other = worker;
    }
    return this.#parts.sizes().bound ? null : other;
  }

  /** It is not needed any more for now. */
  give(worker: W): void {
    this.#taken.delete(worker);
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#look !== null) clearInterval(this.#look);
    this.#look = null;
    const all = [...this.#workers];
    for (const worker of all) worker.end('Gatehouse stops');
    this.#wake();
    await Promise.all(all.map((worker) => worker.ended));
  }

  /** One that this session has already. */
  #own(owner: string): W | null {
    for (const worker of this.#workers) {
      if (worker.owner !== owner || this.#taken.has(worker) || worker.over.aborted) continue;
      if (!this.#standing.has(worker)) continue;
      if (this.#parts.isCurrent(worker)) return this.#give(worker, owner);
      worker.end('the policy has changed');
    }
    return null;
  }

  #fresh(owner: string): W | null {
    for (const worker of this.#standing) {
      if (worker.owner !== null || worker.over.aborted) continue;
      if (!this.#parts.isCurrent(worker)) {
        worker.end('the policy has changed');
        continue;
      }
      worker.owner = owner;
      return this.#give(worker, owner);
    }
    return null;
  }

  #give(worker: W, owner: string): W {
    if (this.#given.has(worker)) return worker;
    try {
      this.#parts.given(worker, owner);
    } catch (error) {
      worker.end(messageOf(error));
      throw error;
    }
    this.#given.add(worker);
    return worker;
  }

  /** Whether one is being started, fresh or for a session; one at a time has a session's copy, to its very end. */
  #isComing(owner: string | null): boolean {
    if (owner !== null) return this.#hasOne(owner);
    for (const worker of this.#workers)
      if (worker.owner === null && !worker.over.aborted && !this.#standing.has(worker)) return true;
    return false;
  }

  /** Whether a session waits for one of its own: what would be left beyond a further one is less than it has. */
  #hasEnough(owner: string): boolean {
    let own = 0;
    for (const worker of this.#taken) if (worker.owner === owner) own += 1;
    return own > 0 && this.#parts.sizes().most - this.#taken.size - 1 < own;
  }

  #hasOne(owner: string): boolean {
    for (const worker of this.#workers) if (worker.owner === owner) return true;
    return false;
  }

  #live(): W[] {
    return [...this.#workers].filter((worker) => !worker.over.aborted);
  }

  /** Makes room where there is none, and starts one. @throws GatehouseError as its start fails */
  #startOne(owner: string | null): void {
    const failed = this.#failures.get(owner);
    if (this.#failures.delete(owner)) throw failed;
    const { size, most } = this.#parts.sizes();
    // Those that end are there for a moment longer; they do not pile up.
    if (this.#workers.size >= most + size) return;
    if (this.#live().length >= most) {
      const idle = this.#live()
        .filter((one) => one.owner !== null && this.#standing.has(one) && !this.#taken.has(one))
        .toSorted((a, b) => a.usedMs - b.usedMs)[0];
      if (idle === undefined) return;
      idle.end('another session needs the room');
    }
    this.#start(owner);
  }

  /** A session's own is begun before its first call, where there is room. */
  #ownAhead(owner: string): void {
    if (this.#hasOne(owner) || this.#live().length >= this.#parts.sizes().most) return;
    try {
      this.#start(owner);
    } catch (error) {
      this.#failures.set(owner, error);
    }
  }

  #fill(): void {
    this.#fillSoon = null;
    if (this.#closed || this.#owners.size === 0 || performance.now() - this.#failedMs < PAUSE_MS) return;
    const { size, most, bound } = this.#parts.sizes();
    if (bound || this.#workers.size >= most + size) return;
    const fresh = this.#live().filter((worker) => worker.owner === null).length;
    try {
      for (let more = Math.min(size - fresh, most - this.#live().length); more > 0; more--) this.#start(null);
    } catch {
      // Whoever needs one is told why there is none.
      this.#failedMs = performance.now();
    }
  }

  #start(owner: string | null): void {
    const worker = this.#parts.start(owner);
    worker.owner = owner;
    this.#workers.add(worker);
    worker.ready.then(
      () => {
        if (!worker.over.aborted) this.#standing.add(worker);
        this.#wake();
      },
      (error: unknown) => {
        if (owner === null && worker.owner === null && this.#owners.size > 0) {
          this.#failedMs = performance.now();
          this.#failures.set(null, error);
        } else if (owner !== null && this.#owners.has(owner) && !this.#closed)
          this.#failures.set(owner, error);
        this.#wake();
      },
    );
    worker.over.addEventListener('abort', () => {
      this.#standing.delete(worker);
      this.#wake();
    });
    void worker.ended.then(() => {
      this.#workers.delete(worker);
      this.#wake();
    });
  }

  #tidy(): void {
    const { idleMs, oldestMs } = this.#parts.sizes();
    const now = performance.now();
    for (const worker of this.#live()) {
      if (this.#taken.has(worker) || (worker.owner === null && !this.#standing.has(worker))) continue;
      const tooOld = now - worker.bornMs > oldestMs;
      if (tooOld || (worker.owner !== null && now - worker.usedMs > idleMs))
        worker.end(tooOld ? 'its session time is over' : 'nothing was asked of it for its idle time');
      else if (worker.owner === null && !this.#parts.isCurrent(worker)) worker.end('the policy has changed');
    }
    if (this.#owners.size > 0) this.#fill();
  }

  #change(signal: AbortSignal, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(limit);
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const limit = setTimeout(done, Math.max(1, limitMs));
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #wake(): void {
    for (const one of [...this.#waiting]) one();
  }
}
