/**
 * Where the lines of a filter stand: any page by its place, counts, how they spread over time, groups.
 *
 * Places count from the oldest line that matches, so that a new line changes the place of none. `shifts` tells that
 * a line in the middle joined or left, and that places of before mean nothing any more.
 */
import type { Database } from '../store/database.ts';
import { type Change, Columns, FLAGS, KINDS } from './columns.ts';
import { EVERYTHING, type TimelineFilter } from './filter.ts';
import { fitsOf, withoutWords } from './filter-columns.ts';
import { LINE_COLUMNS, type LineRecord, lineOf, type TimelineLine } from './line.ts';
import type { TimelinePage } from './reader.ts';

export interface MapPage {
  /** Newest first: places `first + rows.length - 1` down to `first`. */
  readonly rows: readonly TimelineLine[];
  readonly first: number;
  readonly matched: number;
  readonly total: number;
  readonly stopped: number;
  readonly asked: number;
  readonly shifts: number;
}

export interface Density {
  /** Microseconds since 1970 of the first bucket's beginning and the last one's end. */
  readonly from: number;
  readonly to: number;
  /** Calls a bucket: let through without a question, asked and not stopped, stopped. */
  readonly through: readonly number[];
  readonly asked: readonly number[];
  readonly stopped: readonly number[];
}

export type GroupBy = 'session' | 'turn' | 'agent';

export interface LineGroup {
  readonly client: string;
  readonly agent: string;
  readonly app: string;
  readonly session: string;
  readonly turn: number | null;
  /** Microseconds since 1970 of its first and last line. */
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  readonly stopped: number;
  readonly asked: number;
  readonly failed: number;
}

export interface Groups {
  /** The one with the newest line first. */
  readonly groups: readonly LineGroup[];
  readonly total: number;
}

interface Sums {
  readonly last: number;
  calls: number;
  from: number;
  stopped: number;
  asked: number;
  failed: number;
}

/** Which lines match, by index; `list` null: all of them. */
interface View {
  readonly filter: TimelineFilter;
  list: Uint32Array | null;
  count: number;
  stopped: number;
  asked: number;
  shifts: number;
  /** Lines that were looked at. */
  seen: number;
}

const VIEWS_KEPT = 6;

export class LineMap {
  readonly #database: Database;
  readonly #columns: Columns;
  /** The one used last at the end. */
  readonly #views = new Map<string, View>();
  readonly #line;
  readonly #found;

  /** @param database the log's, opened for reading */
  constructor(database: Database) {
    this.#database = database;
    this.#columns = new Columns(database);
    this.#line = database.prepare<[number], LineRecord>(`SELECT ${LINE_COLUMNS} FROM lines WHERE id = ?`);
    this.#found = database
      .prepare<[string], number>('SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC')
      .pluck();
  }

