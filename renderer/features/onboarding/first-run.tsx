/** The first screen: nothing is supervised yet, and what to do about it. */
import { useState } from 'react';
import { call } from '../../app/api.ts';
import { useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
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

export function FirstRun() {
  const overview = useOverview();
  const [problem, setProblem] = useState<string | null>(null);
  const send = async () => {
    const result = await call('sendTestRequest');
    setProblem(result.ok ? null : result.error.message);
  };
  useKeys({ t: () => void send() });
  return (
    <div className="first">
      <h1>Nothing is supervised yet</h1>
      <p className="lead">
        Gatehouse runs, but no agent passes through it. See how a question looks before you connect one: the
        test touches no file and no network.
      </p>
      <div className="row">
        <Button variant="primary" keys="T" onClick={() => void send()}>
          Send a test request
        </Button>
        <span className="t-ink2">It appears here. Answer it; nothing runs.</span>
      </div>
      {problem !== null && (
        <p className="t-stop" role="alert">
          {problem}
        </p>
      )}
      <h2>Every call takes this way. The first refusal ends it.</h2>
      <ol className="gates">
        {GATE_NAMES.map((name, gate) => (
          <li key={name}>
            {gate} {name}
            <small>{QUESTIONS[gate]}</small>
          </li>
        ))}
      </ol>
      <h2>Found on this computer</h2>
      <AgentList agents={overview?.agents ?? []} />
      <p className="t-12 t-ink3">
        Connect shows the change first, keeps a copy, and can be undone to the byte, also when Gatehouse is
        not running.
      </p>
    </div>
  );
}
