/** Equal requests stand in one row: the same session asks for the same bytes several times. Pure. */
import type { Approval } from '../../../preload/contract.ts';

export interface RequestGroup {
  /** The same for all that are equal, and for as long as one of them waits. */
  readonly key: string;
  /** The one that waits longest: it is shown, and an answer is for it. */
  readonly first: Approval;
  /** All of them, `first` included. */
  readonly all: readonly Approval[];
}

/** Groups requests; groups keep the order in which their first one comes. */
export function groupTwins(pending: readonly Approval[]): readonly RequestGroup[] {
  const groups = new Map<string, RequestGroup>();
  for (const approval of pending) {
    const key = `${approval.session.id} ${approval.fingerprint}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { key, first: approval, all: [approval] });
    else groups.set(key, { ...known, all: [...known.all, approval] });
  }
  return [...groups.values()];
}

/** How often it was asked for: as often as equal ones wait. */
export function timesAsked({ first, all }: RequestGroup): number {
  return Math.max(first.asked, all.length);
}
