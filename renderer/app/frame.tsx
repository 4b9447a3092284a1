/** The frame: where you are, who works, and what is enforced. It tells the truth before anything else. */
import { useEffect, useState } from 'react';
import type { Overview } from '../../preload/contract.ts';
import { AgentsPage } from '../features/agents/agents-page.tsx';
import { ConnectDialog } from '../features/agents/connect-dialog.tsx';
import { Inbox } from '../features/approvals/inbox.tsx';
import { SettingsPage } from '../features/settings/settings-page.tsx';
import { Timeline } from '../features/timeline/timeline.tsx';
import { Banner } from '../ui/banner.tsx';
import { Button } from '../ui/button.tsx';
import { Mark, Strength } from '../ui/glyphs.tsx';
import { call } from './api.ts';
import { useApp, usePreferences } from './store.ts';

const PAGES = { inbox: 'Inbox', timeline: 'Timeline', agents: 'Agents', settings: 'Settings' } as const;
type PageName = keyof typeof PAGES;

export function Frame() {
  const { connection, connectionReason, overview } = useApp();
  const page = usePage();
  useTheme();
  if (connection === 'refused') return <Refused reason={connectionReason} />;
  return (
    <div className="app">
      <Side page={page} overview={overview} />
      <main className="main">
        <Banners overview={overview} lost={connection === 'lost'} />
        {page === 'inbox' && <Inbox />}
        {page === 'timeline' && <Timeline />}
        {page === 'agents' && <AgentsPage />}
        {page === 'settings' && <SettingsPage />}
      </main>
      <ConnectDialog />
    </div>
  );
}

function Side({ page, overview }: { readonly page: PageName; readonly overview: Overview | null }) {
  const live = overview?.sessions.filter((session) => session.live) ?? [];
  return (
    <aside className="side">
      <p className="brand">
        <Mark /> Gatehouse
      </p>
      <nav className="nav" aria-label="Pages">
        {Object.entries(PAGES).map(([name, label]) => (
          <a key={name} href={`#${name}`} {...(name === page ? { 'aria-current': 'page' as const } : {})}>
            {label}
            {name === 'inbox' && overview !== null && overview.waiting > 0 && (
              <span className="n">{overview.waiting}</span>
            )}
          </a>
        ))}
      </nav>
      {live.length > 0 && (
        <>
          <h2>Sessions</h2>
          <ul className="sess">
            {live.map((session) => (
              <li key={session.id} title={session.caveat}>
                <span className="one">{session.label}</span>
                <Strength value={session.strength} label={session.enforcement} />
                <small className="one">
                  {session.client.name} · {session.app.name}
                </small>
                <small>{session.enforcement}</small>
              </li>
            ))}
          </ul>
        </>
      )}
      {overview !== null && (
        <ul className="health">
          <li
            data-tone={
              overview.enforcement.state === 'deny_all'
                ? 'stop'
                : overview.enforcement.state === 'weak'
                  ? 'wait'
                  : 'plain'
            }
          >
            {overview.enforcement.sentence}
          </li>
          <li data-tone={overview.log.state === 'intact' ? 'plain' : 'stop'}>{overview.log.sentence}</li>
        </ul>
      )}
    </aside>
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
    const name = location.hash.slice(1);
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

function useTheme(): void {
  const { theme, contrast } = usePreferences((state) => state.prefs);
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === 'system') delete dataset['theme'];
    else dataset['theme'] = theme;
    if (contrast === 'more') dataset['contrast'] = 'more';
    else delete dataset['contrast'];
  }, [theme, contrast]);
}
