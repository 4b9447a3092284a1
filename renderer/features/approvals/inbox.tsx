/** The inbox: what waits for the person, the one that is open, and what was just decided. */
import { useEffect, useRef, useState } from 'react';
import type { Approval, Decided, Inbox as InboxData } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useApp, usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { timeLeft } from '../../ui/format.ts';
import { OutcomeGlyph } from '../../ui/glyphs.tsx';
import { useKeys } from '../../ui/keys.ts';
import { RiskShape } from '../../ui/risk.tsx';
import { CompactTrack } from '../../ui/track.tsx';
import { FirstRun } from '../onboarding/first-run.tsx';
import { RequestDetail } from './request-detail.tsx';
import './inbox.css';

const SOON_MS = 30_000;

export function Inbox() {
  const { inbox, inboxAt, overview } = useApp();
  const letters = usePreferences((state) => state.prefs.letters);
  const [chosen, setChosen] = useState<string | null>(null);
  const now = useSecond();
  const pending = inbox?.pending ?? [];
  const place = useRef(0);
  const found = pending.findIndex((approval) => approval.id === chosen);
  // The one that was open is gone: its neighbour takes the place.
  const index = found >= 0 ? found : Math.min(place.current, pending.length - 1);
  const open = pending[index] ?? null;
  useEffect(() => {
    place.current = Math.max(0, index);
    if (open !== null && open.id !== chosen) setChosen(open.id);
  }, [index, open, chosen]);
  const move = (step: number) => {
    const next = pending[index + step];
    if (next !== undefined) setChosen(next.id);
  };
  useKeys(
    { j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1) },
    letters,
  );
  if (inbox === null || overview === null) return <div className="empty">looking…</div>;
  if (overview.enforcement.state === 'none' && pending.length === 0 && inbox.recent.length === 0)
    return <FirstRun />;
  return (
    <div className="cols">
      <section className="list" aria-label="Waiting requests">
        <header className="head">
          <h1>
            {pending.length === 0
              ? 'Nothing waits'
              : `${pending.length} ${pending.length === 1 ? 'waits' : 'wait'} for you`}
          </h1>
        </header>
        <div className="scroll">
          <div role="listbox" aria-label="Requests">
            {pending.map((approval) => (
              <RequestRow
                key={approval.id}
                approval={approval}
                left={left(approval, inboxAt, now)}
                selected={approval.id === open?.id}
                onSelect={() => setChosen(approval.id)}
              />
            ))}
          </div>
          <Recent inbox={inbox} />
        </div>
      </section>
      {open === null ? (
        <p className="empty">
          {emptyWords(inbox, overview.sessions.filter((session) => session.live).length)}
        </p>
      ) : (
        <RequestDetail key={open.id} approval={open} left={left(open, inboxAt, now)} />
      )}
      <p className="vh" role="status" aria-live="polite">
        {pending.length === 0
          ? ''
          : `${pending.length} waiting${pending[0] === undefined ? '' : `, the first is ${pending[0].risk} risk`}`}
      </p>
    </div>
  );
}

function RequestRow({
  approval,
  left: milliseconds,
  selected,
  onSelect,
}: {
  readonly approval: Approval;
  readonly left: number;
  readonly selected: boolean;
  readonly onSelect: () => void;
}) {
  const whole = Math.max(1, approval.expiresAt - approval.createdAt);
  return (
    <button type="button" className="req" role="option" aria-selected={selected} onClick={onSelect}>
      <span className="l1">
        <RiskShape risk={approval.risk} />
        <span className="ttl">{approval.title}</span>
        <span className="left" {...(milliseconds < SOON_MS ? { 'data-soon': '' } : {})}>
          {timeLeft(milliseconds)}
        </span>
      </span>
      <span className="l2 one">
        {approval.client.name} · {approval.app.name} · {approval.test ? 'your test' : approval.session.label}
        {approval.asked > 1 ? ` · asked ${approval.asked} times` : ''}
      </span>
      <span className="l3">
        <CompactTrack steps={approval.trace} />
        <span className="one">{approval.reason}</span>
      </span>
      <i className="due" style={{ width: `${Math.min(100, (milliseconds / whole) * 100)}%` }} />
    </button>
  );
}

function Recent({ inbox }: { readonly inbox: InboxData }) {
  const newest = inbox.recent.find((decided) => decided.undoUntil !== null && decided.undoUntil > Date.now());
  useKeys({ u: newest === undefined ? undefined : () => void call('undo', newest.id) });
  if (inbox.recent.length === 0) return null;
  return (
    <>
      <h2>Just decided</h2>
      {inbox.recent.map((decided) => (
        <Past key={decided.id} decided={decided} undoable={decided.id === newest?.id} />
      ))}
    </>
  );
}

function Past({ decided, undoable }: { readonly decided: Decided; readonly undoable: boolean }) {
  const words = {
    allowed: 'Allowed',
    denied: 'Denied',
    refused: 'Refused',
    expired: 'Expired',
    cancelled: 'Cancelled',
  } as const;
  return (
    <div className="past">
      <OutcomeGlyph outcome={decided.outcome} />
      <span>
        {words[decided.outcome]}: {decided.title}
      </span>
      {undoable ? (
        <Button size="small" keys="U" onClick={() => void call('undo', decided.id)}>
          Undo
        </Button>
      ) : (
        <time className="t-ink3">{new Date(decided.at).toTimeString().slice(0, 5)}</time>
      )}
      <small>{decided.note}</small>
    </div>
  );
}

function emptyWords(inbox: InboxData, agents: number): string {
  const last =
    inbox.lastQuestionAt === null
      ? ''
      : ` Last question ${new Date(inbox.lastQuestionAt).toTimeString().slice(0, 5)}.`;
  return `Nothing waits. ${agents} ${agents === 1 ? 'agent' : 'agents'} at work.${last}`;
}

function left(approval: Approval, inboxAt: number, now: number): number {
  return Math.max(0, approval.remainingMs - (now - inboxAt));
}

/** This page's monotonic time, once a second: nothing moves more smoothly than that. */
function useSecond(): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
