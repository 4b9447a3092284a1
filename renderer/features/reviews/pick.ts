/** Which paths of a review are ticked: all but some, or some alone. */
import type { ReviewPick } from '../../../preload/contract.ts';

export interface Picked {
  /** What a path is that was not touched. */
  readonly rest: boolean;
  /** Keys of those that are otherwise. */
  readonly others: ReadonlySet<string>;
}

export const EVERYTHING: Picked = { rest: true, others: new Set() };
export const NOTHING: Picked = { rest: false, others: new Set() };

export function isPicked({ rest, others }: Picked, key: string): boolean {
  return others.has(key) !== rest;
}

export function toggled({ rest, others }: Picked, key: string): Picked {
  const next = new Set(others);
  if (!next.delete(key)) next.add(key);
  return { rest, others: next };
}

export function pickedCount({ rest, others }: Picked, total: number): number {
  return rest ? total - others.size : others.size;
}

/** As the supervisor takes it. */
export function pickOf({ rest, others }: Picked): ReviewPick {
  if (rest && others.size === 0) return { kind: 'all' };
  return { kind: rest ? 'without' : 'only', keys: [...others] };
}
