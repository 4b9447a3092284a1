/** What the gates decided, what adds up, and the check of the log. */
import { z } from 'zod';
import { EVERYTHING, type TimelineFilter } from '../../audit/filter.ts';
import { STREAM_TYPES, type StreamType } from '../../audit/stream-event.ts';
import { ApiError } from './api-error.ts';
import { type Apps, appNameOf } from './apps.ts';
import { EventSchema, Micros } from './event-schema.ts';
import { EVERYTHING as ALL_EVENTS, eventView } from './event-view.ts';
import type { ApiParts } from './parts.ts';
import { type Asked, type Route, route } from './route.ts';

const MAX_DECISIONS = 1000;
const MONTH_MICROS = 30 * 86_400 * 1_000_000;
/** What the gates said of a call. */
const GATE_TYPES: readonly StreamType[] = ['call_allowed', 'call_denied', 'approval_pending'];

/** Microseconds since 1970, or a date and time of RFC 3339. */
const Moment = z
  .string()
  .transform((text, context) => {
    const micros = /^\d{1,17}$/.test(text) ? Number(text) : Date.parse(text) * 1000;
    if (Number.isSafeInteger(micros)) return micros;
    context.addIssue('microseconds since 1970, or a date and time like 2026-07-27T12:00:00Z');
    return z.NEVER;
  })
  .meta({ description: 'Microseconds since 1970, or a date and time of RFC 3339.' });
const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const day = { app_id: z.string(), day: z.string(), count: z.int() };
const MetricsSchema = z
  .object({
    since: Micros,
    until: Micros,
    failed_calls: z.array(z.object(day)),
    approval_waits: z.array(
      z.object({ ...day, outcome: z.string(), mean_ms: z.number(), max_ms: z.number() }),
    ),
    rule_fires: z.array(z.object({ ...day, rule: z.string(), decision: z.string() })),
  })
  .meta({ id: 'Metrics', description: 'Counted by whole days, UTC.' });

const VerifiedSchema = z
  .object({
    ok: z.boolean(),
    rows: z.int().nonnegative(),
    problem: z.object({ seq: z.int(), kind: z.string(), text: z.string() }).nullable(),
  })
  .meta({ id: 'Verified' });

