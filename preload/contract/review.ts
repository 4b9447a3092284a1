import { z } from 'zod';

/** What a session wrote to a copy of a project, or to the project itself, and what became of it. */
export const ReviewView = z.object({
  id: z.string(),
  /** `copy`: applying carries it over into the project. `undo`: it is in the project, and applying takes it back. */
  kind: z.enum(['copy', 'undo']),
  client: z.object({ id: z.string(), name: z.string() }),
  app: z.object({ root: z.string(), name: z.string() }),
  /** Milliseconds since 1970. */
  beganAt: z.number(),
  state: z.enum(['running', 'uncompared', 'waits', 'applying', 'applied', 'undoing', 'kept', 'discarding']),
  /** Where it stands, in a sentence. */
  sentence: z.string(),
  /** Paths that differ; null before its session has ended. */
  files: z.number().int().nullable(),
  /** Names the list of changes; sent back with a yes. */
  digest: z.string().nullable(),
  /** Until when it can be undone, milliseconds since 1970; null when there is nothing to undo. */
  undoUntil: z.number().nullable(),
});
export type ReviewView = z.infer<typeof ReviewView>;

/** One path of a review. */
export const ReviewRow = z.object({
  /** Names the path, also one that is no text. */
  key: z.string(),
  path: z.string(),
  change: z.enum(['added', 'changed', 'deleted', 'mode', 'left out']),
  /** A folder came or went, and nothing in it has a row. */
  folder: z.boolean(),
  /** Why to look at it first; null for a path like any other. */
  first: z.string().nullable(),
  before: z.string(),
  after: z.string(),
  /** It changed in the project while the session ran: it cannot be carried over. */
  moved: z.boolean(),
});
export type ReviewRow = z.infer<typeof ReviewRow>;

/** Rows from a place on: what to look at first, then the rest, git's own records last. */
export const ReviewRows = z.object({
  review: ReviewView,
  rows: z.array(ReviewRow),
  total: z.number().int(),
  /** Of those: never carried over. */
  leftOut: z.number().int(),
  /** False when something of the copy could not be looked at. */
  whole: z.boolean(),
  /** Paths of which nothing is told, each with why: a first part, and how many there are. */
  left: z.array(z.string()),
  leftAll: z.number().int(),
});
export type ReviewRows = z.infer<typeof ReviewRows>;

/** The difference of one path. `lines` is null where there is no text to compare, or too much. */
export const ReviewDiff = z.object({
  key: z.string(),
  lines: z.array(z.object({ kind: z.enum(['same', 'add', 'remove']), text: z.string() })).nullable(),
  /** Why there are no lines, or not all; empty otherwise. */
  note: z.string(),
});
export type ReviewDiff = z.infer<typeof ReviewDiff>;

const Key = z.string().min(1).max(12_288);
/** What is to be carried over: all, these, or all but these. */
export const ReviewPick = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.literal('only'), keys: z.array(Key).max(20_000) }),
  z.object({ kind: z.literal('without'), keys: z.array(Key).max(20_000) }),
]);
export type ReviewPick = z.infer<typeof ReviewPick>;

export const ReviewWish = z.object({
  id: z.string().max(64),
  digest: z.string().max(128),
  pick: ReviewPick,
});
export type ReviewWish = z.infer<typeof ReviewWish>;
