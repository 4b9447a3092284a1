/** Why something cannot be done with a review where it stands now. */
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { notWritten } from '../../platform/full-disk.ts';
import type { ReviewRecord, ReviewState } from './review-record.ts';
import { uncomparedWords } from './review-words.ts';

/** Why there is no list of changes. */
export function nothingFound(now: ReviewState): GatehouseError {
  if (now.state === 'uncompared') return new GatehouseError('not_compared', uncomparedWords(now.why));
  if (now.state === 'discarding') return new GatehouseError('going', 'this review is being thrown away');
  return new GatehouseError('still_runs', 'its session still runs: there is nothing to review yet');
}

/** Why its changes cannot be carried over, or taken back. */
export function notWaiting({ kind, now }: ReviewRecord): GatehouseError {
  const copy = kind === 'copy';
  const done = copy ? 'it is in the project already' : 'it was taken back already';
  const why = now.state === 'applied' ? done : `it is ${now.state}`;
  return new GatehouseError(
    'not_waiting',
    `this review cannot be ${copy ? 'carried over' : 'taken back'}: ${why}`,
  );
}

/** Why nothing is done where paths of the project are not as the review has them. @param why  each with its path */
export function changedSince({ now }: ReviewRecord, why: string): GatehouseError {
  const hint =
    now.state === 'applied' || now.state === 'undoing'
      ? 'copy what you changed to another place, put these paths back as the review left them (for .git/index: unstage what was staged since), and try again'
      : 'name the others, or copy these by hand';
  return new GatehouseError('changed_meanwhile', `nothing was changed: ${why}`, { hint });
}

/** Why the first step could not be taken: the project is not touched. */
export function notBegun(cause: unknown): GatehouseError {
  const known = notWritten(cause);
  const why = known?.why ?? messageOf(cause);
  return new GatehouseError('not_applied', `nothing was changed: ${why}`, {
    ...(known === null ? {} : { hint: known.hint }),
    cause,
  });
}
