/** One row of the list: what, who, where, since when, and why it asks. Its size is the same in every state. */
import { type MouseEvent, memo } from 'react';
import type { Decided } from '../../../preload/contract.ts';
import { calmTimeLeft } from '../../ui/format.ts';
import { OutcomeGlyph, TickGlyph } from '../../ui/glyphs.tsx';
import { RiskShape } from '../../ui/risk.tsx';
import { CompactTrack } from '../../ui/track.tsx';
import { VisibleText, visible } from '../../ui/visible-text.tsx';
import { OUTCOME_WORDS } from './recent.tsx';
import { type RequestGroup, timesAsked } from './twins.ts';

/** Takes the same room as a time. */
const NO_TIME = '\u00a0';
/** From here on the time stands in the colour of what is stopped. */
const SOON_MS = 30_000;

export function rowId(key: string): string {
  return `req ${key}`.replace(/\s+/g, '-');
}

export interface RequestRowProps {
  readonly group: RequestGroup;
  /** In words, so that the row changes only when they do. */
  readonly left: string;
  readonly soon: boolean;
  readonly percent: number;
  readonly selected: boolean;
  /** Never opened on this page. */
  readonly unseen: boolean;
  /** Null while nothing is being ticked. */
  readonly ticked: boolean | null;
  readonly onOpen: (key: string) => void;
  readonly onTick: (key: string) => void;
}

export const RequestRow = memo(function RequestRow({
  group,
  left,
  soon,
  percent,
  selected,
  unseen,
  ticked,
  onOpen,
  onTick,
}: RequestRowProps) {
  const { key, first } = group;
  const press = (event: MouseEvent) => {
    if (ticked !== null || event.ctrlKey || event.metaKey) onTick(key);
    onOpen(key);
  };
  return (
    <button
      type="button"
      id={rowId(key)}
      className="req"
      role="option"
      aria-selected={selected}
      aria-checked={ticked ?? undefined}
      tabIndex={selected ? 0 : -1}
      onClick={press}
      {...(unseen ? { 'data-unseen': '' } : {})}
    >
      <span className="l1">
        <RiskShape risk={first.risk} />
        <span className="ttl">
          <VisibleText text={first.title} />
        </span>
        <span className="left" {...(soon ? { 'data-soon': '' } : {})}>
          {left}
        </span>
      </span>
      <span className="l2">
        {ticked !== null && <TickGlyph ticked={ticked} />}
        <span className="one">
          <VisibleText text={whose(group)} />
        </span>
      </span>
      <span className="l3">
        <CompactTrack steps={first.trace} />
        <span className="one" title={visible(first.reason)}>
          {timesAsked(group) > 1 && `asked ${timesAsked(group)} times · `}
          <VisibleText text={first.reason} />
        </span>
      </span>
      <i className="due" style={{ width: `${percent}%` }} />
    </button>
  );
});

/** A row that ended while the pointer was on the list: it keeps its place until the hand is off. */
export function GoneRow({
  group: { first },
  decided,
}: {
  readonly group: RequestGroup;
  readonly decided: Decided | null;
}) {
  return (
    <div className="req" data-gone="" aria-hidden="true">
      <span className="l1">
        <OutcomeGlyph outcome={decided?.outcome ?? 'cancelled'} />
        <span className="ttl">
          <VisibleText text={first.title} />
        </span>
        <span className="left">{NO_TIME}</span>
      </span>
      <span className="l2">
        <span className="one">{decided === null ? 'Ended' : OUTCOME_WORDS[decided.outcome]}</span>
      </span>
      <span className="l3">
        <span className="one">
          <VisibleText text={decided?.note ?? ''} />
        </span>
      </span>
    </div>
  );
}

/** Who asks, and where. */
function whose({ first }: RequestGroup): string {
  return [first.client.name, first.app.name, first.test ? 'your test' : first.session.label].join(' · ');
}

/** Whether so little time is left that it is said in colour. */
export function isSoon(left: number): boolean {
  return left < SOON_MS;
}

/** What a row says of the time that is left. */
export function leftWords(left: number): string {
  return calmTimeLeft(left);
}
