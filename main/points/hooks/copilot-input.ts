/**
 * What Copilot CLI writes to a hook's stdin, read so that it can be understood in one way only.
 *
 * Contract of 1.0.102, captured from real runs. Extra keys are let through; what we act on is checked.
 */
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { eventIn, Folder, Id, type InputForm, Label } from './hook-input.ts';
import { inForm, isObject, readHookJson, unknownEvent } from './hook-json.ts';

const CLIENT = 'Copilot CLI';

/** An object, or the text of a patch. */
const Params = z.custom<JsonObject | string>(
  (value) => typeof value === 'string' || isObject(value as JsonValue),
  'must be an object or a text',
);

const Common = z.object({
  session_id: Id,
  cwd: Folder,
  /** Set inside a subagent only; its `session_id` is its own then. */
  agent_id: Id.nullish(),
  agent_type: Label.nullish(),
  parent_agent_id: Id.nullish(),
});

const Event = z.discriminatedUnion('hook_event_name', [
  Common.extend({ hook_event_name: z.literal('PreToolUse'), tool_name: Label, tool_input: Params }),
  Common.extend({
    hook_event_name: z.literal('PostToolUse'),
    tool_name: Label,
    tool_input: Params,
    tool_result: z.custom<JsonValue>().optional(),
  }),
  Common.extend({
    hook_event_name: z.literal('PostToolUseFailure'),
    tool_name: Label,
    tool_input: Params,
    error: z.custom<JsonValue>().optional(),
  }),
  Common.extend({ hook_event_name: z.literal('UserPromptSubmit'), prompt: z.string() }),
  Common.extend({ hook_event_name: z.literal('Stop'), stop_hook_active: z.boolean().nullish() }),
  Common.extend({ hook_event_name: z.literal('SessionStart') }),
  Common.extend({ hook_event_name: z.literal('SessionEnd'), reason: Label.nullish() }),
]);

/** The one event in the other form: the session is the outermost one. */
const Permission = z.object({
  hookName: z.literal('permissionRequest'),
  sessionId: Id,
  cwd: Folder,
  toolName: Label,
  toolInput: Params,
  agentId: Id.nullish(),
  agentType: Label.nullish(),
  parentAgentId: Id.nullish(),
});

export type CopilotInput = z.infer<typeof Event>;

export interface PermissionRequest {
  readonly hook_event_name: 'permissionRequest';
  readonly session_id: string;
  readonly cwd: string;
  readonly tool_name: string;
  readonly tool_input: JsonObject | string;
  readonly agent_id?: string | null | undefined;
  readonly agent_type?: string | null | undefined;
  readonly parent_agent_id?: string | null | undefined;
}

const FORM: InputForm<CopilotInput> = {
  name: CLIENT,
  agent: 'copilot',
  schema: Event,
  isCall: (event) => event === 'PreToolUse',
};

/**
 * Reads one hook's stdin.
 *
 * @throws GatehouseError `bad_hook_input`; `unknown_hook_event` for an event that Gatehouse does not install itself for
 */
export function readCopilotInput(body: Buffer): CopilotInput | PermissionRequest {
  const read = readHookJson(body, CLIENT);
  const { hook_event_name: event, hookName } = read.value;
  if (event === undefined && hookName !== undefined) {
    if (hookName !== 'permissionRequest') throw unknownEvent(CLIENT, 'copilot', hookName);
    const asked = inForm(Permission, read.value, CLIENT);
    read.checkCall();
    return {
      hook_event_name: 'permissionRequest',
      session_id: asked.sessionId,
      cwd: asked.cwd,
      tool_name: asked.toolName,
      tool_input: asked.toolInput,
      agent_id: asked.agentId,
      agent_type: asked.agentType,
      parent_agent_id: asked.parentAgentId,
    };
  }
  return eventIn(read, FORM);
}
