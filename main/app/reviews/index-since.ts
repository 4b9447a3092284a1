/** Indexes of git that were written anew since a review was carried over, and say the same: `git status` does that. */
import { createHash } from 'node:crypto';
import type { Change } from '../../sandbox/review/change.ts';
import { indexMeaning, isGitIndex } from '../../sandbox/review/git-index.ts';
import type { Conflict, ReviewProgram } from '../../sandbox/review/review-program.ts';
import type { ReviewFolder, ReviewRecord, Since } from './review-record.ts';

/** Bytes of an index that is looked at: that of about half a million files. */
const LARGEST = 64 * 2 ** 20;
/** Indexes that are looked at: a session may have made any number of repositories. */
const MOST = 200;

/**
 * What lies at these paths in place of what a review put there, where it says the same.
 *
 * @param carried  changes as the review carried them over
 * @returns null where anything else changed, or that cannot be told
 */
export async function sameIndexes(
  conflicts: readonly Conflict[],
  carried: readonly Change[],
  {
    record,
    folder,
    program,
  }: { readonly record: ReviewRecord; readonly folder: ReviewFolder; readonly program: ReviewProgram },
): Promise<readonly Since[] | null> {
  if (conflicts.length > MOST || !conflicts.every(({ path }) => isGitIndex(path))) return null;
  const since: Since[] = [];
  for (const { path } of conflicts) {
    const after = carried.find((change) => change.path === path)?.after;
    if (after?.kind !== 'file') return null;
    const put = await program.read(folder.source(record.kind), path, LARGEST + 1);
    const now = await program.read(record.app, path, LARGEST + 1);
    if (put === null || now === null || put.length > LARGEST || now.length > LARGEST) return null;
    const meaning = await indexMeaning(put);
    if (digest(put) !== after.hash || meaning === null || meaning !== (await indexMeaning(now))) return null;
    since.push({ path, size: now.length, hash: digest(now) });
  }
  return since.length === 0 ? null : since;
}

/** The changes with what lies there now as what they left. */
export function withSince(carried: readonly Change[], since: readonly Since[]): readonly Change[] {
  if (since.length === 0) return carried;
  const now = new Map(since.map((one) => [one.path, one]));
  return carried.map((change) => {
    const one = now.get(change.path);
    if (one === undefined || change.after.kind !== 'file') return change;
    return { ...change, after: { ...change.after, size: one.size, hash: one.hash } };
  });
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
