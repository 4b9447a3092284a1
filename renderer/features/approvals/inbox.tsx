/** The inbox: what waits for the person, the one that is open, and what was just decided. */
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Approval, Inbox as InboxData, Overview } from '../../../preload/contract.ts';
import { useApp, usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { clockTime, count, plural } from '../../ui/format.ts';
import { Key } from '../../ui/key.tsx';
import { useKeyHelp } from '../../ui/key-help.tsx';
import { useKeys } from '../../ui/keys.ts';
import { FirstRun } from '../onboarding/first-run.tsx';
import { leftOf, useSecond } from './clock.ts';
import { GroupBar } from './group-bar.tsx';
import { Recent } from './recent.tsx';
import { RequestDetail } from './request-detail.tsx';
import { RequestList } from './request-list.tsx';
import { groupTwins, type RequestGroup } from './twins.ts';
import './inbox.css';
import './detail.css';

const NONE: readonly Approval[] = [];
/** Here list and detail are two steps; the same width stands in the stylesheet. */
const NARROW = '(max-width: 760px)';

export function Inbox() {
  const { inbox, overview } = useApp();
  if (inbox === null || overview === null) return <div className="empty">looking…</div>;
  if (overview.enforcement.state === 'none' && inbox.pending.length === 0)
    return <FirstRun last={inbox.recent[0] ?? null} />;
  return <Requests inbox={inbox} overview={overview} />;
}

function Requests({ inbox, overview }: { readonly inbox: InboxData; readonly overview: Overview }) {
  const sentAt = useApp((state) => state.inboxAt);
  const letters = usePreferences((state) => state.prefs.letters);
  const now = useSecond();
  const narrow = useMedia(NARROW);
  const [step, setStep] = useState<'list' | 'detail'>('list');
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const [ticked, setTicked] = useState<ReadonlySet<string> | null>(null);
  const groups = useMemo(() => groupTwins(inbox.pending), [inbox.pending]);
  const { index, choose } = useChosen(groups);
  const open = groups[index] ?? null;
  const openKey = open?.key ?? null;
  const news = useNews(inbox.pending);
  const detailRef = useKeptFocus(open?.first.id ?? null);
  const shown = !narrow || step === 'detail';

  useEffect(() => {
    if (openKey !== null && shown)
      setSeen((known) => (known.has(openKey) ? known : new Set(known).add(openKey)));
  }, [openKey, shown]);
  useNamed(groups, (key) => {
    choose(key);
    setStep('detail');
  });
  const move = (by: number) => {
    const next = groups[index + by];
    if (next !== undefined) choose(next.key);
  };
  const tick = (key: string) =>
    setTicked((known) => {
      const next = new Set(known);
      if (!next.delete(key)) next.add(key);
      return next.size === 0 ? null : next;
    });
  const leaveTicking = () => setTicked(null);
  useKeys(
    {
      j: () => move(1),
      k: () => move(-1),
      x: openKey === null ? undefined : () => tick(openKey),
    },
    letters,
  );
  const tickedGroups = ticked === null ? [] : groups.filter((group) => ticked.has(group.key));

  return (
    <div className="cols" data-step={open === null ? 'list' : step}>
      <section className="list" aria-label="Waiting requests">
        <header className="lh">
          <h1 className="grow">{heading(inbox.pending.length)}</h1>
          {ticked !== null ? (
            <>
              <Button
                size="small"
                variant="quiet"
                onClick={() => setTicked(new Set(groups.map(({ key }) => key)))}
              >
                All
              </Button>
              <Button size="small" variant="quiet" onClick={leaveTicking} keys="Esc">
                Done
              </Button>
            </>
          ) : (
            groups.length > 1 && (
              <Button size="small" variant="quiet" onClick={() => setTicked(new Set())} keys="X">
                Select
              </Button>
            )
          )}
        </header>
        <RequestList
          groups={groups}
          inbox={inbox}
          sentAt={sentAt}
          now={now}
          selected={openKey}
          seen={seen}
          ticked={ticked}
          onOpen={(key) => {
            choose(key);
            if (ticked === null) setStep('detail');
          }}
          onTick={tick}
          onMove={move}
        >
          <Recent recent={inbox.recent} letters={letters} />
        </RequestList>
        {ticked === null ? (
          <KeyLine />
        ) : (
          <GroupBar ticked={tickedGroups} letters={letters} onDone={leaveTicking} />
        )}
      </section>
      {open === null && <Nothing inbox={inbox} overview={overview} />}
      {open !== null && shown && (
        <RequestDetail
          key={open.first.id}
          group={open}
          left={leftOf(open.first, sentAt, now)}
          ticking={ticked !== null}
          onBack={() => setStep('list')}
          detailRef={detailRef}
        />
      )}
      <p className="vh" role="status" aria-live="polite">
        {news}
      </p>
    </div>
  );
}

function KeyLine() {
  const show = useKeyHelp((state) => state.show);
  return (
    <p className="keyline">
      <span>
        <Key>J</Key> <Key>K</Key> move
      </span>
      <span>
        <Key>S</Key> scope
      </span>
      <span className="opt">
        <Key>R</Key> reason
      </span>
      <button type="button" onClick={() => show(true)}>
        <Key>?</Key> keys
      </button>
    </p>
  );
}

/** Nothing waits, and how things stand. */
function Nothing({ inbox, overview }: { readonly inbox: InboxData; readonly overview: Overview }) {
  const agents = overview.sessions.filter((session) => session.live).length;
  const last = inbox.lastQuestionAt === null ? '' : `, last question ${clockTime(inbox.lastQuestionAt)}`;
  return (
    <div className="empty">
      <p>
        Nothing waits. {agents === 0 ? 'No agent' : plural(agents, 'agent')} at work{last}.
      </p>
      <p className="t-12 t-ink3">{overview.enforcement.sentence}</p>
    </div>
  );
}

function heading(waiting: number): string {
  if (waiting === 0) return 'Nothing waits';
  return `${count(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for you`;
}

/** Which request is open. When it goes, its neighbour takes the place; a new one never does. */
function useChosen(groups: readonly { readonly key: string }[]) {
  const [chosen, choose] = useState<string | null>(null);
  const place = useRef(0);
  const found = groups.findIndex(({ key }) => key === chosen);
  const index = found >= 0 ? found : Math.min(place.current, groups.length - 1);
  const key = groups[index]?.key ?? null;
  useEffect(() => {
    place.current = Math.max(0, index);
    if (key !== null && key !== chosen) choose(key);
  }, [index, key, chosen]);
  return { index, choose };
}

/** Opens the request that the address names (`#inbox/ID`): once, when it is there, and whenever the address changes. */
function useNamed(groups: readonly RequestGroup[], open: (key: string) => void): void {
  const [named, setNamed] = useState(() => location.hash.split('/')[1] ?? null);
  useEffect(() => {
    const look = () => setNamed(location.hash.split('/')[1] ?? null);
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, []);
  const found = groups.find(({ all }) => all.some(({ id }) => id === named));
  useEffect(() => {
    if (found === undefined) return;
    open(found.key);
    setNamed(null);
    // Taken back, so that the same link can be followed a second time.
    history.replaceState(null, '', '#inbox');
  }, [found, open]);
}

/** What came since the last time, for those who hear the page: `1 new high-risk request, 3 waiting`. */
function useNews(pending: readonly Approval[] = NONE): string {
  const known = useRef<ReadonlySet<string>>(new Set());
  const [news, setNews] = useState('');
  useEffect(() => {
    const fresh = pending.filter(({ id }) => !known.current.has(id));
    known.current = new Set(pending.map(({ id }) => id));
    const [first] = fresh;
    if (first === undefined) setNews((old) => (pending.length === 0 ? '' : old));
    else
      setNews(
        `${fresh.length} new ${fresh.length === 1 ? `${first.risk}-risk request` : 'requests'}, ${pending.length} waiting`,
      );
  }, [pending]);
  return news;
}

/** When the focus was in the detail and went away with it, the next detail as a whole gets it: no button does. */
function useKeptFocus(id: string | null) {
  const detailRef = useRef<HTMLElement>(null);
  const within = useRef(false);
  useEffect(() => {
    const look = (event: FocusEvent) => {
      within.current = event.target instanceof Node && (detailRef.current?.contains(event.target) ?? false);
    };
    addEventListener('focusin', look);
    return () => removeEventListener('focusin', look);
  }, []);
  useEffect(() => {
    if (id !== null && within.current && document.activeElement === document.body) detailRef.current?.focus();
  }, [id]);
  return detailRef;
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const look = () => setMatches(media.matches);
    media.addEventListener('change', look);
    return () => media.removeEventListener('change', look);
  }, [query]);
  return matches;
}
