/**
 * Reports of what others can cause as often as they like: the first ones of a minute stand each for themselves, the
 * rest are counted and told together when the minute is over. None is lost while we run.
 */
import { messageOf } from './errors.ts';

const MINUTE_MS = 60_000;
/** Kinds that are counted apart; what comes beyond them is counted as one. */
const MOST_KINDS = 20;
const OTHER = 'other';

export interface CountedReportsOptions {
  /** How many a minute are told one by one. */
  readonly limit: number;
  /** Tells of those that were not: how many of each kind. */
  readonly summary: (counts: ReadonlyMap<string, number>) => Promise<void>;
  readonly onDefect: (error: unknown) => void;
}

export class CountedReports {
  readonly #options: CountedReportsOptions;
  readonly #counts = new Map<string, number>();
  #told = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CountedReportsOptions) {
    this.#options = options;
  }

  /**
   * Tells of one by itself, or counts it.
   *
   * @param kind under what it is counted
   * @returns once it is written down; at once when it is only counted
   */
  async report(kind: string, tell: () => Promise<unknown>): Promise<void> {
    this.#timer ??= setTimeout(() => void this.flush(), MINUTE_MS).unref();
    if (this.#told < this.#options.limit) {
      this.#told += 1;
      await tell();
      return;
    }
    const key = this.#counts.has(kind) || this.#counts.size < MOST_KINDS ? kind : OTHER;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Tells now what was counted so far, and begins a new minute. Never rejects. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#told = 0;
    if (this.#counts.size === 0) return;
    const counts = new Map(this.#counts);
    this.#counts.clear();
    try {
      await this.#options.summary(counts);
    } catch (error) {
      this.#options.onDefect(
        `${[...counts].map(countWords).join(', ')} not written down: ${messageOf(error)}`,
      );
    }
  }
}

/** `3 of a thing` */
export function countWords([kind, count]: readonly [string, number]): string {
  return `${count} × ${kind}`;
}
