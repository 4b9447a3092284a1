/**
 * The timeline as one page of the application follows it: rows by their place, read as they are needed.
 *
 * Places count from the oldest row that matches, so that what comes in moves nothing; positions count from the top
 * of what is shown. While the reader is further down, the top stays what it was, and what is newer is counted.
 * Every number and every row comes from the supervisor; nothing is matched against the filter here. Answers that a
 * newer filter has overtaken are dropped. `snapshot()` changes identity exactly when something to be seen changed.
 */
import type {
  ContractError,
  Result,
  TimelineFilter,
  TimelinePage,
  TimelinePlaces,
  TimelineRow,
} from '../../../preload/contract.ts';

export const PAGE_ROWS = 200;
const PAGES_KEPT = 12;
/** At most one look at what is new in this time, in milliseconds. */
const REFRESH_MS = 250;

export interface TimelineSource {
  /** The newest rows, at once; how many match may not be known yet. */
  newest(filter: TimelineFilter, limit: number): Promise<Result<TimelinePage>>;
  at(filter: TimelineFilter, first: number | null, limit: number): Promise<Result<TimelinePlaces>>;
  /** The place of a row, or of the next newer one that matches. */
  place(filter: TimelineFilter, seq: number): Promise<Result<number | null>>;
}

export interface Counts {
  /** Null while they are being counted. */
  readonly matched: number | null;
  readonly total: number;
  readonly stopped: number;
  readonly asked: number;
}

export interface FeedSnapshot {
  readonly version: number;
  readonly filter: TimelineFilter;
  /** Rows from the top of what is shown to the oldest. */
  readonly size: number;
  readonly counts: Counts | null;
  /** Rows that came in while the reader was further down. */
  readonly newer: number;
  /** The first rows of this filter are on their way; what is shown belongs to the filter before. */
  readonly loading: boolean;
  readonly error: ContractError | null;
}

