import { z } from 'zod';

/** How far a remembered answer reaches. */
export const RuleScope = z.enum(['session', 'project', 'always']);
export type RuleScope = z.infer<typeof RuleScope>;

/** One of the kinds of calls that an answer may be remembered for. */
export const RememberChoice = z.object({
  id: z.enum(['exact', 'kind', 'here', 'tool']),
  /** Names what was shown; sent back with the answer. */
  digest: z.string(),
  /** `this exact call`, `git push …`, `git in web/api`. */
  label: z.string(),
  /** What it never covers, in a sentence. */
  never: z.string(),
  /** The widest scope that it may have. */
  widest: RuleScope,
  /** Why it reaches no further; null when it reaches everywhere. */
  limit: z.string().nullable(),
  /** Holds for sandboxed sessions only. */
  sandboxed: z.boolean(),
});
export type RememberChoice = z.infer<typeof RememberChoice>;

export const RememberChoices = z.object({
  /** Narrowest first; empty when a yes holds once. */
  choices: z.array(RememberChoice),
  /** Why a yes holds once; null when it may be remembered. */
  once: z.string().nullable(),
  /** Why nothing but the exact call is offered; null when more is. */
  exactOnly: z.string().nullable(),
});
export type RememberChoices = z.infer<typeof RememberChoices>;

/** Past calls that a choice would have covered, as far as they were looked at. */
export const Coverage = z.object({
  choice: RememberChoice.shape.id,
  session: z.number().int(),
  project: z.number().int(),
  everywhere: z.number().int(),
  /** Of those everywhere: how they ended then. */
  allowed: z.number().int(),
  stopped: z.number().int(),
  /** A few of them, newest first, each another one. */
  examples: z.array(z.string()),
});
export type Coverage = z.infer<typeof Coverage>;

export const CoverageReport = z.object({
  coverage: z.array(Coverage),
  /** Past calls that were looked at. */
  looked: z.number().int(),
  /** Of those: left out, because the log does not hold all of their parameters. */
  unknown: z.number().int(),
  /** Wall time of the oldest one, milliseconds since 1970; null without any. */
  since: z.number().nullable(),
  /** All calls of the last 30 days were looked at. */
  whole: z.boolean(),
});
export type CoverageReport = z.infer<typeof CoverageReport>;

/** What to look at: a request that waits, or the call of a row of the timeline. */
export const CallRef = z.union([
  z.object({ approval: z.string().max(64) }),
  z.object({ seq: z.number().int() }),
]);
export type CallRef = z.infer<typeof CallRef>;

/** What may be remembered of a call on the timeline. */
export const RowChoices = z.object({
  seq: z.number().int(),
  title: z.string(),
  app: z.object({ root: z.string(), name: z.string() }),
  /** What is decided about such a call now. */
  decision: z.enum(['allow', 'deny', 'approve']),
  /** Why no rule can be made of it; null when one can. */
  problem: z.string().nullable(),
  remember: RememberChoices,
  /** Its session still runs. */
  live: z.boolean(),
});
export type RowChoices = z.infer<typeof RowChoices>;

/** Seconds that a rule is to hold; null: until it is taken back. */
const HoldsFor = z
  .number()
  .int()
  .min(60)
  .max(366 * 86_400)
  .nullable();

/** What is to be remembered with a yes. */
export const RememberWish = z.object({
  choice: RememberChoice.shape.id,
  digest: z.string().max(128),
  /** Left out with a session: until it ends. */
  forSeconds: HoldsFor,
});
export type RememberWish = z.infer<typeof RememberWish>;

/** A rule that is made of a row of the timeline. */
export const RuleWish = z.object({ seq: z.number().int(), scope: RuleScope, remember: RememberWish });
export type RuleWish = z.infer<typeof RuleWish>;

/** A remembered answer. */
export const RuleView = z.object({
  id: z.string(),
  /** What it lets through. */
  sentence: z.string(),
  /** `shell.bash` */
  action: z.string(),
  client: z.object({ id: z.string(), name: z.string() }),
  scope: RuleScope,
  /** Null where it holds in every project. */
  app: z.object({ root: z.string(), name: z.string() }).nullable(),
  /** With a session: how it is called. */
  session: z.string().nullable(),
  sandboxed: z.boolean(),
  exact: z.boolean(),
  never: z.string(),
  /** Milliseconds since 1970. */
  madeAt: z.number(),
  /** Null: until it is taken back, or its session ends. */
  endsAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
  hits: z.number().int(),
  /** Another rule that covers all of it. */
  shadowedBy: z.object({ id: z.string(), sentence: z.string() }).nullable(),
  /** Rules with the same word can be made one. */
  mergesAs: z.string().nullable(),
});
export type RuleView = z.infer<typeof RuleView>;

export const HoldsForWish = HoldsFor;
