/** What a tutorial and its private supervisor say to each other, over the channel that only the two of them have. */
import { z } from 'zod';

export const ToSupervisor = z.strictObject({
  /** Put your clock ahead. */
  type: z.literal('advance'),
  milliseconds: z.number().int().positive(),
});
export type ToSupervisor = z.infer<typeof ToSupervisor>;

export const FromSupervisor = z.discriminatedUnion('type', [
  /** It runs: a one-use link to its page, and the PIN that was made for this run. */
  z.strictObject({ type: z.literal('ready'), url: z.string(), pin: z.string() }),
  /** It does not, and why. */
  z.strictObject({ type: z.literal('failed'), message: z.string() }),
]);
export type FromSupervisor = z.infer<typeof FromSupervisor>;
