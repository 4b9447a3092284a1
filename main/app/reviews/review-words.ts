/** Reviews in words, for terminals and pages. */
import { assertNever } from '../../platform/errors.ts';
import { shortened } from '../../points/run/project-changes.ts';
import { type Change, type FileState, shownPath } from '../../sandbox/review/change.ts';
import type { ReviewState } from './review-record.ts';

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

/** What happens to a path, in one word. */
export function changeWord({ before, after }: Change): 'added' | 'changed' | 'deleted' | 'mode' | 'left out' {
  if (after.kind === 'special' || before.kind === 'special') return 'left out';
  if (before.kind === 'nothing') return 'added';
  if (after.kind === 'nothing') return 'deleted';
  if (before.kind === 'folder' && after.kind === 'folder') return 'mode';
  return before.kind === 'file' && after.kind === 'file' && before.hash === after.hash ? 'mode' : 'changed';
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
  }
}

/** Where a review stands, in a sentence. */
export function whereItStands(now: ReviewState): string {
  switch (now.state) {
    case 'running':
      return 'Its session still runs.';
    case 'waits':
      return `${paths(now.found.files)} changed in the copy; nothing in the project did. Waits for you.`;
    case 'applying':
      return 'It is being carried over.';
    case 'applied':
      return `${paths(now.files)} carried over; can be undone until ${new Date(now.untilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC.`;
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

function paths(count: number): string {
  return count === 1 ? '1 path' : `${count} paths`;
}
