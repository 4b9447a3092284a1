/**
 * The rows: a virtual grid of 28 px lines that reads what it shows and moves only under the reader's own hand.
 *
 * The grid is one stop of the tab order; arrows, J and K, Page, Home and End move the selection in it.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { TimelineFeed } from './feed.ts';
import { BlankRow, Row, rowId } from './timeline-row.tsx';

/** Height of a row in rem, the same as in the stylesheet. */
const ROW_REM = 1.75;
/** Rows that are laid out beyond the screen, so that a fast wheel never shows an edge. */
const OVERSCAN = 14;
/** Room below the last known row while older ones are being read. */
const ROOM = 200;

export interface TimelineListProps {
  readonly feed: TimelineFeed;
  readonly now: number;
  readonly selected: number | null;
  readonly onSelect: (seq: number) => void;
  readonly gridRef: RefObject<HTMLDivElement | null>;
  /** Told how the list is moved from outside: by keys of the page and by "newer rows". */
  readonly controlRef: RefObject<ListControl | null>;
  /** Shown below the last row, or instead of rows. */
  readonly foot: ReactNode;
}

export interface ListControl {
  /** Moves the selection by rows; to the first or last known row with ±Infinity. */
  move(by: number): void;
  /** Rows of one screen, less one. */
  page(): number;
  toTop(): void;
}

export function TimelineList({
  feed,
  now,
  selected,
  onSelect,
  gridRef,
  controlRef,
  foot,
}: TimelineListProps) {
  const snapshot = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const rowHeight = useRowHeight();
  const { size, ended, capped, counts } = snapshot;
  const room = ended || capped || size === 0 ? 0 : Math.min(ROOM, Math.max(1, (counts?.matched ?? 0) - size));

  const virtualizer = useVirtualizer({
    count: size + room,
    getScrollElement: () => gridRef.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // The head stands above the first row and stays when the rows move.
    scrollPaddingEnd: rowHeight,
    getItemKey: (index) => feed.rowAt(index)?.seq ?? `blank-${index}`,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measures anew when the height of a row changes.
  useLayoutEffect(() => virtualizer.measure(), [rowHeight]);

  const items = virtualizer.getVirtualItems();
  const from = items[0]?.index ?? 0;
  const to = items.at(-1)?.index ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed length can make rows on the screen missing.
  useEffect(() => feed.show(from, to), [feed, from, to, size]);

  const followTop = useCallback(() => {
    const element = gridRef.current;
    if (element !== null) feed.setAtTop(element.scrollTop < rowHeight / 2);
  }, [feed, rowHeight, gridRef]);

  // A new filter begins at its newest row.
  const { filter } = snapshot;
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each new filter.
  useLayoutEffect(() => {
    if (gridRef.current !== null) gridRef.current.scrollTop = 0;
  }, [filter]);

  /** Where the selection is, or was before its row scrolled out of memory. */
  const cursor = useRef(-1);
  useEffect(() => {
    const position = selected === null ? -1 : feed.positionOf(selected);
    if (position >= 0) cursor.current = position;
  });

  useEffect(() => {
    controlRef.current = {
      move: (by) => {
        const known = selected === null ? -1 : feed.positionOf(selected);
        const start = known >= 0 ? known : cursor.current;
        const wanted = start < 0 ? (by > 0 ? 0 : -1) : start + by;
        const target = Math.max(0, Math.min(size - 1, wanted));
        const row = feed.rowAt(target);
        virtualizer.scrollToIndex(target, { align: 'auto' });
        cursor.current = target;
        if (row !== undefined) onSelect(row.seq);
      },
      page: () => Math.max(1, Math.floor((gridRef.current?.clientHeight ?? 0) / rowHeight) - 2),
      toTop: () => {
        if (gridRef.current !== null) gridRef.current.scrollTop = 0;
        feed.setAtTop(true);
      },
    };
    return () => {
      controlRef.current = null;
    };
  });

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const list = controlRef.current;
    if (list === null || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const by = stepOf(event.key, list.page());
    if (by === null) return;
    event.preventDefault();
    list.move(by);
  }

  const active = selected !== null && feed.positionOf(selected) >= 0 ? rowId(selected) : undefined;
  return (
    <>
      <div
        ref={gridRef}
        className="tl-grid"
        role="grid"
        aria-label="Calls and events, newest first"
        aria-rowcount={ended ? size + 1 : -1}
        aria-busy={snapshot.loading}
        aria-activedescendant={active}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onScroll={followTop}
      >
        <div className="tl-row tl-head" role="row" aria-rowindex={1}>
          <span role="columnheader">Time</span>
          <span role="columnheader" className="tl-track">
            Gates
          </span>
          <span role="columnheader">Outcome</span>
          <span role="columnheader">Call</span>
          <span role="columnheader" className="tl-whose">
            Agent
          </span>
        </div>
        <div
          className={snapshot.loading && size > 0 ? 'tl-body tl-stale' : 'tl-body'}
          role="rowgroup"
          style={{ height: virtualizer.getTotalSize() }}
        >
          {items.map(({ index, key, start }) => {
            const row = feed.rowAt(index);
            return row === undefined ? (
              <BlankRow key={key} index={index} top={start} />
            ) : (
              <Row
                key={key}
                row={row}
                index={index}
                top={start}
                now={now}
                selected={row.seq === selected}
                onSelect={onSelect}
              />
            );
          })}
        </div>
      </div>
      {foot}
    </>
  );
}

/** How far a key moves the selection, in rows; null for a key that does not. */
function stepOf(key: string, page: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return 1;
    case 'ArrowUp':
      return -1;
    case 'PageDown':
      return page;
    case 'PageUp':
      return -page;
    case 'Home':
      return -Infinity;
    case 'End':
      return Infinity;
    default:
      return null;
  }
}

/** Height of a row in px at the reader's font size. */
function useRowHeight(): number {
  const [height, setHeight] = useState(measuredRowHeight);
  useEffect(() => {
    const measure = () => setHeight(measuredRowHeight());
    window.addEventListener('resize', measure);
    return () => window.removeEventListener('resize', measure);
  }, []);
  return height;
}

function measuredRowHeight(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * ROW_REM;
}
