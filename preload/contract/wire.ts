/**
 * How the page and the headless supervisor talk over the WebSocket at `WIRE_PATH`.
 *
 * The page speaks first: `hello` with a link's token (the part after `#`) or with the session it was given
 * before. Then it calls, and gets one result per call, and events in between. JSON text frames only.
 */
import { z } from 'zod';

/** Where the WebSocket is; the same host and port as the page itself. */
export const WIRE_PATH = '/ws';

/** One frame is at most this long, in both directions before the page is up to date. */
export const WIRE_MAX_BYTES = 1024 * 1024;

const Token = z.string().min(1).max(128);

export const ClientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), link: Token.optional(), session: Token.optional() }),
  z.strictObject({
    type: z.literal('call'),
    /** Chosen by the page; comes back with the result. */
    id: z.union([z.number().int().nonnegative(), z.string().min(1).max(64)]),
    method: z.string().min(1).max(64),
    args: z.array(z.unknown()).max(8),
  }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** Why a hello was refused. After `refused` the server closes; the same token will not work later. */
export const RefusalCode = z.enum([
  'link_used',
  'link_expired',
  'link_unknown',
  'session_unknown',
  'too_many_pages',
  'bad_hello',
]);
export type RefusalCode = z.infer<typeof RefusalCode>;

export const ServerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), session: z.string() }),
  /** `reason` is a sentence for the person. */
  z.object({ type: z.literal('refused'), code: RefusalCode, reason: z.string() }),
  z.object({ type: z.literal('result'), id: z.union([z.number(), z.string()]), result: z.unknown() }),
  z.object({ type: z.literal('event'), channel: z.string(), payload: z.unknown() }),
]);
export type ServerMessage = z.infer<typeof ServerMessage>;
