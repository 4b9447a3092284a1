/** What is asked of the process that reads somebody else's database, and what it says. */
import { z } from 'zod';

export const ForeignQuestion = z.object({
  /** A copy that is ours to write to: its write-ahead log is taken in. */
  file: z.string(),
  table: z.string(),
  column: z.string(),
  most: z.number(),
});
export type ForeignQuestion = z.infer<typeof ForeignQuestion>;

/** `whole` is false where something of it could not be read, or was too much. */
export const ForeignAnswer = z.object({ texts: z.array(z.string()), whole: z.boolean() });
export type ForeignAnswer = z.infer<typeof ForeignAnswer>;
