/**
 * The rows: a virtual grid of 28 px lines that reads what it shows and moves only under the reader's own hand.
 *
 * The grid is one stop of the tab order; arrows, J and K, Page, Home and End move the selection in it.
 */
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useReducer,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { TimelineFeed } from './feed.ts';
import { BlankRow, Row, rowId } from './timeline-row.tsx';
import { VirtualScroll } from './virtual-scroll.ts';

/** Height of a row in rem, the same as in the stylesheet. */
const ROW_REM = 1.75;
/** Rows that are laid out beyond the screen, so that a fast wheel never shows an edge. */
const OVERSCAN = 14;
/** Nothing has moved for so long, in milliseconds: the bar is put where the rows are. */
const STILL_MS = 160;

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
  /** Moves the selection by rows; to the first or last row with ±Infinity. */
  move(by: number): void;
  /** Selects the row at a position, when it is there. */
  go(position: number): void;
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
  const [scroll] = useState(() => new VirtualScroll());
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const view = useViewHeight(gridRef, rowHeight);
  const still = useRef<ReturnType<typeof setTimeout> | null>(null);
  const { size, filter } = snapshot;
  scroll.resize({ content: size * rowHeight, view });

  const from = Math.max(0, Math.floor(scroll.top / rowHeight) - OVERSCAN);
  const to = Math.min(size, Math.ceil((scroll.top + view) / rowHeight) + OVERSCAN);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed length can make rows on the screen missing.
  useEffect(() => feed.show(from, to), [feed, from, to, size]);

  function onScroll(): void {
    const element = gridRef.current;
    if (element === null) return;
    scroll.scrolled(element.scrollTop);
    feed.setAtTop(scroll.top < rowHeight / 2);
    if (still.current !== null) clearTimeout(still.current);
    still.current = setTimeout(() => {
      // It was scrolled again and the event is on its way: to settle now would throw the reader back.
      if (Math.abs(element.scrollTop - scroll.bar) >= 1) return;
      const bar = scroll.settle();
      if (Math.abs(element.scrollTop - bar) >= 1) element.scrollTop = bar;
      redraw();
    }, STILL_MS);
    redraw();
  }

  // A new filter begins at its newest row.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each new filter.
  useLayoutEffect(() => {
    const bar = scroll.goTo(0);
    if (gridRef.current !== null) gridRef.current.scrollTop = bar;
    redraw();
  }, [filter]);

  /** Where the selection is, or was before its row scrolled out of memory. */
  const cursor = useRef(-1);
  /** A position to select as soon as its row has been read. */
  const wanted = useRef<number | null>(null);
  useEffect(() => {
    const position = selected === null ? -1 : feed.positionOf(selected);
    if (position >= 0) cursor.current = position;
    const row = wanted.current === null ? undefined : feed.rowAt(wanted.current);
    if (row === undefined) return;
    wanted.current = null;
    onSelect(row.seq);
  });

  useEffect(() => {
    const reveal = (position: number) => {
      const top = position * rowHeight;
      const target =
        top < scroll.top ? top : top + rowHeight > scroll.top + view ? top + rowHeight - view : null;
      if (target === null || gridRef.current === null) return;
      gridRef.current.scrollTop = scroll.goTo(target);
      feed.setAtTop(scroll.top < rowHeight / 2);
      redraw();
    };
    const go = (position: number) => {
      const target = Math.max(0, Math.min(size - 1, position));
      if (size === 0) return;
      reveal(target);
      cursor.current = target;
      const row = feed.rowAt(target);
      wanted.current = row === undefined ? target : null;
      if (row !== undefined) onSelect(row.seq);
    };
    controlRef.current = {
      move: (by) => {
        const known = selected === null ? -1 : feed.positionOf(selected);
        const start = wanted.current ?? (known >= 0 ? known : cursor.current);
        go(start < 0 ? (by > 0 && Number.isFinite(by) ? 0 : by < 0 ? 0 : size - 1) : start + by);
      },
      go,
      page: () => Math.max(1, Math.floor(view / rowHeight) - 1),
      toTop: () => {
        if (gridRef.current !== null) gridRef.current.scrollTop = scroll.goTo(0);
        feed.setAtTop(true);
        redraw();
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
  const positions = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
  return (
    <>
      <div
        ref={gridRef}
        className="tl-grid"
        role="grid"
        aria-label="Calls and events, newest first"
        aria-rowcount={snapshot.counts?.matched == null ? -1 : size + 1}
        aria-busy={snapshot.loading}
        aria-activedescendant={active}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onScroll={onScroll}
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
          style={{ height: scroll.height }}
        >
          {positions.map((index) => {
            const row = feed.rowAt(index);
            const top = Math.round(index * rowHeight + scroll.offset);
            return row === undefined ? (
              <BlankRow key={`blank-${index}`} index={index} top={top} />
            ) : (
              <Row
                key={row.seq}
                row={row}
                index={index}
                top={top}
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

/** Pixels of the grid that show rows: its height without its head. */
function useViewHeight(gridRef: RefObject<HTMLDivElement | null>, rowHeight: number): number {
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    const element = gridRef.current?.parentElement;
    if (element == null) return;
    const measure = () => setHeight(Math.max(0, element.clientHeight - rowHeight));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [gridRef, rowHeight]);
  return height;
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
