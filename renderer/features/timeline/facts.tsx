/** What is known of a row, each fact with how it is known, in one column. */
import type { Fact, TimelineRow } from '../../../preload/contract.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { duration } from './row-words.ts';

const SOURCES: Readonly<Record<Fact['source'], string>> = {
  kernel: 'from the kernel',
  checked: 'checked',
  observed: 'observed',
  claimed: 'agent’s words',
  unknown: 'not known',
};

export function Facts({ row, facts }: { readonly row: TimelineRow; readonly facts: readonly Fact[] }) {
  const all =
    facts.some((fact) => fact.label === 'Result') || row.kind === 'event' ? facts : [...facts, resultOf(row)];
  if (all.length === 0) return null;
  return (
    <section aria-label="Facts">
      <dl className="tl-facts">
        {all.map((fact) => (
          <div key={`${fact.label} ${fact.text} ${fact.code ?? ''}`} className="tl-fact">
            <dt>{fact.label}</dt>
            <dd>
              <VisibleText text={fact.text} />
              {fact.text !== '' && fact.code !== null && ' '}
              {fact.code !== null && (
                <code>
                  <VisibleText text={fact.code} />
                </code>
              )}
            </dd>
            <dd className="tl-source">{SOURCES[fact.source]}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What came of it, as far as the row itself tells. */
function resultOf(row: TimelineRow): Fact {
  const ran = row.durationMs === null ? '' : ` in ${duration(row.durationMs)}`;
  if (row.success !== null)
    return {
      label: 'Result',
      text: `${row.success ? 'Succeeded' : 'Failed'}${ran}`,
      code: null,
      source: 'claimed',
    };
  const text =
    row.outcome === 'allowed'
      ? 'Let through; no result was reported'
      : row.outcome === 'waits'
        ? 'Has not run'
        : 'Did not run';
  return { label: 'Result', text, code: null, source: 'observed' };
}
