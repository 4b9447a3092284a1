import { z } from 'zod';

/** A place in a policy file that is wrong, or worth knowing. Lines and columns count from 1. */
export const PolicyProblem = z.object({
  line: z.number().int(),
  column: z.number().int(),
  path: z.string(),
  message: z.string(),
});
export type PolicyProblem = z.infer<typeof PolicyProblem>;

/** One policy file of those that decide together. */
export const PolicyLayerView = z.object({
  /** `managed`, `user`, or the root of the project. */
  id: z.string(),
  layer: z.enum(['managed', 'user', 'project']),
  /** The project's name; null for the other two. */
  app: z.string().nullable(),
  /** With ~. */
  file: z.string(),
  state: z.enum(['absent', 'in_force', 'last_good', 'broken']),
  /** One sentence: how it stands, and what that means. */
  sentence: z.string(),
  text: z.string(),
  /** Of the text; null when there is none. */
  hash: z.string().nullable(),
  /** The person has trusted this very file. */
  trusted: z.boolean(),
  errors: z.array(PolicyProblem),
  notes: z.array(PolicyProblem),
  /** What trusting the file would change, and what it forbids already. */
  changes: z.array(
    z.object({ kind: z.enum(['widens', 'tightens']), line: z.number().int(), text: z.string() }),
  ),
});
export type PolicyLayerView = z.infer<typeof PolicyLayerView>;

export const PolicyFiles = z.object({
  layers: z.array(PolicyLayerView),
  presets: z.array(z.object({ name: z.string(), text: z.string() })),
  /** Tools that calls can be explained for, `module.action`. */
  tools: z.array(z.string()),
});
export type PolicyFiles = z.infer<typeof PolicyFiles>;

export const PolicyCheck = z.object({ errors: z.array(PolicyProblem), notes: z.array(PolicyProblem) });
export type PolicyCheck = z.infer<typeof PolicyCheck>;

/** A call to be explained: `value` is what says most about it: the command, the path, the URL. */
export const CallWish = z.object({
  tool: z.string().max(200),
  value: z.string().max(100_000),
  client: z.string().max(64),
  /** Root of a project as listed; null: somewhere without a policy of its own. */
  app: z.string().max(4096).nullable(),
  /** The person's policy as it would be; null: what is in force. */
  draft: z.string().max(600_000).nullable(),
});
export type CallWish = z.infer<typeof CallWish>;

export const PolicyExplanation = z.object({
  decision: z.enum(['allow', 'deny', 'approve']),
  /** Monitor mode: what would have been decided. */
  observed: z.enum(['denied', 'approval_required']).nullable(),
  gate: z.string(),
  reason: z.string(),
  steps: z.array(
    z.object({
      gate: z.number().int().min(0).max(6),
      name: z.string(),
      state: z.enum(['passed', 'asks', 'stopped', 'not_asked']),
      said: z.string(),
      /** `policy.yaml:14`, or null. */
      place: z.string().nullable(),
    }),
  ),
  /** Behaviour rules about the tool, in the order in which they are asked. */
  rules: z.array(
    z.object({
      id: z.string(),
      action: z.enum(['block', 'warn', 'remind']),
      state: z.enum(['fired', 'not_fired', 'unavailable', 'later', 'not_asked']),
      said: z.string(),
      place: z.string().nullable(),
    }),
  ),
  changes: z.array(
    z.object({
      text: z.string(),
      place: z.string().nullable(),
      becomes: z.enum(['allow', 'deny', 'approve']),
    }),
  ),
  /** What limits the explanation, in sentences. */
  caveats: z.array(z.string()),
});
export type PolicyExplanation = z.infer<typeof PolicyExplanation>;
