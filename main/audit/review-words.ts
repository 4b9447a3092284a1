/** Rows about reviews in plain words. */
import type { ReviewEvent } from './review-event.ts';
import type { Sentence } from './sentences.ts';

const CHANGES: Readonly<Record<ReviewEvent['change'], (what: string) => string>> = {
  waits: (what) => `${what} wait for a review`,
  applied: (what) => `${what} were carried over into the project`,
  refused: (what) => `${what} were not carried over, and nothing was changed`,
  discarded: (what) => `${what} were discarded`,
  undone: (what) => `${what} were taken out of the project again`,
  cut_off: (what) => `${what} were half carried over when Gatehouse ended, and were put back`,
  kept: (what) => `${what} were half carried over, and NOT all of it could be put back`,
};

/** What became of a session's changes. */
export function reviewSentence(event: ReviewEvent): Sentence {
  const { change, files, first, why, via, client, app, session } = event;
  const beyond = files > first.length && first.length > 0 ? ` and ${files - first.length} more` : '';
  return {
    summary: CHANGES[change](files === 1 ? 'Changes to 1 path' : `Changes to ${files} paths`),
    reason: [why, `${first.join(', ')}${beyond}`, via === null ? '' : `from the ${via}`]
      .filter((part) => part !== '')
      .join('; '),
    client,
    app,
    session,
    alarm: change === 'refused' || change === 'kept',
  };
}
