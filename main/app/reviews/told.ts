/** What is told of a review when something is done with it, and what its states have in common. */
import type { Found, ReviewState } from './review-record.ts';

export type Told = {
  readonly found: Pick<Found, 'digest'>;
  readonly files: number;
  readonly first: readonly string[];
};
export type Carried =
  | Extract<ReviewState, { state: 'applying' }>
  | Omit<Extract<ReviewState, { state: 'applying' }>, 'state'>;

/** @param found  null where what changed is not known */
export function toldOf(found: Found | null): Told {
  return found === null
    ? { found: { digest: '' }, files: 0, first: [] }
    : { found, files: found.files, first: found.first };
}
