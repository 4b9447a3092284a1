/** Reviews in words, for terminals and pages. */
import { assertNever } from '../../platform/errors.ts';
import { shortened } from '../../points/run/project-changes.ts';
import { type Change, type FileState, shownPath } from '../../sandbox/review/change.ts';
import type { ReviewRecord, ReviewState } from './review-record.ts';

/** How long what was carried over, or what a session did to the project, can be undone. */
export const UNDO_DAYS = 7;
export const DAY_MS = 86_400_000;
const MOST_NOTABLE = 12;

/** What is printed when a session has ended that wrote to a copy. */
export function endLines(
  id: string,
  files: number,
  notable: readonly string[],
  allNotable: number,
  command: string,
): readonly string[] {
  return [
    `nothing in the project changed: ${files === 1 ? 'what differs in its copy, 1 path, waits' : `${files} paths that differ in its copy wait`} for you.`,
    ...(notable.length > 0 ? [`look first at: ${shortened(notable, MOST_NOTABLE, allNotable)}`] : []),
    `${command} review show ${id}, then apply or discard it`,
  ];
}

/** What is printed when a session has ended that wrote to the project itself, and can be taken back. */
export function undoLines(id: string, files: number, command: string): readonly string[] {
  const what = files === 1 ? 'what it changed, 1 path,' : `what it changed, ${files} paths,`;
  return [`${what} can be taken back for a week: ${command} review show ${id}, ${command} review undo ${id}`];
}

/** What happens to a path, in one word. */
export function changeWord({ before, after }: Change): 'added' | 'changed' | 'deleted' | 'mode' | 'left out' {
  if ([before, after].some(({ kind }) => kind === 'special' || kind === 'unkept')) return 'left out';
  if (before.kind === 'nothing') return 'added';
  if (after.kind === 'nothing') return 'deleted';
  if (before.kind === 'folder' && after.kind === 'folder') return 'mode';
  return before.kind === 'file' && after.kind === 'file' && before.hash === after.hash ? 'mode' : 'changed';
}

/** Whether a folder came or went. It has a row only when nothing in it has one, so its name alone looks like a file's. */
export function isFolderAlone({ before, after }: Change): boolean {
  const kinds = [before.kind, after.kind];
  return kinds.includes('folder') && kinds.includes('nothing');
}

/** What lies there, in a few words. */
export function stateWords(state: FileState): string {
  switch (state.kind) {
    case 'nothing':
      return 'nothing';
    case 'folder':
      return `folder, mode ${state.mode.toString(8)}`;
    case 'link':
      return `link to ${shownPath(state.target)}`;
    case 'file':
      return `file, ${state.size} bytes, mode ${state.mode.toString(8)}`;
    case 'special':
      return 'pipe, socket or device';
    case 'unkept':
      return 'not kept';
  }
}

/** Where a review stands, in a sentence. */
export function whereItStands({ kind, now }: Pick<ReviewRecord, 'kind' | 'now'>): string {
  return kind === 'copy' ? copyStands(now) : undoStands(now);
}

function undoStands(now: ReviewState): string {
  switch (now.state) {
    case 'running':
      return 'Its session still runs.';
    case 'uncompared':
      return `${uncomparedWords(now.why)} Nothing of it can be taken back.`;
    case 'waits':
      return `${paths(now.found.files)} changed in the project while it ran; can be taken back until ${minute(now.found.endedMs + UNDO_DAYS * DAY_MS)}.`;
    case 'applying':
      return 'It is being taken back.';
    case 'applied':
      return `${paths(now.files)} taken back; can be put in again until ${minute(now.untilMs)}.`;
    case 'undoing':
      return 'It is being put in again.';
    case 'kept':
      return `Half taken back, and not all of it could be put in again: ${now.why}`;
    case 'discarding':
      return 'What was kept of it is being thrown away.';
    default:
      return assertNever(now, 'state of a review');
  }
}

function copyStands(now: ReviewState): string {
  switch (now.state) {
    case 'running':
      return 'Its session still runs.';
    case 'uncompared':
      return `${uncomparedWords(now.why)} Nothing of it is in the project; its copy is kept until you discard it.`;
    case 'waits':
      return `${paths(now.found.files)} changed in the copy; nothing in the project did. Waits for you.`;
    case 'applying':
      return 'It is being carried over.';
    case 'applied':
      return `${paths(now.files)} carried over; can be undone until ${minute(now.untilMs)}.`;
    case 'undoing':
      return 'It is being taken out again.';
    case 'kept':
      return `Half carried over, and not all of it could be put back: ${now.why}`;
    case 'discarding':
      return 'It is being thrown away.';
    default:
      return assertNever(now, 'state of a review');
  }
}

/** Of a session of which it cannot be told what it changed. */
export function uncomparedWords(why: string): string {
  return `Its session is over; it cannot be compared: ${why.replace(/\.+$/, '')}. That is tried again when Gatehouse starts.`;
}

function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function paths(count: number): string {
  return count === 1 ? '1 path' : `${count} paths`;
}
