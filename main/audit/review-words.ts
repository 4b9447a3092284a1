/** Rows about reviews in plain words. */
import type { ReviewEvent } from './review-event.ts';
import type { Sentence } from './sentences.ts';

const CHANGES: Readonly<Record<ReviewEvent['change'], (what: string) => string>> = {
  waits: (what) => `${what} wait for a review`,
  uncompared: (what) => `${what} are kept in its copy`,
  applied: (what) => `${what} were carried over into the project`,
  refused: (what) => `${what} were not carried over, and nothing was changed`,
  discarded: (what) => `${what} were discarded`,
  settled: (what) => `${what} cannot be taken out of the project again any more`,
  undone: (what) => `${what} were taken out of the project again`,
  cut_off: (what) => `${what} were half carried over when Gatehouse ended, and were put back`,
  kept: (what) => `${what} were half carried over, and NOT all of it could be put back`,
};

/** Of a session that wrote to the project itself. */
const UNDO: Readonly<Record<ReviewEvent['change'], (what: string) => string>> = {
  waits: (what) => `${what} can be taken back`,
  uncompared: (what) => `${what} cannot be taken back`,
  applied: (what) => `${what} were taken back`,
  refused: (what) => `${what} were not taken back, and nothing was changed`,
  discarded: (what) => `${what} cannot be taken back any more`,
  settled: (what) => `${what} cannot be put in again any more`,
  undone: (what) => `${what} were put in again`,
  cut_off: (what) => `${what} were half taken back when Gatehouse ended, and were put in again`,
  kept: (what) => `${what} were half taken back, and NOT all of it could be put in again`,
};

/** What became of a session's changes. */
export function reviewSentence(event: ReviewEvent): Sentence {
  const { change, undo, files, first, digest, why, via, client, app, session } = event;
  const beyond = files > first.length && first.length > 0 ? ` and ${files - first.length} more` : '';
  const counted = files === 1 ? 'Changes to 1 path' : `Changes to ${files} paths`;
  const what = digest === '' ? 'Changes of a session that cannot be compared' : counted;
  return {
    summary: (undo === true ? UNDO : CHANGES)[change](what),
    reason: [why, `${first.join(', ')}${beyond}`, via === null ? '' : `from the ${via}`]
      .filter((part) => part !== '')
      .join('; '),
    client,
    app,
    session,
    alarm: change === 'refused' || change === 'kept' || change === 'uncompared',
  };
}
