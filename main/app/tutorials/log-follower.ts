/**
 * Reads a private supervisor's log from its file, beside the supervisor: each row once, in order, none left out.
 *
 * What the transcript says happened comes from here and from nowhere else.
 */
import type { AuditRow } from '../../audit/event.ts';
import { Reader } from '../../audit/reader.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../audit/schema.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { type Database, openDatabase } from '../../store/database.ts';

const LOOK_MS = 20;
const BATCH = 500;
/** A row that follows from what was just done is on disk long before this. */
const ROW_LIMIT_MS = 15_000;

type Matches = (row: AuditRow) => boolean;

export class LogFollower {
  readonly #database: Database;
  readonly #reader: Reader;
  readonly #onRow: (row: AuditRow) => void;
  readonly #ending: AbortSignal;
  /** Read, and not yet handed out. */
  #ahead: AuditRow[] = [];
  #read = 0;
  #told = 0;

  /**
   * @param file the log's file, which is there
   * @param onRow is handed each row when the story comes to it
   * @param ending aborts what waits, with its reason
   * @throws GatehouseError `store_unreadable`, …
   */
  constructor(file: string, onRow: (row: AuditRow) => void, ending: AbortSignal) {
    this.#database = openDatabase({
      file,
      applicationId: AUDIT_APPLICATION_ID,
      migrations: AUDIT_MIGRATIONS,
      readonly: true,
    });
    this.#reader = new Reader(this.#database);
    this.#onRow = onRow;
    this.#ending = ending;
  }

  /** Rows that were handed out. */
  get told(): number {
    return this.#told;
  }

  /**
   * Hands out all rows up to the first one that matches, and answers that one.
   *
   * @param what the row in words, for the error
   * @param limitMs null: waits as long as it takes
   * @throws GatehouseError `no_row` when none comes; the reason of `ending`
   */
  async until(what: string, matches: Matches, limitMs: number | null = ROW_LIMIT_MS): Promise<AuditRow> {
    const found = await this.arrival(what, matches, { limitMs });
    for (;;) {
      const row = this.#ahead.shift();
      if (row === undefined) throw new GatehouseError('no_row', `the log lost the row of ${what}`);
      this.#told += 1;
      this.#onRow(row);
      if (row.seq === found.seq) return row;
    }
  }

  /** Waits until a row that matches is in the log, and leaves it there to be handed out. */
  async arrival(
    what: string,
    matches: Matches,
    options: { readonly limitMs: number | null; readonly signal?: AbortSignal },
  ): Promise<AuditRow> {
    const since = performance.now();
    for (;;) {
      this.#ending.throwIfAborted();
      options.signal?.throwIfAborted();
      const found = this.look(matches);
      if (found !== null) return found;
      if (options.limitMs !== null && performance.now() - since > options.limitMs)
        throw new GatehouseError('no_row', `the log has no row of ${what}`, { hint: 'play it again' });
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** A row that matches and was not handed out yet, if it is in the log now. */
  look(matches: Matches): AuditRow | null {
    const rows = this.#reader.rowsSince(this.#read, BATCH);
    this.#read = rows.at(-1)?.seq ?? this.#read;
    this.#ahead.push(...rows);
    return this.#ahead.find(matches) ?? null;
  }

  /** Hands out what is left, up to the row of that number. */
  rest(last: number): void {
    this.look(() => false);
    const rows = this.#ahead.filter((row) => row.seq <= last);
    this.#ahead = this.#ahead.slice(rows.length);
    for (const row of rows) {
      this.#told += 1;
      this.#onRow(row);
    }
  }

  close(): void {
    this.#database.close();
  }
}
