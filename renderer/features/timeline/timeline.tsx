/**
 * The timeline: every call and event of the log, newest first, narrowed by a filter, followed live.
 *
 * Rows arrive only while the reader is at the top; further down the list stays where it is and says how many
 * are newer. All numbers come from the supervisor.
 */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { TimelineGroupBy } from '../../../preload/contract.ts';
import { useApi } from '../../app/api.ts';
import { useOverview, usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { type Span, spanTerms } from './density.ts';
import { DensityStrip } from './density-strip.tsx';
import { DetailPanel } from './detail-panel.tsx';
import { DetailStore } from './detail-store.ts';
import { type Counts, TimelineFeed } from './feed.ts';
import { termText, toContract } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { filterOffers } from './filter-offers.ts';
import { useFilter } from './filter-store.ts';
import { GroupList } from './group-list.tsx';
import { NumbersDialog } from './numbers-dialog.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import { StoryDialog } from './story-dialog.tsx';
import { type ListControl, TimelineList } from './timeline-list.tsx';
import { useDensity } from './use-density.ts';
import { useVerify, VerifyBanner } from './verify.tsx';
import { ViewsDialog } from './views-dialog.tsx';
import './panel.css';
import './story.css';
import './strip.css';
import './timeline.css';

/** Words that are being typed are looked for after this pause, in milliseconds. */
const TYPING_MS = 150;

type Above =
  | { readonly kind: 'views' | 'numbers' }
  | { readonly kind: 'story'; readonly session: string }
  | { readonly kind: 'rule'; readonly seq: number };

export function Timeline() {
  const api = useApi();
  const overview = useOverview();
  const terms = useFilter((state) => state.terms);
  const words = useFilter((state) => state.words);
  const { add, replaceTimes, show } = useFilter.getState();
  const filter = useMemo(() => toContract(terms, words), [terms, words]);
  const timeless = useMemo(() => ({ ...filter, since: null, until: null }), [filter]);
  const [feed] = useState(
    () =>
      new TimelineFeed(
        {
          newest: (asked, limit) => api.call('timeline', asked, null, limit),
          at: (asked, first, limit) => api.call('timelineAt', asked, first, limit),
          place: (asked, seq) => api.call('timelinePlace', asked, seq),
        },
        filter,
      ),
  );
  const [store] = useState(() => new DetailStore((seq) => api.call('timelineDetail', seq)));
  const [selected, setSelected] = useState<number | null>(null);
  const [menuOpen, setMenuOpen] = useState(false);
  const [group, setGroup] = useState<TimelineGroupBy | 'rows'>('rows');
  const [above, setAbove] = useState<Above | null>(null);
  const [zoom, setZoom] = useState<Span | null>(null);
  const [buckets, setBuckets] = useState(0);
  const [now, setNow] = useState(Date.now);
  const fieldRef = useRef<HTMLInputElement>(null);
  const gridRef = useRef<HTMLDivElement>(null);
  const groupRef = useRef<HTMLSelectElement>(null);
  const controlRef = useRef<ListControl | null>(null);
  const snapshot = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const verify = useVerify(() => api.call('verifyLog'));
  const total = snapshot.counts?.total ?? 0;
  const density = useDensity(api, timeless, zoom, buckets, total);

  useEffect(() => {
    const timer = setTimeout(() => feed.start(filter), TYPING_MS);
    return () => clearTimeout(timer);
  }, [feed, filter]);
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), 60_000);
    const end = api.on('timeline', (rows) => {
      feed.changed(rows);
      store.changed(rows.map((row) => row.seq));
    });
    let before = api.connection();
    const endConnection = api.onConnection((state) => {
      if (state === 'open' && before !== 'open') {
        feed.reconnected();
        store.reconnected();
      }
      before = state;
    });
    return () => {
      clearInterval(clock);
      end();
      endConnection();
    };
  }, [api, feed, store]);

  const select = (seq: number) => {
    setSelected(seq);
    void store.open(seq);
  };
  const close = () => {
    setSelected(null);
    store.close();
    gridRef.current?.focus();
  };
  /** Selects a row wherever it stands. */
  const goTo = (seq: number) => {
    setGroup('rows');
    select(seq);
    void feed.find(seq).then((position) => {
      if (position !== null) controlRef.current?.go(position);
    });
  };
  const letters = usePreferences((state) => state.prefs.letters);
  const move = (by: number) => controlRef.current?.move(by);
  useKeys(
    {
      '/': () => fieldRef.current?.focus(),
      f: () => setMenuOpen(true),
      g: () => groupRef.current?.focus(),
      v: () => setAbove({ kind: 'views' }),
      j: () => move(1),
      k: () => move(-1),
    },
    letters,
  );
  useKeys({ Escape: close });
  const row = selected === null ? null : (feed.rowAt(feed.positionOf(selected)) ?? null);
  const sessionLabel = (id: string) => overview?.sessions.find((session) => session.id === id)?.label ?? null;
  const story = (session: string) => setAbove({ kind: 'story', session });
  const rule = (seq: number) => setAbove({ kind: 'rule', seq });
  const putAway = () => setAbove(null);

  return (
    <div className="tl">
      <header className="head">
        <h1>Timeline</h1>
        <span className="tl-counts t-ink2 grow one">
          {snapshot.counts === null ? '' : countsSentence(snapshot.counts)}
        </span>
        <Button variant="quiet" onClick={() => setAbove({ kind: 'numbers' })}>
          Numbers
        </Button>
        <Button onClick={() => void verify.run()} disabled={verify.state.step === 'running'}>
          Verify the log
        </Button>
      </header>
      <VerifyBanner state={verify.state} onShow={goTo} onPutAway={verify.putAway} />
      <FilterBar
        fieldRef={fieldRef}
        offers={filterOffers(overview, now)}
        menuOpen={menuOpen}
        onMenuOpen={setMenuOpen}
        onLeave={() => gridRef.current?.focus()}
      >
        <Button size="small" variant="quiet" onClick={() => setAbove({ kind: 'views' })} keys="V">
          Views
        </Button>
        <label className="tl-by">
          <span className="vh">Show</span>
          <select
            ref={groupRef}
            value={group}
            onChange={(event) => setGroup(event.currentTarget.value as typeof group)}
          >
            <option value="rows">Rows</option>
            <option value="session">By session</option>
            <option value="turn">By prompt</option>
            <option value="agent">By agent</option>
          </select>
        </label>
      </FilterBar>
      <DensityStrip
        density={density}
        since={filter.since}
        until={filter.until}
        zoomed={zoom !== null}
        onRoom={setBuckets}
        onChoose={(span) => replaceTimes(span === null ? [] : spanTerms(span))}
        onZoom={setZoom}
      />
      <div className="tl-split" {...(selected === null ? {} : { 'data-panel': '' })}>
        <div className="tl-list">
          {group === 'rows' && snapshot.newer > 0 && (
            <div className="tl-newer">
              <Button size="small" onClick={() => controlRef.current?.toTop()}>
                {count(snapshot.newer)} newer {snapshot.newer === 1 ? 'row' : 'rows'}
              </Button>
            </div>
          )}
          {group === 'rows' ? (
            <TimelineList
              feed={feed}
              now={now}
              selected={selected}
              onSelect={select}
              gridRef={gridRef}
              controlRef={controlRef}
              foot={<Foot feed={feed} filtered={terms.length > 0 || words !== ''} />}
            />
          ) : (
            <GroupList
              filter={filter}
              by={group}
              total={total}
              now={now}
              label={sessionLabel}
              onOpen={(more) => {
                for (const term of more) add(term);
                setGroup('rows');
              }}
              onStory={story}
            />
          )}
        </div>
        {selected !== null && (
          <DetailPanel store={store} row={row} now={now} onClose={close} onStory={story} onRule={rule} />
        )}
      </div>
      {above?.kind === 'views' && (
        <ViewsDialog
          current={[...terms.map(termText), words].filter((part) => part !== '').join(' ')}
          onShow={(text) => {
            show(text, Date.now());
            putAway();
          }}
          onClose={putAway}
        />
      )}
      {above?.kind === 'rule' && <RuleDialog seq={above.seq} onClose={putAway} />}
      {above?.kind === 'numbers' && <NumbersDialog onClose={putAway} />}
      {above?.kind === 'story' && (
        <StoryDialog session={above.session} savesFiles={overview?.shell !== 'electron'} onClose={putAway} />
      )}
    </div>
  );
}

