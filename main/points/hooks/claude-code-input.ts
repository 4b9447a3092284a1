/**
 * What Claude Code writes to a hook's stdin: the contract of 2.1.330, captured from real runs (see the fixtures of
 * the tests).
 */
import { z } from 'zod';
import type { JsonValue } from '../../platform/canonical-json.ts';
import { AgentInput, Id, inputReader, Label, Milliseconds, Params } from './hook-input.ts';

const Event = z.discriminatedUnion('hook_event_name', [
  AgentInput.extend({
    hook_event_name: z.literal('PreToolUse'),
    tool_name: Label,
    tool_input: Params,
    tool_use_id: Id,
    mcp_server: z.object({ name: z.string().max(1000) }).nullish(),
  }),
  AgentInput.extend({
    hook_event_name: z.literal('PostToolUse'),
    tool_use_id: Id,
    tool_response: z.custom<JsonValue>().optional(),
    duration_ms: Milliseconds,
  }),
  AgentInput.extend({
    hook_event_name: z.literal('PostToolUseFailure'),
    tool_use_id: Id,
    error: z.custom<JsonValue>().optional(),
    duration_ms: Milliseconds,
  }),
  AgentInput.extend({ hook_event_name: z.literal('UserPromptSubmit'), prompt: z.string() }),
  AgentInput.extend({
    hook_event_name: z.literal('MessageDisplay'),
    message_id: Id,
    final: z.boolean(),
    delta: z.string(),
  }),
  AgentInput.extend({
    hook_event_name: z.literal('Stop'),
    stop_hook_active: z.boolean().nullish(),
    last_assistant_message: z.string().nullish(),
  }),
  AgentInput.extend({
    hook_event_name: z.literal('ConfigChange'),
    source: Label.nullish(),
    file_path: z.string().max(4096).nullish(),
  }),
  AgentInput.extend({ hook_event_name: z.literal('SessionStart'), source: Label.nullish() }),
  AgentInput.extend({ hook_event_name: z.literal('SessionEnd'), reason: Label.nullish() }),
]);

export type ClaudeCodeInput = z.infer<typeof Event>;

export const readClaudeCodeInput = inputReader<ClaudeCodeInput>({
  name: 'Claude Code',
  agent: 'claude-code',
  schema: Event,
  isCall: (event) => event === 'PreToolUse',
});
