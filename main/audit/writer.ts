/**
 * The one writer of the log: a batch of events in, one transaction, one sync to disk, receipts out. The lines that
 * are read are made from the rows right after, when nobody waits for them, and made up for at the next start.
 */
import { GatehouseError } from '../platform/errors.ts';
import type { Database } from '../store/database.ts';
import type { AuditEvent, Receipt } from './event.ts';
import type { LineRecord } from './line.ts';
import { Projection } from './projection.ts';
import { Pruner, type PruneWish } from './pruner.ts';
import { canonicalEvent, genesisHash, rowHash, type StoredRow } from './row.ts';
import { readLogId, verifyChain } from './verify.ts';

/** Rows at the end of the log that are checked before anything is appended to it. */
const TAIL_ROWS = 256;
const REBUILD_BATCH = 5000;
/** Pages that a commit changes, roughly: the tail of each index, and room for rows, lines and call ids. */
const PAGES_A_BATCH = 30;
const PAGES_A_ROW = 1;
/**
 * Pages of 4 KiB that gather in the write-ahead log before they are moved. Few while rows come singly: a sync is
 * cheaper in a file that does not grow. Many in a rush: what changes again and again is moved once.
 */
const CALM_PAGES = 1000;
const RUSH_PAGES = 8192;
const RUSH_ROWS = 64;
/** SQLite's own limit, inside a commit, for what is left over. */
const WAL_LIMIT_PAGES = 16_384;

export interface Entry {
  /** Canonical JSON of the event. */
  readonly event: string;
  readonly wallMicros: number;
  readonly monotonicMs: number;
}

/** In the form that crosses threads cheapest: texts, not thousands of small objects. */
export interface Written {
  /** Sequence number of the batch's first row; the others follow it. */
  readonly firstSeq: number;
  /** One of each row. */
  readonly hashes: readonly string[];
}

export interface Projected {
  /** Every row up to this one is in the lines. */
  readonly upTo: number;
  /** JSON of the LineRecords that are new or changed, in the order of their change. */
  readonly lines: string;
}

export class Writer {
  readonly #database: Database;
  readonly #projection: Projection;
  readonly #pruner: Pruner;
  readonly #bootId: string;
  readonly #insert;
  #head: { seq: number; hash: string };
  /** Rows that are not in the lines yet. */
  #pending: { readonly seq: number; readonly wallMicros: number; readonly event: string }[] = [];
  /** The lines could not be made: they are read from the rows again. */
  #behind = false;
  #unsettled = 0;
  #settleAt = CALM_PAGES;

  /**
   * @throws GatehouseError `audit_broken` when the tail does not verify: nothing may be appended to such a log
   */
  constructor(database: Database, bootId: string) {
    this.#database = database;
    this.#bootId = bootId;
    database.pragma(`wal_autocheckpoint = ${WAL_LIMIT_PAGES}`);
    this.#projection = new Projection(database);
    this.#pruner = new Pruner(database, this.#projection);
    this.#insert = database.prepare<(string | number)[]>(
      'INSERT INTO rows (seq, wall_micros, monotonic_ms, boot_id, event, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    const last = database
      .prepare<[], { seq: number; hash: string }>('SELECT seq, hash FROM rows ORDER BY seq DESC LIMIT 1')
      .get();
    this.#head = last ?? { seq: 0, hash: genesisHash(readLogId(database)) };
    const tail = database
      .prepare<[number], { seq: number }>('SELECT seq FROM rows ORDER BY seq DESC LIMIT 1 OFFSET ?')
      .get(TAIL_ROWS - 1);
    const { problem } = verifyChain(database, tail?.seq ?? 1);
    if (problem !== null)
      throw new GatehouseError('audit_broken', `row ${problem.seq}: ${problem.text}`, {
        hint: 'keep the file as evidence, move it away and start again',
      });
    this.#catchUp();
  }

