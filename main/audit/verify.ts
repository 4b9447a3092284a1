/**
 * Walks the chain and names the first bad row and what happened to it.
 *
 * The chain alone shows edits, deletions in the middle, reordering and rows of another copy. That its end was cut,
 * an older copy put in its place, or all of it made anew shows in the signed checkpoints, and in what is noted of
 * them elsewhere (the anchor).
 */
import type { Database } from '../store/database.ts';
import type { Anchor } from './anchor.ts';
import { type CheckpointChain, readCheckpoints } from './checkpoint-chain.ts';
import type { ChainProblem, ChainReport } from './problem.ts';
import { Gaps } from './pruned.ts';
import { genesisHash, rowHash, type StoredRow } from './row.ts';

export type { ChainProblem, ChainReport } from './problem.ts';

/** What the rows are held against. */
export interface Evidence {
  /** The file of checkpoints as text; empty when there is none. */
  readonly checkpoints: string;
  /** What is noted of it: beside it, and in the keychain. */
  readonly anchors: readonly Anchor[];
}

/** The id the log was given when it was made. */
export function readLogId(database: Database): string {
  const row = database
    .prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
    .get('log_id');
  return row?.value ?? '';
}

/**
 * Checks rows with seq ≥ `from` (the first, or one whose predecessor is there), all of them when it is 1.
 *
 * Works on one snapshot of the database, so that rows appended meanwhile are not half seen.
 *
 * @param evidence with it, the whole log is held against its checkpoints and anchor too
 */
export function verifyChain(database: Database, from = 1, evidence: Evidence | null = null): ChainReport {
  return database.transaction(() => verifySnapshot(database, from, evidence))();
}

function verifySnapshot(database: Database, from: number, evidence: Evidence | null): ChainReport {
  const log = genesisHash(readLogId(database));
  const chain = evidence === null ? null : readCheckpoints(evidence.checkpoints, log, evidence.anchors);
  const gaps = new Gaps(database);
  const known = (evidence?.anchors ?? []).filter((anchor) => anchor.log === log);
  const walk = new Walk(from === 1 ? log : hashBefore(database, from, gaps), from, chain, known);
  if (walk.hash === null)
    return reportOf(walk, { seq: from - 1, kind: 'deleted', text: `row ${from - 1} is not there` });
  let problem: ChainProblem | null = null;
  try {
    for (const row of database
      .prepare<[number], StoredRow>('SELECT * FROM rows WHERE seq >= ? ORDER BY seq')
      .iterate(from)) {
      problem = walk.step(row, gaps);
      if (problem !== null) break;
    }
    if (problem?.kind === 'forked') problem = reordered(database, problem) ?? problem;
    // A row that took the removed one's end with it: the gap may stand at the very end too.
    if (problem === null) problem = walk.closing(gaps) ?? (from === 1 ? gaps.problem() : null);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    problem = { seq: walk.seq, kind: 'unreadable', text: `the database cannot be read there: ${why}` };
  }
  if (problem !== null || evidence === null || chain === null) return reportOf(walk, problem);
  return reportOf(walk, atTheEnd(walk, chain, known, cutFrom(database)));
}

/** One pass over the rows. */
class Walk {
  hash: string | null;
  seq: number;
  rows = 0;
  signedTo = 0;
  /** The row of a note that is another one than it says. */
  other: number | null = null;
  readonly #chain: CheckpointChain | null;
  readonly #known: readonly Anchor[];
  #next = 0;
  /** The process that wrote the row before. */
  #boot: string | null = null;

  constructor(hash: string | null, from: number, chain: CheckpointChain | null, known: readonly Anchor[]) {
    this.#known = known;
    this.hash = hash;
    this.seq = from;
    this.#chain = chain;
  }

