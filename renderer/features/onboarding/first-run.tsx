/** The first screen: nothing is supervised yet, and what to do about it. */
import { useState } from 'react';
import type { Decided } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useOverview, usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { clockTime } from '../../ui/format.ts';
import { OutcomeGlyph } from '../../ui/glyphs.tsx';
import { useKeys } from '../../ui/keys.ts';
import { GATE_NAMES } from '../../ui/track.tsx';
import { AgentList } from '../agents/agent-list.tsx';
import './first-run.css';

const QUESTIONS = [
  'is the app on?',
  'may it use this?',
  'under the cap?',
  'is it held?',
  'allow, ask, deny',
  'secrets inside?',
  'too many?',
] as const;
const OUTCOMES = {
  allowed: 'Allowed',
  denied: 'Denied',
  refused: 'Refused',
  expired: 'Expired',
  cancelled: 'Cancelled',
} as const;

/** @param last what was decided last, when the person has tried it */
export function FirstRun({ last }: { readonly last: Decided | null }) {
  const overview = useOverview();
  const letters = usePreferences((state) => state.prefs.letters);
  const [problem, setProblem] = useState<string | null>(null);
  const send = async () => {
    const result = await call('sendTestRequest');
    setProblem(result.ok ? null : result.error.message);
  };
  useKeys({ t: () => void send() }, letters);
  return (
    <div className="first">
      <div className="in">
        <h1>Nothing is supervised yet</h1>
        <p className="lead">
          Gatehouse runs, but no agent passes through it. See how a question looks before you connect one: the
          test touches no file and no network.
        </p>
        <div className="go">
          <Button variant="primary" keys="T" onClick={() => void send()} autoFocus>
            Send a test request
          </Button>
          {last === null ? (
            <p className="t-ink2">It appears here. Answer it; nothing runs.</p>
          ) : (
            <p className="t-ink2 g">
              <OutcomeGlyph outcome={last.outcome} />
              <span className="one">
                {OUTCOMES[last.outcome]} at {clockTime(last.at)}, and on the <a href="#timeline">timeline</a>.
                Next: connect an agent.
              </span>
            </p>
          )}
        </div>
        {problem !== null && (
          <p className="t-stop" role="alert">
            {problem}
          </p>
        )}
        <section className="way">
          <h2>Every call takes this way. The first refusal ends it.</h2>
          <ol className="gates" data-arches="">
            {GATE_NAMES.map((name, gate) => (
              <li key={name}>
                <OutcomeGlyph outcome="allowed" tone="m-ink" />
                <i>{gate}</i> <span className="name">{name}</span>
                <small>{QUESTIONS[gate]}</small>
              </li>
            ))}
          </ol>
        </section>
        <section className="found">
          <h2>On this computer</h2>
          <AgentList agents={overview?.agents ?? []} />
          <p className="foot">
            Connect shows the change first, keeps a copy, and can be undone to the byte, also when Gatehouse
            is not running.
          </p>
        </section>
      </div>
    </div>
  );
}
