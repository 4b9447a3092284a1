/** The frame: where you are, who works, and what is enforced. It tells the truth before anything else. */
import { useEffect, useState } from 'react';
import type { Overview } from '../../preload/contract.ts';
import { AgentsPage } from '../features/agents/agents-page.tsx';
import { ConnectDialog } from '../features/agents/connect-dialog.tsx';
import { Inbox } from '../features/approvals/inbox.tsx';
import { McpPage } from '../features/mcp/mcp-page.tsx';
import { PauseBanners } from '../features/pause/pause-banners.tsx';
import { PauseDialog, usePauseDialog } from '../features/pause/pause-dialog.tsx';
import { PolicyPage } from '../features/policy/policy-page.tsx';
import { ReviewsPage } from '../features/reviews/reviews-page.tsx';
import { listenToReviews, useReviews, waitingReviews } from '../features/reviews/reviews-store.ts';
import { RulesPage } from '../features/rules/rules-page.tsx';
import { SettingsPage } from '../features/settings/settings-page.tsx';
import { Timeline } from '../features/timeline/timeline.tsx';
import { VaultPage } from '../features/vault/vault-page.tsx';
import { Banner } from '../ui/banner.tsx';
import { Button } from '../ui/button.tsx';
import { count } from '../ui/format.ts';
import { Mark, type MarkBars, OutcomeGlyph, PauseGlyph, PlaceGlyph, Strength } from '../ui/glyphs.tsx';
import { KeyHelp } from '../ui/key-help.tsx';
import { VisibleText, visible } from '../ui/visible-text.tsx';
import { call } from './api.ts';
import { useApp, usePreferences } from './store.ts';

const PAGES = {
  inbox: 'Inbox',
  reviews: 'Reviews',
  timeline: 'Timeline',
  rules: 'Remembered',
  vault: 'Vault',
  agents: 'Agents',
  mcp: 'MCP servers',
  policy: 'Policy',
  settings: 'Settings',
} as const;
type PageName = keyof typeof PAGES;

export function Frame() {
  const { connection, connectionReason, overview } = useApp();
  const letters = usePreferences((state) => state.prefs.letters);
  const page = usePage();
  useTheme();
  useTitle(overview?.waiting ?? 0);
  useEffect(listenToReviews, []);
  if (connection === 'refused') return <Refused reason={connectionReason} />;
  return (
    <div className="app">
      <Side page={page} overview={overview} lost={connection === 'lost'} />
      <main className="main">
        <Banners overview={overview} lost={connection === 'lost'} />
        {page === 'inbox' && <ReviewsWait />}
        {page === 'inbox' && <Inbox />}
        {page === 'reviews' && <ReviewsPage />}
        {page === 'timeline' && <Timeline />}
        {page === 'rules' && <RulesPage />}
        {page === 'vault' && <VaultPage />}
        {page === 'agents' && <AgentsPage />}
        {page === 'mcp' && <McpPage />}
        {page === 'policy' && <PolicyPage />}
        {page === 'settings' && <SettingsPage />}
      </main>
      <KeyHelp letters={letters} />
      <ConnectDialog />
      <PauseDialog />
    </div>
  );
}

/** The bars of the mark say the same as the sentence at the foot: agents are blocked, guarded, let through, or not there. */
const BARS = {
  none: 'up',
  on: 'half',
  weak: 'half',
  paused: 'up',
  deny_all: 'down',
} as const satisfies Record<Overview['enforcement']['state'], MarkBars>;

function Side({
  page,
  overview,
  lost,
}: {
  readonly page: PageName;
  readonly overview: Overview | null;
  /** The supervisor does not answer: what is known of it is old. */
  readonly lost: boolean;
}) {
  const live = overview?.sessions.filter((session) => session.live) ?? [];
  const reviews = useReviews((state) => waitingReviews(state.reviews));
  return (
    <aside className="side">
      <p className="brand">
        <Mark bars={lost ? 'down' : BARS[overview?.enforcement.state ?? 'on']} /> <span>Gatehouse</span>
      </p>
      <nav className="nav" aria-label="Pages">
        {Object.entries(PAGES).map(([name, label]) => {
          const number = name === 'inbox' ? (overview?.waiting ?? 0) : name === 'reviews' ? reviews : 0;
          return (
            <a
              key={name}
              href={`#${name}`}
              title={label}
              // In the rail its name is not shown, and the number alone would be what is read out.
              aria-label={number > 0 ? `${label} ${number}` : label}
              {...(name === page ? { 'aria-current': 'page' as const } : {})}
            >
              <PlaceGlyph place={name as PageName} />
              <span className="name">{label}</span> {number > 0 && <span className="n">{number}</span>}
            </a>
          );
        })}
      </nav>
      {live.length > 0 && <Sessions sessions={live} />}
      {lost && <Unknown />}
      {!lost && overview !== null && <Health overview={overview} />}
      {!lost && overview !== null && <PauseButton stopped={overview.pause.stoppedSince !== null} />}
    </aside>
  );
}

