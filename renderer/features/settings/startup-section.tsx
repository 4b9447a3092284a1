/** Starting when the person logs in: agents that are connected are blocked while Gatehouse does not run. */
import { useEffect, useState } from 'react';
import type { Result, StartupView } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';

export function StartupSection() {
  const [view, setView] = useState<StartupView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = async (question: Promise<Result<StartupView>>) => {
    const result = await question;
    setProblem(result.ok ? null : result.error.message);
    if (result.ok) setView(result.value);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it comes up.
  useEffect(() => void ask(call('startup')), []);
  if (view === null) return <p className={problem === null ? 't-ink3' : 't-stop'}>{problem ?? 'looking…'}</p>;
  return (
    <>
      <p>{view.sentence}</p>
      {view.state !== 'unavailable' && (
        <div className="form">
          <Button onClick={() => void ask(call('setStartup', view.state === 'off'))}>
            {view.state === 'off' ? 'Start Gatehouse when I log in' : 'Do not start it when I log in'}
          </Button>
          {problem !== null && (
            <span className="t-stop" role="alert">
              {problem}
            </span>
          )}
        </div>
      )}
    </>
  );
}
