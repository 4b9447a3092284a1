/** The one writer of the log: a batch of events in, one transaction, one sync to disk, receipts out. */
import { GatehouseError } from '../platform/errors.ts';
import type { Database } from '../store/database.ts';
import type { AuditEvent, Receipt } from './event.ts';
import type { TimelineLine } from './line.ts';
import { Projection } from './projection.ts';
import { genesisHash, rowHash, type StoredRow } from './row.ts';
import { readLogId, verifyChain } from './verify.ts';

/** Rows at the end of the log that are checked before anything is appended to it. */
const TAIL_ROWS = 256;
const REBUILD_BATCH = 5000;

export interface Entry {
  /** Canonical JSON of the event. */
  readonly event: string;
  readonly wallMicros: number;
  readonly monotonicMs: number;
}

export interface Written {
  readonly receipts: readonly Receipt[];
  /** Lines that are new or changed, in the order of their change. */
  readonly lines: readonly TimelineLine[];
}

export class Writer {
  readonly #database: Database;
  readonly #projection: Projection;
  readonly #bootId: string;
  readonly #insert;
  #head: { seq: number; hash: string };

  /**
   * @throws GatehouseError `audit_broken` when the tail does not verify: nothing may be appended to such a log
   */
  constructor(database: Database, bootId: string) {
    this.#database = database;
    this.#bootId = bootId;
    this.#projection = new Projection(database);
    this.#insert = database.prepare<StoredRow>(
      'INSERT INTO rows (seq, wall_micros, monotonic_ms, boot_id, event, prev_hash, hash) VALUES (@seq, @wall_micros, @monotonic_ms, @boot_id, @event, @prev_hash, @hash)',
    );
    const last = database
      .prepare<[], { seq: number; hash: string }>('SELECT seq, hash FROM rows ORDER BY seq DESC LIMIT 1')
      .get();
    this.#head = last ?? { seq: 0, hash: genesisHash(readLogId(database)) };
    const { problem } = verifyChain(database, Math.max(1, this.#head.seq - TAIL_ROWS + 1));
    if (problem !== null)
      throw new GatehouseError('audit_broken', `row ${problem.seq}: ${problem.text}`, {
        hint: 'keep the file as evidence, move it away and start again',
      });
    this.#catchUp();
  }

  head(): Receipt {
    return { ...this.#head };
  }

  /** Appends a batch durably, or not at all. */
  append(entries: readonly Entry[]): Written {
    const before = this.#head;
    const receipts: Receipt[] = [];
    const lines: TimelineLine[] = [];
    try {
      this.#database
        .transaction(() => {
          for (const entry of entries) {
            const body = {
              seq: this.#head.seq + 1,
              wall_micros: entry.wallMicros,
              monotonic_ms: entry.monotonicMs,
              boot_id: this.#bootId,
              event: entry.event,
              prev_hash: this.#head.hash,
            };
            const row: StoredRow = { ...body, hash: rowHash(body) };
            this.#insert.run(row);
            const line = this.#projection.apply(
              row.seq,
              row.wall_micros,
              JSON.parse(row.event) as AuditEvent,
            );
            if (line !== null) lines.push(line);
            this.#head = { seq: row.seq, hash: row.hash };
            receipts.push({ ...this.#head });
          }
          this.#projection.caughtUp(this.#head.seq);
        })
        .immediate();
    } catch (error) {
      this.#head = before;
      throw error;
    }
    return { receipts, lines };
  }

  /** Makes the lines of rows that are not in them, all anew when the lines are ahead of the rows. */
  #catchUp(): void {
    if (this.#projection.projected() > this.#head.seq)
      this.#database.transaction(() => this.#projection.clear()).immediate();
    const next = this.#database.prepare<[number, number], StoredRow>(
      'SELECT * FROM rows WHERE seq > ? ORDER BY seq LIMIT ?',
    );
    for (;;) {
      const rows = next.all(this.#projection.projected(), REBUILD_BATCH);
      if (rows.length === 0) return;
      this.#database
        .transaction(() => {
          for (const row of rows)
            this.#projection.apply(row.seq, row.wall_micros, JSON.parse(row.event) as AuditEvent);
          this.#projection.caughtUp(rows.at(-1)?.seq ?? 0);
        })
        .immediate();
    }
  }
}
