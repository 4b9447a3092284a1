/**
 * An index beside the log for those who follow it by project and session: which rows are whose, and what adds up.
 *
 * It is a file of its own, made from the rows and caught up before every answer, so that the log's writer does
 * nothing for it. Lost, foreign or ahead of the log, it is made anew. What it answers is read from the log's rows.
 */
import { rmSync } from 'node:fs';
import type { Database } from '../store/database.ts';
import type { AuditEvent } from './event.ts';
import { rowOf } from './reader.ts';
import type { StoredRow } from './row.ts';
import { RowFilter } from './row-filter.ts';
import { type StreamType, streamFacts } from './stream-event.ts';
import type { Metrics, MetricsQuery, StreamPage, StreamQuery, StreamRow } from './stream-query.ts';
import { openIndex } from './stream-schema.ts';
import { DAY_MICROS, metricsOf, type Tally, tallies } from './stream-tally.ts';

/** Rows that are taken in at a time: each may be large. */
const BATCH = 256;
/** A page ends early rather than be larger than this, in bytes of the rows' own JSON. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Opens the index. A file that cannot be used is thrown away: all that is in it comes from the log. */
export function openStreamIndex(log: Database, file: string): StreamIndex {
  try {
    return new StreamIndex(log, file);
  } catch {
    for (const part of [file, `${file}-wal`, `${file}-shm`]) rmSync(part, { force: true });
    return new StreamIndex(log, file);
  }
}

export class StreamIndex {
  readonly #log: Database;
  readonly #index: Database;
  readonly #rowsAfter;
  readonly #row;
  readonly #addEvent;
  readonly #addSession;
  readonly #addCall;
  readonly #tally;
  readonly #appOf;
  readonly #setMeta;
  readonly #toolOf;

  /**
   * @param log   the log's database, opened for reading
   * @param file  where the index lies
   */
  constructor(log: Database, file: string) {
    this.#log = log;
    this.#index = openIndex(file);
    this.#rowsAfter = log.prepare<[number, number], StoredRow>(
      'SELECT * FROM rows WHERE seq > ? ORDER BY seq LIMIT ?',
    );
    this.#row = log.prepare<[number], StoredRow>('SELECT * FROM rows WHERE seq = ?');
    this.#addEvent = this.#index.prepare(
      'INSERT OR REPLACE INTO events (seq, at, type, session, app, call, success) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#addSession = this.#index.prepare('INSERT OR IGNORE INTO sessions (session, app) VALUES (?, ?)');
    this.#addCall = this.#index.prepare('INSERT OR IGNORE INTO calls (call, tool) VALUES (?, ?)');
    this.#tally = this.#index.prepare(
      `INSERT INTO tallies (app, day, kind, key, n, total, most) VALUES (?, ?, ?, ?, 1, ?, ?)
       ON CONFLICT (app, day, kind, key) DO UPDATE SET n = n + 1, total = total + excluded.total, most = max(most, excluded.most)`,
    );
    this.#appOf = this.#index.prepare<[string], { app: string }>(
      'SELECT app FROM sessions WHERE session = ?',
    );
    this.#setMeta = this.#index.prepare(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    );
    this.#toolOf = this.#index.prepare<[string], { tool: string }>('SELECT tool FROM calls WHERE call = ?');
    this.#checkLog();
  }

  /** The events that a query asks for; see StreamQuery. */
  page(query: StreamQuery): StreamPage {
    const head = this.#catchUp();
    const { sql, values } = whereOf(query, head);
    const order = query.newestFirst ? 'DESC' : 'ASC';
    const only = query.lines == null ? null : new RowFilter(this.#log, query.lines);
    const statement = this.#index.prepare<(string | number)[], Found>(
      `SELECT seq, type, call, app FROM events WHERE ${sql} ORDER BY seq ${order}${only === null ? ' LIMIT ? OFFSET ?' : ''}`,
    );
    const found =
      only === null
        ? statement.all(...values, query.limit + 1, query.offset)
        : fitting(statement.iterate(...values), only, query);
    const rows: StreamRow[] = [];
    let bytes = 0;
    for (const { seq, type, call, app } of found) {
      const row = this.#row.get(seq);
      if (row === undefined) continue;
      bytes += row.event.length;
      if (rows.length === query.limit || (rows.length > 0 && bytes > PAGE_BYTES))
        return { rows, more: true, head };
      const tool = call === null ? null : (this.#toolOf.get(call)?.tool ?? null);
      rows.push({ row: rowOf(row), type, app, tool });
    }
    return { rows, more: false, head };
  }

  /** What adds up in some projects over some days. */
  metrics(query: MetricsQuery): Metrics {
    this.#catchUp();
    const apps = query.apps === null ? '1' : `app IN (${query.apps.map(() => '?').join(', ')})`;
    const read = this.#index.prepare<(string | number)[], Tally>(
      `SELECT app, day, key, sum(n) AS n, sum(total) AS total, max(most) AS most FROM tallies
       WHERE kind = ? AND day >= ? AND day <= ? AND ${apps} GROUP BY app, day, key ORDER BY day, app, key`,
    );
    const days = [query.sinceMicros, query.untilMicros].map((micros) => Math.floor(micros / DAY_MICROS));
    return metricsOf((kind) => read.all(kind, ...days, ...(query.apps ?? [])));
  }

  /** Every project that ever had a session. */
  apps(): readonly string[] {
    this.#catchUp();
    return this.#index
      .prepare<[], { app: string }>('SELECT DISTINCT app FROM sessions ORDER BY app')
      .all()
      .map(({ app }) => app);
  }

  /** The project of a session; null when the log knows no such session. */
  appOf(session: string): string | null {
    this.#catchUp();
    return this.#appOf.get(session)?.app ?? null;
  }

  close(): void {
    this.#index.close();
  }

  /** Takes in what is new on the log. Answers the last row that is in. */
  #catchUp(): number {
    let done = this.#done();
    for (;;) {
      const rows = this.#rowsAfter.all(done, BATCH);
      const last = rows.at(-1);
      if (last === undefined) return done;
      this.#index
        .transaction(() => {
          for (const row of rows) this.#take(row.seq, row.wall_micros, JSON.parse(row.event) as AuditEvent);
          this.#setMeta.run('done', String(last.seq));
          this.#setMeta.run('hash', last.hash);
        })
        .immediate();
      done = last.seq;
    }
  }

  #take(seq: number, at: number, event: AuditEvent): void {
    if (event.type === 'session.started') this.#addSession.run(event.session, event.app);
    const facts = streamFacts(event);
    if (facts === null) return;
    const app = event.type === 'call.decided' ? event.call.app : this.#appOf.get(facts.session)?.app;
    if (app === undefined) return;
    if (event.type === 'call.decided') this.#addCall.run(event.call.id, toolOf(event));
    const { type, session, call, success } = facts;
    this.#addEvent.run(seq, at, type, session, app, call, success === null ? null : success ? 1 : 0);
    for (const { kind, key, amount } of tallies(event))
      this.#tally.run(app, Math.floor(at / DAY_MICROS), kind, key, amount, amount);
  }

  #done(): number {
    return Number(this.#meta('done') ?? 0);
  }

  #meta(key: string): string | undefined {
    return this.#index.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?').get(key)
      ?.value;
  }

  /**
   * An index that ends in another row than this log has there is of no use: the log is another one, or an older
   * state of it was put back.
   */
  #checkLog(): void {
    const done = this.#done();
    if (done === 0 || this.#row.get(done)?.hash === this.#meta('hash')) return;
    this.#index
      .transaction(() => {
        this.#index.exec('DELETE FROM events; DELETE FROM sessions; DELETE FROM calls; DELETE FROM tallies');
        this.#setMeta.run('done', '0');
      })
      .immediate();
  }
}

