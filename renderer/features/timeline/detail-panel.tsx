/**
 * All that is known of one row: how it ended, the exact call, what each gate said, what the agent was told, the
 * facts with how they are known, and the log's own records.
 */
import { type ReactNode, useSyncExternalStore } from 'react';
import type { Fact, TimelineDetail, TimelineRow } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { RiskMark } from '../../ui/risk.tsx';
import { TallTrack } from '../../ui/track.tsx';
import { VisibleText, visible } from '../../ui/visible-text.tsx';
import { EditDiff, EffectList, Output } from './detail-parts.tsx';
import type { DetailStore } from './detail-store.ts';
import { ExactCall } from './exact-call.tsx';
import { ExplainRow } from './explain-row.tsx';
import { Facts } from './facts.tsx';
import { Records } from './records.tsx';
import { duration, exactClock, fullTime, whose } from './row-words.ts';
import { Outcome } from './timeline-row.tsx';

export interface DetailPanelProps {
  readonly store: DetailStore;
  /** The row as the list knows it, shown at once; null when it has left memory. */
  readonly row: TimelineRow | null;
  readonly now: number;
  readonly onClose: () => void;
  readonly onStory: (session: string) => void;
  readonly onRule: (seq: number) => void;
}

export function DetailPanel({ store, row: known, now, onClose, onStory, onRule }: DetailPanelProps) {
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  const detail = state.step === 'read' ? state.detail : state.step === 'reading' ? state.before : null;
  const row = detail?.row ?? known;
  return (
    <aside
      className="tl-panel"
      aria-label={row === null ? 'Row' : `Row ${row.seq}`}
      aria-busy={state.step === 'reading'}
    >
      <div className="tl-panel-head">
        {row !== null && <Outcome row={row} />}
        {row === null ? <span className="grow" /> : <Moment row={row} now={now} />}
        <Button size="small" variant="quiet" onClick={onClose} keys="Esc">
          Close
        </Button>
      </div>
      {row !== null && <Heading row={row} />}
      {state.step === 'failed' && (
        <div role="alert">
          <p className="t-stop">Cannot read this row: {state.error.message}</p>
          <Button size="small" onClick={() => void store.open(state.seq)}>
            Read it again
          </Button>
        </div>
      )}
      {detail === null ? (
        state.step === 'reading' && <p className="t-12 t-ink3">looking…</p>
      ) : (
        <Body detail={detail} onStory={onStory} onRule={onRule} />
      )}
    </aside>
  );
}

function Moment({ row, now }: { readonly row: TimelineRow; readonly now: number }): ReactNode {
  const sameDay = new Date(row.at).toDateString() === new Date(now).toDateString();
  return (
    <time
      className="tl-when"
      dateTime={new Date(row.at).toISOString()}
      {...(sameDay ? {} : { 'data-whole': '' })}
    >
      {sameDay ? exactClock(row.at) : fullTime(row.at)}
    </time>
  );
}

function Heading({ row }: { readonly row: TimelineRow }) {
  return (
    <>
      <h2>
        <VisibleText text={row.kind === 'event' ? row.summary : row.action} />
      </h2>
      <p className="row t-12 t-ink2">
        <span className="one" title={visible(row.app)}>
          <VisibleText text={row.kind === 'event' ? row.action : whose(row)} />
        </span>
        {row.risk !== null && <RiskMark risk={row.risk} />}
        {row.durationMs !== null && <span>ran {duration(row.durationMs)}</span>}
      </p>
    </>
  );
}

function Body({
  detail,
  onStory,
  onRule,
}: {
  readonly detail: TimelineDetail;
  readonly onStory: (session: string) => void;
  readonly onRule: (seq: number) => void;
}) {
  const { row, params, gates, told, facts, records, diff, effects, output } = detail;
  // What the change shows line by line is not shown twice.
  const exact = diff === null ? params : params.filter(({ name }) => !EDITED.has(name));
  return (
    <>
      <ExactCall params={exact} />
      {diff !== null && <EditDiff lines={diff} />}
      {row.reason !== '' && row.reason !== told && (
        <p className="tl-told">
          <VisibleText text={row.reason} />
        </p>
      )}
      {gates.length > 0 && <TallTrack gates={gates} person={row.byPerson} />}
      {row.kind === 'call' && <ExplainRow key={row.seq} seq={row.seq} />}
      {told !== null && (
        <p className="tl-told">
          The agent was told: “<VisibleText text={told} />”
        </p>
      )}
      {effects !== null && <EffectList effects={effects} />}
      {output !== null && <Output output={output} />}
      <Facts row={row} facts={[...facts, ...proofFacts(detail)]} />
      {row.session !== '' && (
        <p className="tl-actions-bare">
          {row.kind === 'call' && (
            <Button size="small" onClick={() => onRule(row.seq)}>
              Make a rule from this
            </Button>
          )}{' '}
          <Button size="small" onClick={() => onStory(row.session)}>
            Tell the whole session
          </Button>
        </p>
      )}
      <Records records={records} />
    </>
  );
}

const EDITED: ReadonlySet<string> = new Set(['old_string', 'new_string', 'edits']);

/** What a yes was bound to, and how far the log proves the row. */
function proofFacts({ row, fingerprint, proof }: TimelineDetail): readonly Fact[] {
  return [
    ...(fingerprint === null
      ? []
      : [
          {
            label: 'Fingerprint',
            text: '',
            code: `${fingerprint.slice(0, 16)}…`,
            source: 'checked',
          } as const,
        ]),
    { label: 'Row', text: String(row.seq), code: null, source: 'observed' },
    { label: 'Proof', text: proof.text, code: null, source: 'checked' },
  ];
}
