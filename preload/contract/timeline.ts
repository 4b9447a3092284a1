import { z } from 'zod';
import { Fact, GateStep, Param, Risk } from './approval.ts';

export const TimelineFilter = z.object({
  /** Words that must all occur in the call's text, agent, app, module, action or reason. */
  text: z.string().max(400).default(''),
  outcome: z.array(z.enum(['waits', 'allowed', 'denied', 'refused', 'expired', 'cancelled'])).default([]),
  client: z.array(z.string().max(64)).default([]),
  app: z.array(z.string().max(4096)).default([]),
  session: z.array(z.string().max(64)).default([]),
  /** `module`, `module.action` or `module.*`. */
  action: z.array(z.string().max(128)).default([]),
  gate: z.array(z.number().int().min(0).max(6)).default([]),
  risk: z.array(Risk).default([]),
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
  app: z.string(),
  session: z.string(),
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
  /** Lines that match the filter, and lines in all. */
  matched: z.number().int(),
  total: z.number().int(),
  stopped: z.number().int(),
  asked: z.number().int(),
});
export type TimelinePage = z.infer<typeof TimelinePage>;

export const TimelineDetail = z.object({
  row: TimelineRow,
  params: z.array(Param),
  /** What the agent was told, or null when it was let through. */
  told: z.string().nullable(),
  facts: z.array(Fact),
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
