/** Pausing all agents for a while, or stopping everything. Each button says until when. */
import { Dialog } from '@base-ui/react/dialog';
import { useState } from 'react';
import { create } from 'zustand';
import type { PauseLength, Result } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';

export const usePauseDialog = create<{ readonly open: boolean; show(open: boolean): void }>()((set) => ({
  open: false,
  show: (open) => set({ open }),
}));

const LENGTHS: readonly (readonly [PauseLength, string])[] = [
  ['15m', '15 minutes, until'],
  ['1h', '1 hour, until'],
  ['tomorrow', 'Until'],
];

export function PauseDialog() {
  const { open, show } = usePauseDialog();
  const overview = useOverview();
  const [problem, setProblem] = useState<string | null>(null);
  if (!open || overview === null) return null;
  const { pause, waiting } = overview;
  const close = () => {
    setProblem(null);
    show(false);
  };
  const done = (result: Result<unknown>) => {
    if (result.ok) close();
    else setProblem(result.error.message);
  };
  return (
    <Dialog.Root open onOpenChange={(opened) => !opened && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>Pause all agents, or stop everything</Dialog.Title>
          <p>
            While paused, calls run without a question and are recorded with what the gates said. Gatehouse
            goes on protecting itself. What waits already still waits for you.
          </p>
          <div className="row">
            {LENGTHS.map(([length, words]) => (
              <Button
                key={length}
                disabled={!overview.presence.mayDecide}
                onClick={() => void call('pause', null, length).then(done)}
              >
                {words} {pause.ends[length]}
              </Button>
            ))}
          </div>
          {!overview.presence.mayDecide && <p className="t-12 t-wait">{overview.presence.reason}</p>}
          <p>
            A stop refuses every call until you let agents work again. {deniedWords(waiting)}MCP servers that
            Gatehouse runs are ended.
          </p>
          <div className="row">
            <Button onClick={() => void call('stopAll').then(done)}>
              {waiting === 0 ? 'Stop everything' : `Stop everything, deny ${waiting}`}
            </Button>
            <Button variant="quiet" onClick={close}>
              Leave it as it is
            </Button>
          </div>
          {problem !== null && (
            <p className="t-stop" role="alert">
              {problem}
            </p>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function deniedWords(waiting: number): string {
  if (waiting === 0) return '';
  return waiting === 1
    ? 'The request that waits is denied. '
    : `The ${waiting} requests that wait are denied. `;
}
