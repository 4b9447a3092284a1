/**
 * How the calls of a filter spread over time: above the line what was let through, with what was asked on top of it
 * in outline, below the line what was stopped. Brushed with the pointer or with keys, it narrows the rows.
 */
import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from 'react';
import type { TimelineDensity } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { axisLabels, type Brush, brushSpan, bucketsOf, chosenPart, type Span, spanWords } from './density.ts';

/** Pixels of a bar with its gap. */
const PITCH = 7;
const BAR = 5;
const UP = 34;
const DOWN = 16;
const LABELS = 7;

export interface DensityStripProps {
  readonly density: TimelineDensity | null;
  readonly since: number | null;
  readonly until: number | null;
  /** The strip shows a part of the log. */
  readonly zoomed: boolean;
  /** Told how many bars there is room for. */
  readonly onRoom: (buckets: number) => void;
  readonly onChoose: (span: Span | null) => void;
  readonly onZoom: (span: Span | null) => void;
}

export function DensityStrip(props: DensityStripProps) {
  const { density, since, until, zoomed, onRoom, onChoose, onZoom } = props;
  const box = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<{ readonly brush: Brush; readonly scale: string } | null>(null);
  const [dragging, setDragging] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => onRoom(Math.max(20, Math.min(400, Math.floor(element.clientWidth / PITCH))));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [onRoom]);

  const isEmpty = density === null || density.to <= density.from;
  const last = density === null ? 0 : bucketsOf(density) - 1;
  // Another stretch of time or another number of bars: a place among the old ones means nothing. One that is being
  // dragged stays under the pointer.
  const scale = density === null ? '' : `${density.from} ${density.to} ${last}`;
  const brush =
    drawn === null || (drawn.scale !== scale && !dragging)
      ? null
      : { anchor: Math.min(drawn.brush.anchor, last), cursor: Math.min(drawn.brush.cursor, last) };
  const setBrush = (next: Brush | null) => setDrawn(next === null ? null : { brush: next, scale });
  const chosen = density === null ? null : chosenPart(density, since, until);
  const selection: Span | null =
    since === null && until === null
      ? null
      : { from: since ?? density?.from ?? 0, to: until ?? density?.to ?? 0 };

  const bucketAt = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(last, Math.floor(((event.clientX - left) / width) * (last + 1))));
  };
  function onPointerDown(event: PointerEvent<HTMLElement>): void {
    if (event.button !== 0 || isEmpty) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const bucket = bucketAt(event);
    setDragging(true);
    setBrush({ anchor: bucket, cursor: bucket });
  }
  function onPointerUp(): void {
    if (!dragging) return;
    setDragging(false);
    if (density !== null && brush !== null) onChoose(brushSpan(density, brush));
  }
  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    if (density === null || isEmpty || event.ctrlKey || event.metaKey || event.altKey) return;
    const cursor = brush?.cursor ?? last;
    const to = { ArrowLeft: cursor - 1, ArrowRight: cursor + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      const bucket = Math.max(0, Math.min(last, brush === null && event.key === 'ArrowLeft' ? last : to));
      setBrush({ anchor: event.shiftKey ? (brush?.anchor ?? cursor) : bucket, cursor: bucket });
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (brush !== null) onChoose(brushSpan(density, brush));
    } else if (event.key === '+' || event.key === '=') {
      const span = selection ?? (brush === null ? null : brushSpan(density, brush));
      if (span !== null) onZoom(span);
    } else if (event.key === '-') onZoom(null);
    else if (event.key === 'Escape' && (brush !== null || selection !== null)) {
      setBrush(null);
      onChoose(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const marked = brush ?? { anchor: last, cursor: last };
  return (
    <section className="tl-strip" aria-label="Calls over time">
      <div className="tl-strip-head">
        <span className="tl-legend" aria-hidden="true">
          <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
            <path className="through" d="M1 0h5v8H1z" />
          </svg>
          let through
          <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
            <path className="asked" d="M1.5 0.5h5v6h-5z" />
          </svg>
          asked
          <svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
            <path className="axis" d="M0 1.500h8" />
            <path className="stopped" d="M1 2h5v6H1z" />
          </svg>
          stopped, below the line
        </span>
        <span className="grow t-ink2 one" role="status">
          {density !== null && brush !== null && !isEmpty ? spanWords(density, brush) : ''}
        </span>
        {selection !== null && (
          <Button size="small" variant="quiet" onClick={() => onZoom(selection)}>
            Zoom in
          </Button>
        )}
        {zoomed && (
          <Button size="small" variant="quiet" onClick={() => onZoom(null)}>
            Show all
          </Button>
        )}
      </div>
      <div
        ref={box}
        className="tl-bars"
        role="slider"
        tabIndex={0}
        aria-label="Time. Arrows move, Shift and arrows select, Enter narrows the rows, plus zooms in, minus shows all"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, Math.min(last, marked.cursor))}
        aria-valuetext={density === null || isEmpty ? 'No calls' : spanWords(density, marked)}
        onPointerDown={onPointerDown}
        onPointerMove={(event) => {
          if (dragging && brush !== null) setBrush({ anchor: brush.anchor, cursor: bucketAt(event) });
        }}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setDragging(false)}
        onKeyDown={onKeyDown}
      >
        {density !== null && <Bars density={density} />}
        {chosen !== null && (
          <div
            className="tl-chosen"
            style={{ left: `${chosen.left * 100}%`, right: `${(1 - chosen.right) * 100}%` }}
          />
        )}
        {brush !== null && (
          <div
            className="tl-brush"
            style={{
              left: `${(Math.min(brush.anchor, brush.cursor) / (last + 1)) * 100}%`,
              right: `${(1 - (Math.max(brush.anchor, brush.cursor) + 1) / (last + 1)) * 100}%`,
            }}
          />
        )}
      </div>
      <div className="tl-axis" aria-hidden="true">
        {density !== null &&
          !isEmpty &&
          axisLabels(density, LABELS).map((text, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the labels have places, not names.
            <span key={index}>{text}</span>
          ))}
      </div>
    </section>
  );
}