interface Found {
  readonly seq: number;
  readonly type: StreamType;
  readonly call: string | null;
  readonly app: string;
}

/** Those whose line matches, from the offset on; one more than is asked for tells that there are more. */
function fitting(all: Iterable<Found>, only: RowFilter, query: StreamQuery): readonly Found[] {
  const found: Found[] = [];
  let skipped = 0;
  for (const event of all) {
    if (!only.fitsCall(event.seq, event.call)) continue;
    if (skipped < query.offset) skipped += 1;
    else if (found.push(event) > query.limit) break;
  }
  return found;
}

function toolOf(event: Extract<AuditEvent, { type: 'call.decided' }>): string {
  const { module, action } = event.call;
  return action === '' ? module : `${module}.${action}`;
}

function whereOf(query: StreamQuery, head: number): { sql: string; values: readonly (string | number)[] } {
  const parts: { sql: string; values: readonly (string | number)[] }[] = [
    { sql: 'seq > ? AND seq <= ?', values: [query.sinceSeq, Math.min(head, query.upToSeq ?? head)] },
  ];
  const list = (column: string, values: readonly string[]) =>
    parts.push({ sql: `${column} IN (${values.map(() => '?').join(', ')})`, values });
  if (query.apps !== null) list('app', query.apps);
  if (query.session !== null) list('session', [query.session]);
  if (query.types !== null) list('type', query.types);
  if (query.sinceMicros !== null) parts.push({ sql: 'at >= ?', values: [query.sinceMicros] });
  if (query.untilMicros !== null) parts.push({ sql: 'at <= ?', values: [query.untilMicros] });
  if (query.successOnly) parts.push({ sql: 'success = 1', values: [] });
  return { sql: parts.map(({ sql }) => sql).join(' AND '), values: parts.flatMap(({ values }) => values) };
}
