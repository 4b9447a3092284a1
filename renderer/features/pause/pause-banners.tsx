/** What is paused or stopped, over every page, with the way back; and the pause that the tray asks for. */
import { useState } from 'react';
import type { Overview, Result } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';

export function PauseBanners({ overview: { pause, presence } }: { readonly overview: Overview }) {
  const [problem, setProblem] = useState<string | null>(null);
  const take = (result: Result<unknown>) => setProblem(result.ok ? null : result.error.message);
  const { wished } = pause;
  return (
    <>
      {pause.stoppedSince !== null && (
        <Banner tone="stop">
          <p className="grow">
            Everything is stopped. Every call is refused until you let agents work again.
          </p>
          <Button
            size="small"
            disabled={!presence.mayDecide}
            onClick={() => void call('liftStop').then(take)}
          >
            Let agents work again
          </Button>
        </Banner>
      )}
      {pause.running.map(({ agent, sentence }) => (
        <Banner key={agent ?? ''} tone="wait">
          <p className="grow">{sentence}</p>
          <Button size="small" onClick={() => void call('resume', agent).then(take)}>
            Resume now
          </Button>
        </Banner>
      ))}
      {wished !== null && (
        <Banner tone="wait">
          <p className="grow">
            The tray asks to pause all agents until {pause.ends[wished]}. Other programs can press there too,
            so it is for you to say here.
          </p>
          <Button
            size="small"
            disabled={!presence.mayDecide}
            onClick={() => void call('pause', null, wished).then(take)}
          >
            Pause until {pause.ends[wished]}
          </Button>
          <Button size="small" variant="quiet" onClick={() => void call('dropPauseWish').then(take)}>
            Do not pause
          </Button>
        </Banner>
      )}
      {problem !== null && (
        <Banner tone="stop">
          <p className="grow">{problem}</p>
          <Button size="small" variant="quiet" onClick={() => setProblem(null)}>
            Put away
          </Button>
        </Banner>
      )}
    </>
  );
}
