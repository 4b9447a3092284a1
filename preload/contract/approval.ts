import { z } from 'zod';
import { RememberChoices, RememberWish } from './remember.ts';

export const Risk = z.enum(['low', 'medium', 'high', 'unknown']);
export type Risk = z.infer<typeof Risk>;

/** One tick of the track. `lapsed` is a gate whose question nobody answered (expired or cancelled). */
export const GateStep = z.object({
  /** 0 to 6; 7 stands for the behaviour rules. */
  gate: z.number().int().min(0).max(7),
  state: z.enum(['passed', 'allowed', 'stopped', 'waits', 'lapsed', 'not_asked']),
  /** A few words, for example `asks you, line 14`. */
  note: z.string().nullable(),
  /** A person answered at this gate. */
  person: z.boolean(),
});
export type GateStep = z.infer<typeof GateStep>;

/** A fact on a request, and how it is known. Claims never look like facts. */
export const Fact = z.object({
  label: z.string(),
  /** Plain words; may be empty when `code` says all. */
  text: z.string(),
  /** Shown in the code face: a path, a digest, a chain of processes. */
  code: z.string().nullable(),
  source: z.enum(['kernel', 'checked', 'observed', 'claimed', 'unknown']),
});
export type Fact = z.infer<typeof Fact>;

/** A part of a command, in UTF-16 units of its text, and whether a person has to look at it. */
export const CommandMark = z.object({
  start: z.number().int().nonnegative(),
  end: z.number().int().nonnegative(),
  undecided: z.boolean(),
  /** What speaks against it; null where nothing does. */
  says: z.string().nullable(),
});
export type CommandMark = z.infer<typeof CommandMark>;

/** One parameter of the call. `value` is at most 64 KiB of text; `bytes` is its real size. */
export const Param = z.object({
  name: z.string(),
  kind: z.enum(['command', 'path', 'url', 'text', 'json']),
  value: z.string(),
  bytes: z.number().int().nonnegative(),
  truncated: z.boolean(),
  /** Parts of a command that something speaks against, and those that nothing does; left out where none is singled out. */
  marks: z.array(CommandMark).optional(),
});
export type Param = z.infer<typeof Param>;

/** What the call would do. Where that cannot be told, `known` is false. */
export const Effects = z.discriminatedUnion('known', [
  z.object({ known: z.literal(false), reason: z.string() }),
  z.object({
    known: z.literal(true),
    cells: z.array(
      z.object({
        label: z.string(),
        text: z.string(),
        detail: z.string().nullable(),
        tone: z.enum(['plain', 'flagged', 'destructive']),
      }),
    ),
  }),
]);
export type Effects = z.infer<typeof Effects>;

/** How far an answer may reach. A choice that is not possible stays visible with the reason. */
export const ScopeChoice = z.object({
  scope: z.enum(['once', 'session', 'project', 'always']),
  label: z.string(),
  /** The whole consequence, for the button: `Allow this exact call in web until the session ends`. */
  button: z.string(),
  unavailable: z.string().nullable(),
});
export type ScopeChoice = z.infer<typeof ScopeChoice>;

/** A request that waits for a person, as the page shows it. */
export const Approval = z.object({
  id: z.string(),
  /** What a yes is bound to; sent back with the answer. */
  fingerprint: z.string(),
  /** Issued to this page with this card; an answer without it is refused. */
  nonce: z.string(),
  /** Wall time, milliseconds since 1970. */
  createdAt: z.number(),
  expiresAt: z.number(),
  /** Milliseconds left when this was sent: the page counts down from it with its own monotonic clock. */
  remainingMs: z.number(),
  title: z.string(),
  risk: Risk,
  client: z.object({ id: z.string(), name: z.string() }),
  app: z.object({ root: z.string(), name: z.string() }),
  session: z.object({ id: z.string(), label: z.string() }),
  /** Canonical `module.action`. */
  action: z.string(),
  /** The client's own tool name. */
  toolName: z.string(),
  cwd: z.string(),
  params: z.array(Param),
  reason: z.string(),
  /** Where the rule stands that asks, for example `policy.yaml line 14`. */
  rule: z.string().nullable(),
  trace: z.array(GateStep).length(7),
  effects: Effects,
  who: z.array(Fact),
  /** What a yes does not cover, in a sentence. */
  binding: z.string(),
  scopes: z.array(ScopeChoice).min(1),
  /** What a yes may be remembered for. */
  remember: RememberChoices,
  /** How many open requests with the same fingerprint this card stands for. */
  asked: z.number().int().min(1),
  /** The person's own test request: nothing runs. */
  test: z.boolean(),
});
export type Approval = z.infer<typeof Approval>;

/** A request that ended lately. */
export const Decided = z.object({
  id: z.string(),
  outcome: z.enum(['allowed', 'denied', 'refused', 'expired', 'cancelled']),
  title: z.string(),
  /** One line: who or what ended it. */
  note: z.string(),
  at: z.number(),
  byPerson: z.boolean(),
  /** Until when a remembered answer can be taken back; null when there is nothing to take back. */
  undoUntil: z.number().nullable(),
});
export type Decided = z.infer<typeof Decided>;

export const Inbox = z.object({
  /** Sorted by risk, then age. */
  pending: z.array(Approval),
  recent: z.array(Decided),
  /** Wall time of the last question, or null. */
  lastQuestionAt: z.number().nullable(),
});
export type Inbox = z.infer<typeof Inbox>;

/** A person's answer. */
export const Answer = z.object({
  id: z.string().max(64),
  fingerprint: z.string().max(128),
  nonce: z.string().max(128),
  verdict: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('allow'),
      scope: ScopeChoice.shape.scope,
      /** With any scope but `once`; left out: this exact call. */
      remember: RememberWish.optional(),
    }),
    z.object({ kind: z.literal('deny'), reason: z.string().max(500).nullable() }),
  ]),
});
export type Answer = z.infer<typeof Answer>;
