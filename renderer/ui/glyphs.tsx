/** The arch that is the decision, the mark, and the small shapes beside words. Shape alone tells the outcome. */
import type { ReactNode } from 'react';
import type { TimelineRow } from '../../preload/contract.ts';

export type OutcomeName = NonNullable<TimelineRow['outcome']>;
const ARCH = 'M2 13.25V6.5a4.5 4.5 0 0 1 9 0v6.75';
const TONES = {
  allowed: 'm-allow',
  waits: 'm-wait',
  denied: 'm-stop',
  refused: 'm-stop',
  expired: 'm-plain',
  cancelled: 'm-plain',
} as const;

/** Open: allowed. Half down: waits. Filled: stopped. Dashed: expired. Struck through: cancelled. */
export function OutcomeGlyph({
  outcome,
  tone = TONES[outcome],
}: {
  readonly outcome: OutcomeName;
  /** Another colour than the outcome's own, where nothing was decided. */
  readonly tone?: 'm-allow' | 'm-wait' | 'm-stop' | 'm-plain' | 'm-ink';
}) {
  const filled = outcome === 'denied' || outcome === 'refused';
  return (
    <svg
      className={tone}
      width="13"
      height="14"
      viewBox="0 0 13 14"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
    >
      <path
        d={filled || outcome === 'expired' ? `${ARCH}z` : ARCH}
        {...(filled ? { fill: 'currentColor' } : {})}
        {...(outcome === 'expired' ? { strokeDasharray: '2 1.6' } : {})}
      />
      {outcome === 'waits' && (
        <path d="M2.6 6.5a3.9 3.9 0 0 1 7.8 0v2H2.6z" fill="currentColor" stroke="none" />
      )}
      {outcome === 'cancelled' && <path d="M1 13.5 12 2.5" />}
      {outcome === 'allowed' && <path d="M5 3.2v1.6M8 3.2v1.6" strokeWidth="1.2" />}
    </svg>
  );
}

/** How far down the bars of the mark are: up, nothing is guarded; half, guarding; down, agents are blocked. */
export type MarkBars = 'up' | 'half' | 'down';
const BARS = { up: 7.5, half: 13, down: 18.5 } as const;

/** An arch whose two legs and five bars make seven. */
export function Mark({ bars = 'half' }: { readonly bars?: MarkBars }) {
  const end = BARS[bars];
  return (
    <svg
      width="22"
      height="22"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      aria-hidden="true"
    >
      <path d="M2 19V10a8 8 0 0 1 16 0v9" />
      <path d={`M5 5.4V${end}M7.5 3.6V${end}M10 3V${end}M12.5 3.6V${end}M15 5.4V${end}`} strokeWidth="1.1" />
    </svg>
  );
}

/** One to three of three blocks: how strongly a session is enforced. */
export function Strength({ value, label }: { readonly value: number; readonly label: string }) {
  return (
    <svg
      className="m-ink"
      width="20"
      height="10"
      viewBox="0 0 20 10"
      role="img"
      aria-label={label}
      stroke="currentColor"
      strokeWidth="1.2"
    >
      {[0, 1, 2].map((block) => (
        <rect
          key={block}
          x={block * 7 + 0.75}
          y=".75"
          width="4.5"
          height="8.5"
          fill={block < value ? 'currentColor' : 'none'}
        />
      ))}
    </svg>
  );
}

const PLACES = {
  inbox: 'M2.5 13.5V7a5.5 5.5 0 0 1 11 0v6.5M2.5 8.5h11M6 3.5v5M10 3.5v5',
  timeline: 'M1.5 11.5h13M3 11V8M5.5 11V4M8 11V6.5M10.5 11V3M13 11V7',
  reviews: 'M2.5 2.5h7v11h-7zM11.5 5v8.5h-7M4.5 6.5l1.5 1.5 2.5-3',
  rules: 'M2 13V9a3 3 0 0 1 6 0v4M8 13V7a3 3 0 0 1 6 0v6M1 13h14',
  vault: 'M9.5 6.5a3.5 3.5 0 1 0-7 0 3.5 3.5 0 0 0 7 0zM8.5 9l5 5M11 11.5l1.5-1.5',
  mcp: 'M5.5 2v4M10.5 2v4M3.5 6h9v2.5a4.5 4.5 0 0 1-9 0zM8 13v2',
  agents: 'M1.5 3h13v10h-13zM4 6l2 2-2 2M8 10.5h3.5',
  policy: 'M3 1.5h10v13H3zM5.5 5h5M5.5 8h5M5.5 11h3',
  settings: 'M2 5h6M11 5h3M2 11h3M8 11h6M9.5 3.2v3.6M6.5 9.2v3.6',
} as const;

/** The sign of a page in the navigation. */
export function PlaceGlyph({ place }: { readonly place: keyof typeof PLACES }) {
  return (
    <Line size={16} width={1.4}>
      <path d={PLACES[place]} />
    </Line>
  );
}

const SCOPE_WIDTHS = { once: 7, session: 13, project: 19, always: 25 } as const;

/** The arch of a scope: the wider, the more it covers. */

export function ScopeGlyph({ scope }: { readonly scope: keyof typeof SCOPE_WIDTHS }) {
  const width = SCOPE_WIDTHS[scope];
  const round = (width - 2) / 2;
  return (
    <svg
      width={width}
      height="12"
      viewBox={`0 0 ${width} 12`}
      fill="none"
      stroke="currentColor"
      aria-hidden="true"
    >
      <path d={`M1 12V6a${round} 5 0 0 1 ${width - 2} 0v6`} strokeWidth="1.5" />
    </svg>
  );
}

/** A box with an arrow: something leaves the project, or is not known to stay in it. */
export function OutsideGlyph() {
  return (
    <Line size={10} width={1.4}>
      <path d="M4 1H1v8h8V6M5.5 1H9v3.5M9 1 4.5 5.5" />
    </Line>
  );
}

/** Two bars: hold on. */
export function PauseGlyph() {
  return (
    <Line size={12} width={2}>
      <path d="M4 2v8M8 2v8" />
    </Line>
  );
}

/** Back to the list. */
export function BackGlyph() {
  return (
    <Line size={12} width={1.5}>
      <path d="M7.5 2 3.5 6l4 4" />
    </Line>
  );
}

/** Puts something away. */
export function CloseGlyph() {
  return (
    <Line size={12} width={1.5}>
      <path d="M2.5 2.5l7 7M9.5 2.5l-7 7" />
    </Line>
  );
}

/** A box to tick. */
export function TickGlyph({ ticked }: { readonly ticked: boolean }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" fill="none" aria-hidden="true">
      <rect
        x=".75"
        y=".75"
        width="10.5"
        height="10.5"
        rx="1.5"
        fill={ticked ? 'var(--ink)' : 'none'}
        stroke={ticked ? 'var(--ink)' : 'var(--edge)'}
        strokeWidth="1.5"
      />
      {ticked && <path d="m3 6.2 2.2 2.2L9.2 3.8" stroke="var(--on-ink)" strokeWidth="1.6" />}
    </svg>
  );
}

function Line({
  size,
  width,
  children,
}: {
  readonly size: number;
  readonly width: number;
  readonly children: ReactNode;
}) {
  return (
    <svg
      width={size}
      height={size}
      viewBox={`0 0 ${size} ${size}`}
      fill="none"
      stroke="currentColor"
      strokeWidth={width}
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}
