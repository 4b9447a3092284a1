/**
 * The order of the rows: as the supervisor sorts them, except under the hand.
 *
 * While the pointer is on the list nothing in it moves: rows that ended stay in their place as ended, and new
 * ones come at the end. When the pointer leaves, or a key is pressed, the list is put in order. Pure.
 */
import type { RequestGroup } from './twins.ts';

export interface ListRow {
  readonly group: RequestGroup;
  /** It ended while the pointer was on the list. */
  readonly gone: boolean;
}

/**
 * @param shown the rows as they are on the page
 * @param wanted what waits now, in the supervisor's order
 * @param held the pointer is on the list
 */
export function arrange(
  shown: readonly ListRow[],
  wanted: readonly RequestGroup[],
  held: boolean,
): readonly ListRow[] {
  if (!held) return wanted.map((group) => ({ group, gone: false }));
  const now = new Map(wanted.map((group) => [group.key, group]));
  const kept = shown.map(({ group }): ListRow => {
    const still = now.get(group.key);
    return still === undefined ? { group, gone: true } : { group: still, gone: false };
  });
  const places = new Set(shown.map(({ group }) => group.key));
  const added = wanted.filter(({ key }) => !places.has(key)).map((group) => ({ group, gone: false }));
  return [...kept, ...added];
}
