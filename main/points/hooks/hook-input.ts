/**
 * A hook's stdin, read so that it can be understood in one way only: the same for every client.
 *
 * Extra keys are let through: every version adds some. What we act on is checked: wrong types, missing fields, text
 * that is not UTF-8, keys that stand twice, NUL and lone surrogates in a call are refused.
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { jsonValue, parseJson } from '../../platform/json-syntax.ts';

/** A call may be this long, bytes; a result longer (it repeats the call and what it changed). */
const MAX_CALL_BYTES = 16 * 1024 * 1024;
const MAX_OTHER_BYTES = 64 * 1024 * 1024;

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
  const bad = (why: string, hint?: string) =>
    new GatehouseError(
      'bad_hook_input',
      `${form.name}'s hook input cannot be used: ${why}`,
      hint === undefined ? {} : { hint },
    );
  const tooLong = (limit: number) =>
    bad(
      `it is ${mebibytes(body.length)} MiB long; at most ${mebibytes(limit)} MiB are taken`,
      'split it into smaller ones',
    );
  if (body.length > MAX_OTHER_BYTES) throw tooLong(MAX_OTHER_BYTES);
  let document: ReturnType<typeof parseJson>;
  try {
    document = parseJson(decode(body));
  } catch (error) {
    throw bad(messageOf(error));
  }
  const value = jsonValue(document.root);
  const event = form.schema.safeParse(value);
  if (!event.success) throw unknownEvent(value, form) ?? bad(firstIssue(event.error));
  if (event.data.hook_event_name !== form.call) return event.data;
  if (body.length > MAX_CALL_BYTES) throw tooLong(MAX_CALL_BYTES);
  // A call is bound to its bytes, and such strings have none that two programs agree on. Results may hold them.
  if (document.hasNul) throw bad('it holds the character U+0000');
  if (document.hasLoneSurrogate) throw bad('it holds half of a surrogate pair');
  return event.data;
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new Error('it is not UTF-8');
  }
}

function unknownEvent(
  value: JsonValue,
  { name: client, agent, events }: Pick<InputForm<never>, 'name' | 'agent' | 'events'>,
): GatehouseError | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const name = (value as JsonObject)['hook_event_name'];
  if (typeof name !== 'string' || events.includes(name)) return null;
  return new GatehouseError(
    'unknown_hook_event',
    `${client}'s hook: Gatehouse is not installed for the event ${JSON.stringify(name.slice(0, 60))}`,
    { hint: `somebody changed the hooks; see gatehouse agents doctor ${agent}` },
  );
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'it does not have the expected form';
  const path = issue.path.length === 0 ? 'the input' : issue.path.map(String).join('.');
  return `${path}: ${issue.message}`;
}

function mebibytes(count: number): string {
  return (count / 1024 / 1024).toFixed(1).replace(/\.0$/, '');
}
