import { z } from 'zod';

/** What a page asks of the window that it is in. None of it decides anything. */
export const WindowAct = z.discriminatedUnion('kind', [
  /** Shows this request in the main window. */
  z.object({ kind: z.literal('review'), request: z.string().max(64) }),
  /** The pointer came over the card, or left it: only under the hand can it have the focus. */
  z.object({ kind: z.literal('pointer'), over: z.boolean() }),
  /** Puts the card away until another request comes. */
  z.object({ kind: z.literal('put_away') }),
  /** A secret is shown in it, or not any more: meanwhile no picture is taken of the window. */
  z.object({ kind: z.literal('secret'), shown: z.boolean() }),
]);
export type WindowAct = z.infer<typeof WindowAct>;

/** All that the page of the card may call, and is sent: more than that its window refuses. */
export const CARD_METHODS: ReadonlySet<string> = new Set(['overview', 'inbox', 'answer', 'windowAct']);
export const CARD_CHANNELS: ReadonlySet<string> = new Set(['overview', 'inbox', 'notice']);

/** Whether Gatehouse starts by itself when the person logs in. */
export const StartupView = z.object({
  state: z.enum(['on', 'off', 'unavailable']),
  /** What that means, or why it cannot be had here. */
  sentence: z.string(),
});
export type StartupView = z.infer<typeof StartupView>;
