/**
 * The timeline as one page of the application follows it: reads rows as they are needed, follows what is new.
 *
 * Every number and every row comes from the supervisor; nothing is matched against the filter here, so that the
 * page cannot disagree with the log. Answers that a newer filter has overtaken are dropped. A view subscribes and
 * reads `snapshot()`, which changes identity exactly when something to be seen changed.
 */
import type {
  ContractError,
  Result,
  TimelineFilter,
  TimelinePage,
  TimelineRow,
} from '../../../preload/contract.ts';
import { RowWindow } from './row-window.ts';

/** Rows a page. The contract allows 500: a page that is read again must have room for rows that joined it. */
export const PAGE_ROWS = 200;
const PAGES_KEPT = 12;
const REREAD_ROWS = 500;
/** Browsers bound the height of a list; this many rows stay below the smallest bound (Firefox, 17.8 million px). */
export const MOST_ROWS = 600_000;
/** At most one look at what is new in this time, in milliseconds. */
const REFRESH_MS = 250;

export interface TimelineSource {
  timeline(filter: TimelineFilter, before: number | null, limit: number): Promise<Result<TimelinePage>>;
}

export interface Counts {
  readonly matched: number;
  readonly total: number;
  readonly stopped: number;
  readonly asked: number;
}

export interface FeedSnapshot {
  readonly version: number;
  readonly filter: TimelineFilter;
  /** Rows whose place is known. */
  readonly size: number;
  readonly ended: boolean;
  /** More rows match than a browser can lay out. */
  readonly capped: boolean;
  readonly counts: Counts | null;
  /** Rows that came in while the reader was further down. */
  readonly newer: number;
  /** The first page of this filter is on its way; what is shown belongs to the filter before. */
  readonly loading: boolean;
  readonly error: ContractError | null;
}

export class TimelineFeed {
  readonly #source: TimelineSource;
  readonly #rows = new RowWindow(PAGES_KEPT);
  readonly #listeners = new Set<() => void>();
  readonly #reading = new Set<string>();
  /** Rises with every new start: an answer of an older one is dropped. */
  #epoch = 0;
  #atTop = true;
  /** `matched` when the newest row shown was read: what is above it is newer. */
  #matchedShown = 0;
  #visible = { from: 0, to: 0 };
  #refreshTimer: ReturnType<typeof setTimeout> | null = null;
  #refreshing = false;
  #refreshAgain = false;
  #lastRefresh = -Infinity;
  #snapshot: FeedSnapshot;

  constructor(source: TimelineSource, filter: TimelineFilter) {
    this.#source = source;
    this.#snapshot = {
      version: 0,
      filter,
      size: 0,
      ended: false,
      capped: false,
      counts: null,
      newer: 0,
      loading: true,
      error: null,
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): FeedSnapshot => this.#snapshot;

  rowAt(position: number): TimelineRow | undefined {
    return this.#rows.at(position);
  }

  positionOf(seq: number): number {
    return this.#rows.indexOf(seq);
  }

  /** Rows in memory: bounded, whatever the length of the log. */
  get held(): number {
    return this.#rows.held;
  }

  /** Starts again with a filter, at the newest row. The rows of the filter before stay until the answer is there. */
  start(filter: TimelineFilter): void {
    this.#epoch += 1;
    this.#reading.clear();
    this.#atTop = true;
    this.#publish({ filter, loading: true, error: null });
    void this.#first(this.#epoch);
  }

