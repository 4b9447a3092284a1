/** The list of what waits. One stop of the tab order; nothing in it moves while the pointer is on it. */
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Inbox } from '../../../preload/contract.ts';
import { leftOf, leftPercent } from './clock.ts';
import { arrange, type ListRow } from './list-order.ts';
import { GoneRow, isSoon, leftWords, RequestRow, rowId } from './request-row.tsx';
import type { RequestGroup } from './twins.ts';

export interface RequestListProps {
  readonly groups: readonly RequestGroup[];
  readonly inbox: Inbox;
  /** When `inbox` came, and the time now: this page's monotonic clock. */
  readonly sentAt: number;
  readonly now: number;
  readonly selected: string | null;
  readonly seen: ReadonlySet<string>;
  /** Null while nothing is being ticked. */
  readonly ticked: ReadonlySet<string> | null;
  readonly onOpen: (key: string) => void;
  readonly onTick: (key: string) => void;
  readonly onMove: (step: number) => void;
  /** Shown below the requests. */
  readonly children: ReactNode;
}

export function RequestList({
  groups,
  inbox,
  sentAt,
  now,
  selected,
  seen,
  ticked,
  onOpen,
  onTick,
  onMove,
  children,
}: RequestListProps) {
  const { rows, isHeld, hold, release } = useRows(groups);
  const listRef = useRef<HTMLDivElement>(null);
  const open = useStable(onOpen);
  const tick = useStable(onTick);
  useEffect(() => {
    const row = selected === null ? null : document.getElementById(rowId(selected));
    // A neighbour that took the place of one that ended is not brought into view under the hand.
    if (!isHeld()) row?.scrollIntoView({ block: 'nearest' });
    // The focus follows the selection where it is in the list already; it is never drawn there.
    if (listRef.current?.contains(document.activeElement) ?? false) row?.focus({ preventScroll: true });
  }, [selected, isHeld]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    onMove(step);
  };
  return (
    <div className="scroll" onPointerMove={hold} onPointerLeave={release}>
      <div role="listbox" aria-label="Requests" ref={listRef} onKeyDown={onKeyDown} tabIndex={-1}>
        {rows.map(({ group, gone }) => {
          if (gone) {
            const ids = new Set(group.all.map(({ id }) => id));
            const decided = inbox.recent.find(({ id }) => ids.has(id)) ?? null;
            return <GoneRow key={group.key} group={group} decided={decided} />;
          }
          const left = leftOf(group.first, sentAt, now);
          return (
            <RequestRow
              key={group.key}
              group={group}
              left={leftWords(left)}
              soon={isSoon(left)}
              percent={leftPercent(group.first, left)}
              selected={group.key === selected}
              unseen={!seen.has(group.key)}
              ticked={ticked === null ? null : ticked.has(group.key)}
              onOpen={open}
              onTick={tick}
            />
          );
        })}
      </div>
      {children}
    </div>
  );
}

/** The rows as they are to be shown, and the two that tell whether the hand is on them. */
function useRows(groups: readonly RequestGroup[]) {
  const [held, setHeld] = useState(false);
  const [state, setState] = useState<{
    readonly groups: readonly RequestGroup[];
    readonly held: boolean;
    readonly rows: readonly ListRow[];
  }>({ groups, held, rows: arrange([], groups, false) });
  // Derived from what was shown before: React renders anew at once, without showing the old rows again.
  if (state.groups !== groups || state.held !== held)
    setState({ groups, held, rows: arrange(state.rows, groups, held) });
  const latest = useRef(held);
  const [isHeld] = useState(() => () => latest.current);
  useLayoutEffect(() => {
    latest.current = held;
  });
  useEffect(() => {
    const release = () => setHeld(false);
    addEventListener('keydown', release);
    return () => removeEventListener('keydown', release);
  }, []);
  return { rows: state.rows, isHeld, hold: () => setHeld(true), release: () => setHeld(false) };
}

/** The same function for ever that calls the latest one: rows are not made anew for it. */
function useStable<A extends readonly unknown[]>(call: (...args: A) => void): (...args: A) => void {
  const latest = useRef(call);
  useEffect(() => {
    latest.current = call;
  });
  const [stable] = useState(
    () =>
      (...args: A) =>
        latest.current(...args),
  );
  return stable;
}