  head(): Receipt {
    return { ...this.#head };
  }

  /** Removes old rows on the record; see Pruner. Null when there is nothing (more) to remove. */
  prune(wish: PruneWish): Written | null {
    // Lines are forgotten with their rows: all of them must be there.
    this.project();
    const taken = this.#behind ? null : this.#pruner.take(wish);
    if (taken === null) return null;
    const event = canonicalEvent(taken.event);
    return this.#append([{ event, wallMicros: wish.wallMicros, monotonicMs: wish.monotonicMs }], () => {
      this.#projection.begin();
      taken.remove();
      this.#projection.caughtUp(this.#projection.projected());
    });
  }

  /** Appends a batch durably, or not at all. */
  append(entries: readonly Entry[]): Written {
    return this.#append(entries, () => undefined);
  }

  /** @param also more that is done in the same transaction, or not at all */
  #append(entries: readonly Entry[], also: () => void): Written {
    const before = this.#head;
    const hashes: string[] = [];
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
            const hash = rowHash(body);
            const { seq, event } = body;
            this.#insert.run(
              seq,
              entry.wallMicros,
              entry.monotonicMs,
              this.#bootId,
              event,
              body.prev_hash,
              hash,
            );
            this.#head = { seq, hash };
            hashes.push(hash);
          }
          also();
        })
        .immediate();
    } catch (error) {
      this.#head = before;
      throw isTaken(error)
        ? new GatehouseError('audit_unwritable', `another program wrote row ${before.seq + 1} into it`, {
            hint: 'find out what did, then start Gatehouse again: the row stays on the timeline',
          })
        : error;
    }
    for (const [index, { event, wallMicros }] of entries.entries())
      this.#pending.push({ seq: before.seq + 1 + index, wallMicros, event });
    this.#unsettled += PAGES_A_BATCH + entries.length * PAGES_A_ROW;
    this.#settleAt = entries.length < RUSH_ROWS ? CALM_PAGES : RUSH_PAGES;
    return { firstSeq: before.seq + 1, hashes };
  }

  /** How many rows are not in the lines yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * Takes what was appended into the lines. Not synced: the rows are, and the lines are made from them again when
   * a crash takes them. What cannot be taken in is tried again the next time.
   *
   * @returns null when there is nothing new
   */
  project(): Projected | null {
    if (this.#pending.length === 0 && !this.#behind) return null;
    const rows = this.#pending;
    this.#pending = [];
    const lines: LineRecord[] = [];
    this.#database.pragma('synchronous = NORMAL');
    try {
      if (this.#behind) this.#catchUp();
      else
        this.#database
          .transaction(() => {
            this.#projection.begin();
            for (const { seq, wallMicros, event } of rows) {
              const line = this.#projection.apply(seq, wallMicros, JSON.parse(event) as AuditEvent);
              if (line !== null) lines.push(line);
            }
            this.#projection.caughtUp(this.#head.seq);
          })
          .immediate();
      this.#behind = false;
    } catch {
      lines.length = 0;
      this.#behind = true;
    } finally {
      this.#database.pragma('synchronous = FULL');
    }
    return { upTo: this.#head.seq, lines: JSON.stringify(lines) };
  }

  /**
   * Moves what was appended from the write-ahead log to its place, when enough has gathered. Call it between an
   * answer and the next question: SQLite by itself would do it inside a commit that somebody waits for.
   */
  settle(): void {
    if (this.#unsettled < this.#settleAt) return;
    this.#unsettled = 0;
    this.#database.pragma('wal_checkpoint(PASSIVE)');
  }

  /** Makes the lines of rows that are not in them, all anew when the lines are ahead of the rows. */
  #catchUp(): void {
    if (this.#projection.projected() > this.#head.seq)
      this.#database.transaction(() => this.#projection.startOver()).immediate();
    const next = this.#database.prepare<[number, number], StoredRow>(
      'SELECT * FROM rows WHERE seq > ? ORDER BY seq LIMIT ?',
    );
    for (;;) {
      const rows = next.all(this.#projection.projected(), REBUILD_BATCH);
      if (rows.length === 0) return;
      this.#database
        .transaction(() => {
          this.#projection.begin();
          for (const row of rows)
            this.#projection.apply(row.seq, row.wall_micros, JSON.parse(row.event) as AuditEvent);
          this.#projection.caughtUp(rows.at(-1)?.seq ?? 0);
        })
        .immediate();
    }
  }
}

/** Whether a row of the number that comes next is there: only this writer may put one. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && error.message === 'UNIQUE constraint failed: rows.seq';
}
