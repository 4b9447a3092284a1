/** Indexes of git that were written anew and say the same as before: `git status` does that. */
import { createHash } from 'node:crypto';
import type { Change, FileState } from '../../sandbox/review/change.ts';
import { indexMeaning, isGitIndex } from '../../sandbox/review/git-index.ts';
import type { Conflict, ReviewProgram } from '../../sandbox/review/review-program.ts';
import type { Found, ReviewFolder, ReviewRecord, Since } from './review-record.ts';

/** Bytes of an index that is looked at: that of about half a million files. */
const LARGEST = 64 * 2 ** 20;
/** Indexes that are looked at, and bytes of them all: a session may have made any number of repositories. */
const MOST = 200;
const MOST_BYTES = 4 * LARGEST;

interface Known {
  readonly hash: string;
  readonly meaning: string;
}

/** A review, where it is kept, and who reads there. */
interface Place {
  readonly record: ReviewRecord;
  readonly folder: ReviewFolder;
  readonly program: ReviewProgram;
  readonly found: Found;
}

/** What the indexes say that lie in the project at a session's end, of those that differ: it may be written anew later. */
export async function indexesFound(
  { app, kind }: ReviewRecord,
  changes: readonly Change[],
  program: ReviewProgram,
): Promise<NonNullable<Found['indexes']>> {
  const found: (Known & { readonly path: string })[] = [];
  let left = MOST_BYTES;
  for (const change of changes) {
    const state = kind === 'copy' ? change.before : change.after;
    if (found.length >= MOST) break;
    if (!isGitIndex(change.path) || state.kind !== 'file' || state.size > left) continue;
    left -= state.size;
    const known = await knownAt(app, change.path, program);
    if (known?.hash === state.hash)
      found.push({ path: change.path, hash: known.hash, meaning: known.meaning });
  }
  return found;
}

/**
 * What lies at these paths in place of what is expected there, where it says the same.
 *
 * @param carried  changes as the review carries them over
 * @param way  `forth`: they are to be carried over now; `back`: out again
 * @returns null where anything else changed, or that cannot be told
 */
export async function sameIndexes(
  conflicts: readonly Conflict[],
  carried: readonly Change[],
  way: 'forth' | 'back',
  { record, folder, program, found }: Place,
): Promise<readonly Since[] | null> {
  if (conflicts.length > MOST || !conflicts.every(({ path }) => isGitIndex(path))) return null;
  const since: Since[] = [];
  let left = MOST_BYTES;
  for (const { path } of conflicts) {
    const change = carried.find((one) => one.path === path);
    const wanted = way === 'forth' ? change?.before : change?.after;
    if (wanted?.kind !== 'file' || wanted.size > left) return null;
    left -= wanted.size;
    const known =
      way === 'forth'
        ? found.indexes?.find((one) => one.path === path)
        : await knownAt(folder.source(record.kind), path, program);
    if (known == null || known.hash !== wanted.hash) return null;
    const now = await knownAt(record.app, path, program);
    if (now === null || now.meaning !== known.meaning) return null;
    left -= now.size;
    since.push({ path, size: now.size, hash: now.hash });
  }
  return since.length === 0 ? null : since;
}

/** The changes with what lies there now as what is taken away, on one of their sides. */
export function withSince(
  carried: readonly Change[],
  since: readonly Since[],
  side: 'before' | 'after',
): readonly Change[] {
  if (since.length === 0) return carried;
  const now = new Map(since.map((one) => [one.path, one]));
  const other = (state: FileState, { size, hash }: Since): FileState =>
    state.kind === 'file' ? { ...state, size, hash } : state;
  return carried.map((change) => {
    const one = now.get(change.path);
    return one === undefined ? change : { ...change, [side]: other(change[side], one) };
  });
}

async function knownAt(
  root: string,
  path: string,
  program: ReviewProgram,
): Promise<(Known & { readonly size: number }) | null> {
  const bytes = await program.read(root, path, LARGEST + 1);
  if (bytes === null || bytes.length > LARGEST) return null;
  const meaning = await indexMeaning(bytes);
  if (meaning === null) return null;
  return { size: bytes.length, hash: createHash('sha256').update(bytes).digest('hex'), meaning };
}
