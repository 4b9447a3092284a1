/** A draft against the calls that have been: what would be decided otherwise, what widens first and in red. */
import { useEffect, useRef, useState } from 'react';
import type { ReplayChange, ReplayReport } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { count, plural } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { usePolicy } from './policy-store.ts';

const DAYS = 30;
const MOST_SHOWN = 20;
const WORDS = { allow: 'let through', deny: 'refused', approve: 'asked about' } as const;

type State =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly report: ReplayReport; readonly text: string }
  | { readonly kind: 'failed'; readonly why: string };

export function ReplayPanel() {
  const { draft, check } = usePolicy();
  const [state, setState] = useState<State>({ kind: 'nothing' });
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  if (draft === null) return null;
  const run = async () => {
    const { text } = draft;
    setState({ kind: 'running' });
    const result = await call('replayPolicy', { draft: text, days: DAYS });
    if (gone.current) return;
    setState(
      result.ok
        ? { kind: 'done', report: result.value, text }
        : { kind: 'failed', why: result.error.message },
    );
  };
  return (
    <section className="replay" aria-label="Past calls under this draft">
      <h2>Past calls under this draft</h2>
      <div className="row">
        <Button disabled={check.errors.length > 0 || state.kind === 'running'} onClick={() => void run()}>
          Replay the last {DAYS} days
        </Button>
        <span className="t-ink2 small">nothing runs</span>
      </div>
      <div aria-live="polite">
        {state.kind === 'running' && <p className="t-ink2">Deciding them anew…</p>}
        {state.kind === 'failed' && (
          <p className="t-stop">
            <VisibleText text={state.why} />
          </p>
        )}
        {state.kind === 'done' && (
          <>
            {state.text !== draft.text && <p className="t-wait">The draft has changed since.</p>}
            <Report report={state.report} />
          </>
        )}
      </div>
    </section>
  );
}

function Report({ report }: { readonly report: ReplayReport }) {
  const { looked, same, counts, changes, left, whole } = report;
  if (looked === 0) return <p className="t-ink2">There are no calls in this time.</p>;
  return (
    <>
      <p>
        {plural(looked, 'call')}; <b>{count(same)}</b> decided the same.
      </p>
      <ul className="policy-lines">
        {counts.map(({ from, to, count: calls }) => (
          <li key={`${from}${to}`} {...(isWidened({ from, to }) ? { className: 't-stop' } : {})}>
            <b>{count(calls)}</b> {WORDS[from]} → {WORDS[to]}
          </li>
        ))}
        {left.map(({ why, count: calls }) => (
          <li key={why} className="t-ink2">
            <b>{count(calls)}</b> left out. {why}
          </li>
        ))}
      </ul>
      <p className="t-12 t-ink2">
        Each call is looked at by itself: what earlier ones wrote or fetched is not known, and every MCP
        server counts as registered.
      </p>
      {!whole && <p className="t-ink2">Older calls were not looked at: it would have taken too long.</p>}
      {changes.length > 0 && (
        <>
          <h3>Decided otherwise</h3>
          <ul className="policy-lines replay-calls" aria-label="Decided otherwise">
            {changes.slice(0, MOST_SHOWN).map((change) => (
              <Change key={change.seq} change={change} />
            ))}
          </ul>
        </>
      )}
      {changes.length > MOST_SHOWN && <p className="t-ink2">The first {MOST_SHOWN} of them are shown.</p>}
    </>
  );
}

function isWidened({ from, to }: Pick<ReplayChange, 'from' | 'to'>): boolean {
  return from === 'deny' && to === 'allow';
}

function Change({ change }: { readonly change: ReplayChange }) {
  const { from, to, summary, action, app, seq, reason } = change;
  return (
    <li>
      <code>
        <VisibleText text={summary === '' ? action : summary} />
      </code>
      <small>
        <span className={isWidened(change) ? 't-stop' : 't-ink2'}>
          {WORDS[from]} → {WORDS[to]}
        </span>
        <span className="t-ink3">
          {' '}
          in <VisibleText text={app.split('/').at(-1) ?? app} />, row {seq}. <VisibleText text={reason} />
        </span>
      </small>
    </li>
  );
}
