/** The arch that is the decision, and the mark. Shape alone tells the outcome. */
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

export function OutcomeGlyph({ outcome }: { readonly outcome: OutcomeName }) {
  return (
    <svg
      className={TONES[outcome]}
      width="13"
      height="14"
      viewBox="0 0 13 14"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
    >
      <path
        d={outcome === 'denied' || outcome === 'refused' ? `${ARCH}z` : ARCH}
        {...(outcome === 'denied' || outcome === 'refused' ? { fill: 'currentColor' } : {})}
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

/** An arch whose legs and bars make seven. */
export function Mark() {
  return (
    <svg
      width="22"
      height="22"
      viewBox="0 0 22 22"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      aria-hidden="true"
    >
      <path d="M2 21V11a9 9 0 0 1 18 0v10" />
      <path d="M5.5 8v9M8.3 6v11M11 5v12M13.700 6v11M16.500 8v9" strokeWidth="1.3" />
    </svg>
  );
}

/** One to three of three blocks: how strongly a session is enforced. */
export function Strength({ value, label }: { readonly value: number; readonly label: string }) {
  return (
    <svg
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
