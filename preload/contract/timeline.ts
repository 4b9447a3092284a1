import { z } from 'zod';
import { Effects, Fact, GateStep, Param, Risk } from './approval.ts';

export const TimelineFilter = z.object({
  /** Words that must all occur in the call's text, agent, app, module, action or reason. */
  text: z.string().max(400).default(''),
  outcome: z.array(z.enum(['waits', 'allowed', 'denied', 'refused', 'expired', 'cancelled'])).default([]),
  /** What the gates said first. */
  decision: z.array(z.enum(['allowed', 'denied', 'approval_required'])).default([]),
  client: z.array(z.string().max(64)).default([]),
  /** A client, or an agent within one. */
  agent: z.array(z.string().max(64)).default([]),
  app: z.array(z.string().max(4096)).default([]),
  session: z.array(z.string().max(64)).default([]),
  turn: z.array(z.number().int().nonnegative()).default([]),
  /** `module`, `module.action`, or the beginning of one and `*`. */
  action: z.array(z.string().max(128)).default([]),
  gate: z.array(z.number().int().min(0).max(6)).default([]),
  /** What decided: `path`, `path at file:line`, or the beginning of one and `*`. */
  rule: z.array(z.string().max(1000)).default([]),
  risk: z.array(Risk).default([]),
  /** After it ran: whether it went well. */
  success: z.boolean().nullable().default(null),
  /** Wall time in milliseconds, inclusive. */
  since: z.number().nullable().default(null),
  until: z.number().nullable().default(null),
  /** Also rows that are not calls: supervisor, policy, session and security events. */
  events: z.boolean().default(true),
});
export type TimelineFilter = z.infer<typeof TimelineFilter>;

/** One line of the timeline: a call with all that happened to it, or an event. */
export const TimelineRow = z.object({
  /** Sequence number of its first row in the log. */
  seq: z.number().int(),
  /** Wall time of that row, milliseconds since 1970. */
  at: z.number(),
  kind: z.enum(['call', 'event']),
  /** For an event: null. */
  outcome: z.enum(['waits', 'allowed', 'denied', 'refused', 'expired', 'cancelled']).nullable(),
  byPerson: z.boolean(),
  /** The seven gates; an eighth where a behaviour rule stopped the call or had a person asked. */
  trace: z.array(GateStep).min(7).max(8).nullable(),
  /** `module.action`, or the event's type. */
  action: z.string(),
  /** The command, path, URL, or the event in a sentence. */
  summary: z.string(),
  reason: z.string(),
  client: z.string(),
  /** The agent within the client; empty for an event. */
  agent: z.string(),
  app: z.string(),
  session: z.string(),
  turn: z.number().int().nullable(),
  risk: Risk.nullable(),
  /** `once`, `session`, or null. */
  scope: z.string().nullable(),
  /** After it ran: true, false; null while unknown or when it did not run. */
  success: z.boolean().nullable(),
  durationMs: z.number().nullable(),
  /** Needs attention: a security event. */
  alarm: z.boolean(),
});
export type TimelineRow = z.infer<typeof TimelineRow>;

export const TimelinePage = z.object({
  rows: z.array(TimelineRow),
  /** Lines that match the filter (null: more than were counted), and lines in all. */
  matched: z.number().int().nullable(),
  total: z.number().int(),
  stopped: z.number().int(),
  asked: z.number().int(),
});
export type TimelinePage = z.infer<typeof TimelinePage>;

/**
 * A page by its place. Places count from the oldest line that matches, 0, so that a new line moves none; rows are
 * newest first all the same. `shifts` changes when lines in the middle joined or left: places of before are void.
 */
export const TimelinePlaces = z.object({
  rows: z.array(TimelineRow),
  /** Place of the last, oldest, row here. */
  first: z.number().int(),
  matched: z.number().int(),
  total: z.number().int(),
  /** Among those that match. */
  stopped: z.number().int(),
  asked: z.number().int(),
  shifts: z.number().int(),
});
export type TimelinePlaces = z.infer<typeof TimelinePlaces>;

/** How the calls of a filter spread over time. */
export const TimelineDensity = z.object({
  /** Milliseconds since 1970: where the first bucket begins and the last one ends. */
  from: z.number(),
  to: z.number(),
  /** Calls a bucket: let through without a question; asked and not stopped; stopped. */
  through: z.array(z.number().int()),
  asked: z.array(z.number().int()),
  stopped: z.array(z.number().int()),
});
export type TimelineDensity = z.infer<typeof TimelineDensity>;

