import type { Standing } from './credential-words.ts';

/** The shape of a state: told apart without colour. */
export function StateMark({ standing: { word, shape, tone } }: { readonly standing: Standing }) {
  return (
    <span className={`vault-state ${tone}`}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {shape === 'disc' && <circle cx="5" cy="5" r="4.5" fill="currentColor" />}
        {shape === 'cross' && <path d="M1 1 9 9M9 1 1 9" stroke="currentColor" strokeWidth="1.8" />}
        {shape === 'half' && <path d="M5 .5A4.5 4.5 0 0 1 5 9.5z" fill="currentColor" />}
        {(shape === 'ring' || shape === 'half') && (
          <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" strokeWidth="1.4" />
        )}
      </svg>
      {word}
    </span>
  );
}