  /** The page from place `first` on; null: the newest. */
  page(filter: TimelineFilter, first: number | null, limit: number): MapPage {
    return this.#reading(() => {
      const view = this.#view(filter);
      const from = Math.max(0, first ?? view.count - limit);
      const rows: TimelineLine[] = [];
      for (let place = Math.min(view.count, from + limit) - 1; place >= from; place -= 1) {
        const record = this.#line.get(this.#columns.ids[indexAt(view, place)] ?? -1);
        if (record !== undefined) rows.push(lineOf(record));
      }
      const { count: matched, stopped, asked, shifts } = view;
      return { rows, first: from, matched, total: this.#columns.size, stopped, asked, shifts };
    });
  }

  /** The place of the line with this id, or of the next newer one that matches; null when there is none. */
  place(filter: TimelineFilter, id: number): number | null {
    return this.#reading(() => {
      const view = this.#view(filter);
      const index = this.#columns.firstFrom(id);
      let low = 0;
      let high = view.count;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (indexAt(view, middle) < index) low = middle + 1;
        else high = middle;
      }
      return low < view.count ? low : null;
    });
  }

  /**
   * The newest lines that match, without looking at all others; null while the lines were never read. Half of what
   * a first page needs, and there long before the count is.
   */
  newest(filter: TimelineFilter, limit: number): TimelinePage | null {
    if (!this.#columns.isLoaded) return null;
    return this.#reading(() => {
      const known = this.#views.get(keyOf(filter));
      const { fits, query } = withoutWords(filter, this.#columns, this.#database);
      const rows: TimelineLine[] = [];
      const take = (index: number) => {
        if (index < 0 || !fits(index)) return;
        const record = this.#line.get(this.#columns.ids[index] ?? -1);
        if (record !== undefined) rows.push(lineOf(record));
      };
      if (query === null)
        for (let index = this.#columns.size - 1; index >= 0 && rows.length < limit; index -= 1) take(index);
      else
        for (const id of this.#found.iterate(query)) {
          take(this.#columns.indexOf(id));
          if (rows.length >= limit) break;
        }
      const all = this.#view(EVERYTHING);
      const { stopped, asked } = known ?? all;
      return { rows, matched: known?.count ?? null, total: this.#columns.size, stopped, asked };
    });
  }

  /** @param from @param to microseconds since 1970; null: from the first call that matches, to the last */
  density(filter: TimelineFilter, from: number | null, to: number | null, buckets: number): Density {
    return this.#reading(() => {
      const view = this.#view(filter);
      const { at, kind } = this.#columns;
      const [low, high] = from === null || to === null ? this.#span(view) : [from, to];
      const scale = buckets / Math.max(1, high - low);
      const sums = new Uint32Array(buckets * 4);
      const { list } = view;
      for (let place = 0; place < view.count; place += 1) {
        const index = list === null ? place : (list[place] ?? 0);
        const time = at[index] ?? 0;
        if (time < low || time > high) continue;
        const bucket = Math.min(buckets - 1, Math.floor((time - low) * scale));
        const slot = (kind[index] ?? 0) * buckets + bucket;
        sums[slot] = (sums[slot] ?? 0) + 1;
      }
      const of = (which: number) => [...sums.subarray(which * buckets, (which + 1) * buckets)];
      return {
        from: low,
        to: high,
        through: of(KINDS.through),
        asked: of(KINDS.asked),
        stopped: of(KINDS.stopped),
      };
    });
  }

  groups(filter: TimelineFilter, by: GroupBy, limit: number): Groups {
    return this.#reading(() => {
      const view = this.#view(filter);
      const columns = this.#columns;
      const { at, kind, flags } = columns;
      const found = new Map<number, Sums>();
      for (let place = view.count - 1; place >= 0; place -= 1) {
        const index = indexAt(view, place);
        if (kind[index] === KINDS.event) continue;
        const key = this.#groupKey(by, index);
        const time = at[index] ?? 0;
        let group = found.get(key);
        if (group === undefined) {
          group = { last: index, calls: 0, from: time, stopped: 0, asked: 0, failed: 0 };
          found.set(key, group);
        }
        group.calls += 1;
        if (time < group.from) group.from = time;
        if (kind[index] === KINDS.stopped) group.stopped += 1;
        const flag = flags[index] ?? 0;
        if ((flag & FLAGS.asked) !== 0) group.asked += 1;
        if ((flag & FLAGS.failed) !== 0) group.failed += 1;
      }
      const groups = [...found.values()].slice(0, limit).map(
        ({ last, ...sums }): LineGroup => ({
          client: columns.word('client', last),
          agent: columns.word('agent', last),
          app: by === 'agent' ? '' : columns.word('app', last),
          session: by === 'agent' ? '' : columns.word('session', last),
          turn: by === 'turn' ? columns.number('turn', last) : null,
          to: at[last] ?? 0,
          ...sums,
        }),
      );
      return { groups, total: found.size };
    });
  }

  /** Two small numbers as one. */
  #groupKey(by: GroupBy, index: number): number {
    const { codes, turn } = this.#columns;
    switch (by) {
      case 'session':
        return codes.session[index] ?? 0;
      case 'turn':
        return (codes.session[index] ?? 0) * 65_536 + (turn[index] ?? 0);
      case 'agent':
        return (codes.client[index] ?? 0) * 65_536 + (codes.agent[index] ?? 0);
    }
  }

  /** All that is asked within is asked of one state of the log. */
  #reading<T>(ask: () => T): T {
    return this.#database.transaction(() => {
      const change = this.#columns.catchUp();
      for (const view of this.#views.values()) this.#follow(view, change);
      return ask();
    })();
  }

  #view(filter: TimelineFilter): View {
    const key = keyOf(filter);
    const known = this.#views.get(key);
    this.#views.delete(key);
    const view = known ?? this.#made(filter);
    this.#views.set(key, view);
    for (const oldest of this.#views.keys()) {
      if (this.#views.size <= VIEWS_KEPT) break;
      this.#views.delete(oldest);
    }
    return view;
  }

  #made(filter: TimelineFilter): View {
    const view: View = { filter, list: null, count: 0, stopped: 0, asked: 0, shifts: 0, seen: 0 };
    this.#fill(view);
    return view;
  }

  #fill(view: View): void {
    view.seen = 0;
    view.count = 0;
    view.list = null;
    this.#extend(view);
    this.#sum(view);
  }

  /** Takes in the lines that were not looked at yet. */
  #extend(view: View): void {
    const { size } = this.#columns;
    const fits = fitsOf(view.filter, this.#columns, this.#database, view.seen);
    if (fits === null) view.count = size;
    else {
      const room = view.list ?? new Uint32Array(0);
      let list = room;
      let { count } = view;
      for (let index = view.seen; index < size; index += 1) {
        if (!fits(index)) continue;
        if (count >= list.length) {
          const larger = new Uint32Array(Math.max(1024, count * 2));
          larger.set(list);
          list = larger;
        }
        list[count] = index;
        count += 1;
      }
      view.list = list;
      view.count = count;
    }
    view.seen = size;
  }

  #follow(view: View, change: Change): void {
    if (change.kind === 'same') return;
    if (change.kind === 'reloaded') {
      view.shifts += 1;
      this.#fill(view);
      return;
    }
    if (view.list !== null && change.changed.length > 0 && this.#moved(view, change.changed)) {
      view.shifts += 1;
      this.#fill(view);
      return;
    }
    this.#extend(view);
    this.#sum(view);
  }

  /** Whether one of the changed lines joined or left the view. */
  #moved(view: View, changed: readonly number[]): boolean {
    const oldest = Math.min(...changed);
    const fits = fitsOf(view.filter, this.#columns, this.#database, oldest);
    return changed.some((index) => (fits === null || fits(index)) !== isIn(view, index));
  }

  #sum(view: View): void {
    const { kind, flags } = this.#columns;
    const { list, count } = view;
    let stopped = 0;
    let asked = 0;
    for (let place = 0; place < count; place += 1) {
      const index = list === null ? place : (list[place] ?? 0);
      if (kind[index] === KINDS.stopped) stopped += 1;
      asked += (flags[index] ?? 0) & FLAGS.asked;
    }
    view.stopped = stopped;
    view.asked = asked;
  }

  #span(view: View): readonly [number, number] {
    const { at, kind } = this.#columns;
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let place = 0; place < view.count; place += 1) {
      const index = indexAt(view, place);
      if (kind[index] === KINDS.event) continue;
      const time = at[index] ?? 0;
      if (time < low) low = time;
      if (time > high) high = time;
    }
    return low > high ? [0, 0] : [low, high];
  }
}

function keyOf(filter: TimelineFilter): string {
  return JSON.stringify({ ...EVERYTHING, ...filter });
}

/** The index of the line at a place; places beyond the end have none. */
function indexAt(view: View, place: number): number {
  return view.list === null ? place : (view.list[place] ?? -1);
}

function isIn(view: View, index: number): boolean {
  if (view.list === null) return index < view.count;
  let low = 0;
  let high = view.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((view.list[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return low < view.count && view.list[low] === index;
}