  step(row: StoredRow, gaps: Gaps): ChainProblem | null {
    const missing = this.#cross(row.seq, gaps);
    if (missing !== null) return missing;
    const problem = checkRow(row, this.hash ?? '', this.#boot);
    if (problem !== null) return problem;
    const rewritten = this.#signed(row.seq, row.hash);
    if (rewritten !== null) return rewritten;
    for (const { seq, hash } of this.#known) if (seq === row.seq && hash !== row.hash) this.other ??= seq;
    gaps.told(row);
    this.hash = row.hash;
    this.#boot = row.boot_id;
    this.seq = row.seq + 1;
    this.rows += 1;
    return null;
  }

  closing(gaps: Gaps): ChainProblem | null {
    return gaps.at(this.seq) === null ? null : this.#cross(Number.POSITIVE_INFINITY, gaps);
  }

  /** Over rows that were removed on the record. */
  #cross(to: number, gaps: Gaps): ChainProblem | null {
    while (this.seq < to) {
      const gap = gaps.at(this.seq);
      if (gap === null) {
        if (to === Number.POSITIVE_INFINITY) return null;
        return {
          seq: this.seq,
          kind: 'deleted',
          text: `row ${this.seq} is not there; the next one is ${to}`,
        };
      }
      if (gap.prev_hash !== this.hash || gap.last < gap.first || gap.last >= to)
        return {
          seq: this.seq,
          kind: 'deleted',
          text: `the removal of rows ${gap.first} to ${gap.last} is not as it was recorded`,
        };
      const rewritten = this.#signed(gap.last, gap.last_hash);
      if (rewritten !== null) return rewritten;
      this.hash = gap.last_hash;
      this.seq = gap.last + 1;
    }
    return null;
  }

  /** Whether the checkpoints up to this row agree; those inside removed rows cannot be asked. */
  #signed(seq: number, hash: string): ChainProblem | null {
    const { checkpoints = [] } = this.#chain ?? {};
    for (; ; this.#next += 1) {
      const checkpoint = checkpoints[this.#next];
      if (checkpoint === undefined || checkpoint.seq > seq) return null;
      if (checkpoint.seq < seq) continue;
      if (checkpoint.head !== hash)
        return {
          seq,
          kind: 'rewritten',
          text: `${checkpoint.name} of the checkpoints was signed over another row ${seq}: rows up to it were made anew, or are of another copy`,
        };
      this.signedTo = seq;
    }
  }
}

function checkRow(row: StoredRow, prevHash: string, boot: string | null): ChainProblem | null {
  const { seq } = row;
  if (row.prev_hash === prevHash) {
    return rowHash(row) === row.hash
      ? null
      : { seq, kind: 'edited', text: 'its content does not match its hash' };
  }
  // Whoever continues a copy does it in a process of its own; within one process only a replaced row looks so.
  if (row.boot_id === boot && rowHash(row) === row.hash) {
    return {
      seq: seq - 1,
      kind: 'edited',
      text: `it was replaced together with its hash: row ${seq} follows another one`,
    };
  }
  return {
    seq,
    kind: 'forked',
    text: 'it does not follow the row before it: it was brought from another copy of the log',
  };
}

/** A row that does not fit may be one of this log that stood elsewhere, or one that was changed as well. */
function reordered(database: Database, { seq }: ChainProblem): ChainProblem | null {
  const row = database.prepare<[number], StoredRow>('SELECT * FROM rows WHERE seq = ?').get(seq);
  if (row === undefined) return null;
  if (rowHash(row) === row.hash) return null;
  const before = database
    .prepare<[string], { seq: number }>('SELECT seq FROM rows WHERE hash = ?')
    .get(row.prev_hash);
  // Its own place is told by its hash, which covers its number.
  const places = [before === undefined ? null : before.seq + 1, seq - 1, seq + 1, seq - 2, seq + 2];
  for (const place of places) {
    if (place !== null && place !== seq && rowHash({ ...row, seq: place }) === row.hash)
      return { seq, kind: 'reordered', text: `it is row ${place}, put in another place` };
  }
  return { seq, kind: 'edited', text: 'its content does not match its hash' };
}

/** What only the checkpoints and the anchor can tell. */
function atTheEnd(
  walk: Walk,
  chain: CheckpointChain,
  known: readonly Anchor[],
  cut: number | null,
): ChainProblem | null {
  const end = walk.seq - 1;
  const signed = chain.checkpoints.at(-1)?.seq ?? 0;
  const reached = Math.max(signed, ...known.map(({ seq }) => seq));
  if (end < reached) {
    if (cut !== null && cut > end)
      return {
        seq: end + 1,
        kind: 'truncated',
        text: `rows ${end + 1} to ${cut} were there and are not any more: the end of the log was cut off`,
      };
    return {
      seq: end + 1,
      kind: 'rolled_back',
      text: `the log ends at row ${end} and is known to have reached row ${reached}: an older copy was put in its place`,
    };
  }
  // A file of checkpoints that is short goes with rows that were put back; anything else in it is told first.
  const isShort = chain.problem === null || chain.problem.kind === 'checkpoints_cut';
  if (!isShort || walk.other === null) return chain.problem;
  return {
    seq: walk.other,
    kind: 'rewritten',
    text: `it is another row than the one that was noted of the log: an older copy was put in its place and continued`,
  };
}

/** How far the lines for reading reached when the rows were found to end before them. */
function cutFrom(database: Database): number | null {
  const read = database.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?');
  const values = ['projected', 'cut_from'].map((key) => Number(read.get(key)?.value ?? 0));
  const most = Math.max(...values);
  return most > 0 ? most : null;
}

function hashBefore(database: Database, from: number, gaps: Gaps): string | null {
  const row = database
    .prepare<[number], { hash: string }>('SELECT hash FROM rows WHERE seq = ?')
    .get(from - 1);
  return row?.hash ?? gaps.endingAt(from - 1)?.last_hash ?? null;
}

function reportOf(walk: Walk, problem: ChainProblem | null): ChainReport {
  return { ok: problem === null, rows: walk.rows, problem, last: walk.seq - 1, signedTo: walk.signedTo };
}
