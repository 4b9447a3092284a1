/**
 * What Codex writes to a hook's stdin: the contract of 0.169.0, captured from real runs (see the fixtures of the
 * tests). Much like Claude Code's; every shell tool is `Bash`, and `cwd` is where the command would run.
 */
import { z } from 'zod';
import type { JsonValue } from '../../platform/canonical-json.ts';
import { AgentInput, Id, inputReader, Label, Params } from './hook-input.ts';

const Event = z.discriminatedUnion('hook_event_name', [
  AgentInput.extend({
    hook_event_name: z.literal('PreToolUse'),
    tool_name: Label,
    tool_input: Params,
    tool_use_id: Id,
  }),
  AgentInput.extend({
    hook_event_name: z.literal('PostToolUse'),
    tool_use_id: Id,
    tool_response: z.custom<JsonValue>().optional(),
  }),
  AgentInput.extend({ hook_event_name: z.literal('UserPromptSubmit'), prompt: z.string() }),
  AgentInput.extend({
    hook_event_name: z.literal('Stop'),
    stop_hook_active: z.boolean().nullish(),
  }),
  AgentInput.extend({ hook_event_name: z.literal('SessionStart'), source: Label.nullish() }),
  AgentInput.extend({ hook_event_name: z.literal('SessionEnd'), reason: Label.nullish() }),
]);

export type CodexInput = z.infer<typeof Event>;

export const readCodexInput = inputReader<CodexInput>({
  name: 'Codex',
  agent: 'codex',
  schema: Event,
  isCall: (event) => event === 'PreToolUse',
});
