/**
 * The timeline's rows as far as they are known, newest first, in pages of which only those near the reader are kept.
 *
 * A page that was let go keeps its place and its cursor, so that a million rows cost a few thousand numbers and
 * scrolling back reads it again. Pure bookkeeping: no clock, no calls. Positions count from 0, the newest row.
 */
import type { TimelineRow } from '../../../preload/contract.ts';

interface Page {
  /** Rows of this page have seq < `before`; null: from the newest. */
  before: number | null;
  /** Seq of its oldest row. */
  last: number;
  count: number;
  /** Null while let go. */
  rows: readonly TimelineRow[] | null;
}

/** What has to be read so that a page is there again. */
export interface PageRequest {
  readonly before: number | null;
  /** Oldest seq that belongs to it; null for the page after the end. */
  readonly last: number | null;
}

export class RowWindow {
  /** How many pages are held at most. The reader sees two of them; the rest is for scrolling without a gap. */
  readonly #keep: number;
  #pages: Page[] = [];
  /** Position of each page's first row, and the number of rows at the end. */
  #offsets: number[] = [0];
  #ended = false;

  constructor(keep: number) {
    this.#keep = Math.max(2, keep);
  }

  /** Rows whose place is known. */
  get size(): number {
    return this.#offsets.at(-1) ?? 0;
  }

  /** There are no older rows. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Rows held in memory now. */
  get held(): number {
    return this.#pages.reduce((sum, page) => sum + (page.rows?.length ?? 0), 0);
  }

  get newestSeq(): number | null {
    return this.#pages[0]?.rows?.[0]?.seq ?? null;
  }

  /** The row at a position, or undefined where it is not held. */
  at(position: number): TimelineRow | undefined {
    const index = this.#pageAt(position);
    return this.#pages[index]?.rows?.[position - (this.#offsets[index] ?? 0)];
  }

  /** Position of the row with this seq, or -1 where it is not held. */
  indexOf(seq: number): number {
    for (const [index, page] of this.#pages.entries()) {
      if (page.last > seq || page.rows === null) continue;
      const within = page.rows.findIndex((row) => row.seq === seq);
      return within < 0 ? -1 : (this.#offsets[index] ?? 0) + within;
    }
    return -1;
  }

  clear(): void {
    this.#pages = [];
    this.#ended = false;
    this.#measure();
  }

  /** Adds the page after the oldest known row. `complete`: the log had no more. */
  append(rows: readonly TimelineRow[], complete: boolean): void {
    const first = rows[0];
    const last = rows.at(-1);
    if (first !== undefined && last !== undefined) {
      this.#pages.push({
        before: this.#pages.at(-1)?.last ?? null,
        last: last.seq,
        count: rows.length,
        rows,
      });
    }
    this.#ended = complete;
    this.#measure();
  }

  /** Puts rows that are newer than all known ones in front. */
  prepend(rows: readonly TimelineRow[]): void {
    const newest = this.newestSeq;
    const fresh = newest === null ? rows : rows.filter((row) => row.seq > newest);
    const last = fresh.at(-1);
    if (last === undefined) return;
    const head = this.#pages[0];
    if (head?.rows != null && head.count + fresh.length <= HEAD_ROWS) {
      this.#pages[0] = { ...head, count: head.count + fresh.length, rows: [...fresh, ...head.rows] };
    } else {
      // What was the newest page gets a cursor of its own: it can be let go from now on.
      if (head !== undefined) head.before = last.seq;
      this.#pages.unshift({ before: null, last: last.seq, count: fresh.length, rows: fresh });
    }
    this.#measure();
  }

  /** Replaces rows that changed. Answers whether one of them is held. */
  replace(changed: readonly TimelineRow[]): boolean {
    let hit = false;
    for (const row of changed) {
      const position = this.indexOf(row.seq);
      if (position < 0) continue;
      const index = this.#pageAt(position);
      const page = this.#pages[index];
      if (page?.rows == null) continue;
      page.rows = page.rows.with(position - (this.#offsets[index] ?? 0), row);
      hit = true;
    }
    return hit;
  }

  /** What must be read so that the positions `from` to `to` are there; null when they are, or when the end is reached. */
  missing(from: number, to: number): PageRequest | null {
    for (let index = this.#pageAt(from); index <= this.#pageAt(Math.min(to, this.size - 1)); index += 1) {
      const page = this.#pages[index];
      if (page !== undefined && page.rows === null) return { before: page.before, last: page.last };
    }
    if (to < this.size || this.#ended) return null;
    return { before: this.#pages.at(-1)?.last ?? null, last: null };
  }

  /** Puts back a page that was let go. Rows that joined or left the filter since then change its length. */
  fill(request: PageRequest, rows: readonly TimelineRow[]): void {
    const page = this.#pages.find(
      (candidate) => candidate.last === request.last && candidate.before === request.before,
    );
    const oldest = request.last;
    if (page === undefined || oldest === null) return;
    page.rows = rows.filter((row) => row.seq >= oldest);
    page.count = page.rows.length;
    this.#measure();
  }

  /** Lets go of pages that are far from the positions `from` to `to`. */
  trim(from: number, to: number): void {
    const first = this.#pageAt(from);
    const last = this.#pageAt(to);
    const held = [...this.#pages.keys()].filter((index) => this.#pages[index]?.rows !== null);
    const distance = (index: number) => (index < first ? first - index : index > last ? index - last : 0);
    const far = held.filter((index) => index !== 0).sort((a, b) => distance(b) - distance(a));
    for (const index of far.slice(0, Math.max(0, held.length - this.#keep))) {
      const page = this.#pages[index];
      if (page !== undefined && distance(index) > 0) page.rows = null;
    }
  }

  #pageAt(position: number): number {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#offsets[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #measure(): void {
    const offsets = [0];
    let sum = 0;
    for (const page of this.#pages) {
      sum += page.count;
      offsets.push(sum);
    }
    this.#offsets = offsets;
  }
}

/** The newest page grows with live rows up to this length, then a new one begins. */
const HEAD_ROWS = 400;
