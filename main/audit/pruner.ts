/**
 * Removes rows of sessions after their time, and leaves the proof that it did; see pruned.ts.
 *
 * What happened to calls and sessions goes; what says who may do what stays for ever: credentials, policies,
 * agents, servers, tokens, the PIN, security events, and the log's own rows.
 */
import type { Database } from '../store/database.ts';
import type { AuditEvent } from './event.ts';
import type { Projection } from './projection.ts';
import { type Gap, gapsDigest } from './pruned.ts';

/** Rows that one removal takes at most: it must not hold up what is appended. */
const MOST_ROWS = 2000;

const OF_SESSIONS: readonly AuditEvent['type'][] = [
  'session.started',
  'session.ended',
  'turn.started',
  'call.decided',
  'approval.resolved',
  'call.completed',
  'grant.changed',
];

export interface PruneWish {
  /** Names the removal. */
  readonly id: string;
  /** Rows older than this, microseconds since 1970. */
  readonly beforeMicros: number;
  readonly by: 'retention' | 'person';
  readonly wallMicros: number;
  readonly monotonicMs: number;
}

interface Doomed {
  readonly seq: number;
  readonly prev_hash: string;
  readonly hash: string;
}

export interface Taken {
  readonly event: Extract<AuditEvent, { type: 'log.pruned' }>;
  /** Removes the rows; call it in the transaction that appends the event. */
  readonly remove: () => void;
}

export class Pruner {
  readonly #database: Database;
  readonly #projection: Projection;

  constructor(database: Database, projection: Projection) {
    this.#database = database;
    this.#projection = projection;
  }

  /** The oldest rows that may go, and the event that tells of it; null when there are none. */
  take({ id, beforeMicros, by }: PruneWish): Taken | null {
    const types = OF_SESSIONS.map(() => '?').join(', ');
    // Found by the lines, which are indexed by their time. Both the number and the time must be before it: a clock
    // that was wrong for a while neither frees nor keeps its neighbours.
    const bound = this.#database
      .prepare<[number], { id: number }>('SELECT id FROM lines WHERE at >= ? ORDER BY at LIMIT 1')
      .get(beforeMicros)?.id;
    const rows = this.#database
      .prepare<(string | number)[], Doomed>(
        `SELECT seq, prev_hash, hash FROM rows
         WHERE seq < ? AND wall_micros < ? AND json_extract(event, '$.type') IN (${types}) ORDER BY seq LIMIT ?`,
      )
      .all(bound ?? this.#afterLast(), beforeMicros, ...OF_SESSIONS, MOST_ROWS);
    const [first] = rows;
    const last = rows.at(-1);
    if (first === undefined || last === undefined) return null;
    const gaps = runsOf(rows, id);
    const event = {
      type: 'log.pruned',
      v: 1,
      id,
      rows: rows.length,
      from: first.seq,
      to: last.seq,
      digest: gapsDigest(gaps),
      by,
    } as const;
    return { event, remove: () => this.#remove(rows, gaps) };
  }

  #remove(rows: readonly Doomed[], gaps: readonly Gap[]): void {
    const keep = this.#database.prepare('INSERT INTO pruned VALUES (?, ?, ?, ?, ?)');
    for (const { first, last, prev_hash, last_hash, pruning } of gaps)
      keep.run(first, last, prev_hash, last_hash, pruning);
    // The only place where the log's own guard is lifted, within one transaction.
    this.#database.exec('DROP TRIGGER rows_no_delete');
    const remove = this.#database.prepare('DELETE FROM rows WHERE seq = ?');
    for (const { seq } of rows) remove.run(seq);
    this.#database.exec(
      "CREATE TRIGGER rows_no_delete BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    );
    this.#projection.forget(rows.map(({ seq }) => seq));
  }

  #afterLast(): number {
    const last = this.#database.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM rows').get();
    return (last?.seq ?? 0) + 1;
  }
}

/** Neighbouring rows as runs. Rows that were removed before lie between two runs, and are a run of their own. */
function runsOf(rows: readonly Doomed[], pruning: string): readonly Gap[] {
  const gaps: Gap[] = [];
  for (const { seq, prev_hash, hash } of rows) {
    const run = gaps.at(-1);
    if (run !== undefined && run.last === seq - 1)
      gaps[gaps.length - 1] = { ...run, last: seq, last_hash: hash };
    else gaps.push({ first: seq, last: seq, prev_hash, last_hash: hash, pruning });
  }
  return gaps;
}
