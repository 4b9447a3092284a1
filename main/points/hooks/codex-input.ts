/**
 * What Codex writes to a hook's stdin: the contract of 0.169.0, captured from real runs (see the fixtures of the
 * tests). Much like Claude Code's; every shell tool is `Bash`, and `cwd` is where the command would run.
 */
import { z } from 'zod';
import type { JsonValue } from '../../platform/canonical-json.ts';
import { CommonInput, Id, type InputForm, Label, Params, readHookInput } from './hook-input.ts';

const Common = CommonInput.extend({
  permission_mode: Label.nullish(),
  /** Set inside a subagent only. */
  agent_id: Id.nullish(),
  agent_type: Label.nullish(),
});

const Event = z.discriminatedUnion('hook_event_name', [
  Common.extend({
    hook_event_name: z.literal('PreToolUse'),
    tool_name: Label,
    tool_input: Params,
    tool_use_id: Id,
  }),
  Common.extend({
    hook_event_name: z.literal('PostToolUse'),
    tool_use_id: Id,
    tool_response: z.custom<JsonValue>().optional(),
  }),
  Common.extend({ hook_event_name: z.literal('UserPromptSubmit'), prompt: z.string() }),
  Common.extend({
    hook_event_name: z.literal('Stop'),
    stop_hook_active: z.boolean().nullish(),
  }),
  Common.extend({ hook_event_name: z.literal('SessionStart'), source: Label.nullish() }),
  Common.extend({ hook_event_name: z.literal('SessionEnd'), reason: Label.nullish() }),
]);

export type CodexInput = z.infer<typeof Event>;

const FORM: InputForm<CodexInput> = {
  name: 'Codex',
  agent: 'codex',
  schema: Event,
  events: Event.options.map((option) => option.shape.hook_event_name.value),
  call: 'PreToolUse',
};

/** Reads one hook's stdin; see `readHookInput` for the errors. */
export function readCodexInput(body: Buffer): CodexInput {
  return readHookInput(body, FORM);
}
