/** A change of a client's file: it is shown, a PIN is chosen where there is none, and one button does it. */
import { Dialog } from '@base-ui/react/dialog';
import { useState, useSyncExternalStore } from 'react';
import type { AgentPlan } from '../../../preload/contract.ts';
import { useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import type { ConnectFlow, Subject } from './connect-flow.ts';
import { pinProblems } from './pin-rules.ts';
import { planSummary } from './plan-words.ts';

/** What a flow is about, in words. */
export interface PlanWords {
  title(subject: Subject): string;
  /** After it was carried out. */
  done(subject: Subject): string;
  /** The button that carries it out. */
  button(plan: AgentPlan): string;
}

const SIGNS = { same: ' ', add: '+', remove: '-' } as const;

/** Shows a flow while it is open. */
export function PlanDialog<View>({
  flow,
  words,
}: {
  readonly flow: ConnectFlow<View>;
  readonly words: PlanWords;
}) {
  const state = useSyncExternalStore(flow.subscribe, flow.snapshot);
  const pinSet = useOverview()?.presence.pinSet ?? true;
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const problems = pinProblems(pin, again);
  const needsPin = !pinSet && state.step !== 'closed' && state.change === 'connect';
  const pinOk = !needsPin || (problems.pin === null && problems.again === null);
  const close = () => {
    setPin('');
    setAgain('');
    flow.close();
  };
  if (state.step === 'closed') return null;
  const plan = state.step === 'shown' || state.step === 'applying' ? state.plan : null;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>{words.title(state)}</Dialog.Title>
          {state.step === 'planning' && <p className="t-ink3">looking…</p>}
          {state.step === 'plan_failed' && <p className="t-stop">{state.error.message}</p>}
          {state.step === 'done' && <p>{words.done(state)}</p>}
          {plan !== null && (
            <>
              <p>{planSummary(plan)}</p>
              {state.step === 'shown' && state.stale && (
                <p className="t-wait">The file changed meanwhile. This is the change as it would be now.</p>
              )}
              <pre className="diff" tabIndex={0} aria-label={`Change to ${plan.file}`}>
                {plan.diff.map((line, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: lines of a diff have no identity but their place.
                  <div key={index} data-kind={line.kind}>
                    {SIGNS[line.kind]} <VisibleText text={line.text} />
                  </div>
                ))}
              </pre>
              {plan.notes.map((note) => (
                <p key={note} className="t-12 t-ink2">
                  <VisibleText text={note} />
                </p>
              ))}
            </>
          )}
          {needsPin && plan !== null && (
            <div className="form">
              <p className="t-12">
                Choose a PIN. It is asked when this page is opened anew and in the terminal.
              </p>
              <label className="field">
                PIN
                <input
                  type="password"
                  autoComplete="new-password"
                  value={pin}
                  onChange={(event) => setPin(event.currentTarget.value)}
                />
                <span className="t-stop">{pin === '' ? '' : problems.pin}</span>
              </label>
              <label className="field">
                Again
                <input
                  type="password"
                  autoComplete="new-password"
                  value={again}
                  onChange={(event) => setAgain(event.currentTarget.value)}
                />
                <span className="t-stop">{again === '' ? '' : problems.again}</span>
              </label>
            </div>
          )}
          {state.step === 'shown' && state.problem !== null && (
            <p className="t-stop" role="alert">
              {state.problem.message}
            </p>
          )}
          <div className="row">
            {plan !== null && !plan.done && (
              <Button
                variant="primary"
                disabled={state.step === 'applying' || !pinOk}
                onClick={() => void flow.apply(needsPin ? pin : null)}
              >
                {words.button(plan)}
              </Button>
            )}
            <Button onClick={close}>{state.step === 'done' ? 'Close' : 'Leave it as it is'}</Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
