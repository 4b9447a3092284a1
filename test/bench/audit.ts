/**
 * Appending to the audit log: one row until it is durable, and rows a second in batches, until they are durable and
 * until they can be read, beside a bare write-and-fdatasync and plain better-sqlite3 inserts with the same pragmas.
 * Prints one line of JSON.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { AuditEvent } from '../../main/audit/event.ts';
import { EVERYTHING } from '../../main/audit/filter.ts';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import { canonicalEvent } from '../../main/audit/row.ts';
import { decidedRows } from '../support/audit-load.ts';
import { percentile, rounded, sideBySide, summary } from '../support/samples.ts';

const SINGLE = 500;
const WARM_UP = 50;
/** Rows under way at once; the log writes about half of them while the rest queue. */
const UNDER_WAY = 1024;
const PLAIN_BATCH = 512;
const BURST = 8192;
const BURSTS = 10;

/** The least that keeps the same bytes: one table, one insert a row, the log's own pragmas. */
class PlainLog {
  readonly #database: Database.Database;
  readonly #insert: (rows: readonly AuditEvent[]) => void;

  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#database.exec(
      'CREATE TABLE rows (seq INTEGER PRIMARY KEY, event TEXT NOT NULL, hash TEXT NOT NULL) STRICT',
    );
    const insert = this.#database.prepare('INSERT INTO rows (event, hash) VALUES (?, ?)');
    this.#insert = this.#database.transaction((rows: readonly AuditEvent[]) => {
      for (const row of rows) insert.run(JSON.stringify(row), '0'.repeat(64));
    });
  }

  insert(rows: readonly AuditEvent[]): void {
    this.#insert(rows);
  }

  close(): void {
    this.#database.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
const log = await openAuditLog({ file: join(folder, 'audit.db') });
try {
  process.stdout.write(`${JSON.stringify({ name: 'audit', ...(await measure(log)) })}\n`);
} finally {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(audit: AuditLog): Promise<object> {
  process.stderr.write('audit: making rows\n');
  const rows = await decidedRows(BURST * (BURSTS + 1) + SINGLE + WARM_UP);
  const rowBytes = percentile(
    rows.slice(0, 1000).map((row) => Buffer.byteLength(canonicalEvent(row))),
    0.5,
  );
  const plain = new PlainLog(join(folder, 'plain.db'));
  const file = openSync(join(folder, 'bare'), 'w');
  const page = Buffer.alloc(4096, 'x');
  let next = 0;
  const take = (count: number): readonly AuditEvent[] => {
    next += count;
    return rows.slice(next - count, next);
  };

  process.stderr.write('audit: one row at a time\n');
  const single = await sideBySide(
    {
      append: async () => {
        const [row] = take(1);
        if (row !== undefined) await audit.append(row);
      },
      fdatasync: () => {
        writeSync(file, page);
        fdatasyncSync(file);
      },
      plain: () => plain.insert(rows.slice(0, 1)),
    },
    SINGLE,
    WARM_UP,
  );
  closeSync(file);

  process.stderr.write('audit: batches\n');
  let batches = 0;
  const durable: number[] = [];
  const burst = await sideBySide(
    {
      readable: async (round) => {
        const start = performance.now();
        const counted = await appendAll(audit, take(BURST));
        if (round >= 0) durable.push(performance.now() - start);
        if (round >= 0) batches += counted;
        await audit.timeline(EVERYTHING, null, 1);
      },
      plain: () => {
        for (let at = 0; at < BURST; at += PLAIN_BATCH) plain.insert(rows.slice(at, at + PLAIN_BATCH));
      },
    },
    BURSTS,
    1,
  );
  plain.close();
  const rate = (times: readonly number[]) => Math.round((BURST / percentile(times, 0.5)) * 1000);
  const report = await audit.verify();
  if (!report.ok) throw new Error(`the log that was measured does not verify: ${report.problem?.text ?? ''}`);
  return {
    row_bytes: rowBytes,
    rows_verified: report.rows,
    one_row: {
      append: summary(single.append),
      fdatasync: summary(single.fdatasync),
      plain_insert: summary(single.plain),
      append_above_fdatasync_p50_ms: rounded(
        percentile(single.append, 0.5) - percentile(single.fdatasync, 0.5),
      ),
    },
    batches: {
      rows_per_second: rate(durable),
      readable_rows_per_second: rate(burst.readable),
      mean_batch: Math.round((BURST * BURSTS) / batches),
      plain_rows_per_second: rate(burst.plain),
      plain_batch: PLAIN_BATCH,
      ratio_to_plain: rounded(rate(durable) / rate(burst.plain)),
    },
  };
}

/** Appends all with so many under way at once. Answers in how many batches they became durable. */
async function appendAll(audit: AuditLog, rows: readonly AuditEvent[]): Promise<number> {
  let batches = 0;
  let counted = false;
  let next = 0;
  const stream = async (): Promise<void> => {
    for (;;) {
      const row = rows[next];
      next += 1;
      if (row === undefined) return;
      await audit.append(row);
      // Receipts of one batch come in one turn of the event loop.
      if (counted) continue;
      counted = true;
      batches += 1;
      setImmediate(() => {
        counted = false;
      });
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, stream));
  return batches;
}