export const TimelineGroupBy = z.enum(['session', 'turn', 'agent']);
export type TimelineGroupBy = z.infer<typeof TimelineGroupBy>;

export const TimelineGroups = z.object({
  /** The one with the newest call first. */
  groups: z.array(
    z.object({
      client: z.string(),
      agent: z.string(),
      app: z.string(),
      session: z.string(),
      turn: z.number().int().nullable(),
      /** Milliseconds since 1970 of its first and last call. */
      from: z.number(),
      to: z.number(),
      calls: z.number().int(),
      stopped: z.number().int(),
      asked: z.number().int(),
      failed: z.number().int(),
    }),
  ),
  /** Groups in all; those here are the newest. */
  total: z.number().int(),
});
export type TimelineGroups = z.infer<typeof TimelineGroups>;

/** A filter that the person keeps, as the text of the filter field. */
export const SavedView = z.object({ name: z.string().trim().min(1).max(60), filter: z.string().max(2000) });
export type SavedView = z.infer<typeof SavedView>;
export const SavedViews = z.array(SavedView).max(50);

/** A session told in order. */
export const SessionStory = z.object({
  title: z.string(),
  /** Label and text: agent, project, when, how it was enforced, counts. */
  facts: z.array(z.object({ label: z.string(), text: z.string() })),
  chapters: z.array(
    z.object({
      title: z.string(),
      at: z.number(),
      lines: z.array(
        z.object({
          seq: z.number().int(),
          at: z.number(),
          tone: z.enum(['plain', 'allow', 'wait', 'stop']),
          text: z.string(),
          code: z.string().nullable(),
          note: z.string(),
        }),
      ),
    }),
  ),
  /** It is longer than is told. */
  cut: z.boolean(),
});
export type SessionStory = z.infer<typeof SessionStory>;

/** What adds up, by whole days, UTC. */
export const TimelineNumbers = z.object({
  failed: z.array(z.object({ app: z.string(), day: z.string(), count: z.number().int() })),
  waited: z.array(
    z.object({ outcome: z.string(), count: z.number().int(), meanMs: z.number(), longestMs: z.number() }),
  ),
  fired: z.array(z.object({ rule: z.string(), decision: z.string(), count: z.number().int() })),
});
export type TimelineNumbers = z.infer<typeof TimelineNumbers>;

export const TimelineDetail = z.object({
  row: TimelineRow,
  params: z.array(Param),
  /** What the agent was told, or null when it was let through. */
  told: z.string().nullable(),
  facts: z.array(Fact),
  /** What it would do, by what is understood of it now; null for events. */
  effects: Effects.nullable(),
  /** For an edit: what it takes out and puts in. */
  diff: z.array(z.object({ kind: z.enum(['same', 'add', 'remove']), text: z.string() })).nullable(),
  /** What came back, as far as the log keeps it. */
  output: z
    .object({ text: z.string(), bytes: z.number().int(), source: z.enum(['claimed', 'observed']) })
    .nullable(),
  /** What a yes was bound to; null for events. */
  fingerprint: z.string().nullable(),
  /** How far its rows are proved. */
  proof: z.object({ state: z.enum(['signed', 'chained', 'broken']), text: z.string() }),
  /** The gates with their names and what each said, then the behaviour rules that had something to say; empty for events. */
  gates: z.array(
    z.object({ gate: z.number(), name: z.string(), state: GateStep.shape.state, said: z.string() }),
  ),
  /** Every row of the log about this, exact JSON, oldest first. */
  records: z.array(
    z.object({ seq: z.number(), at: z.number(), type: z.string(), hash: z.string(), json: z.string() }),
  ),
});
export type TimelineDetail = z.infer<typeof TimelineDetail>;

export const VerifyReport = z.object({
  ok: z.boolean(),
  rows: z.number().int(),
  /** Null when intact; otherwise the first bad row and what is wrong with it. */
  problem: z.object({ seq: z.number().int(), kind: z.string(), text: z.string() }).nullable(),
});
export type VerifyReport = z.infer<typeof VerifyReport>;
