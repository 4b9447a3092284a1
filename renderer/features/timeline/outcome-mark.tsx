import type { TimelineRow } from '../../../preload/contract.ts';
import { OutcomeGlyph } from '../../ui/glyphs.tsx';

/** The arch of an outcome; a dot for an event, filled when it needs attention. */
export function OutcomeMark({ row }: { readonly row: Pick<TimelineRow, 'outcome' | 'alarm'> }) {
  if (row.outcome !== null) return <OutcomeGlyph outcome={row.outcome} />;
  return (
    <svg
      className={row.alarm ? 'm-stop' : 'm-plain'}
      width="13"
      height="14"
      viewBox="0 0 13 14"
      aria-hidden="true"
    >
      <circle
        cx="6.5"
        cy="7"
        r="3"
        fill={row.alarm ? 'currentColor' : 'none'}
        stroke="currentColor"
        strokeWidth="1.4"
      />
    </svg>
  );
}
