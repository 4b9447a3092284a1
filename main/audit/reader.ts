/** Questions to the log: pages of the timeline, one line in full, rows from a place on. */
import type { Database } from '../store/database.ts';
import type { AuditEvent, AuditRow } from './event.ts';
import type { TimelineFilter } from './filter.ts';
import { type SqlValue, type Where, whereOf } from './filter-sql.ts';
import { LINE_COLUMNS, type LineRecord, lineOf, type TimelineLine } from './line.ts';
import type { StoredRow } from './row.ts';

export interface TimelinePage {
  /** Newest first. */
  readonly rows: readonly TimelineLine[];
  /** Lines that match; null when they are more than were counted. */
  readonly matched: number | null;
  readonly total: number;
  readonly stopped: number;
  readonly asked: number;
}

export interface LineDetail {
  readonly line: TimelineLine;
  /** Every row about it, oldest first. */
  readonly rows: readonly AuditRow[];
}

/** A call whose request has no end on the log. */
export interface WaitingCall {
  readonly callId: string;
  readonly session: string;
  /** When it was decided that a person is asked, microseconds since 1970. */
  readonly wallMicros: number;
}

/** More are counted by the map alone: to count a million here takes a second. */
const MOST_COUNTED = 1000;

export class Reader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Lines with seq below `before` (null: from the newest), at most `limit`. */
  timeline(filter: TimelineFilter, before: number | null, limit: number): TimelinePage {
    const where = whereOf(filter);
    const counters = new Map(
      this.#database
        .prepare<[], { name: string; n: number }>('SELECT name, n FROM counters')
        .all()
        .map(({ name, n }) => [name, n]),
    );
    const total = counters.get('total') ?? 0;
    const clauses = [...(where.sql === '' ? [] : [where.sql]), ...(before === null ? [] : ['id < ?'])];
    const rows = this.#database
      .prepare<SqlValue[], LineRecord>(
        `SELECT ${LINE_COLUMNS} FROM lines ${clauses.length === 0 ? '' : `WHERE ${clauses.join(' AND ')}`} ORDER BY id DESC LIMIT ?`,
      )
      .all(...where.values, ...(before === null ? [] : [before]), limit);
    const matched = where.sql === '' ? total : this.#count(where);
    return {
      rows: rows.map(lineOf),
      matched,
      total,
      stopped: counters.get('stopped') ?? 0,
      asked: counters.get('asked') ?? 0,
    };
  }

  /** The line whose first row is `seq`, with all its rows; null when there is none. */
  detail(seq: number): LineDetail | null {
    const record = this.#database
      .prepare<[number], LineRecord>(`SELECT ${LINE_COLUMNS} FROM lines WHERE id = ?`)
      .get(seq);
    if (record === undefined) return null;
    const line = lineOf(record);
    return { line, rows: line.callId === null ? this.rowsSince(seq - 1, 1) : this.#rowsOf(line) };
  }

  /** Calls that wait for a person, as far as the log knows, oldest first. */
  waiting(): readonly WaitingCall[] {
    return this.#database
      .prepare<[], WaitingCall>(
        "SELECT call_id AS callId, session, at AS wallMicros FROM lines WHERE outcome = 'waits' ORDER BY id",
      )
      .all();
  }

  /**
   * Rows with seq above `seq`, oldest first: reading on from the last one seen leaves no gap and repeats nothing.
   *
   * @param type only rows of this type; every row behind `seq` is looked at for it
   */
  rowsSince(seq: number, limit: number, type?: AuditEvent['type']): readonly AuditRow[] {
    const only = type === undefined ? '' : "AND json_extract(event, '$.type') = ?";
    return this.#database
      .prepare<SqlValue[], StoredRow>(`SELECT * FROM rows WHERE seq > ? ${only} ORDER BY seq LIMIT ?`)
      .all(seq, ...(type === undefined ? [] : [type]), limit)
      .map(rowOf);
  }

  stats(): { rows: number } {
    const last = this.#database.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM rows').get();
    return { rows: last?.seq ?? 0 };
  }

  /** A call's rows lie between its first and its last; others in between are left out by their call id. */
  #rowsOf(line: TimelineLine): readonly AuditRow[] {
    const found = [];
    for (const row of this.#database
      .prepare<[number, number, string], StoredRow>(
        'SELECT * FROM rows WHERE seq >= ? AND seq <= ? AND instr(event, ?) > 0 ORDER BY seq LIMIT 50',
      )
      .iterate(line.seq, line.lastSeq, line.callId ?? '')) {
      const parsed = rowOf(row);
      const { event } = parsed;
      const about = event.type === 'call.decided' ? event.call.id : 'callId' in event ? event.callId : null;
      if (about === line.callId) found.push(parsed);
    }
    return found;
  }

  #count(where: Where): number | null {
    const counted = this.#database
      .prepare<SqlValue[], number>(`SELECT count(*) FROM (SELECT 1 FROM lines WHERE ${where.sql} LIMIT ?)`)
      .pluck()
      .get(...where.values, MOST_COUNTED + 1);
    return counted === undefined || counted > MOST_COUNTED ? null : counted;
  }
}

/** A row with its event read. */
export function rowOf(row: StoredRow): AuditRow {
  return {
    seq: row.seq,
    wallMicros: row.wall_micros,
    monotonicMs: row.monotonic_ms,
    bootId: row.boot_id,
    event: JSON.parse(row.event) as AuditEvent,
    prevHash: row.prev_hash,
    hash: row.hash,
  };
}
