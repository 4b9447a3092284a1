/**
 * The answer to one request. Deny is as easy as allow: same height, same row, one key. Keys and buttons are dead
 * for a moment after the request came up, so that no press that was meant for another one decides it.
 */
import { useRef, useState } from 'react';
import type { Approval } from '../../../preload/contract.ts';
import { usePreferences } from '../../app/store.ts';
import { Button, HoldButton } from '../../ui/button.tsx';
import { useKeys } from '../../ui/keys.ts';
import { visible } from '../../ui/visible-text.tsx';
import { ReasonForm } from './reason-form.tsx';
import { buttonWords, FIRST_WISH, verdictOf, type Wish } from './remember-words.ts';
import { useAnswer } from './use-answer.ts';

export interface AnswerBarProps {
  readonly approval: Approval;
  /** What is remembered with a yes. */
  readonly wish: Wish;
  /** Choose the next possible scope, the next kind of calls, the next end. */
  readonly onNextScope: () => void;
  readonly onNextChoice: () => void;
  readonly onNextEnd: () => void;
  /** Esc with nothing open: leave it undecided. */
  readonly onLeave: () => void;
}

export function AnswerBar({ approval, wish, onNextScope, onNextChoice, onNextEnd, onLeave }: AnswerBarProps) {
  const letters = usePreferences((state) => state.prefs.letters);
  const buttons = useRef<HTMLElement>(null);
  const { off, offReason, still, problem, send } = useAnswer(approval, buttons);
  const [reasoning, setReasoning] = useState(false);
  const high = approval.risk === 'high' || approval.risk === 'unknown';
  const { scope } = wish;
  const allowWords = buttonWords(approval, wish);

  const deny = (reason: string | null) => send({ kind: 'deny', reason });
  const allow = (how: Wish) => send(verdictOf(approval, how));
  useKeys(
    {
      n: () => deny(null),
      r: () => setReasoning(true),
      s: onNextScope,
      w: scope === 'once' ? undefined : onNextChoice,
      e: scope === 'project' || scope === 'always' ? onNextEnd : undefined,
      o: high ? undefined : () => allow(FIRST_WISH),
      y: high ? undefined : () => allow(wish),
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
        {offReason !== null && <span className="t-12 t-ink3">{offReason}</span>}
        <span className="row yes">
          {!high && scope !== 'once' && (
            <Button onClick={() => allow(FIRST_WISH)} keys="O" disabled={off} dead={still}>
              Allow once
            </Button>
          )}
          {high ? (
            <HoldButton onHeld={() => allow(wish)} keys="Y" letters={letters} disabled={off} dead={still}>
              Hold to {allowWords.charAt(0).toLowerCase() + allowWords.slice(1)}
            </HoldButton>
          ) : (
            <Button onClick={() => allow(wish)} keys="Y" disabled={off} dead={still} variant="primary">
              {allowWords}
            </Button>
          )}
        </span>
      </footer>
    </div>
  );
}
