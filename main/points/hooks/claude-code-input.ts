/**
 * What Claude Code writes to a hook's stdin, read so that it can be understood in one way only.
 *
 * Contract of 2.1.330, captured from real runs (see the fixtures of the tests). Extra keys are let through:
 * every version adds some. What we act on is checked: wrong types, missing fields, text that is not UTF-8,
 * keys that stand twice, NUL and lone surrogates in a call are refused.
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
const Id = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters');
const Label = z.string().min(1).max(200);
const Milliseconds = z.number().nonnegative().nullish();

const Common = z.object({
  session_id: Id,
  cwd: z.string().max(4096).refine(isAbsolute, 'must be an absolute path'),
  permission_mode: Label.nullish(),
  /** Set inside a subagent only. */
  agent_id: Id.nullish(),
  agent_type: Label.nullish(),
});

const Params = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

const Event = z.discriminatedUnion('hook_event_name', [
  Common.extend({
    hook_event_name: z.literal('PreToolUse'),
    tool_name: Label,
    tool_input: Params,
    tool_use_id: Id,
    mcp_server: z.object({ name: z.string().max(1000) }).nullish(),
  }),
  Common.extend({
    hook_event_name: z.literal('PostToolUse'),
    tool_use_id: Id,
    tool_response: z.custom<JsonValue>().optional(),
    duration_ms: Milliseconds,
  }),
  Common.extend({
    hook_event_name: z.literal('PostToolUseFailure'),
    tool_use_id: Id,
    error: z.custom<JsonValue>().optional(),
    duration_ms: Milliseconds,
  }),
  Common.extend({ hook_event_name: z.literal('UserPromptSubmit'), prompt: z.string() }),
  Common.extend({
    hook_event_name: z.literal('MessageDisplay'),
    message_id: Id,
    final: z.boolean(),
    delta: z.string(),
  }),
  Common.extend({
    hook_event_name: z.literal('Stop'),
    stop_hook_active: z.boolean().nullish(),
    last_assistant_message: z.string().nullish(),
  }),
  Common.extend({
    hook_event_name: z.literal('ConfigChange'),
    source: Label.nullish(),
    file_path: z.string().max(4096).nullish(),
  }),
  Common.extend({ hook_event_name: z.literal('SessionStart'), source: Label.nullish() }),
  Common.extend({ hook_event_name: z.literal('SessionEnd'), reason: Label.nullish() }),
]);

export type ClaudeCodeInput = z.infer<typeof Event>;

/**
 * Reads one hook's stdin.
 *
 * @throws GatehouseError `bad_hook_input`, one line that says what is wrong; `unknown_hook_event` for an event
 *   that Gatehouse does not install itself for
 */
export function readClaudeCodeInput(body: Buffer): ClaudeCodeInput {
  if (body.length > MAX_OTHER_BYTES) throw tooLong(body.length, MAX_OTHER_BYTES);
  const document = parse(decode(body));
  const value = jsonValue(document.root);
  const event = Event.safeParse(value);
  if (!event.success) throw unknownEvent(value) ?? bad(firstIssue(event.error));
  if (event.data.hook_event_name !== 'PreToolUse') return event.data;
  if (body.length > MAX_CALL_BYTES) throw tooLong(body.length, MAX_CALL_BYTES);
  // A call is bound to its bytes, and such strings have none that two programs agree on. Results may hold them.
  if (document.hasNul) throw bad('it holds the character U+0000');
  if (document.hasLoneSurrogate) throw bad('it holds half of a surrogate pair');
  return event.data;
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw bad('it is not UTF-8');
  }
}

function parse(text: string): ReturnType<typeof parseJson> {
  try {
    return parseJson(text);
  } catch (error) {
    throw bad(messageOf(error));
  }
}

function unknownEvent(value: JsonValue): GatehouseError | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const name = (value as JsonObject)['hook_event_name'];
  if (typeof name !== 'string' || Event.options.some((option) => option.shape.hook_event_name.value === name))
    return null;
  return new GatehouseError(
    'unknown_hook_event',
    `Claude Code's hook: Gatehouse is not installed for the event ${JSON.stringify(name.slice(0, 60))}`,
    { hint: 'somebody changed the hooks; see gatehouse agents doctor claude-code' },
  );
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'it does not have the expected form';
  const path = issue.path.length === 0 ? 'the input' : issue.path.map(String).join('.');
  return `${path}: ${issue.message}`;
}

function tooLong(bytes: number, limit: number): GatehouseError {
  const mebibytes = (count: number) => (count / 1024 / 1024).toFixed(1).replace(/\.0$/, '');
  return bad(
    `it is ${mebibytes(bytes)} MiB long; at most ${mebibytes(limit)} MiB are taken`,
    'split it into smaller ones',
  );
}

function bad(why: string, hint?: string): GatehouseError {
  return new GatehouseError(
    'bad_hook_input',
    `Claude Code's hook input cannot be used: ${why}`,
    hint === undefined ? {} : { hint },
  );
}
