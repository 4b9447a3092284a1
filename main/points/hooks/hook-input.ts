/**
 * A hook's stdin, read so that it can be understood in one way only: the same for every client.
 *
 * Extra keys are let through: every version adds some. What we act on is checked: wrong types, missing fields, text
 * that is not UTF-8, keys that stand twice, NUL and lone surrogates in a call are refused.
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { badForm, readHookJson, unknownEvent } from './hook-json.ts';

/** Ids are labels in logs and on cards: printable ASCII without blanks. */
export const Id = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters');
export const Label = z.string().min(1).max(200);
export const Milliseconds = z.number().nonnegative().nullish();
/** What every event of every client has. */
export const CommonInput = z.object({
  session_id: Id,
  cwd: z.string().max(4096).refine(isAbsolute, 'must be an absolute path'),
});
export const Params = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

/** One client's events. */
export interface InputForm<T extends { readonly hook_event_name: string }> {
  /** As a person calls it, for the messages. */
  readonly name: string;
  /** Its id, for the hint. */
  readonly agent: string;
  readonly schema: z.ZodType<T>;
  readonly events: readonly string[];
  /** The event that stands before a tool runs. */
  readonly call: string;
}

/**
 * Reads one hook's stdin.
 *
 * @throws GatehouseError `bad_hook_input`, one line that says what is wrong; `unknown_hook_event` for an event
 *   that Gatehouse does not install itself for
 */
export function readHookInput<T extends { readonly hook_event_name: string }>(
  body: Buffer,
  form: InputForm<T>,
): T {
  const read = readHookJson(body, form.name);
  const event = form.schema.safeParse(read.value);
  if (!event.success) {
    const { hook_event_name: name } = read.value;
    if (typeof name === 'string' && !form.events.includes(name))
      throw unknownEvent(form.name, form.agent, name);
    throw badForm(event.error, form.name);
  }
  if (event.data.hook_event_name === form.call) read.checkCall();
  return event.data;
}
