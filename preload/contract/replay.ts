import { z } from 'zod';

const Decision = z.enum(['allow', 'deny', 'approve']);

/** One past call that would have been decided otherwise. */
export const ReplayChange = z.object({
  seq: z.number().int(),
  /** Milliseconds since 1970. */
  at: z.number(),
  client: z.string(),
  app: z.string(),
  action: z.string(),
  summary: z.string(),
  from: Decision,
  to: Decision,
  /** Why it would be decided so now. */
  reason: z.string(),
});
export type ReplayChange = z.infer<typeof ReplayChange>;

/** What past calls would have been decided as. */
export const ReplayReport = z.object({
  /** Calls that were looked at. */
  looked: z.number().int(),
  /** Of those: decided anew. */
  replayed: z.number().int(),
  same: z.number().int(),
  /** How many went from what to what. */
  counts: z.array(z.object({ from: Decision, to: Decision, count: z.number().int() })),
  /** What widens first, newest first; at most 200. */
  changes: z.array(ReplayChange),
  /** Calls that were not decided anew, and why not. */
  left: z.array(z.object({ why: z.string(), count: z.number().int() })),
  /** Wall time of the oldest one that was looked at, milliseconds since 1970; null without any. */
  since: z.number().nullable(),
  /** Everything that was asked for was looked at. */
  whole: z.boolean(),
});
export type ReplayReport = z.infer<typeof ReplayReport>;

export const ReplayWish = z.object({
  /** The person's policy as it would be. */
  draft: z.string().max(600_000),
  /** How many days back. */
  days: z.number().int().min(1).max(366),
});
export type ReplayWish = z.infer<typeof ReplayWish>;
