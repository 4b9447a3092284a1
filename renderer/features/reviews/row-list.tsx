/** The changed paths of a review: however many there are, those on the screen are asked for and drawn. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ReviewRow } from '../../../preload/contract.ts';
import { count } from '../../ui/format.ts';
import { ChangeRow } from './change-row.tsx';
import { isPicked, type Picked } from './pick.ts';
import type { RowPages } from './row-pages.ts';
import { drawable, rowWindow } from './row-window.ts';

/** Height of a row in rem, the same as in the stylesheet; in a narrow window its note stands below it. */
const ROW_REM = 2;
const NARROW_ROW_REM = 3.25;
const NARROW = '(max-width: 760px)';
/** Below each row, in pixels. */
const LINE = 1;

export interface RowListProps {
  readonly review: string;
  readonly pages: RowPages;
  readonly total: number;
  /** Null when there is nothing to choose. */
  readonly picked: Picked | null;
  readonly onPick: (key: string) => void;
  /** What ticking a row means. */
  readonly pickWord: string;
}

export function RowList({ review, pages, total, picked, onPick, pickWord }: RowListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ top: 0, view: 0 });
  const [open, setOpen] = useState<{ readonly at: number; readonly more: number } | null>(null);
  const [, redraw] = useState(0);
  const row = useRowHeight();
  const shown = rowWindow({ total, row, open }, place.top, place.view);
  const { from, to } = shown;
  useEffect(() => pages.listen(() => redraw((times) => times + 1)), [pages]);
  useEffect(() => pages.want(from, to), [pages, from, to]);
  const look = useCallback(() => {
    const element = scroller.current;
    if (element !== null) setPlace({ top: element.scrollTop, view: element.clientHeight });
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, [look]);
  const tall = useCallback(
    (height: number) => setOpen((now) => (now === null ? null : { ...now, more: Math.max(0, height - row) })),
    [row],
  );
  const room = drawable({ total, row });
  const rows = Array.from({ length: to - from }, (_, index) => pages.at(from + index));
  return (
    <div className="review-scroll" ref={scroller} onScroll={look}>
      <ul className="review-rows" aria-label="Changed paths">
        <li aria-hidden="true" className="review-gap" style={{ height: shown.above }} />
        {rows.map((one, index) => {
          const at = from + index;
          if (one === null)
            return (
              <li key={`blank-${at}`} className="review-blank" aria-setsize={total} aria-posinset={at + 1} />
            );
          return (
            <ListRow
              key={one.key}
              review={review}
              row={one}
              at={at}
              total={total}
              open={open?.at === at}
              picked={picked === null ? null : isPicked(picked, one.key)}
              onOpen={() => setOpen(open?.at === at ? null : { at, more: 0 })}
              onPick={() => onPick(one.key)}
              onTall={tall}
              pickWord={pickWord}
            />
          );
        })}
        <li aria-hidden="true" className="review-gap" style={{ height: shown.below }} />
      </ul>
      {room < total && (
        <p className="t-12 t-ink2">
          {`${count(total - room)} more do not fit here: gatehouse review show ${review} --all prints them.`}
        </p>
      )}
    </div>
  );
}

function ListRow({
  onTall,
  open,
  ...rest
}: {
  readonly review: string;
  readonly row: ReviewRow;
  readonly at: number;
  readonly total: number;
  readonly open: boolean;
  readonly picked: boolean | null;
  readonly pickWord: string;
  readonly onOpen: () => void;
  readonly onPick: () => void;
  readonly onTall: (height: number) => void;
}) {
  const element = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    if (!open || element.current === null) return;
    const one = element.current;
    const observer = new ResizeObserver(() => onTall(one.getBoundingClientRect().height));
    observer.observe(one);
    return () => observer.disconnect();
  }, [open, onTall]);
  return <ChangeRow ref={element} open={open} {...rest} />;
}

/** Height of a row in px at the reader's font size. */
function useRowHeight(): number {
  const [height, setHeight] = useState(measured);
  useEffect(() => {
    const measure = () => setHeight(measured());
    addEventListener('resize', measure);
    return () => removeEventListener('resize', measure);
  }, []);
  return height;
}

function measured(): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return rem * (matchMedia(NARROW).matches ? NARROW_ROW_REM : ROW_REM) + LINE;
}
