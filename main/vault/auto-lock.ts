/**
 * Locks by itself: after a time without use, when the machine sleeps, when the screen is locked.
 *
 * What can be told differs by shell, so it comes through a port. Where nothing tells of sleep, a wall clock that
 * ran ahead of the monotonic one does: the machine was away.
 */
import type { Clock } from '../platform/clock.ts';

/** What a shell can tell of the machine. Answers the function that ends it. */
export interface AwayPort {
  onAway(listener: (why: 'sleep' | 'screen') => void): () => void;
}

export interface AutoLockOptions {
  readonly clock: Clock;
  readonly away: AwayPort | null;
  /** Milliseconds without use; null: never for that reason. */
  readonly idleMs: () => number | null;
  readonly lock: (why: string) => void;
}

const TICK_MS = 2000;
/** A busy machine is late by less than this. */
const JUMP_MS = 30_000;

export class AutoLock {
  readonly #options: AutoLockOptions;
  readonly #ends: (() => void)[] = [];
  #usedMs: number;
  #wallMs = 0;
  #monotonicMs = 0;

  constructor(options: AutoLockOptions) {
    this.#options = options;
    this.#usedMs = options.clock.monotonicMs();
    this.#look();
  }

  start(): void {
    const timer = setInterval(() => this.tick(), TICK_MS);
    timer.unref();
    this.#ends.push(() => clearInterval(timer));
    const { away, lock } = this.#options;
    if (away !== null)
      this.#ends.push(
        away.onAway((why) => lock(why === 'sleep' ? 'the machine goes to sleep' : 'the screen was locked')),
      );
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** A person made use of it. What agents do of their own does not count: they could keep it open for ever. */
  used(): void {
    this.#usedMs = this.#options.clock.monotonicMs();
  }

  /** When it locks for want of use, in monotonic milliseconds; null: never. */
  dueMs(): number | null {
    const idle = this.#options.idleMs();
    return idle === null ? null : this.#usedMs + idle;
  }

  /** Looks at the clocks; called every two seconds. */
  tick(): void {
    const { clock, lock } = this.#options;
    const wall = clock.wallMicros() / 1000;
    const monotonic = clock.monotonicMs();
    const ahead = wall - this.#wallMs - (monotonic - this.#monotonicMs);
    this.#look();
    const due = this.dueMs();
    if (Math.abs(ahead) > JUMP_MS) lock(`the clock jumped by ${Math.round(ahead / 1000)} s`);
    else if (due !== null && monotonic >= due) lock('nobody used it');
  }

  #look(): void {
    this.#wallMs = this.#options.clock.wallMicros() / 1000;
    this.#monotonicMs = this.#options.clock.monotonicMs();
  }
}
