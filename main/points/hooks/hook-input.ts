/**
 * A hook's stdin, read so that it can be understood in one way only: the same for every client.
 *
 * Extra keys are let through: every version adds some. What we act on is checked: wrong types, missing fields, text
 * that is not UTF-8, keys that stand twice, NUL and lone surrogates in a call are refused.
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { badForm, type HookJson, readHookJson, unknownEvent } from './hook-json.ts';

/** Ids are labels in logs and on cards: printable ASCII without blanks. */
export const Id = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters');
export const Label = z.string().min(1).max(200);
export const Milliseconds = z.number().nonnegative().nullish();
export const Folder = z.string().max(4096).refine(isAbsolute, 'must be an absolute path');
/** What every event of every client has. */
export const CommonInput = z.object({
  session_id: Id,
  cwd: Folder,
});
export const Params = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

/** What every event has that tells of subagents. */
export const AgentInput = CommonInput.extend({
  permission_mode: Label.nullish(),
  /** Set inside a subagent only. */
  agent_id: Id.nullish(),
  agent_type: Label.nullish(),
});

/** One client's events. */
export interface InputForm<T extends { readonly hook_event_name: string }> {
  /** As a person calls it, for the messages. */
  readonly name: string;
  /** Its id, for the hint. */
  readonly agent: string;
  /** One object for each event. */
  readonly schema: z.ZodType<T> & {
    readonly options: readonly { readonly shape: { readonly hook_event_name: z.ZodLiteral<string> } }[];
  };
  /** Whether the event stands before something runs: what it tells is bound to its bytes. */
  readonly isCall: (event: T['hook_event_name']) => boolean;
}

/**
 * The event in a hook's stdin.
 *
 * @throws GatehouseError `bad_hook_input`, one line that says what is wrong; `unknown_hook_event` for an event
 *   that Gatehouse does not install itself for
 */
export function eventIn<T extends { readonly hook_event_name: string }>(
  read: HookJson,
  { name, agent, schema, isCall }: InputForm<T>,
): T {
  const event = schema.safeParse(read.value);
  if (!event.success) {
    const { hook_event_name: told } = read.value;
    const isKnown = schema.options.some(({ shape }) => shape.hook_event_name.value === told);
    if (typeof told === 'string' && !isKnown) throw unknownEvent(name, agent, told);
    throw badForm(event.error, name);
  }
  if (isCall(event.data.hook_event_name)) read.checkCall();
  return event.data;
}

/** Reads a client's stdin; see `eventIn` for the errors. */
export function inputReader<T extends { readonly hook_event_name: string }>(
  form: InputForm<T>,
): (body: Buffer) => T {
  return (body) => eventIn(readHookJson(body, form.name), form);
}