/** Under the last row: that nothing matches, that it takes a moment, or why no more could be read. */
function Foot({ feed, filtered }: { readonly feed: TimelineFeed; readonly filtered: boolean }) {
  const snapshot = useSyncExternalStore(feed.subscribe, feed.snapshot);
  if (snapshot.error !== null) {
    return (
      <div className="tl-foot" role="alert">
        <span className="t-stop">Cannot read the log: {snapshot.error.message}</span>
        <Button size="small" onClick={() => feed.retry()}>
          Read again
        </Button>
      </div>
    );
  }
  if (snapshot.size > 0) return null;
  if (snapshot.loading) return <p className="tl-none tl-late">looking…</p>;
  return (
    <p className="tl-none">
      {filtered ? 'Nothing matches. Remove a filter to see more.' : 'Nothing is on the log yet.'}
    </p>
  );
}

/** `212 of 48 213 rows, 9 stopped, 4 asked`: events are rows too; stopped and asked are of those that match. */
export function countsSentence({ matched, total, stopped, asked }: Counts): string {
  const rows = total === 1 ? 'row' : 'rows';
  if (matched === null) return `counting… of ${count(total)} ${rows}`;
  const head = matched === total ? `${count(total)} ${rows}` : `${count(matched)} of ${count(total)} ${rows}`;
  return `${head}, ${count(stopped)} stopped, ${count(asked)} asked`;
}
