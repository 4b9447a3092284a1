/** One line of the timeline. Fixed height; what does not fit is cut, and stands whole in the panel. */
import { memo, type PointerEvent, type ReactNode } from 'react';
import type { TimelineRow } from '../../../preload/contract.ts';
import { CompactTrack } from '../../ui/track.tsx';
import { VisibleText, visible } from '../../ui/visible-text.tsx';
import { OutcomeMark } from './outcome-mark.tsx';
import { fullTime, outcomeTone, outcomeWords, resultMark, rowTime, whose } from './row-words.ts';

export function rowId(seq: number): string {
  return `tl-row-${seq}`;
}

interface RowProps {
  readonly row: TimelineRow;
  /** Position in the list, from 0. */
  readonly index: number;
  /** Distance from the top of the list in px. */
  readonly top: number;
  readonly now: number;
  readonly selected: boolean;
  readonly onSelect: (seq: number) => void;
}

export const Row = memo(function Row({ row, index, top, now, selected, onSelect }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid moves the selection by keys; a row is no tab stop.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names its active row.
    <div
      id={rowId(row.seq)}
      className="tl-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-seq={row.seq}
      data-kind={row.kind}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(row.seq)}
      onPointerDown={keepFocus}
    >
      <time
        role="gridcell"
        className="tl-time"
        dateTime={new Date(row.at).toISOString()}
        title={fullTime(row.at)}
      >
        {rowTime(row.at, now)}
      </time>
      <span role="gridcell" className="tl-track">
        {row.trace === null ? null : <CompactTrack steps={row.trace} />}
      </span>
      <span role="gridcell">
        <Outcome row={row} />
      </span>
      <span role="gridcell" className="tl-what" title={visible(`${row.action} ${row.summary}`)}>
        <Call row={row} />
      </span>
      <span
        role="gridcell"
        className="tl-whose"
        title={visible([row.client, row.app].filter((part) => part !== '').join(' · '))}
      >
        <VisibleText text={whose(row)} />
      </span>
    </div>
  );
});

/** Glyph and word of how it ended; the colour repeats what they say. */
export function Outcome({ row }: { readonly row: TimelineRow }) {
  // In rows, what a rule let through stays quiet: colour is for what waits, was stopped, or a person let through.
  const quiet = row.outcome === 'allowed' && !row.byPerson;
  return (
    <span className="tl-outcome" data-tone={outcomeTone(row)} {...(quiet ? { 'data-quiet': '' } : {})}>
      <OutcomeMark row={row} />
      {outcomeWords(row)}
    </span>
  );
}

function Call({ row }: { readonly row: TimelineRow }): ReactNode {
  if (row.kind === 'event') {
    return (
      <>
        <span className="tl-act">{row.action}</span>
        <VisibleText text={row.summary} />
      </>
    );
  }
  return (
    <>
      <span className="tl-act">{row.action}</span>
      <code>
        <VisibleText text={row.summary} />
      </code>
      {resultMark(row).map((mark) => (
        <span key={mark} className="tl-tag" {...(mark === 'failed' ? { 'data-tone': 'stop' } : {})}>
          {mark}
        </span>
      ))}
    </>
  );
}

/** A row whose place is known and whose content is being read again. */
export const BlankRow = memo(function BlankRow({
  index,
  top,
}: {
  readonly index: number;
  readonly top: number;
}) {
  return (
    <div
      className="tl-row"
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="gridcell" className="tl-time">
        <i className="tl-blank" />
        <span className="vh">looking…</span>
      </span>
      <span role="gridcell" className="tl-track" />
      <span role="gridcell" />
      <span role="gridcell" className="tl-what">
        <i className="tl-blank" />
      </span>
      <span role="gridcell" className="tl-whose" />
    </div>
  );
});

/** A press on a row must not take the focus from the grid to the scroller. */
function keepFocus(event: PointerEvent<HTMLElement>): void {
  event.currentTarget.closest<HTMLElement>('[role="grid"]')?.focus({ preventScroll: true });
}
