/** Parts of the panel: what an edit changes, what a call would do, what came back. */
import type { Effects, TimelineDetail } from '../../../preload/contract.ts';
import { count } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

const SIGNS = { same: ' ', add: '+', remove: '−' } as const;
const SAID = { same: '', add: 'put in: ', remove: 'taken out: ' } as const;

export function EditDiff({ lines }: { readonly lines: NonNullable<TimelineDetail['diff']> }) {
  return (
    <section aria-label="Change">
      <h3>What it changes</h3>
      <pre className="tl-diff" tabIndex={0} aria-label="Lines taken out and put in">
        {lines.map(({ kind, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have places, and repeat.
          <span key={index} data-kind={kind}>
            <span className="vh">{SAID[kind]}</span>
            <i aria-hidden="true">{SIGNS[kind]} </i>
            <VisibleText text={text} />
            {'\n'}
          </span>
        ))}
      </pre>
    </section>
  );
}

export function EffectList({ effects }: { readonly effects: Effects }) {
  return (
    <section aria-label="Effects">
      <h3>What it would do, as understood now</h3>
      {effects.known ? (
        <dl className="tl-facts">
          {effects.cells.map((cell) => (
            <div key={cell.label} className="tl-fact">
              <dt>
                <VisibleText text={cell.label} />
              </dt>
              <dd {...(cell.tone === 'plain' ? {} : { className: 't-wait' })}>
                <VisibleText text={cell.text} />
                {cell.detail !== null && (
                  <small className="t-ink2">
                    {' '}
                    <VisibleText text={cell.detail} />
                  </small>
                )}
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <p className="t-12 t-ink2">
          <VisibleText text={effects.reason} />
        </p>
      )}
    </section>
  );
}

/** Folded: the first look is at what was decided. */
export function Output({ output }: { readonly output: NonNullable<TimelineDetail['output']> }) {
  const size = `${count(output.bytes)} ${output.bytes === 1 ? 'byte' : 'bytes'}`;
  return (
    <section aria-label="Output">
      <details className="tl-record">
        <summary>
          <span>What came back</span>
          <code>{size}</code>
        </summary>
        {output.text === '' ? (
          <p className="t-12 t-ink2">
            Of a result that went well the log keeps size and digest, not the text.
          </p>
        ) : (
          <pre tabIndex={0} aria-label="Output">
            <VisibleText text={output.text} />
          </pre>
        )}
      </details>
    </section>
  );
}