  /** Goes to the newest rows again. */
  restart(): void {
    this.start(this.#snapshot.filter);
  }

  /** Says which positions are on the screen: reads what is missing there, lets go of what is far. */
  show(from: number, to: number): void {
    this.#visible = { from, to };
    this.#read();
  }

  /** Says whether the reader is at the newest row: only then do new rows come in by themselves. */
  setAtTop(atTop: boolean): void {
    if (this.#atTop === atTop) return;
    this.#atTop = atTop;
    if (atTop && this.#snapshot.newer > 0) this.restart();
  }

  /** Takes what the channel `timeline` brought: changes what is shown in its place, and looks for what is new. */
  changed(rows: readonly TimelineRow[]): void {
    if (this.#rows.replace(rows)) this.#publish({});
    this.#refreshSoon();
  }

  /** The connection came back: reads what failed without it, or looks for what is new. */
  reconnected(): void {
    if (this.#snapshot.error === null) this.#refreshSoon();
    else this.retry();
  }

  /** Reads again after a failure. */
  retry(): void {
    if (this.#snapshot.loading || this.#rows.size === 0) this.restart();
    else {
      this.#publish({ error: null });
      this.#read();
    }
  }

  dispose(): void {
    this.#epoch += 1;
    if (this.#refreshTimer !== null) clearTimeout(this.#refreshTimer);
    this.#refreshTimer = null;
  }

  async #first(epoch: number): Promise<void> {
    const answer = await this.#source.timeline(this.#snapshot.filter, null, PAGE_ROWS);
    if (epoch !== this.#epoch) return;
    if (!answer.ok) {
      this.#publish({ loading: false, error: answer.error });
      return;
    }
    this.#rows.clear();
    this.#rows.append(answer.value.rows, answer.value.rows.length < PAGE_ROWS);
    this.#matchedShown = answer.value.matched;
    this.#publish({ loading: false, error: null, counts: countsOf(answer.value), newer: 0 });
    this.#read();
  }

  #read(): void {
    if (this.#snapshot.loading || this.#snapshot.error !== null || this.#rows.size === 0) return;
    const { from, to } = this.#visible;
    // Half a page ahead in both directions, so that a steady reader never meets a gap.
    const ahead = PAGE_ROWS / 2;
    const request =
      this.#rows.missing(Math.max(0, from), to) ?? this.#rows.missing(Math.max(0, from - ahead), to + ahead);
    if (request === null || (request.last === null && this.#rows.size >= MOST_ROWS)) return;
    const key = `${request.before} ${request.last}`;
    if (this.#reading.has(key)) return;
    this.#reading.add(key);
    const epoch = this.#epoch;
    const limit = request.last === null ? PAGE_ROWS : REREAD_ROWS;
    void this.#source.timeline(this.#snapshot.filter, request.before, limit).then((answer) => {
      if (epoch !== this.#epoch) return;
      this.#reading.delete(key);
      if (!answer.ok) {
        this.#publish({ error: answer.error });
        return;
      }
      if (request.last !== null) this.#rows.fill(request, answer.value.rows);
      else this.#rows.append(answer.value.rows, answer.value.rows.length < limit);
      this.#rows.trim(this.#visible.from, this.#visible.to);
      this.#publish({});
      this.#read();
    });
  }

  #refreshSoon(): void {
    if (this.#refreshing) this.#refreshAgain = true;
    else this.#refreshTimer ??= setTimeout(() => void this.#refresh(), this.#refreshDelay());
  }

  /** At once after a quiet time, otherwise when the time since the last look is over. */
  #refreshDelay(): number {
    return Math.max(0, this.#lastRefresh + REFRESH_MS - performance.now());
  }

  async #refresh(): Promise<void> {
    this.#refreshTimer = null;
    this.#refreshing = true;
    this.#lastRefresh = performance.now();
    const epoch = this.#epoch;
    const answer = await this.#source.timeline(this.#snapshot.filter, null, PAGE_ROWS);
    this.#refreshing = false;
    if (epoch === this.#epoch && answer.ok && !this.#snapshot.loading) this.#takeNewest(answer.value);
    if (this.#refreshAgain) {
      this.#refreshAgain = false;
      this.#refreshSoon();
    }
  }

  #takeNewest(page: TimelinePage): void {
    const newest = this.#rows.newestSeq;
    const fresh = newest === null ? page.rows : page.rows.filter((row) => row.seq > newest);
    // A whole page of new rows: there may be more between it and what is shown.
    const gap = newest !== null && fresh.length === PAGE_ROWS;
    if (this.#atTop && gap) {
      this.restart();
      return;
    }
    this.#rows.replace(page.rows);
    if (!this.#atTop) {
      const newer = gap ? Math.max(PAGE_ROWS, page.matched - this.#matchedShown) : fresh.length;
      this.#publish({ counts: countsOf(page), newer });
      return;
    }
    if (newest === null) this.#rows.append(page.rows, page.rows.length < PAGE_ROWS);
    else this.#rows.prepend(fresh);
    this.#matchedShown = page.matched;
    this.#publish({ counts: countsOf(page), newer: 0 });
  }

  #publish(change: Partial<Omit<FeedSnapshot, 'version'>>): void {
    const size = Math.min(this.#rows.size, MOST_ROWS);
    this.#snapshot = {
      ...this.#snapshot,
      ...change,
      size,
      ended: this.#rows.ended,
      capped: this.#rows.size >= MOST_ROWS && !this.#rows.ended,
      version: this.#snapshot.version + 1,
    };
    for (const listener of this.#listeners) listener();
  }
}

function countsOf({ matched, total, stopped, asked }: TimelinePage): Counts {
  return { matched, total, stopped, asked };
}
