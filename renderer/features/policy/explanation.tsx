/** A decision, gate by gate, and the lines that would make it another one. */
import type { PolicyExplanation } from '../../../preload/contract.ts';
import { OutcomeGlyph } from '../../ui/glyphs.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

const WORDS = {
  allow: { word: 'Allowed', outcome: 'allowed', tone: 't-allow' },
  approve: { word: 'Asks you', outcome: 'waits', tone: 't-wait' },
  deny: { word: 'Refused', outcome: 'refused', tone: 't-stop' },
} as const;
const BECOMES = { allow: 'allowed', approve: 'you are asked', deny: 'refused' } as const;

const RULE_WORDS = {
  fired: 'fires',
  not_fired: 'does not fire',
  unavailable: 'cannot be asked',
  later: 'comes later',
  not_asked: 'is not asked',
} as const;

export function ExplanationView({ found }: { readonly found: PolicyExplanation }) {
  const { word, outcome, tone } = WORDS[found.decision];
  return (
    <div className="explanation">
      <p className="verdict">
        <OutcomeGlyph outcome={outcome} />
        <b className={tone}>{word}</b>
        {found.observed !== null && <span className="t-ink2">because it is only observed</span>}
      </p>
      <p>
        <VisibleText text={found.reason} />
      </p>
      <ol className="gate-steps" aria-label="What each gate says">
        {found.steps.map((step, index) => (
          <li
            key={`${step.gate} ${index === 0 ? '' : (found.steps[index - 1]?.gate ?? '')} ${step.said}`}
            data-state={step.state}
          >
            <span className="name">
              {step.gate} {step.name}
            </span>
            <span>
              <VisibleText text={step.said} />
              {step.place !== null && <code className="t-ink2"> {step.place}</code>}
            </span>
          </li>
        ))}
      </ol>
      {found.rules.length > 0 && (
        <>
          <h3>Behaviour rules about this tool</h3>
          <ul className="policy-lines rule-lines">
            {found.rules.map(({ id, action, state, said, place }) => (
              <li key={id} data-state={state} data-action={action}>
                <b>{id}</b> {RULE_WORDS[state]}: <VisibleText text={said} />
                {place !== null && <code className="t-ink2"> {place}</code>}
              </li>
            ))}
          </ul>
        </>
      )}
      {found.changes.length > 0 && (
        <>
          <h3>One line would change it</h3>
          <ul className="policy-lines">
            {found.changes.map(({ text, place, becomes }) => (
              <li key={text}>
                <VisibleText text={text} />
                {place !== null && <code className="t-ink2"> {place}</code>}: then {BECOMES[becomes]}
              </li>
            ))}
          </ul>
        </>
      )}
      {found.caveats.map((caveat) => (
        <p key={caveat} className="t-ink2 small">
          {caveat}
        </p>
      ))}
    </div>
  );
}
