/** What the contract double answers about the timeline beside rows: places, spread, groups, stories, numbers. */
import type {
  SessionStory,
  TimelineDensity,
  TimelineFilter,
  TimelineGroupBy,
  TimelineGroups,
  TimelineNumbers,
  TimelinePlaces,
  TimelineRow,
} from '../../preload/contract.ts';
import { timelinePage } from './contract-rows.ts';

const STOPPED: ReadonlySet<unknown> = new Set(['denied', 'refused', 'expired', 'cancelled']);

function oldestFirst(all: readonly TimelineRow[], filter: TimelineFilter): readonly TimelineRow[] {
  return timelinePage(all, filter, null, Number.POSITIVE_INFINITY).rows.toReversed();
}

export function timelinePlaces(
  all: readonly TimelineRow[],
  filter: TimelineFilter,
  first: number | null,
  limit: number,
): TimelinePlaces {
  const rows = oldestFirst(all, filter);
  const from = first ?? Math.max(0, rows.length - limit);
  return {
    rows: rows.slice(from, from + limit).toReversed(),
    first: from,
    matched: rows.length,
    total: all.length,
    stopped: rows.filter(({ outcome }) => STOPPED.has(outcome)).length,
    asked: rows.filter(({ byPerson, outcome }) => byPerson || outcome === 'waits').length,
    shifts: 0,
  };
}

export function timelinePlace(
  all: readonly TimelineRow[],
  filter: TimelineFilter,
  seq: number,
): number | null {
  const place = oldestFirst(all, filter).findIndex((row) => row.seq >= seq);
  return place < 0 ? null : place;
}

export function timelineDensity(
  all: readonly TimelineRow[],
  filter: TimelineFilter,
  span: { readonly from: number; readonly to: number } | null,
  buckets: number,
): TimelineDensity {
  const calls = oldestFirst(all, filter).filter(({ kind }) => kind === 'call');
  const times = calls.map(({ at }) => at);
  const from = span?.from ?? (times.length === 0 ? 0 : Math.min(...times));
  const to = span?.to ?? (times.length === 0 ? 0 : Math.max(...times));
  const counts = () => new Array<number>(buckets).fill(0);
  const sums = { through: counts(), asked: counts(), stopped: counts() };
  for (const { at, outcome, byPerson } of calls) {
    if (at < from || at > to) continue;
    const bucket = Math.min(buckets - 1, Math.floor(((at - from) / Math.max(1, to - from)) * buckets));
    const kind = STOPPED.has(outcome) ? 'stopped' : byPerson || outcome === 'waits' ? 'asked' : 'through';
    sums[kind][bucket] = (sums[kind][bucket] ?? 0) + 1;
  }
  return { from, to, ...sums };
}

export function timelineGroups(
  all: readonly TimelineRow[],
  filter: TimelineFilter,
  by: TimelineGroupBy,
): TimelineGroups {
  const groups = new Map<string, TimelineGroups['groups'][number]>();
  for (const row of oldestFirst(all, filter).toReversed()) {
    if (row.kind === 'event') continue;
    const key = by === 'agent' ? row.client : by === 'turn' ? `${row.session} ${row.turn}` : row.session;
    const sum = groups.get(key) ?? {
      client: row.client,
      agent: row.agent,
      app: by === 'agent' ? '' : row.app,
      session: by === 'agent' ? '' : row.session,
      turn: by === 'turn' ? row.turn : null,
      from: row.at,
      to: row.at,
      calls: 0,
      stopped: 0,
      asked: 0,
      failed: 0,
    };
    groups.set(key, {
      ...sum,
      from: row.at,
      calls: sum.calls + 1,
      stopped: sum.stopped + (STOPPED.has(row.outcome) ? 1 : 0),
      asked: sum.asked + (row.byPerson || row.outcome === 'waits' ? 1 : 0),
      failed: sum.failed + (row.success === false ? 1 : 0),
    });
  }
  return { groups: [...groups.values()].slice(0, 500), total: groups.size };
}

export function sessionStory(all: readonly TimelineRow[], session: string): SessionStory {
  const rows = all.filter((row) => row.session === session).toSorted((a, b) => a.seq - b.seq);
  return {
    title: `Claude Code in ${session}`,
    facts: [{ label: 'In all', text: `${rows.length} calls` }],
    chapters: [
      {
        title: 'Prompt 1',
        at: rows[0]?.at ?? 0,
        lines: rows.map((row) => ({
          seq: row.seq,
          at: row.at,
          tone: STOPPED.has(row.outcome) ? 'stop' : 'plain',
          text: `${row.outcome ?? 'event'}: ${row.action}`,
          code: row.summary,
          note: row.reason,
        })),
      },
    ],
    cut: false,
  };
}

export const NUMBERS: TimelineNumbers = {
  failed: [{ app: 'web', day: '2026-11-26', count: 3 }],
  waited: [{ outcome: 'allowed', count: 12, meanMs: 8400, longestMs: 61_000 }],
  fired: [{ rule: 'capabilities.approve[0] at policy.yaml:12', decision: 'approval_required', count: 12 }],
};
