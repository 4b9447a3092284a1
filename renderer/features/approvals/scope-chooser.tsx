/**
 * What is remembered with a yes: how far it reaches, what it is about, until when. The narrowest is chosen on every
 * new request; an impossible choice stays, struck, with the reason. What comes below never moves the buttons.
 */
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import type { Approval, CoverageReport } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { ScopeGlyph } from '../../ui/glyphs.tsx';
import { Key } from '../../ui/key.tsx';
import { visible } from '../../ui/visible-text.tsx';
import { allows, chosenOf, coverageWords, ENDS, type Scope, type Wish } from './remember-words.ts';

const MEANINGS = {
  once: 'Once lets exactly this call through. Nothing is remembered.',
  session: 'Passes without a question until the session ends. Undo takes it back for 10 s.',
  project: 'Passes without a question in this project, in later sessions too.',
  always: 'Passes without a question in every project.',
} as const satisfies Record<Scope, string>;

export function ScopeChooser({
  approval,
  wish,
  onWish,
  groupRef,
}: {
  readonly approval: Approval;
  readonly wish: Wish;
  readonly onWish: (wish: Wish) => void;
  readonly groupRef: RefObject<HTMLDivElement | null>;
}) {
  const { scopes, remember } = approval;
  const choice = chosenOf(approval, wish);
  const report = useCoverage(approval.id, choice !== null);
  const limit = choice?.limit ?? null;
  const why = remember.once ?? (choice === null ? null : (remember.exactOnly ?? limit));
  return (
    <section className="sec" aria-label="Remember">
      <h2>Remember</h2>
      <div className="remember">
        <div className="seg" role="radiogroup" aria-label="How far" ref={groupRef}>
          {scopes.map((one) => (
            <Choice
              key={one.scope}
              group={`scope-${approval.id}`}
              title={one.unavailable ?? one.button}
              checked={one.scope === wish.scope}
              disabled={one.unavailable !== null}
              onChoose={() => onWish({ ...wish, scope: one.scope })}
            >
              <ScopeGlyph scope={one.scope} />
              {visible(one.label)}
            </Choice>
          ))}
        </div>
        {choice !== null && (
          <div className="choices" role="radiogroup" aria-label="What">
            {remember.choices.map((one) => (
              <label
                key={one.id}
                className="pick"
                title={visible(allows(one, wish.scope) ? one.label : (one.limit ?? ''))}
              >
                <input
                  type="radio"
                  name={`what-${approval.id}`}
                  checked={one.id === choice.id}
                  disabled={!allows(one, wish.scope)}
                  onChange={() => onWish({ ...wish, choice: one.id })}
                />
                <span>{one.id === 'exact' ? 'this exact call' : <code>{visible(one.label)}</code>}</span>
              </label>
            ))}
          </div>
        )}
        {(wish.scope === 'project' || wish.scope === 'always') && (
          <div className="seg" role="radiogroup" aria-label="Until when">
            {ENDS.map(({ seconds, label }) => (
              <Choice
                key={label}
                group={`end-${approval.id}`}
                title={label}
                checked={seconds === wish.forSeconds}
                disabled={false}
                onChoose={() => onWish({ ...wish, forSeconds: seconds })}
              >
                {label}
              </Choice>
            ))}
          </div>
        )}
        <p className="bind">
          {MEANINGS[wish.scope]} {visible(why ?? '')}
        </p>
        {choice !== null && (
          <p className="bind covers" aria-live="polite">
            {report === null
              ? 'Looking what it would have covered…'
              : typeof report === 'string'
                ? visible(report)
                : coverageWords(report, choice, wish.scope)}{' '}
            Never covers {visible(choice.never)}.{choice.sandboxed && ' In sandboxed sessions only.'}
          </p>
        )}
        <p className="bind">
          <Key>S</Key> how far
          {choice !== null && remember.choices.length > 1 && (
            <>
              {' '}
              · <Key>W</Key> what
            </>
          )}
          {(wish.scope === 'project' || wish.scope === 'always') && (
            <>
              {' '}
              · <Key>E</Key> until when
            </>
          )}
        </p>
      </div>
    </section>
  );
}

function Choice({
  group,
  title,
  checked,
  disabled,
  onChoose,
  children,
}: {
  readonly group: string;
  readonly title: string;
  readonly checked: boolean;
  readonly disabled: boolean;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <label title={visible(title)}>
      <input type="radio" name={group} checked={checked} disabled={disabled} onChange={onChoose} />
      {children}
    </label>
  );
}

/** Looked up once for a request, when something is to be remembered. Null while it is on its way; a text why not. */
function useCoverage(id: string, wanted: boolean): CoverageReport | string | null {
  const [report, setReport] = useState<CoverageReport | string | null>(null);
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    void call('coverage', { approval: id }).then((result) => {
      if (gone) return;
      setReport(
        result.ok ? result.value : `What it would have covered is not known: ${result.error.message}.`,
      );
    });
    return () => {
      gone = true;
    };
  }, [id, wanted]);
  return report;
}
