/** Projects, their sessions, and the events of a session. */
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Apps } from './apps.ts';
import { EventSchema, Micros } from './event-schema.ts';
import { EVERYTHING, eventView } from './event-view.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';

const MAX_EVENTS = 5000;
const DEFAULT_EVENTS = 500;

const Seq = z.coerce.number().int().nonnegative();
const PageSchema = z
  .object({
    events: z.array(EventSchema),
    has_more: z.boolean(),
    next_since_seq: z
      .int()
      .nonnegative()
      .meta({ description: 'Ask with this as since_seq to read on: no gap, no repetition.' }),
  })
  .meta({ id: 'EventPage' });

const SessionSchema = z
  .object({
    session_id: z.string(),
    client: z.string(),
    started_ts: Micros,
    last_seen_ts: Micros,
    live: z.boolean(),
    waiting: z.int().nonnegative(),
  })
  .meta({ id: 'Session' });

const AppSchema = z
  .object({ app_id: z.string(), name: z.string(), root: z.string(), live_sessions: z.int().nonnegative() })
  .meta({ id: 'App' });

export function sessionRoutes(parts: ApiParts, apps: Apps): readonly Route[] {
  const { engine, stream, user } = parts;
  return [
    route({
      id: 'listApps',
      method: 'GET',
      path: '/api/apps',
      scope: 'watch',
      summary: 'The projects that this token may speak of.',
      responses: { 200: { description: 'Projects.', schema: z.object({ apps: z.array(AppSchema) }) } },
      handle: async ({ token }) => {
        const live = engine.sessions.list().filter(({ ended }) => !ended);
        const seen = await apps.seenBy(token);
        return {
          status: 200,
          body: {
            apps: seen.map((app) => ({
              ...app,
              live_sessions: live.filter((session) => session.app === app.root).length,
            })),
          },
        };
      },
    }),
    route({
      id: 'listSessions',
      method: 'GET',
      path: '/api/apps/{app_id}/sessions',
      scope: 'watch',
      summary: 'Sessions of the project since Gatehouse started, newest first.',
      responses: {
        200: { description: 'Sessions.', schema: z.object({ sessions: z.array(SessionSchema) }) },
      },
      handle: async ({ app }) => {
        const pending = engine.desk.pending();
        const sessions = engine.sessions.list().filter((session) => session.app === app.root);
        return {
          status: 200,
          body: {
            sessions: sessions.toReversed().map((session) => ({
              session_id: session.id,
              client: session.client,
              started_ts: session.startedWallMicros,
              last_seen_ts: session.lastSeenWallMicros,
              live: !session.ended,
              waiting: pending.filter(({ call }) => call.session === session.id).length,
            })),
          },
        };
      },
    }),
    route({
      id: 'listEvents',
      method: 'GET',
      path: '/api/apps/{app_id}/sessions/{session_id}/events',
      scope: 'watch',
      summary: 'Events of a session with seq above since_seq, oldest first.',
      query: z.strictObject({
        since_seq: Seq.default(0),
        limit: z.coerce.number().int().min(1).max(MAX_EVENTS).default(DEFAULT_EVENTS),
      }),
      responses: { 200: { description: 'A page of events.', schema: PageSchema } },
      handle: async ({ app, path, query }) => {
        const session = path['session_id'] ?? '';
        if ((await stream.appOf(session)) !== app.root)
          throw new ApiError('not_found', `this app has no session ${JSON.stringify(session.slice(0, 64))}`);
        const page = await stream.page({
          ...EVERYTHING,
          session,
          sinceSeq: query.since_seq,
          upToSeq: parts.logHead(),
          limit: query.limit,
        });
        const events = page.rows.map((row) => eventView(row, user));
        const next = events.at(-1)?.seq ?? query.since_seq;
        return { status: 200, body: { events, has_more: page.more, next_since_seq: next } };
      },
    }),
  ];
}
