/** One request in full: what it would do, why it asks, who asks and how we know, and how far a yes reaches. */
import { type RefObject, useRef, useState } from 'react';
import type { Effects, Fact } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { calmTimeLeft } from '../../ui/format.ts';
import { BackGlyph, OutsideGlyph } from '../../ui/glyphs.tsx';
import { RiskMark } from '../../ui/risk.tsx';
import { WideTrack } from '../../ui/track.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { AnswerBar } from './answer-bar.tsx';
import { CallText } from './call-text.tsx';
import { leftPercent } from './clock.ts';
import { allows, chosenOf, ENDS, FIRST_WISH, nextOf, type Wish } from './remember-words.ts';
import { ScopeChooser } from './scope-chooser.tsx';
import { type RequestGroup, timesAsked } from './twins.ts';

const SOURCES = {
  kernel: 'from the kernel',
  checked: 'checked',
  observed: 'observed',
  claimed: 'agent’s words',
  unknown: 'not known',
} as const;

export interface RequestDetailProps {
  readonly group: RequestGroup;
  /** Milliseconds. */
  readonly left: number;
  /** Some are ticked for an answer to all of them: this one is not answered alone meanwhile. */
  readonly ticking: boolean;
  readonly onBack: () => void;
  readonly detailRef: RefObject<HTMLElement | null>;
}

export function RequestDetail({ group, left, ticking, onBack, detailRef }: RequestDetailProps) {
  const approval = group.first;
  const whole = Math.max(1, approval.expiresAt - approval.createdAt);
  const answerBy = new Date(approval.expiresAt).toTimeString().slice(0, 8);
  const asked = timesAsked(group);
  const [wish, setWish] = useState<Wish>(FIRST_WISH);
  const scopes = useRef<HTMLDivElement>(null);
  const change = (next: Wish) => {
    setWish(next);
    scopes.current?.scrollIntoView({ block: 'nearest' });
  };
  const nextScope = () => {
    const possible = approval.scopes
      .filter(({ unavailable }) => unavailable === null)
      .map(({ scope }) => scope);
    change({ ...wish, scope: nextOf(possible, wish.scope) ?? 'once' });
  };
  const nextChoice = () => {
    const possible = approval.remember.choices.filter((one) => allows(one, wish.scope)).map(({ id }) => id);
    change({ ...wish, choice: nextOf(possible, chosenOf(approval, wish)?.id) ?? null });
  };
  const nextEnd = () => {
    const ends = ENDS.map(({ seconds }) => seconds);
    change({ ...wish, forSeconds: nextOf(ends, wish.forSeconds) ?? null });
  };
  // The claim stands under the command: one place is enough for it.
  const who = approval.who.filter(
    ({ label }) => label !== 'Says' || !approval.params.some(({ name }) => name === 'description'),
  );
  return (
    <section className="det" aria-label="Request" ref={detailRef} tabIndex={-1}>
      <div
        className="bar"
        role="progressbar"
        aria-label="Time left to answer"
        aria-valuemin={0}
        aria-valuemax={Math.round(whole / 1000)}
        aria-valuenow={Math.round(left / 1000)}
        aria-valuetext={calmTimeLeft(left)}
      >
        <i style={{ width: `${leftPercent(approval, left)}%` }} />
      </div>
      <div className="body">
        <div className="back">
          <Button size="small" variant="quiet" onClick={onBack} keys="Esc">
            <BackGlyph /> Back
          </Button>
        </div>
        <div className="top">
          <h1 className="grow">
            <VisibleText text={approval.title} />
          </h1>
          <RiskMark risk={approval.risk} />
        </div>
        <p className="sub">
          <span>
            <VisibleText text={`${approval.client.name} in ${approval.app.root}`} />
          </span>
          <span>
            Answer by {answerBy}, {calmTimeLeft(left)} left. No answer denies it once.
          </span>
          {asked > 1 && <span>Asked {asked} times; once answers the oldest.</span>}
        </p>
        <WideTrack steps={approval.trace} />
        <EffectsSection effects={approval.effects} />
        <CallText approval={approval} />
        <section className="sec">
          <h2>Why it asks</h2>
          <p className="reason">
            <span>
              <VisibleText text={approval.reason} />
            </span>
            {approval.rule !== null && (
              <small>
                <VisibleText text={approval.rule} />
              </small>
            )}
          </p>
        </section>
        <section className="sec">
          <h2>Who asks</h2>
          <dl className="who">
            {who.map((fact) => (
              <WhoRow key={fact.label} fact={fact} />
            ))}
          </dl>
        </section>
        <ScopeChooser approval={approval} wish={wish} onWish={setWish} groupRef={scopes} />
      </div>
      {ticking ? (
        <p className="acts t-ink2">
          Some requests are ticked: deny them at the left, or press Esc to answer this one.
        </p>
      ) : (
        <AnswerBar
          approval={approval}
          wish={wish}
          onNextScope={nextScope}
          onNextChoice={nextChoice}
          onNextEnd={nextEnd}
          onLeave={onBack}
        />
      )}
    </section>
  );
}

function EffectsSection({ effects }: { readonly effects: Effects }) {
  return (
    <section className="sec">
      <h2>Effects</h2>
      {effects.known ? (
        <dl className="fx">
          {effects.cells.map((cell) => (
            <div key={cell.label} data-tone={cell.tone}>
              <dt>
                {cell.tone !== 'plain' && <OutsideGlyph />}
                <VisibleText text={cell.label} />
              </dt>
              <dd>
                <VisibleText text={cell.text} />
                {cell.detail !== null && (
                  <small>
                    <VisibleText text={cell.detail} />
                  </small>
                )}
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <p className="reason">
          <span className="t-wait unknown">Effects not known</span>
          <small>
            <VisibleText text={effects.reason} />
          </small>
        </p>
      )}
    </section>
  );
}

function WhoRow({ fact }: { readonly fact: Fact }) {
  return (
    <>
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
      <dd>{SOURCES[fact.source]}</dd>
    </>
  );
}
