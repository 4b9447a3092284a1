/** The answer to several at once: only no. Each yes is read on its own. */
import { useState } from 'react';
import { useApp } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { ReasonForm } from './reason-form.tsx';
import { denyAll } from './send-answer.ts';
import type { RequestGroup } from './twins.ts';

export interface GroupBarProps {
  readonly ticked: readonly RequestGroup[];
  readonly letters: boolean;
  /** Nothing is ticked any more. */
  readonly onDone: () => void;
}

export function GroupBar({ ticked, letters, onDone }: GroupBarProps) {
  const off = useApp((state) => state.connection !== 'open' || state.overview?.presence.mayDecide === false);
  const [busy, setBusy] = useState(false);
  const [reasoning, setReasoning] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const requests = ticked.flatMap((group) => group.all);
  const none = requests.length === 0;
  const deny = async (reason: string | null) => {
    if (off || busy || none) return;
    setBusy(true);
    const wrong = await denyAll(requests, reason);
    setBusy(false);
    setReasoning(false);
    setProblem(wrong);
    if (wrong === null) onDone();
  };
  useKeys({ n: () => void deny(null), r: none ? undefined : () => setReasoning(true) }, letters);
  useKeys({ Escape: () => (reasoning ? setReasoning(false) : onDone()) });
  return (
    <section className="group" aria-label="Answer to several">
      {problem !== null && (
        <p className="t-stop" role="alert">
          {problem}
        </p>
      )}
      {reasoning && (
        <ReasonForm
          told="What the agents are told"
          button="Deny"
          off={off || busy}
          onDeny={(reason) => void deny(reason)}
          onLeave={() => setReasoning(false)}
        />
      )}
      <p className="t-12 t-ink3">
        {none ? 'Tick what you want to deny.' : 'Only a no goes to several: each yes is read on its own.'}
      </p>
      <div className="row">
        <Button onClick={() => void deny(null)} keys="N" disabled={off || none} dead={busy} variant="primary">
          {none ? 'Deny' : `Deny ${plural(requests.length, 'request')}`}
        </Button>
        <Button onClick={() => setReasoning(true)} keys="R" disabled={off || none} dead={busy}>
          Reason
        </Button>
      </div>
    </section>
  );
}
