/**
 * What Gemini CLI writes to a hook's stdin: the contract of 0.61.0, captured from real runs (see the fixtures of the
 * tests). A call has no id, and nothing tells which agent makes it.
 */
import { z } from 'zod';
import type { JsonValue } from '../../platform/canonical-json.ts';
import { CommonInput, inputReader, Label, Params } from './hook-input.ts';

/** A tool of an MCP server: where it comes from, as Gemini CLI itself knows it. */
const McpContext = z.object({ server_name: Label, tool_name: Label }).nullish();

const Event = z.discriminatedUnion('hook_event_name', [
  CommonInput.extend({
    hook_event_name: z.literal('BeforeTool'),
    tool_name: Label,
    tool_input: Params,
    mcp_context: McpContext,
  }),
  CommonInput.extend({
    hook_event_name: z.literal('AfterTool'),
    tool_name: Label,
    tool_input: Params,
    tool_response: z
      .object({ llmContent: z.custom<JsonValue>().optional(), error: z.custom<JsonValue>().optional() })
      .nullish(),
  }),
  CommonInput.extend({ hook_event_name: z.literal('BeforeAgent'), prompt: z.string() }),
  CommonInput.extend({
    hook_event_name: z.literal('AfterAgent'),
    stop_hook_active: z.boolean().nullish(),
  }),
  CommonInput.extend({ hook_event_name: z.literal('SessionStart'), source: Label.nullish() }),
  CommonInput.extend({ hook_event_name: z.literal('SessionEnd'), reason: Label.nullish() }),
]);

export type GeminiCliInput = z.infer<typeof Event>;

export const readGeminiCliInput = inputReader<GeminiCliInput>({
  name: 'Gemini CLI',
  agent: 'gemini-cli',
  schema: Event,
  isCall: (event) => event === 'BeforeTool',
});
