/**
 * Walks the chain and names the first bad row.
 *
 * Finds edits, deletions in the middle, reordering and foreign rows. A tail that was cut off leaves a chain that is
 * intact and shorter: only a signed head kept elsewhere shows that.
 */
import type { Database } from '../store/database.ts';
import { genesisHash, rowHash, type StoredRow } from './row.ts';

export interface ChainProblem {
  /** The first bad row, or the place of the missing one. */
  readonly seq: number;
  readonly kind: 'missing' | 'edited' | 'unlinked' | 'unreadable';
  readonly text: string;
}

export interface ChainReport {
  readonly ok: boolean;
  /** Rows that were looked at. */
  readonly rows: number;
  readonly problem: ChainProblem | null;
}

/** The id the log was given when it was made. */
export function readLogId(database: Database): string {
  const row = database
    .prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
    .get('log_id');
  return row?.value ?? '';
}

/**
 * Checks rows with seq ≥ `from`, all of them when it is 1.
 *
 * Works on one snapshot of the database, so that rows appended meanwhile are not half seen.
 */
export function verifyChain(database: Database, from = 1): ChainReport {
  const before =
    from > 1
      ? database.prepare<[number], { hash: string }>('SELECT hash FROM rows WHERE seq = ?').get(from - 1)
      : undefined;
  if (from > 1 && before === undefined)
    return report(0, { seq: from - 1, kind: 'missing', text: `row ${from - 1} is not there` });
  let expectedHash = before?.hash ?? genesisHash(readLogId(database));
  let expectedSeq = from;
  let rows = 0;
  try {
    for (const row of database
      .prepare<[number], StoredRow>('SELECT * FROM rows WHERE seq >= ? ORDER BY seq')
      .iterate(from)) {
      const problem = checkRow(row, expectedSeq, expectedHash);
      if (problem !== null) return report(rows, problem);
      expectedHash = row.hash;
      expectedSeq += 1;
      rows += 1;
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return report(rows, {
      seq: expectedSeq,
      kind: 'unreadable',
      text: `the database cannot be read there: ${why}`,
    });
  }
  return report(rows, null);
}

function checkRow(row: StoredRow, seq: number, prevHash: string): ChainProblem | null {
  if (row.seq !== seq)
    return { seq, kind: 'missing', text: `row ${seq} is not there; the next one is ${row.seq}` };
  if (row.prev_hash !== prevHash)
    return {
      seq,
      kind: 'unlinked',
      text: 'it does not follow the row before it: one of them was replaced, moved or brought from elsewhere',
    };
  if (rowHash(row) !== row.hash) return { seq, kind: 'edited', text: 'its content does not match its hash' };
  return null;
}

function report(rows: number, problem: ChainProblem | null): ChainReport {
  return { ok: problem === null, rows, problem };
}
