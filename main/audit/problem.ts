/** What can be wrong with a log, by name. */

export const PROBLEM_KINDS = [
  /** A row's content does not match its hash. */
  'edited',
  /** A row in the middle is not there. */
  'deleted',
  /** Rows stand in another order than they were written in. */
  'reordered',
  /** Rows of two copies that were both continued. */
  'forked',
  /** The end of the rows is not there any more. */
  'truncated',
  /** An older copy was put in the log's place. */
  'rolled_back',
  /** The chain is whole and is not the one that was signed: it was made anew. */
  'rewritten',
  /** Signed with a key that is not ours, or of another log. */
  'foreign_key',
  /** The file of checkpoints was changed. */
  'checkpoint_edited',
  /** Records of the file of checkpoints are not there any more. */
  'checkpoints_cut',
  /** The disk or the database does not give it. */
  'unreadable',
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

export interface ChainProblem {
  /** The first bad row, or the place of the missing one; 0 when it is about no row. */
  readonly seq: number;
  readonly kind: ProblemKind;
  readonly text: string;
}

export interface ChainReport {
  readonly ok: boolean;
  /** Rows that were looked at. */
  readonly rows: number;
  readonly problem: ChainProblem | null;
  /** The number of the last row. */
  readonly last: number;
  /** The last row that a checkpoint vouches for; 0 when none does. */
  readonly signedTo: number;
}
