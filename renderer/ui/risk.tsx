import type { Risk } from '../../preload/contract.ts';

const WORDS = { low: 'Low risk', medium: 'Medium risk', high: 'High risk', unknown: 'Unknown risk' } as const;
const TONES = { low: 'm-plain', medium: 'm-wait', high: 'm-stop', unknown: 'm-stop' } as const;
const TEXT = { low: 't-ink2', medium: 't-wait', high: 't-stop', unknown: 't-stop' } as const;

/** The shape of a risk: ring, half-filled diamond, triangle. What is not known counts as high, and is hollow. */
export function RiskShape({ risk }: { readonly risk: Risk }) {
  return (
    <svg
      className={TONES[risk]}
      width="12"
      height="12"
      viewBox="0 0 12 12"
      role="img"
      aria-label={WORDS[risk]}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
    >
      {risk === 'low' && <circle cx="6" cy="6" r="4" strokeWidth="1.5" />}
      {risk === 'medium' && (
        <>
          <path d="M6 1 11 6 6 11 1 6z" />
          <path d="M6 1 11 6 6 11z" fill="currentColor" stroke="none" />
        </>
      )}
      {risk === 'high' && <path d="M6 .8 11.6 11H.4z" fill="currentColor" stroke="none" />}
      {risk === 'unknown' && <path d="M6 1.9 10.7 10.3H1.3z" />}
    </svg>
  );
}

/** Shape and word of a risk. */
export function RiskMark({ risk }: { readonly risk: Risk }) {
  return (
    <span className={`g risk ${TEXT[risk]}`}>
      <RiskShape risk={risk} />
      <span aria-hidden="true">{WORDS[risk]}</span>
    </span>
  );
}
