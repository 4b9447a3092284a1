/**
 * Rows that were removed on the record, after their time.
 *
 * A removal leaves, for every run of neighbouring rows, its first and last number, the hash that the first one
 * followed and the hash of the last one, so that the chain can be walked across; and a row `log.pruned` with a
 * digest over those runs, which the chain and the checkpoints cover like any other row.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Database } from '../store/database.ts';
import type { AuditEvent } from './event.ts';
import type { ChainProblem } from './problem.ts';
import { canonicalEvent, type StoredRow } from './row.ts';

const DOMAIN = 'gatehouse-audit-pruned-v1\n';

/** A run of removed rows. */
export interface Gap {
  readonly first: number;
  readonly last: number;
  readonly prev_hash: string;
  readonly last_hash: string;
  /** Names the removal: the id in its row. */
  readonly pruning: string;
}

/** Hex SHA-256 over the runs of one removal, in order. */
export function gapsDigest(gaps: readonly Omit<Gap, 'pruning'>[]): string {
  const runs = gaps.map(({ first, last, prev_hash, last_hash }) => [first, last, prev_hash, last_hash]);
  const text = canonicalJson(runs);
  return createHash('sha256').update(`${DOMAIN}${text.length}\n${text}`).digest('hex');
}

/** The runs of one log, and whether each removal is told by a row. */
export class Gaps {
  readonly #byFirst = new Map<number, Gap>();
  readonly #byLast = new Map<number, Gap>();
  readonly #byPruning = new Map<string, Gap[]>();
  readonly #told = new Map<string, string>();

  constructor(database: Database) {
    for (const gap of database.prepare<[], Gap>('SELECT * FROM pruned ORDER BY first').iterate()) {
      this.#byFirst.set(gap.first, gap);
      this.#byLast.set(gap.last, gap);
      const of = this.#byPruning.get(gap.pruning);
      if (of === undefined) this.#byPruning.set(gap.pruning, [gap]);
      else of.push(gap);
    }
  }

  at(first: number): Gap | null {
    return this.#byFirst.get(first) ?? null;
  }

  endingAt(last: number): Gap | null {
    return this.#byLast.get(last) ?? null;
  }

  /**
   * A row that was walked over: notes what it tells of a removal. Written as nobody here writes rows, with a name
   * twice, say, it tells nothing: the database would take it for one of another type.
   */
  told(row: StoredRow): void {
    if (this.#byPruning.size === 0 || !row.event.includes('"log.pruned"')) return;
    const event = JSON.parse(row.event) as AuditEvent;
    if (event.type === 'log.pruned' && canonicalEvent(event) === row.event)
      this.#told.set(event.id, event.digest);
  }

  /** After the whole walk: a removal that no row tells of, or tells otherwise. */
  problem(): ChainProblem | null {
    for (const [pruning, gaps] of this.#byPruning) {
      if (this.#told.get(pruning) === gapsDigest(gaps)) continue;
      return {
        seq: gaps[0]?.first ?? 0,
        kind: 'deleted',
        text: 'rows were removed, and no row of the log tells of this removal',
      };
    }
    return null;
  }
}