function Bars({ density }: { readonly density: TimelineDensity }) {
  const buckets = bucketsOf(density);
  const most = Math.max(
    1,
    ...density.through.map((through, bucket) => through + (density.asked[bucket] ?? 0)),
  );
  const mostStopped = Math.max(1, ...density.stopped);
  // Square roots: a busy hour does not make the quiet ones vanish.
  const up = (value: number) => (value === 0 ? 0 : Math.max(2, Math.sqrt(value / most) * UP));
  const down = (value: number) => (value === 0 ? 0 : Math.max(3, Math.sqrt(value / mostStopped) * DOWN));
  const paths = { through: '', asked: '', stopped: '' };
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const x = bucket * PITCH + 1;
    const through = density.through[bucket] ?? 0;
    const asked = density.asked[bucket] ?? 0;
    const low = up(through);
    if (low > 0) paths.through += `M${x} ${UP}v${-low.toFixed(1)}h${BAR}v${low.toFixed(1)}z`;
    if (asked > 0) {
      const height = Math.max(4, up(through + asked) - low);
      paths.asked += `M${x + 0.5} ${(UP - low - 1).toFixed(1)}v${-(height - 1).toFixed(1)}h${BAR - 1}v${(height - 1).toFixed(1)}z`;
    }
    const deep = down(density.stopped[bucket] ?? 0);
    if (deep > 0) paths.stopped += `M${x} ${UP + 2}h${BAR}v${deep.toFixed(1)}h${-BAR}z`;
  }
  return (
    <svg
      viewBox={`0 -5 ${buckets * PITCH} ${UP + DOWN + 8}`}
      width="100%"
      height="100%"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path className="axis" d={`M0 ${UP + 1}H${buckets * PITCH}`} />
      <path className="through" d={paths.through} />
      <path className="asked" d={paths.asked} />
      <path className="stopped" d={paths.stopped} />
    </svg>
  );
}
