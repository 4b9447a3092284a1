/** What a session left, when it has ended: in its copy of a project, or in the project itself. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatehouseError } from '../../platform/errors.ts';
import { processRuns } from '../../platform/process-facts.ts';
import type { CopyEnd } from '../../points/run/copies.ts';
import { type Change, type ChangeList, shownPath } from '../../sandbox/review/change.ts';
import type { ReviewProgram } from '../../sandbox/review/review-program.ts';
import { indexesFound } from './index-since.ts';
import { contentOf } from './review-content.ts';
import type { Found, ReviewFolder, ReviewRecord } from './review-record.ts';
import { endLines, undoLines } from './review-words.ts';

export const NOTHING: CopyEnd = { files: 0, notable: [], deleted: null, lines: [] };
/** Paths that a record and a row of the log name. */
export const MOST_FIRST = 12;
const DEATH_TRIES = 100;

export interface SessionEnd {
  /** What a person is told of it. */
  readonly end: CopyEnd;
  /** Null where nothing changed. */
  readonly left: {
    /** The list of changes, as it is kept. */
    readonly list: Buffer;
    readonly found: Found;
    /** That the changed files of a copy take, about. */
    readonly bytes: number;
  } | null;
}

/** @throws GatehouseError `not_compared` */
export async function sessionEnd(
  record: ReviewRecord,
  folder: ReviewFolder,
  {
    program,
    endedMs,
    command,
  }: { readonly program: ReviewProgram; readonly endedMs: number; readonly command: string },
): Promise<SessionEnd> {
  const undo = record.kind === 'undo';
  const { bytes, list } = undo
    ? await program.compare(record.app, folder.path())
    : await program.scan(folder.upper, record.app, record.beganMs);
  const { rows } = await contentOf(list);
  if (rows.length === 0 && (list.whole || undo)) {
    const lines = undo ? [] : ['nothing of the project changed in its copy.'];
    return { end: { ...NOTHING, lines }, left: null };
  }
  const found: Found = {
    endedMs,
    digest: createHash('sha256').update(bytes).digest('hex'),
    ...{ files: rows.length, first: firstOf(rows.map(({ change }) => change)), whole: list.whole },
    left: list.left.slice(0, MOST_FIRST).map(({ path, why }) => `${shownPath(path)}: ${why}`),
    leftAll: list.left.length,
    indexes: await indexesFound(record, list.changes, program),
  };
  const notable = rows.filter(({ first }) => first !== null);
  const named = notable
    .slice(0, MOST_FIRST)
    .map(({ change, first }) => `${shownPath(change.path)} (${first})`);
  const lines = undo
    ? undoLines(record.id, rows.length, command)
    : endLines(record.id, rows.length, named, notable.length, command);
  return {
    end: { files: rows.length, notable: named, deleted: null, lines },
    left: { list: bytes, found, bytes: undo ? 0 : bytesOf(list) },
  };
}

/** A first part of the paths, for people. */
export function firstOf(changes: readonly Change[]): string[] {
  return changes.slice(0, MOST_FIRST).map(({ path }) => shownPath(path));
}

/** The first process of a session; null before it stands. */
export type FirstProcess = { readonly pid: number; readonly startTime: string | null } | null;

export function runsStill(first: FirstProcess): boolean {
  // One that was gone before its start time could be read is not whoever has its pid now.
  return first !== null && processRuns(first.pid, first.startTime ?? 'gone');
}

/** Its launcher may be gone before the last process is. @throws GatehouseError `still_runs` */
export async function untilGone(first: FirstProcess): Promise<void> {
  for (let tries = 0; runsStill(first); tries += 1) {
    if (tries === DEATH_TRIES) throw new GatehouseError('still_runs', 'the session does not end');
    await sleep(50);
  }
}

function bytesOf({ changes }: ChangeList): number {
  let bytes = 0;
  for (const { after } of changes) if (after.kind === 'file') bytes += after.size;
  return bytes;
}