export class TimelineFeed {
  readonly #source: TimelineSource;
  readonly #listeners = new Set<() => void>();
  /** Oldest first, by their first place divided by PAGE_ROWS. */
  #pages = new Map<number, readonly TimelineRow[]>();
  /** Places from 0 to here are shown. */
  #shown = 0;
  #matched = 0;
  #shifts = 0;
  /** Rows came without their places: there is nothing to read yet beside them. */
  #placed = false;
  /** Rises with every new start: an answer of an older one is dropped. */
  #epoch = 0;
  #atTop = true;
  readonly #reading = new Set<number>();
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
    const place = this.#shown - 1 - position;
    if (position < 0 || place < 0) return undefined;
    return this.#pages.get(Math.floor(place / PAGE_ROWS))?.[place % PAGE_ROWS];
  }

  /** Position of the row with this seq, or -1 where it is not held. */
  positionOf(seq: number): number {
    for (const [page, rows] of this.#pages) {
      const [oldest, newest] = [rows[0], rows.at(-1)];
      if (oldest === undefined || newest === undefined || seq < oldest.seq || seq > newest.seq) continue;
      const within = rows.findIndex((row) => row.seq === seq);
      const position = this.#shown - 1 - (page * PAGE_ROWS + within);
      return within < 0 || position < 0 ? -1 : position;
    }
    return -1;
  }

  /** Position of a row wherever it stands, or of the next newer one; null when there is none. */
  async find(seq: number): Promise<number | null> {
    const answer = await this.#source.place(this.#snapshot.filter, seq);
    return answer.ok && answer.value !== null ? Math.max(0, this.#shown - 1 - answer.value) : null;
  }

  /** Rows in memory: bounded, whatever the length of the log. */
  get held(): number {
    return [...this.#pages.values()].reduce((sum, rows) => sum + rows.length, 0);
  }

  /** Starts again with a filter, at the newest row. The rows of the filter before stay until the answer is there. */
  start(filter: TimelineFilter): void {
    this.#epoch += 1;
    this.#reading.clear();
    this.#atTop = true;
    this.#publish({ filter, loading: true, error: null });
    void this.#first(this.#epoch);
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
    if (!atTop || this.#shown === this.#matched) return;
    this.#shown = this.#matched;
    this.#publish({ newer: 0 });
    this.#read();
  }

  /** Takes what the channel `timeline` brought: changes what is shown in its place, and looks for what is new. */
  changed(rows: readonly TimelineRow[]): void {
    let hit = false;
    for (const row of rows) {
      const position = this.positionOf(row.seq);
      if (position < 0) continue;
      const place = this.#shown - 1 - position;
      const page = Math.floor(place / PAGE_ROWS);
      const held = this.#pages.get(page);
      if (held === undefined) continue;
      this.#pages.set(page, held.with(place % PAGE_ROWS, row));
      hit = true;
    }
    if (hit) this.#publish({});
    this.#refreshSoon();
  }

  /** The connection came back: reads what failed without it, or looks for what is new. */
  reconnected(): void {
    if (this.#snapshot.error === null) this.#refreshSoon();
    else this.retry();
  }

  /** Reads again after a failure. */
  retry(): void {
    if (this.#snapshot.loading || !this.#placed) this.start(this.#snapshot.filter);
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
    const { filter } = this.#snapshot;
    const quick = await this.#source.newest(filter, PAGE_ROWS);
    if (epoch !== this.#epoch) return;
    if (!quick.ok) {
      this.#publish({ loading: false, error: quick.error });
      return;
    }
    const { rows, matched, total, stopped, asked } = quick.value;
    this.#placed = false;
    this.#pages = new Map([[0, rows.toReversed()]]);
    this.#shown = rows.length;
    this.#matched = rows.length;
    this.#publish({ loading: false, error: null, newer: 0, counts: { matched, total, stopped, asked } });
    await this.#place(epoch);
  }

  /** Learns where the rows stand, and takes their places. */
  async #place(epoch: number): Promise<void> {
    const answer = await this.#source.at(this.#snapshot.filter, null, PAGE_ROWS);
    if (epoch !== this.#epoch) return;
    if (!answer.ok) {
      this.#publish({ error: answer.error });
      return;
    }
    // What the reader looked at stays where it is, though rows have come in since.
    const newest = this.rowAt(0)?.seq;
    const since =
      this.#atTop || newest === undefined ? 0 : answer.value.rows.filter(({ seq }) => seq > newest).length;
    this.#placed = true;
    this.#pages = new Map();
    this.#shown = answer.value.matched - since;
    this.#take(answer.value);
    this.#shifts = answer.value.shifts;
    this.#publish({ error: null, counts: countsOf(answer.value), newer: this.#matched - this.#shown });
    this.#read();
  }

  /** Puts the rows of an answer in their pages. A page that is begun in the middle is read whole another time. */
  #take({ rows, first, matched }: TimelinePlaces): void {
    this.#matched = matched;
    const oldestFirst = rows.toReversed();
    for (let page = Math.ceil(first / PAGE_ROWS); page * PAGE_ROWS < first + rows.length; page += 1) {
      const start = page * PAGE_ROWS - first;
      this.#pages.set(page, oldestFirst.slice(start, start + PAGE_ROWS));
    }
  }

  #isMissing(page: number): boolean {
    const rows = this.#pages.get(page);
    const known = Math.min(this.#shown, this.#matched) - page * PAGE_ROWS;
    return known > 0 && (rows === undefined || rows.length < Math.min(PAGE_ROWS, known));
  }

  #read(): void {
    if (!this.#placed || this.#snapshot.loading || this.#snapshot.error !== null) return;
    const page = this.#wanted();
    if (page === null || this.#reading.size >= 2) return;
    this.#reading.add(page);
    const epoch = this.#epoch;
    void this.#source.at(this.#snapshot.filter, page * PAGE_ROWS, PAGE_ROWS).then((answer) => {
      if (epoch !== this.#epoch) return;
      this.#reading.delete(page);
      if (!answer.ok) {
        this.#publish({ error: answer.error });
        return;
      }
      if (answer.value.shifts !== this.#shifts) {
        void this.#shifted(epoch);
        return;
      }
      this.#take(answer.value);
      this.#letGo();
      this.#publish({ counts: countsOf(answer.value) });
      this.#read();
    });
  }

  /** The page to read next: what is on the screen first, then half a page ahead in both directions. */
  #wanted(): number | null {
    const { from, to } = this.#visible;
    for (const ahead of [0, PAGE_ROWS / 2]) {
      const newest = Math.min(this.#shown - 1, this.#shown - 1 - from + ahead);
      const oldest = Math.max(0, this.#shown - 1 - to - ahead);
      for (
        let page = Math.floor(newest / PAGE_ROWS);
        page >= 0 && page * PAGE_ROWS + PAGE_ROWS > oldest;
        page -= 1
      )
        if (this.#isMissing(page) && !this.#reading.has(page)) return page;
    }
    return null;
  }

  #letGo(): void {
    if (this.#pages.size <= PAGES_KEPT) return;
    const middle = (this.#shown - 1 - (this.#visible.from + this.#visible.to) / 2) / PAGE_ROWS;
    const far = [...this.#pages.keys()].toSorted((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const page of far.slice(0, this.#pages.size - PAGES_KEPT)) this.#pages.delete(page);
  }

  /** Rows in the middle joined or left: all places are learnt anew, with the row at the top of the screen where it was. */
  async #shifted(epoch: number): Promise<void> {
    const { from } = this.#visible;
    const anchor = this.#atTop ? undefined : this.rowAt(from)?.seq;
    if (anchor === undefined) {
      await this.#place(epoch);
      return;
    }
    const { filter } = this.#snapshot;
    const found = await this.#source.place(filter, anchor);
    if (epoch !== this.#epoch || !found.ok || found.value === null) return;
    const first = Math.max(0, Math.floor(found.value / PAGE_ROWS) - 1) * PAGE_ROWS;
    const answer = await this.#source.at(filter, first, 2 * PAGE_ROWS);
    if (epoch !== this.#epoch || !answer.ok) return;
    this.#pages = new Map();
    // Where rows above it have left, the top stays blank until the reader comes there.
    this.#shown = found.value + 1 + from;
    this.#shifts = answer.value.shifts;
    this.#take(answer.value);
    this.#publish({ counts: countsOf(answer.value), newer: Math.max(0, this.#matched - this.#shown) });
    this.#read();
  }

  #refreshSoon(): void {
    if (this.#refreshing) this.#refreshAgain = true;
    else
      this.#refreshTimer ??= setTimeout(
        () => void this.#refresh(),
        // At once after a quiet time, otherwise when the time since the last look is over.
        Math.max(0, this.#lastRefresh + REFRESH_MS - performance.now()),
      );
  }

  async #refresh(): Promise<void> {
    this.#refreshTimer = null;
    this.#refreshing = true;
    this.#lastRefresh = performance.now();
    const epoch = this.#epoch;
    const answer = await this.#source.at(this.#snapshot.filter, null, PAGE_ROWS);
    this.#refreshing = false;
    if (epoch === this.#epoch && answer.ok && this.#placed && !this.#snapshot.loading) {
      if (answer.value.shifts !== this.#shifts) await this.#shifted(epoch);
      else this.#takeNewest(answer.value);
    }
    if (this.#refreshAgain) {
      this.#refreshAgain = false;
      this.#refreshSoon();
    }
  }

  #takeNewest(answer: TimelinePlaces): void {
    const { first, rows } = answer;
    // The newest rows lie in up to two pages, of which one may be held to the place where they begin.
    const page = Math.floor(first / PAGE_ROWS);
    const held = this.#pages.get(page);
    const head = held?.slice(0, first - page * PAGE_ROWS);
    if (head !== undefined && head.length === first - page * PAGE_ROWS)
      this.#pages.set(page, [...head, ...rows.toReversed()].slice(0, PAGE_ROWS));
    this.#take(answer);
    if (this.#atTop) this.#shown = answer.matched;
    this.#publish({ counts: countsOf(answer), newer: Math.max(0, this.#matched - this.#shown) });
    this.#read();
  }

  #publish(change: Partial<Omit<FeedSnapshot, 'version' | 'size'>>): void {
    this.#snapshot = {
      ...this.#snapshot,
      ...change,
      size: this.#shown,
      version: this.#snapshot.version + 1,
    };
    for (const listener of this.#listeners) listener();
  }
}

function countsOf({ matched, total, stopped, asked }: TimelinePlaces): Counts {
  return { matched, total, stopped, asked };
}