function Sessions({ sessions }: { readonly sessions: Overview['sessions'] }) {
  return (
    <>
      <h2>Sessions</h2>
      <ul className="sess" aria-label="Sessions">
        {sessions.map((session) => (
          <li key={session.id} title={visible(`${session.label}. ${session.enforcement}. ${session.caveat}`)}>
            <span className="one">
              <VisibleText text={session.label} />
            </span>
            <Strength value={session.strength} label={session.enforcement} />
            <small className="one">
              <VisibleText text={`${session.client.name} · ${session.app.name}`} />
            </small>
            <small className="one">
              {session.enforcement}
              {session.waiting > 0 && ` · ${count(session.waiting)} waiting`}
            </small>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Nobody tells how things stand. */
function Unknown() {
  return (
    <ul className="health">
      <li data-tone="stop" title="Not known: Gatehouse does not answer">
        <OutcomeGlyph outcome="refused" />
        <span>Enforcement and log are not known.</span>
      </li>
    </ul>
  );
}

/** What is enforced, and how the log stands. Never kinder than the truth. */
function Health({ overview: { enforcement, log } }: { readonly overview: Overview }) {
  const weak = enforcement.state === 'weak';
  const blocked = enforcement.state === 'deny_all';
  const paused = enforcement.state === 'paused';
  return (
    <ul className="health">
      <li data-tone={blocked ? 'stop' : weak || paused ? 'wait' : 'plain'} title={enforcement.sentence}>
        {blocked && <OutcomeGlyph outcome="refused" />}
        {weak && <OutcomeGlyph outcome="waits" />}
        {enforcement.state === 'on' && <OutcomeGlyph outcome="waits" tone="m-ink" />}
        {enforcement.state === 'none' && <OutcomeGlyph outcome="expired" />}
        {paused && <OutcomeGlyph outcome="allowed" tone="m-wait" />}
        <span>{enforcement.sentence}</span>
      </li>
      <li data-tone={log.state === 'intact' ? 'plain' : 'stop'} title={`${log.sentence}. ${log.kept}.`}>
        <OutcomeGlyph
          outcome={log.state === 'intact' ? 'allowed' : 'refused'}
          tone={log.state === 'intact' ? 'm-ink' : 'm-stop'}
        />
        <span>{log.sentence}</span>
      </li>
    </ul>
  );
}

/** The way to a pause, where it can always be found. While everything is stopped there is nothing to pause. */
function PauseButton({ stopped }: { readonly stopped: boolean }) {
  const show = usePauseDialog((state) => state.show);
  if (stopped) return null;
  return (
    <button
      type="button"
      className="btn pause"
      data-size="small"
      title="Pause or stop"
      onClick={() => show(true)}
    >
      <PauseGlyph />
      <span className="name">Pause or stop…</span>
    </button>
  );
}

function Banners({ overview, lost }: { readonly overview: Overview | null; readonly lost: boolean }) {
  const { notices, dismissNotice } = useApp();
  return (
    <>
      {lost && (
        <Banner tone="stop">Gatehouse does not answer. Agents are blocked until it runs again.</Banner>
      )}
      {overview !== null && overview.enforcement.problems.length > 0 && (
        <Banner tone={overview.enforcement.state === 'deny_all' ? 'stop' : 'wait'}>
          <ul>
            {overview.enforcement.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </Banner>
      )}
      {overview !== null && !lost && <PauseBanners overview={overview} />}
      {overview?.presence.reason != null && (
        <Locked reason={overview.presence.reason} pinSet={overview.presence.pinSet} />
      )}
      {notices.map((notice) => (
        <Banner key={notice.id} tone={notice.tone}>
          <p className="grow">{notice.text}</p>
          <Button size="small" variant="quiet" onClick={() => dismissNotice(notice.id)}>
            Put away
          </Button>
        </Banner>
      ))}
    </>
  );
}

/** What sandboxed sessions changed is answered on a page of its own; the inbox says that it waits. */
function ReviewsWait() {
  const waiting = useReviews((state) => waitingReviews(state.reviews));
  if (waiting === 0) return null;
  return (
    <Banner tone="plain">
      <p className="grow">
        {waiting === 1 ? 'A session’s changes wait' : `Changes of ${count(waiting)} sessions wait`} for your
        review; nothing in the project changed.
      </p>
      <a href="#reviews">Review</a>
    </Banner>
  );
}

/** This page may look and not decide. */
function Locked({ reason, pinSet }: { readonly reason: string; readonly pinSet: boolean }) {
  const [pin, setPin] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const unlock = async () => {
    const result = await call('unlock', pin);
    setPin('');
    setProblem(result.ok ? null : result.error.message);
  };
  return (
    <Banner tone="wait">
      <p className="grow">{problem ?? reason}</p>
      {pinSet && (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            void unlock();
          }}
        >
          <label className="field">
            <span className="vh">PIN</span>
            <input
              type="password"
              autoComplete="off"
              placeholder="PIN"
              value={pin}
              onChange={(event) => setPin(event.currentTarget.value)}
            />
          </label>
          <button type="submit" className="btn" data-size="small" disabled={pin === ''}>
            Unlock this page
          </button>
        </form>
      )}
    </Banner>
  );
}

function Refused({ reason }: { readonly reason: string | null }) {
  return (
    <main className="alone">
      <h1>This link does not open Gatehouse</h1>
      <p>{reason ?? 'It was used before, or it is older than 5 minutes.'}</p>
      <p>
        For a new one, in a terminal: <code>npx --no-install gatehouse open</code>
      </p>
    </main>
  );
}

function usePage(): PageName {
  const read = (): PageName => {
    const [name = ''] = location.hash.slice(1).split('/');
    return Object.hasOwn(PAGES, name) ? (name as PageName) : 'inbox';
  };
  const [page, setPage] = useState(read);
  useEffect(() => {
    const change = () => setPage(read());
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  });
  return page;
}

/** The look that the person chose, on whatever shows it. */
export function useTheme(): void {
  const { theme, contrast } = usePreferences((state) => state.prefs);
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === 'system') delete dataset['theme'];
    else dataset['theme'] = theme;
    if (contrast === 'more') dataset['contrast'] = 'more';
    else delete dataset['contrast'];
  }, [theme, contrast]);
}

/** The tab says what waits, also while it lies behind others. */
function useTitle(waiting: number): void {
  useEffect(() => {
    document.title = waiting === 0 ? 'Gatehouse' : `(${waiting}) Gatehouse`;
  }, [waiting]);
}
