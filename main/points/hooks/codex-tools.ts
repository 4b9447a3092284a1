/**
 * Codex's tool names, as its hooks tell them, in the terms of the catalog. Data: a new tool is one line. A name that
 * is not here becomes `codex.<name>`, which no catalog knows, so that gate 2 refuses it and the log has it.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { canonicalName } from '../../policy/canonical-name.ts';
import { type CatalogName, mcpTool, PLAIN_NAME } from './tool-names.ts';

/** Tools of 0.169.0 as `module.action`. Its hooks call every shell tool `Bash`; its protocol has the other names. */
export const CODEX_TOOLS: ReadonlyMap<string, string> = new Map([
  ['Bash', 'shell.bash'],
  ['exec_command', 'shell.bash'],
  ['shell_command', 'shell.bash'],
  ['apply_patch', 'filesystem.patch'],
  ['view_image', 'filesystem.read'],
  ['web_search', 'web.search'],
  ['update_plan', 'todo.write'],
  ['get_goal', 'plan.goal'],
  ['create_goal', 'plan.goal'],
  ['update_goal', 'plan.goal'],
  ['request_user_input', 'user.ask'],
  ['request_user_input_async', 'user.ask'],
  ['send_message_to_user_async', 'user.notify'],
  ['spawn_agent', 'agent.spawn'],
  ['resume_agent', 'agent.spawn'],
  ['followup_task', 'agent.message'],
  ['send_input', 'agent.message'],
  ['send_message', 'agent.message'],
  ['wait_agent', 'agent.output'],
  ['list_agents', 'agent.output'],
  ['interrupt_agent', 'agent.stop'],
  ['close_agent', 'agent.stop'],
  ['list_mcp_resources', 'mcp.list_resources'],
  ['list_mcp_resource_templates', 'mcp.list_resources'],
  ['read_mcp_resource', 'mcp.read_resource'],
  ['tool_search', 'toolbox.search'],
]);

/** The catalog's name of a tool. */
export function codexTool(tool: string): CatalogName {
  if (!PLAIN_NAME.test(tool)) return { module: 'codex', action: 'unreadable_name' };
  const known = tool.startsWith('mcp__') ? mcpTool(tool, null) : CODEX_TOOLS.get(tool);
  if (known === undefined || known === null) return { module: 'codex', action: tool.toLowerCase() };
  return typeof known === 'string' ? canonicalName(known) : known;
}

/** A patch comes as `command`, as a shell's line does; the catalog calls it what it is. */
export function codexParams(tool: string, params: JsonObject): JsonObject {
  if (tool !== 'apply_patch' || typeof params['command'] !== 'string' || 'patch' in params) return params;
  const { command: patch, ...others } = params;
  return { ...others, patch };
}

/** The same back, for a call that is to run with other parameters. */
export function asCodexParams(tool: string, params: JsonObject): JsonObject {
  if (tool !== 'apply_patch' || typeof params['patch'] !== 'string' || 'command' in params) return params;
  const { patch: command, ...others } = params;
  return { ...others, command };
}
