/** Why something cannot be done with a review where it stands now. */
import { GatehouseError } from '../../platform/errors.ts';
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
