/** What the timeline's page asks: rows by place, how they spread, groups, stories, numbers, and views that are kept. */
import type { Handlers, TimelineNumbers } from '../../../preload/contract.ts';
import type { AuditLog } from '../../audit/log.ts';
import type { LogMap } from '../../audit/log-map.ts';
import type { LogStream } from '../../audit/stream.ts';
import type { Metrics } from '../../audit/stream-query.ts';
import { type Page, success } from '../pages.ts';
import { reportHtml } from '../views/report-html.ts';
import { timelineDetailView, timelinePageView, timelineRowView } from '../views/timeline-view.ts';
import { appName, millis } from '../views/words.ts';
import type { SavedViewBook } from './saved-views.ts';
import { sessionStory } from './session-story.ts';

const MOST_GROUPS = 500;
const DAY_MICROS = 86_400_000_000;

export interface TimelineParts {
  readonly log: AuditLog;
  readonly map: LogMap;
  readonly stream: Pick<LogStream, 'metrics'>;
  readonly views: SavedViewBook;
  readonly home: string;
  readonly nowMicros: () => number;
  readonly details: Parameters<typeof timelineDetailView>[2];
}

type Names =
  | 'timeline'
  | 'timelineAt'
  | 'timelinePlace'
  | 'timelineDensity'
  | 'timelineGroups'
  | 'timelineNumbers'
  | 'timelineViews'
  | 'saveTimelineViews'
  | 'sessionStory'
  | 'sessionReport'
  | 'timelineDetail';

export function timelineHandlers(parts: TimelineParts): Pick<Handlers<Page>, Names> {
  const { log, map, stream, views, home } = parts;
  return {
    timeline: async (_page, filter, before, limit) =>
      success(timelinePageView(await log.timeline(filter, before, limit))),
    timelineAt: async (_page, filter, first, limit) => {
      const page = await map.page(filter, first, limit);
      return success({ ...page, rows: page.rows.map(timelineRowView) });
    },
    timelinePlace: async (_page, filter, seq) => success(await map.place(filter, seq)),
    timelineDensity: async (_page, filter, span, buckets) => {
      const [from, to] = span === null ? [null, null] : [span.from * 1000, span.to * 1000];
      const found = await map.density(filter, from, to, buckets);
      return success({
        from: found.from / 1000,
        to: found.to / 1000,
        through: [...found.through],
        asked: [...found.asked],
        stopped: [...found.stopped],
      });
    },
    timelineGroups: async (_page, filter, by) => {
      const { groups, total } = await map.groups(filter, by, MOST_GROUPS);
      return success({
        groups: groups.map((group) => ({
          ...group,
          app: group.app === '' ? '' : appName(group.app),
          from: millis(group.from),
          to: millis(group.to),
        })),
        total,
      });
    },
    timelineNumbers: async (_page, days) => {
      const until = parts.nowMicros();
      return success(
        numbersView(
          await stream.metrics({
            apps: null,
            sinceMicros: until - (days - 1) * DAY_MICROS,
            untilMicros: until,
          }),
        ),
      );
    },
    timelineViews: async () => success(views.list()),
    saveTimelineViews: async (_page, wanted) => success(views.keep(wanted)),
    sessionStory: async (_page, session) => success(await sessionStory(log, session, home)),
    sessionReport: async (_page, session) => success(await sessionReport(parts, session)),
    timelineDetail: async (_page, seq) => success(await timelineDetailView(log, seq, parts.details)),
  };
}

/** A session's story as a file; see reportHtml. */
export async function sessionReport(
  { log, home, nowMicros }: Pick<TimelineParts, 'log' | 'home' | 'nowMicros'>,
  session: string,
): Promise<{ readonly name: string; readonly html: string }> {
  const story = await sessionStory(log, session, home);
  const { state, rows, head } = log.stats();
  const sentence =
    state === 'broken'
      ? 'The log did not verify then.'
      : `Its newest row was ${rows}, with the hash ${head.slice(0, 16)}.`;
  return {
    name: `gatehouse-${session.replace(/[^\w-]/g, '_')}.html`,
    html: reportHtml(story, millis(nowMicros()), sentence),
  };
}

function numbersView({ failed, waited, fired }: Metrics): TimelineNumbers {
  const waits = new Map<string, { count: number; totalMs: number; longestMs: number }>();
  for (const { outcome, count, totalMs, longestMs } of waited) {
    const sum = waits.get(outcome) ?? { count: 0, totalMs: 0, longestMs: 0 };
    waits.set(outcome, {
      count: sum.count + count,
      totalMs: sum.totalMs + totalMs,
      longestMs: Math.max(sum.longestMs, longestMs),
    });
  }
  const rules = new Map<string, TimelineNumbers['fired'][number]>();
  for (const { rule, decision, count } of fired) {
    const key = `${decision} ${rule}`;
    rules.set(key, { rule, decision, count: (rules.get(key)?.count ?? 0) + count });
  }
  return {
    failed: failed.map(({ app, day, count }) => ({ app: appName(app), day, count })),
    waited: [...waits].map(([outcome, { count, totalMs, longestMs }]) => ({
      outcome,
      count,
      meanMs: totalMs / count,
      longestMs,
    })),
    fired: [...rules.values()].toSorted((a, b) => b.count - a.count).slice(0, 40),
  };
}
