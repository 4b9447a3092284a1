/**
 * The answer to one request. Deny is as easy as allow: same height, same row, one key. Keys and buttons are dead
 * for a moment after the request came up, so that no press that was meant for another one decides it.
 */
import { useRef, useState } from 'react';
import type { Answer, Approval } from '../../../preload/contract.ts';
import { useApp, usePreferences } from '../../app/store.ts';
import { Button, HoldButton } from '../../ui/button.tsx';
import { useKeys } from '../../ui/keys.ts';
import { visible } from '../../ui/visible-text.tsx';
import { useDeadTime } from './dead-time.ts';
import { ReasonForm } from './reason-form.tsx';
import type { Scope } from './scope-chooser.tsx';
import { sendAnswer } from './send-answer.ts';

export interface AnswerBarProps {
  readonly approval: Approval;
  readonly scope: Scope;
  /** Chooses the next possible scope. */
  readonly onNextScope: () => void;
  /** Esc with nothing open: leave it undecided. */
  readonly onLeave: () => void;
}

export function AnswerBar({ approval, scope, onNextScope, onLeave }: AnswerBarProps) {
  const letters = usePreferences((state) => state.prefs.letters);
  const connected = useApp((state) => state.connection === 'open');
  const locked = useApp((state) => state.overview?.presence.mayDecide === false);
  const buttons = useRef<HTMLElement>(null);
  const dead = useDeadTime(buttons);
  const [busy, setBusy] = useState(false);
  const sent = useRef(false);
  const [reasoning, setReasoning] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const off = locked || !connected;
  const still = dead || busy;
  const high = approval.risk === 'high' || approval.risk === 'unknown';
  const choice = approval.scopes.find((candidate) => candidate.scope === scope) ?? approval.scopes[0];
  const allowWords = visible(choice?.button ?? 'Allow once');

  const send = async (verdict: Answer['verdict']) => {
    // The ref is set at once: two presses in one frame must not answer twice.
    if (off || still || sent.current) return;
    sent.current = true;
    setBusy(true);
    const result = await sendAnswer(approval, verdict);
    // After a yes or no that was taken the request goes away by itself; until then nothing more is sent.
    if (result.ok) return;
    sent.current = false;
    setBusy(false);
    setProblem(result.error.message);
  };
  const deny = (reason: string | null) => void send({ kind: 'deny', reason });
  const allow = (how: Scope) => void send({ kind: 'allow', scope: how });
  useKeys(
    {
      n: () => deny(null),
      r: () => setReasoning(true),
      s: onNextScope,
      o: high ? undefined : () => allow('once'),
      y: high ? undefined : () => allow(scope),
    },
    letters,
  );
  useKeys({ Escape: () => (reasoning ? setReasoning(false) : onLeave()) });

  return (
    <div className="answer">
      {problem !== null && (
        <p className="acts t-stop" role="alert">
          {problem}
        </p>
      )}
      {reasoning && (
        <ReasonForm
          told={`What ${visible(approval.client.name)} is told`}
          button="Deny with this reason"
          off={off}
          onDeny={deny}
          onLeave={() => setReasoning(false)}
        />
      )}
      <footer className="acts" ref={buttons}>
        <span className="row">
          <Button
            onClick={() => deny(null)}
            keys="N"
            disabled={off}
            dead={still}
            variant={high ? 'primary' : 'plain'}
          >
            Deny once
          </Button>
          <Button
            onClick={() => setReasoning(true)}
            keys="R"
            disabled={off}
            dead={still}
            variant={high ? 'plain' : 'quiet'}
          >
            Deny with reason
          </Button>
        </span>
        {off && (
          <span className="t-12 t-ink3">
            {connected ? 'This page may look, not decide.' : 'Gatehouse does not answer.'}
          </span>
        )}
        <span className="row yes">
          {!high && scope !== 'once' && (
            <Button onClick={() => allow('once')} keys="O" disabled={off} dead={still}>
              Allow once
            </Button>
          )}
          {high ? (
            <HoldButton onHeld={() => allow(scope)} keys="Y" letters={letters} disabled={off} dead={still}>
              Hold to {allowWords.charAt(0).toLowerCase() + allowWords.slice(1)}
            </HoldButton>
          ) : (
            <Button onClick={() => allow(scope)} keys="Y" disabled={off} dead={still} variant="primary">
              {allowWords}
            </Button>
          )}
        </span>
      </footer>
    </div>
  );
}