export function auditRoutes(parts: ApiParts, apps: Apps): readonly Route[] {
  const { stream, user } = parts;
  let verifying: ReturnType<ApiParts['verifyLog']> | null = null;
  /** Roots that a question without a project in its path may be about. */
  const rootsFor = async (asked: Pick<Asked, 'token'>, label: string | undefined) =>
    label === undefined ? asked.token.apps : [(await apps.resolve(label, asked.token)).root];

  return [
    route({
      id: 'listDecisions',
      method: 'GET',
      path: '/api/audit/decisions',
      scope: 'watch',
      summary: 'The gate decisions of every project of this token, newest first.',
      query: z.strictObject({
        event_type: z.string().max(60).optional().meta({
          description: 'A type of event, or the beginning of one and `*`. Gate decisions when left out.',
        }),
        app: z.string().max(4096).optional(),
        user: z.string().max(200).optional(),
        session: z.string().max(64).optional(),
        agent: z.string().max(64).optional(),
        action: z.string().max(128).optional().meta({
          description: 'A module, `module.action`, or the beginning of one and `*`.',
        }),
        decision: z.enum(['allowed', 'denied', 'approval_required']).optional(),
        gate: z.coerce.number().int().min(0).max(6).optional(),
        rule: z
          .string()
          .max(1000)
          .optional()
          .meta({ description: 'What decided, or its beginning and `*`.' }),
        risk: z.string().max(20).optional(),
        text: z.string().max(400).optional().meta({ description: 'Words that must all occur.' }),
        since: Moment.optional(),
        until: Moment.optional(),
        success: Flag.optional().meta({ description: '`true`: only what was let through or ran well.' }),
        limit: z.coerce.number().int().min(1).max(MAX_DECISIONS).default(100),
        offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
      }),
      responses: {
        200: {
          description: 'Decisions.',
          schema: z.object({ events: z.array(EventSchema), has_more: z.boolean() }),
        },
      },
      handle: async (asked) => {
        const { query } = asked;
        const roots = await rootsFor(asked, query.app);
        const page = await stream.page({
          ...ALL_EVENTS,
          session: query.session ?? null,
          apps: query.user === undefined || query.user === user ? roots : [],
          types: query.event_type === undefined ? GATE_TYPES : typesOf(query.event_type),
          upToSeq: parts.logHead(),
          sinceMicros: query.since ?? null,
          untilMicros: query.until ?? null,
          successOnly: query.success ?? false,
          lines: linesOf(query),
          limit: query.limit,
          offset: query.offset,
          newestFirst: true,
        });
        return {
          status: 200,
          body: { events: page.rows.map((row) => eventView(row, user)), has_more: page.more },
        };
      },
    }),
    route({
      id: 'metrics',
      method: 'GET',
      path: '/api/audit/metrics',
      scope: 'watch',
      summary: 'Failed calls, how long requests waited, and how often rules fired, by day.',
      query: z.strictObject({
        app: z.string().max(4096).optional(),
        since: Moment.optional(),
        until: Moment.optional(),
      }),
      responses: { 200: { description: 'Metrics.', schema: MetricsSchema } },
      handle: async (asked) => {
        const until = asked.query.until ?? parts.clock.wallMicros();
        const since = asked.query.since ?? Math.max(0, until - MONTH_MICROS);
        const roots = await rootsFor(asked, asked.query.app);
        const found = await stream.metrics({ apps: roots, sinceMicros: since, untilMicros: until });
        const idOf = (root: string) => appNameOf(root).app_id;
        return {
          status: 200,
          body: {
            since,
            until,
            failed_calls: found.failed.map(({ app, ...rest }) => ({ app_id: idOf(app), ...rest })),
            approval_waits: found.waited.map(({ app, totalMs, longestMs, ...rest }) => ({
              app_id: idOf(app),
              ...rest,
              mean_ms: totalMs / rest.count,
              max_ms: longestMs,
            })),
            rule_fires: found.fired.map(({ app, ...rest }) => ({ app_id: idOf(app), ...rest })),
          },
        };
      },
    }),
    route({
      id: 'verifyLog',
      method: 'POST',
      path: '/api/audit/verify',
      scope: 'watch',
      summary: 'Walks the whole chain of the log. The check is itself a row.',
      body: z.strictObject({}),
      responses: { 200: { description: 'What came out.', schema: VerifiedSchema } },
      handle: async () => {
        // Whoever comes while a check is under way shares it.
        verifying ??= parts.verifyLog().finally(() => {
          verifying = null;
        });
        const { ok, rows, problem } = await verifying;
        return { status: 200, body: { ok, rows, problem } };
      },
    }),
  ];
}

/** What is asked of the calls themselves, for the filter that page and terminal use; null when nothing is. */
function linesOf(
  query: {
    readonly [K in 'agent' | 'action' | 'decision' | 'rule' | 'risk' | 'text']?: string | undefined;
  } & { readonly gate?: number | undefined },
): TimelineFilter | null {
  const { agent, action, decision, gate, rule, risk, text } = query;
  const list = <T>(value: T | undefined) => (value === undefined ? [] : [value]);
  const narrowed = [agent, action, decision, gate, rule, risk, text].some((value) => value !== undefined);
  if (!narrowed) return null;
  return {
    ...EVERYTHING,
    agent: list(agent),
    action: list(action),
    decision: list(decision),
    gate: list(gate),
    rule: list(rule),
    risk: list(risk),
    text: text ?? '',
  };
}

/** @throws ApiError `bad_request` for a type that does not exist */
function typesOf(pattern: string): readonly StreamType[] {
  const found = pattern.endsWith('*')
    ? STREAM_TYPES.filter((type) => type.startsWith(pattern.slice(0, -1)))
    : STREAM_TYPES.filter((type) => type === pattern);
  if (found.length > 0) return found;
  throw new ApiError(
    'bad_request',
    `event_type: there is no type ${JSON.stringify(pattern)}; allowed: ${STREAM_TYPES.join(', ')}`,
  );
}
