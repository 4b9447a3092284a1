/**
 * What Cursor writes to a hook's stdin, as its documentation has it. Extra keys are let through, among them the person's
 * mail address, which nothing here keeps; what we act on is checked.
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { Folder, Id, inputReader, Label } from './hook-input.ts';
import { badInput, isObject, readHookJson } from './hook-json.ts';

const CLIENT = 'Cursor';

/** An object, or its JSON as text. */
const Given = z.custom<JsonValue>((value) => value !== undefined, 'is missing');

const Common = z.object({
  conversation_id: Id,
  workspace_roots: z.array(Folder).nullish(),
  cwd: z.string().max(4096).nullish(),
});

const Event = z.discriminatedUnion('hook_event_name', [
  Common.extend({ hook_event_name: z.literal('preToolUse'), tool_name: Label, tool_input: Given }),
  Common.extend({ hook_event_name: z.literal('beforeShellExecution'), command: z.string() }),
  Common.extend({
    hook_event_name: z.literal('beforeMCPExecution'),
    tool_name: Label,
    tool_input: Given,
    /** How the server is started, or where it is. */
    command: z.string().max(100_000).nullish(),
    url: z.string().max(10_000).nullish(),
  }),
  Common.extend({ hook_event_name: z.literal('beforeReadFile'), file_path: z.string().max(4096) }),
  Common.extend({
    hook_event_name: z.literal('postToolUse'),
    tool_name: Label,
    tool_input: Given,
    tool_output: z.custom<JsonValue>().optional(),
  }),
  Common.extend({
    hook_event_name: z.literal('postToolUseFailure'),
    tool_name: Label,
    tool_input: Given,
    error_message: z.custom<JsonValue>().optional(),
  }),
  Common.extend({ hook_event_name: z.literal('beforeSubmitPrompt'), prompt: z.string() }),
  Common.extend({ hook_event_name: z.literal('sessionEnd'), reason: Label.nullish() }),
]);

export type CursorInput = z.infer<typeof Event>;

export const readCursorInput = inputReader<CursorInput>({
  name: CLIENT,
  agent: 'cursor',
  schema: Event,
  // A file's content may hold anything; what is decided of it is its name.
  isCall: (event) => event !== 'beforeReadFile' && /^(?:pre|before)/.test(event),
});

/**
 * The parameters of a tool: some versions write them as text.
 *
 * @throws GatehouseError `bad_hook_input`
 */
export function cursorParams(given: JsonValue): JsonObject {
  const params = typeof given === 'string' ? paramsIn(given) : given;
  if (!isObject(params)) throw badInput(CLIENT, 'tool_input: must be an object');
  return params;
}

function paramsIn(text: string): JsonObject {
  return text.trim() === '' ? {} : readHookJson(Buffer.from(text), CLIENT).value;
}

/** The folder in which the call was made, as Cursor tells it. */
export function cursorFolder({ cwd, workspace_roots: roots }: CursorInput): string {
  if (cwd != null && isAbsolute(cwd)) return cwd;
  return roots?.[0] ?? '/';
}
