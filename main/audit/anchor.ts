/** What is known of the log elsewhere: how far it reached, and where its signed records stood. */
import { z } from 'zod';
import { PROBLEM_KINDS } from './problem.ts';

const Place = z.object({
  /** The key of the first record. */
  root: z.string(),
  day: z.number().int(),
  i: z.number().int(),
  /** Hash of that record, and of the one that begins its day. */
  record: z.string(),
  spine: z.string(),
});
/** Where the newest signed record stands. */
export type SignedPlace = Readonly<z.infer<typeof Place>>;

/**
 * A log that does not reach its note was put back; one that says something else there is another one. Kept in the
 * state file, and in the keychain where there is one.
 */
export const Noted = z.object({
  log: z.string(),
  seq: z.number().int().positive(),
  hash: z.string(),
  /** Null while nothing was signed; notes of earlier versions know nothing of signatures. */
  signed: Place.nullable().default(null),
  /** What was found wrong with it at a start: rows that were written since hide it, and it is not forgotten. */
  found: z
    .object({ seq: z.number().int(), kind: z.enum(PROBLEM_KINDS), text: z.string() })
    .nullable()
    .optional(),
  /** Beside the log: whether its key is in the keychain, and the newest row that was noted there. */
  keychain: z.object({ key: z.boolean(), seq: z.number().int() }).optional(),
});
export type Anchor = Readonly<z.infer<typeof Noted>>;
