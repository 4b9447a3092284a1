/** What adds up over the last 30 days: failed calls, how long requests waited, rules that decided or fired. */
import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, useEffect, useState } from 'react';
import type { TimelineNumbers } from '../../../preload/contract.ts';
import { useApi } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { duration } from './row-words.ts';

const DAYS = 30;

export function NumbersDialog({ onClose }: { readonly onClose: () => void }) {
  const api = useApi();
  const [numbers, setNumbers] = useState<TimelineNumbers | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    void api.call('timelineNumbers', DAYS).then((answer) => {
      if (answer.ok) setNumbers(answer.value);
      else setProblem(answer.error.message);
    });
  }, [api]);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog tl-numbers">
          <Dialog.Title>Numbers of the last {DAYS} days</Dialog.Title>
          {problem !== null && (
            <p className="t-stop" role="alert">
              {problem}
            </p>
          )}
          {numbers === null && problem === null && <p className="t-ink3">looking…</p>}
          {numbers !== null && (
            <>
              <Table
                title="Failed calls"
                head={['Project', 'Day, UTC', 'Failed']}
                rows={numbers.failed.map(({ app, day, count: n }) => [app, day, count(n)])}
                none="No call failed."
              />
              <Table
                title="How long requests waited"
                head={['Ended', 'Requests', 'On average', 'Longest']}
                rows={numbers.waited.map(({ outcome, count: n, meanMs, longestMs }) => [
                  outcome,
                  count(n),
                  duration(meanMs),
                  duration(longestMs),
                ])}
                none="Nothing was asked."
              />
              <Table
                title="Rules"
                head={['Rule', 'What it did', 'Times']}
                rows={numbers.fired.map(({ rule, decision, count: n }) => [
                  rule,
                  decision.replace('_', ' '),
                  count(n),
                ])}
                none="No rule decided anything."
              />
              <p className="t-12 t-ink2">
                Cost is not counted: no connected agent tells it with a call, and it is not guessed.
              </p>
            </>
          )}
          <div className="row">
            <Button onClick={onClose} keys="Esc">
              Close
            </Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Table({
  title,
  head,
  rows,
  none,
}: {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly none: string;
}): ReactNode {
  return (
    <section>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p className="t-12 t-ink2">{none}</p>
      ) : (
        <table>
          <thead>
            <tr>
              {head.map((text) => (
                <th key={text} scope="col">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.join(' ')}>
                {row.map((text, index) => (
                  <td key={head[index]}>
                    <VisibleText text={text} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
