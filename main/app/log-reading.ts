/** The log read beside the supervisor, from its file: ranges for a stranger to check, and what comes in live. */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { AuditRow } from '../audit/event.ts';
import { csvHeader, csvLine, excerptHeader, exportHeader, exportLine } from '../audit/export.ts';
import type { TimelineFilter } from '../audit/filter.ts';
import type { Gap } from '../audit/pruned.ts';
import { Reader } from '../audit/reader.ts';
import { genesisHash } from '../audit/row.ts';
import { RowFilter } from '../audit/row-filter.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../audit/schema.ts';
import { readLogId } from '../audit/verify.ts';
import { GatehouseError } from '../platform/errors.ts';
import type { Paths } from '../platform/paths.ts';
import { readPrivateFile } from '../platform/private-file.ts';
import { type Database, openDatabase } from '../store/database.ts';

const PORTION = 500;
const LOOK_MS = 200;
const LARGEST_RECORDS = 64 * 1024 * 1024;

export interface ExportWish {
  readonly format: 'jsonl' | 'csv';
  /** First and last row; null: from the first that is there, to the newest. */
  readonly from: number | null;
  readonly to: number | null;
  /** Milliseconds since 1970: rows from the first that is not older, to the last that is not newer. */
  readonly since: number | null;
  readonly until: number | null;
  /** Only rows of lines that match; what is exported then is an excerpt, which cannot be verified. Null: all. */
  readonly filter: TimelineFilter | null;
}

/**
 * Lines of an export, without their ends.
 *
 * @throws GatehouseError `no_log`, `no_rows`, `store_unreadable`, `store_foreign`
 */
export function* exportLog(
  paths: Pick<Paths, 'auditDb' | 'auditCheckpoints'>,
  wish: ExportWish,
): Generator<string> {
  const database = openForReading(paths.auditDb);
  try {
    const records = (readPrivateFile(paths.auditCheckpoints, LARGEST_RECORDS)?.toString('utf8') ?? '')
      .split('\n')
      .slice(0, -1);
    const { from, to } = rangeOf(database, wish);
    const gaps = new Map(
      database
        .prepare<[number, number], Gap>('SELECT * FROM pruned WHERE last >= ? AND first <= ?')
        .all(from, to)
        .map((gap) => [gap.first, gap]),
    );
    const reader = new Reader(database);
    const log = genesisHash(readLogId(database));
    const first = reader.rowsSince(from - 1, 1)[0]?.prevHash;
    const prevHash = gaps.get(from)?.prev_hash ?? first ?? log;
    const only = wish.filter === null ? null : new RowFilter(database, wish.filter);
    const readyTo = only?.readyTo() ?? to;
    yield wish.format === 'csv'
      ? csvHeader()
      : wish.filter === null
        ? exportHeader({ log, from, to, prevHash, records })
        : excerptHeader({ log, from, to, filter: wish.filter });
    for (let next = from; next <= to; ) {
      const rows: readonly AuditRow[] = reader.rowsSince(next - 1, PORTION).filter(({ seq }) => seq <= to);
      for (const row of rows) {
        for (let gap = gaps.get(next); gap !== undefined && next < row.seq; gap = gaps.get(next)) {
          if (wish.format === 'jsonl' && only === null) yield exportLine({ kind: 'removed', gap });
          next = gap.last + 1;
        }
        if (only === null || (row.seq <= readyTo && only.fits(row)))
          yield wish.format === 'csv' ? csvLine(row) : exportLine({ kind: 'row', row });
        next = row.seq + 1;
      }
      if (rows.length === 0) return;
    }
  } finally {
    database.close();
  }
}

/**
 * Rows above `after` as they come, until the signal; null: only what comes from now on.
 *
 * @param filter only rows of lines that match when they come; null: all
 *
 * @throws GatehouseError `no_log`, `store_unreadable`, `store_foreign`
 */
export async function* tailLog(
  file: string,
  after: number | null,
  signal: AbortSignal,
  filter: TimelineFilter | null = null,
): AsyncGenerator<AuditRow> {
  const database = openForReading(file);
  try {
    const reader = new Reader(database);
    const only = filter === null ? null : new RowFilter(database, filter);
    let seen = after ?? reader.stats().rows;
    while (!signal.aborted) {
      const readyTo = only?.readyTo() ?? Number.POSITIVE_INFINITY;
      const rows = reader.rowsSince(seen, PORTION).filter(({ seq }) => seq <= readyTo);
      for (const row of rows) {
        if (only === null || only.fits(row)) yield row;
        seen = row.seq;
      }
      if (rows.length < PORTION) await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    database.close();
  }
}

function openForReading(file: string): Database {
  if (!existsSync(file))
    throw new GatehouseError('no_log', 'there is no log yet', { hint: 'start Gatehouse once' });
  return openDatabase({
    file,
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
    readonly: true,
  });
}

/** The rows of a wish; at its edges whole rows and whole removed runs only. */
function rangeOf(database: Database, wish: ExportWish): { from: number; to: number } {
  const one = (sql: string, ...values: number[]): number | null =>
    (database
      .prepare(sql)
      .pluck()
      .get(...values) as number | null | undefined) ?? null;
  const since =
    wish.since === null ? null : one('SELECT min(seq) FROM rows WHERE wall_micros >= ?', wish.since * 1000);
  const until =
    wish.until === null
      ? null
      : one('SELECT max(seq) FROM rows WHERE wall_micros <= ?', wish.until * 1000 + 999);
  const from = wish.from ?? (wish.since === null ? 1 : (since ?? Number.POSITIVE_INFINITY));
  const to = wish.to ?? (wish.until === null ? Number.POSITIVE_INFINITY : (until ?? 0));
  const first = one('SELECT min(seq) FROM rows WHERE seq >= ?', Math.min(from, Number.MAX_SAFE_INTEGER));
  const last = one('SELECT max(seq) FROM rows WHERE seq <= ?', Math.min(to, Number.MAX_SAFE_INTEGER));
  if (first === null || last === null || first > last)
    throw new GatehouseError('no_rows', 'audit export: the log has no rows there', {
      hint: 'see audit query',
    });
  // From the very beginning the removed runs before the first row belong to it.
  return { from: from === 1 ? 1 : first, to: last };
}
