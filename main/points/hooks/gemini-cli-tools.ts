/**
 * Gemini CLI's tools in the terms of the catalog: names, parameters, and where a command runs. Data: a new tool is
 * one line. A name that is not here becomes `gemini_cli.<name>`, which no catalog knows, so that gate 2 refuses it
 * and the log has it.
 */
import { resolve } from 'node:path';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { canonicalName } from '../../policy/canonical-name.ts';
import { type CatalogName, mcpTool, PLAIN_NAME } from './tool-names.ts';

/** Tools of 0.61.0, and earlier names of the same tools, as `module.action`. */
export const GEMINI_CLI_TOOLS: ReadonlyMap<string, string> = new Map([
  ['run_shell_command', 'shell.bash'],
  ['list_background_processes', 'shell.output'],
  ['read_background_output', 'shell.output'],
  ['read_file', 'filesystem.read'],
  ['read_many_files', 'filesystem.read'],
  ['write_file', 'filesystem.write'],
  ['replace', 'filesystem.edit'],
  ['list_directory', 'filesystem.list'],
  ['glob', 'filesystem.glob'],
  ['grep_search', 'filesystem.grep'],
  ['search_file_content', 'filesystem.grep'],
  ['web_fetch', 'web.fetch'],
  ['google_web_search', 'web.search'],
  ['save_memory', 'memory.write'],
  ['write_todos', 'todo.write'],
  ['tracker_create_task', 'todo.write'],
  ['tracker_update_task', 'todo.write'],
  ['tracker_add_dependency', 'todo.write'],
  ['tracker_get_task', 'todo.read'],
  ['tracker_list_tasks', 'todo.read'],
  ['tracker_visualize', 'todo.read'],
  ['update_topic', 'plan.goal'],
  ['enter_plan_mode', 'plan.enter'],
  ['exit_plan_mode', 'plan.exit'],
  ['ask_user', 'user.ask'],
  ['complete_task', 'user.report'],
  ['invoke_agent', 'agent.spawn'],
  ['activate_skill', 'skill.use'],
  ['get_internal_docs', 'toolbox.search'],
  ['list_mcp_resources', 'mcp.list_resources'],
  ['read_mcp_resource', 'mcp.read_resource'],
]);

/** An MCP server's tool, as the client names both. */
export interface GeminiMcp {
  readonly server_name: string;
  readonly tool_name: string;
}

/** The catalog's name of a tool. */
export function geminiCliTool(tool: string, mcp: GeminiMcp | null): CatalogName {
  const stranger = PLAIN_NAME.test(tool) ? tool.toLowerCase() : 'unreadable_name';
  if (mcp !== null) {
    const whole = `mcp__${mcp.server_name.replace(/[^A-Za-z0-9_-]/g, '_')}__${mcp.tool_name}`;
    const named = PLAIN_NAME.test(whole) ? mcpTool(whole, mcp.server_name) : null;
    return named ?? { module: 'gemini_cli', action: stranger };
  }
  const known = GEMINI_CLI_TOOLS.get(tool);
  return known === undefined ? { module: 'gemini_cli', action: stranger } : canonicalName(known);
}

/** Where a folder is called what the catalog calls a path. */
const IN_FOLDER: ReadonlySet<string> = new Set([
  'list_directory',
  'glob',
  'grep_search',
  'search_file_content',
]);
/** An address in which every reader finds the same host. */
const PLAIN_ADDRESS = /^https?:\/\/[^\s/<>"'`\\][^\s<>"'`\\]*$/i;

/**
 * What Gemini CLI takes for an address in the text of `web_fetch`, and a little more: a whole word, read as browsers
 * do, to whom `https:\\host`, `https:host` and `https://other"@host` are addresses of the host.
 */
function addressesIn(text: string): readonly string[] {
  const found = text.split(/\s+/).flatMap((word) => {
    const at = word.search(/https?:/i);
    return at < 0 || !word.includes('://') ? [] : [settled(word.slice(at).replace(/["'`<>]+$/, ''))];
  });
  return [...new Set(found)];
}

function settled(address: string): string {
  return PLAIN_ADDRESS.test(address) ? address : (URL.parse(address)?.href ?? address);
}

/** Parameters in the catalog's words: a folder's, and the addresses that a text asks for. */
export function geminiCliParams(tool: string, params: JsonObject): JsonObject {
  const { dir_path: folder, prompt, ...others } = params;
  if (IN_FOLDER.has(tool) && folder !== undefined && !('path' in params)) {
    return { ...others, ...(prompt === undefined ? {} : { prompt }), path: folder };
  }
  if (tool !== 'web_fetch' || typeof prompt !== 'string') return params;
  const addresses = addressesIn(prompt);
  const [url] = addresses;
  if (url === undefined) return params;
  // One that stands beside the text takes away none of those in it: which of them is fetched is not known here.
  const named = 'url' in params ? params : { ...params, url };
  return addresses.length === 1 && !('url' in params) ? named : { ...named, [freeName(params)]: addresses };
}

function freeName(params: JsonObject): string {
  let name = 'urls';
  while (name in params) name += '_';
  return name;
}

/**
 * The same back, for a call that is to run with other parameters.
 *
 * @returns null for what it cannot be told: it adds parameters and changes them, but takes none away, and an address
 *   stands in the middle of a text
 */
export function asGeminiCliParams(tool: string, asked: JsonObject, params: JsonObject): JsonObject | null {
  const canonical = geminiCliParams(tool, asked);
  const own: Record<string, JsonValue> = { ...params };
  for (const key of Object.keys(canonical)) {
    if (!(key in params)) return null;
    if (key in asked) continue;
    if (key !== 'path' && canonicalJson(canonical[key] ?? null) !== canonicalJson(params[key] ?? null))
      return null;
    delete own[key];
    if (key === 'path') own['dir_path'] = params[key] ?? null;
  }
  return own;
}

/** Where a call takes effect: a command may name a folder of its own. */
export function geminiCliCwd(tool: string, params: JsonObject, cwd: string): string {
  const folder = params['dir_path'] ?? params['directory'];
  return tool === 'run_shell_command' && typeof folder === 'string' && folder !== ''
    ? resolve(cwd, folder)
    : cwd;
}
