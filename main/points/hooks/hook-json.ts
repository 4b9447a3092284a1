/**
 * What a client wrote to a hook's stdin, as JSON that can be understood in one way only: UTF-8, no key twice, bounded.
 */
import type { z } from 'zod';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { jsonValue, type parseJson as parse, parseJson } from '../../platform/json-syntax.ts';

/** A call may be this long, bytes; a result longer (it repeats the call and what it changed). */
const MAX_CALL_BYTES = 16 * 1024 * 1024;
const MAX_OTHER_BYTES = 64 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

export interface HookJson {
  readonly value: JsonObject;
  /**
   * For input that asks for a call: a call is bound to its bytes, and some strings have none that two programs agree on.
   *
   * @throws GatehouseError `bad_hook_input`
   */
  checkCall(): void;
}

/**
 * Reads one hook's stdin.
 *
 * @param client  its name, for errors
 * @throws GatehouseError `bad_hook_input`, one line that says what is wrong
 */
export function readHookJson(body: Buffer, client: string): HookJson {
  const bad = (why: string, hint?: string) => badInput(client, why, hint);
  if (body.length > MAX_OTHER_BYTES) throw bad(...tooLong(body.length, MAX_OTHER_BYTES));
  let document: ReturnType<typeof parse>;
  try {
    document = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch (error) {
    throw bad(error instanceof TypeError ? 'it is not UTF-8' : messageOf(error));
  }
  const value = jsonValue(document.root);
  if (!isObject(value)) throw bad('the input: must be an object');
  return {
    value,
    checkCall: () => {
      if (body.length > MAX_CALL_BYTES) throw bad(...tooLong(body.length, MAX_CALL_BYTES));
      if (document.hasNul) throw bad('it holds the character U+0000');
      if (document.hasLoneSurrogate) throw bad('it holds half of a surrogate pair');
    },
  };
}

/**
 * The input in its form.
 *
 * @throws GatehouseError `bad_hook_input` with the first thing that is wrong
 */
export function inForm<T>(schema: z.ZodType<T>, value: unknown, client: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw badForm(read.error, client);
}

/** The error for input that is not in its form: the first thing that is wrong. */
export function badForm(error: z.ZodError, client: string): GatehouseError {
  const [issue] = error.issues;
  const path =
    issue === undefined || issue.path.length === 0 ? 'the input' : issue.path.map(String).join('.');
  return badInput(client, `${path}: ${issue?.message ?? 'it does not have the expected form'}`);
}

/** The error for an event that Gatehouse does not install itself for. */
export function unknownEvent(client: string, agent: string, event: unknown): GatehouseError {
  return new GatehouseError(
    'unknown_hook_event',
    `${client}'s hook: Gatehouse is not installed for the event ${JSON.stringify(String(event).slice(0, 60))}`,
    { hint: `somebody changed the hooks; see gatehouse agents doctor ${agent}` },
  );
}

export function badInput(client: string, why: string, hint?: string): GatehouseError {
  return new GatehouseError(
    'bad_hook_input',
    `${client}'s hook input cannot be used: ${why}`,
    hint === undefined ? {} : { hint },
  );
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooLong(bytes: number, limit: number): [why: string, hint: string] {
  const mebibytes = (count: number) => (count / MEBIBYTE).toFixed(1).replace(/\.0$/, '');
  return [
    `it is ${mebibytes(bytes)} MiB long; at most ${mebibytes(limit)} MiB are taken`,
    'split it into smaller ones',
  ];
}
