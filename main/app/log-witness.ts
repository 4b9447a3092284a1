/**
 * The newest row that is known to have been written, kept outside the log.
 *
 * A chain that was cut short, or an older file in its place, is intact in itself: only what is known from
 * elsewhere shows that rows are missing. Whoever can write the state file as well can still hide it.
 */
import { z } from 'zod';
import type { AuditLog, ChainReport } from '../audit/log.ts';

type ChainProblem = NonNullable<ChainReport['problem']>;

export interface WitnessStore {
  read(): string | null;
  write(json: string): void;
}

const Noted = z.object({
  /** What the log's first row follows: names the log. */
  log: z.string(),
  seq: z.number().int().positive(),
  hash: z.string(),
});
type Noted = z.infer<typeof Noted>;

export type Finding =
  | { readonly kind: 'in_order' }
  /** Rows that were written are not there any more. */
  | { readonly kind: 'broken'; readonly problem: ChainProblem }
  /** It is another log; the one before it ended at row `seq`. */
  | { readonly kind: 'another'; readonly seq: number };

type Log = Pick<AuditLog, 'row' | 'stats'>;

const GONE =
  'it was written and is not there any more: the log was cut short, or an older file was put in its place';
const OTHER =
  'it is another row than the one that was written: an older or a foreign file was put in its place';

export class LogWitness {
  readonly #store: WitnessStore;
  #noted: number | null = null;

  constructor(store: WitnessStore) {
    this.#store = store;
  }

  /** Compares the log with what was noted of it. */
  async check(log: Log): Promise<Finding> {
    const noted = this.#read();
    if (noted === null) return { kind: 'in_order' };
    const first = await log.row(1);
    if (first?.prevHash !== noted.log) return { kind: 'another', seq: noted.seq };
    const row = await log.row(noted.seq);
    if (row?.hash === noted.hash) return { kind: 'in_order' };
    return {
      kind: 'broken',
      problem: { seq: noted.seq, kind: 'missing', text: row === null ? GONE : OTHER },
    };
  }

  /** Notes the newest row. Only of a log that was found in order: what is missing must not be forgotten. */
  async note(log: Log): Promise<void> {
    const { rows: seq, head: hash } = log.stats();
    if (seq === 0 || seq === this.#noted) return;
    const first = await log.row(1);
    if (first === null) return;
    this.#store.write(JSON.stringify({ log: first.prevHash, seq, hash } satisfies Noted));
    this.#noted = seq;
  }

  #read(): Noted | null {
    const json = this.#store.read();
    return json === null ? null : Noted.parse(JSON.parse(json));
  }
}

/** Checks the whole chain as it is on the disk, and that it reaches as far as it is known to have been written. */
export async function verifyWhole(
  log: Log & Pick<AuditLog, 'verify'>,
  witness: LogWitness,
): Promise<ChainReport> {
  const { rows: known } = log.stats();
  const report = await log.verify();
  if (!report.ok) return report;
  // The open log may be a file that has no name any more, while another one stands in its place.
  if (report.rows < known)
    return { ...report, ok: false, problem: { seq: report.rows + 1, kind: 'missing', text: GONE } };
  const finding = await witness.check(log);
  return finding.kind === 'broken' ? { ...report, ok: false, problem: finding.problem } : report;
}
