/**
 * What our plugin in opencode writes to the hook program: its own form, made for us, and still nothing that is trusted.
 * Other plugins run in the same process.
 */
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { Folder, Id, Label } from './hook-input.ts';
import { inForm, isObject, readHookJson, unknownEvent } from './hook-json.ts';

const CLIENT = 'opencode';

const Common = z.object({
  /** The outermost session. */
  session: Id,
  /** The session of a subagent; the same as `session` outside of one. */
  inner: Id,
  /** Name of the agent that runs in it; left out where the plugin was not told. */
  agent: Label.nullish(),
  cwd: Folder,
});

const Event = z.discriminatedUnion('event', [
  Common.extend({
    event: z.literal('before'),
    call: Id,
    tool: Label,
    args: z.custom<JsonObject>((value) => isObject(value as JsonValue), 'must be an object'),
  }),
  Common.extend({
    event: z.literal('after'),
    call: Id,
    success: z.boolean(),
    result: z.custom<JsonValue>().optional(),
  }),
  Common.extend({ event: z.literal('prompt'), text: z.string() }),
  Common.extend({ event: z.literal('text'), part: Id, text: z.string() }),
  Common.extend({ event: z.literal('end') }),
]);

export type OpencodeInput = z.infer<typeof Event>;

const NAMES: ReadonlySet<unknown> = new Set(Event.options.map((option) => option.shape.event.value));

/**
 * Reads one message of the plugin.
 *
 * @throws GatehouseError `bad_hook_input`; `unknown_hook_event`
 */
export function readOpencodeInput(body: Buffer): OpencodeInput {
  const read = readHookJson(body, CLIENT);
  const { event } = read.value;
  if (typeof event === 'string' && !NAMES.has(event)) throw unknownEvent(CLIENT, CLIENT, event);
  const input = inForm(Event, read.value, CLIENT);
  if (input.event === 'before') read.checkCall();
  return input;
}
