/**
 * The timeline: every call and event of the log, newest first, narrowed by a filter, followed live.
 *
 * Rows arrive only while the reader is at the top; further down the list stays where it is and says how many
 * are newer. All numbers come from the supervisor.
 */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useApi } from '../../app/api.ts';
import { useOverview, usePreferences } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { DetailPanel } from './detail-panel.tsx';
import { DetailStore } from './detail-store.ts';
import { type Counts, TimelineFeed } from './feed.ts';
import { toContract } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { filterOffers } from './filter-offers.ts';
import { useFilter } from './filter-store.ts';
import { type ListControl, TimelineList } from './timeline-list.tsx';
import { useVerify, VerifyBanner } from './verify.tsx';
import './panel.css';
import './timeline.css';

/** Words that are being typed are looked for after this pause, in milliseconds. */
const TYPING_MS = 150;

export function Timeline() {
  const api = useApi();
  const overview = useOverview();
  const terms = useFilter((state) => state.terms);
  const words = useFilter((state) => state.words);
  const [feed] = useState(
    () =>
      new TimelineFeed(
        { timeline: (filter, before, limit) => api.call('timeline', filter, before, limit) },
        toContract(terms, words),
      ),
  );
  const [store] = useState(() => new DetailStore((seq) => api.call('timelineDetail', seq)));
  const [selected, setSelected] = useState<number | null>(null);
  const [menuOpen, setMenuOpen] = useState(false);
  const [now, setNow] = useState(Date.now);
  const fieldRef = useRef<HTMLInputElement>(null);
  const gridRef = useRef<HTMLDivElement>(null);
  const controlRef = useRef<ListControl | null>(null);
  const snapshot = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const verify = useVerify(() => api.call('verifyLog'));

  useEffect(() => {
    const timer = setTimeout(() => feed.start(toContract(terms, words)), TYPING_MS);
    return () => clearTimeout(timer);
  }, [feed, terms, words]);
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
  const letters = usePreferences((state) => state.prefs.letters);
  const move = (by: number) => controlRef.current?.move(by);
  useKeys(
    {
      '/': () => fieldRef.current?.focus(),
      f: () => setMenuOpen(true),
      j: () => move(1),
      k: () => move(-1),
    },
    letters,
  );
  useKeys({ Escape: close });
  const row = selected === null ? null : (feed.rowAt(feed.positionOf(selected)) ?? null);

  return (
    <div className="tl">
      <header className="head">
        <h1>Timeline</h1>
        <span className="tl-counts t-ink2 grow">
          {snapshot.counts === null ? '' : countsSentence(snapshot.counts)}
        </span>
        <Button onClick={() => void verify.run()} disabled={verify.state.step === 'running'}>
          Verify the log
        </Button>
      </header>
      <VerifyBanner state={verify.state} onShow={select} onPutAway={verify.putAway} />
      <FilterBar
        fieldRef={fieldRef}
        offers={filterOffers(overview, now)}
        menuOpen={menuOpen}
        onMenuOpen={setMenuOpen}
        onLeave={() => gridRef.current?.focus()}
      />
      <div className="tl-split" {...(selected === null ? {} : { 'data-panel': '' })}>
        <div className="tl-list">
          {snapshot.newer > 0 && (
            <div className="tl-newer">
              <Button size="small" onClick={() => controlRef.current?.toTop()}>
                {count(snapshot.newer)} newer {snapshot.newer === 1 ? 'row' : 'rows'}
              </Button>
            </div>
          )}
          <TimelineList
            feed={feed}
            now={now}
            selected={selected}
            onSelect={select}
            gridRef={gridRef}
            controlRef={controlRef}
            foot={<Foot feed={feed} filtered={terms.length > 0 || words !== ''} />}
          />
        </div>
        {selected !== null && <DetailPanel store={store} row={row} now={now} onClose={close} />}
      </div>
    </div>
  );
}

/** Under the last row: that nothing matches, or why no more could be read. */
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
  if (snapshot.size > 0 || snapshot.loading) return null;
  return (
    <p className="tl-none">
      {filtered ? 'Nothing matches. Remove a filter to see more.' : 'Nothing is on the log yet.'}
    </p>
  );
}

/** `212 of 48 213 rows, 9 stopped, 4 asked`: events are rows too. */
export function countsSentence({ matched, total, stopped, asked }: Counts): string {
  const rows = total === 1 ? 'row' : 'rows';
  const head = matched === total ? `${count(total)} ${rows}` : `${count(matched)} of ${count(total)} ${rows}`;
  return `${head}, ${count(stopped)} stopped, ${count(asked)} asked`;
}
