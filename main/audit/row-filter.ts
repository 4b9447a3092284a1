/** Rows of the log narrowed by a filter of lines: a row belongs with the line that it made or changed. */
import type { Database } from '../store/database.ts';
import type { AuditRow } from './event.ts';
import type { TimelineFilter } from './filter.ts';
import { whereOf } from './filter-sql.ts';

export class RowFilter {
  readonly #matches: (seq: number, callId: string | null) => boolean;
  readonly #projected: () => number;

  /** @param database the log's, opened for reading */
  constructor(database: Database, filter: TimelineFilter) {
    const { sql, values } = whereOf(filter);
    const found = database
      .prepare(`SELECT 1 FROM lines WHERE (id = ? OR call_id = ?)${sql === '' ? '' : ` AND ${sql}`}`)
      .pluck();
    this.#matches = (seq, callId) => found.get(seq, callId, ...values) !== undefined;
    const projected = database.prepare("SELECT value FROM meta WHERE key = 'projected'").pluck();
    this.#projected = () => Number(projected.get() ?? 0);
  }

  /** Rows up to this one have their lines: of later ones nothing can be said yet. */
  readyTo(): number {
    return this.#projected();
  }

  /** The same for a row of which number and call are known. */
  fitsCall(seq: number, callId: string | null): boolean {
    return this.#matches(seq, callId);
  }

  /** Whether the row's line matches as it stands now. */
  fits({ seq, event }: AuditRow): boolean {
    return this.#matches(seq, 'callId' in event ? event.callId : null);
  }
}
