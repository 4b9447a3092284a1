/** Questions to the log: pages of the timeline, one line in full, rows from a place on. */
import type { Database } from '../store/database.ts';
import type { AuditEvent, AuditRow } from './event.ts';
import { LINE_COLUMNS, type LineRecord, lineOf, type TimelineLine } from './line.ts';
import type { StoredRow } from './row.ts';

/** What the timeline may be narrowed by; empty lists narrow nothing. */
export interface TimelineFilter {
  readonly text: string;
  readonly outcome: readonly string[];
  readonly client: readonly string[];
  /** A project's root, or its name. */
  readonly app: readonly string[];
  readonly session: readonly string[];
  /** `module`, `module.action` or `module.*`. */
  readonly action: readonly string[];
  readonly gate: readonly number[];
  readonly risk: readonly string[];
  /** Milliseconds since 1970, inclusive. */
  readonly since: number | null;
  readonly until: number | null;
  /** Also lines that are no calls. */
  readonly events: boolean;
}

export interface TimelinePage {
  /** Newest first. */
  readonly rows: readonly TimelineLine[];
  readonly matched: number;
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

type Value = string | number;

interface Where {
  readonly sql: string;
  readonly values: readonly Value[];
}

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
      .prepare<Value[], LineRecord>(
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

  /** Rows with seq above `seq`, oldest first: reading on from the last one seen leaves no gap and repeats nothing. */
  rowsSince(seq: number, limit: number): readonly AuditRow[] {
    return this.#database
      .prepare<[number, number], StoredRow>('SELECT * FROM rows WHERE seq > ? ORDER BY seq LIMIT ?')
      .all(seq, limit)
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

  #count(where: Where): number {
    return (
      this.#database
        .prepare<Value[], { n: number }>(`SELECT count(*) AS n FROM lines WHERE ${where.sql}`)
        .get(...where.values)?.n ?? 0
    );
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

function whereOf(filter: TimelineFilter): Where {
  const parts: Where[] = [
    anyOf('outcome', filter.outcome),
    anyOf('client', filter.client),
    either(anyOf('app', filter.app), anyOf('app_name', filter.app)),
    anyOf('session', filter.session),
    actions(filter.action),
    anyOf('gate', filter.gate),
    anyOf('risk', filter.risk),
    ...(filter.since === null ? [] : [{ sql: 'at >= ?', values: [Math.floor(filter.since * 1000)] }]),
    ...(filter.until === null ? [] : [{ sql: 'at <= ?', values: [Math.floor(filter.until * 1000) + 999] }]),
    ...(filter.events ? [] : [{ sql: 'call_id IS NOT NULL', values: [] }]),
    words(filter.text),
  ];
  const real = parts.filter((part) => part.sql !== '');
  return { sql: real.map((part) => part.sql).join(' AND '), values: real.flatMap((part) => part.values) };
}

const NOTHING: Where = { sql: '', values: [] };

function anyOf(column: string, values: readonly Value[]): Where {
  return values.length === 0
    ? NOTHING
    : { sql: `${column} IN (${values.map(() => '?').join(', ')})`, values };
}

function either(one: Where, other: Where): Where {
  return one.sql === ''
    ? NOTHING
    : { sql: `(${one.sql} OR ${other.sql})`, values: [...one.values, ...other.values] };
}

function actions(names: readonly string[]): Where {
  const modules = names
    .filter((name) => name.endsWith('.*') || !name.includes('.'))
    .map((name) => name.replace(/\.\*$/, ''));
  // An event's type (`session.started`) stands where a call has its `module.action`.
  if (names.length === 0) return NOTHING;
  return modules.length === 0
    ? anyOf('action', names)
    : either(anyOf('module', modules), anyOf('action', names));
}

/** Every word of the text must occur, as a whole or as a beginning. Quoted for FTS5, so that no character is syntax. */
function words(text: string): Where {
  const found = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  if (text.trim() === '') return NOTHING;
  if (found.length === 0) return { sql: '0', values: [] };
  const query = found
    .slice(0, 32)
    .map((word) => `"${word}"*`)
    .join(' AND ');
  return { sql: 'id IN (SELECT rowid FROM search WHERE search MATCH ?)', values: [query] };
}
