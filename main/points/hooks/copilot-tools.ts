/**
 * Copilot CLI's tool names in the terms of the catalog. Data: a new tool is one line.
 *
 * Its hooks call some tools by Claude Code's names and the others by their own; a permission is asked for under its
 * own. A name that is not here becomes `copilot.<name>`, which no catalog knows, so that gate 2 refuses it.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { canonicalName } from '../../policy/canonical-name.ts';
import { catalogParams, type ParamNames } from './param-names.ts';
import { serverName, serverTool } from './server-tools.ts';
import { type CatalogName, PLAIN_NAME } from './tool-names.ts';

/** Tools of 1.0.102, by both names. */
export const COPILOT_TOOLS: Readonly<Record<string, string>> = {
  Bash: 'shell.bash',
  bash: 'shell.bash',
  powershell: 'shell.bash',
  read_bash: 'shell.output',
  read_powershell: 'shell.output',
  list_bash: 'shell.output',
  list_powershell: 'shell.output',
  write_bash: 'shell.input',
  write_powershell: 'shell.input',
  stop_bash: 'shell.kill',
  stop_powershell: 'shell.kill',
  Read: 'filesystem.read',
  view: 'filesystem.read',
  Write: 'filesystem.write',
  create: 'filesystem.write',
  Edit: 'filesystem.edit',
  edit: 'filesystem.edit',
  str_replace: 'filesystem.edit',
  str_replace_editor: 'filesystem.edit',
  apply_patch: 'filesystem.patch',
  Grep: 'filesystem.grep',
  grep: 'filesystem.grep',
  rg: 'filesystem.grep',
  Glob: 'filesystem.glob',
  glob: 'filesystem.glob',
  WebFetch: 'web.fetch',
  web_fetch: 'web.fetch',
  WebSearch: 'web.search',
  web_search: 'web.search',
  Agent: 'agent.spawn',
  Task: 'agent.spawn',
  task: 'agent.spawn',
  read_agent: 'agent.output',
  list_agents: 'agent.output',
  write_agent: 'agent.message',
  skill: 'skill.use',
  TodoWrite: 'todo.write',
  update_todo: 'todo.write',
  report_intent: 'user.report',
  task_complete: 'user.report',
  AskUserQuestion: 'user.ask',
  ask_user: 'user.ask',
  exit_plan_mode: 'plan.exit',
  // Databases of the session and of earlier ones.
  sql: 'memory.write',
  session_store_sql: 'memory.write',
  store_memory: 'memory.write',
  lsp: 'lsp.query',
  fetch_copilot_cli_documentation: 'toolbox.search',
};

const NAMES: ParamNames = {
  file_text: 'content',
  old_str: 'old_string',
  new_str: 'new_string',
};
/** In tools for one file. */
const FILE_NAMES: ParamNames = { ...NAMES, path: 'file_path' };
const OF_ONE_FILE = new Set(['filesystem.read', 'filesystem.write', 'filesystem.edit']);

export interface CopilotCall extends CatalogName {
  /** Under the catalog's names. */
  readonly params: JsonObject;
  /** The names that were changed. */
  readonly names: ParamNames;
  /** The client can be told other parameters for it: those of a patch are a text. */
  readonly rewrites: boolean;
}

/**
 * A call in the catalog's terms.
 *
 * @param servers  MCP servers that Copilot CLI has, as the person named them
 */
export function copilotCall(
  tool: string,
  input: JsonObject | string,
  servers: readonly string[],
): CopilotCall {
  const known = Object.hasOwn(COPILOT_TOOLS, tool) ? COPILOT_TOOLS[tool] : undefined;
  const isPatch =
    typeof input === 'string' || (tool === 'Edit' && typeof (input['patch'] ?? input['input']) === 'string');
  if (known !== undefined && (isPatch || known === 'filesystem.patch')) {
    const params = typeof input === 'string' ? { patch: input } : input;
    // Only the editing tools take a text; what a stranger means by one, nobody knows.
    const isEdit = known === 'filesystem.patch' || known === 'filesystem.edit';
    return {
      ...(isEdit ? canonicalName('filesystem.patch') : stranger(tool)),
      params,
      names: {},
      rewrites: false,
    };
  }
  const params = typeof input === 'string' ? { input } : input;
  if (known === undefined)
    return { ...ofServer(tool, servers), params, names: {}, rewrites: typeof input !== 'string' };
  const names = OF_ONE_FILE.has(known) ? FILE_NAMES : NAMES;
  return { ...canonicalName(known), params: catalogParams(params, names), names, rewrites: true };
}

/** `server-tool`; where a permission is asked for, `server/tool`. */
function ofServer(tool: string, servers: readonly string[]): CatalogName {
  const slash = tool.indexOf('/');
  if (slash > 0 && slash === tool.lastIndexOf('/') && PLAIN_NAME.test(tool.slice(slash + 1)))
    return serverName(tool.slice(0, slash), tool.slice(slash + 1));
  if (!PLAIN_NAME.test(tool)) return { module: 'copilot', action: 'unreadable_name' };
  const known = serverTool(tool, '-', servers);
  if (known !== null) return known;
  // With one hyphen there is one way to read it.
  const [server = '', action = '', more] = tool.split('-');
  return server !== '' && action !== '' && more === undefined ? serverName(server, action) : stranger(tool);
}

function stranger(tool: string): CatalogName {
  return { module: 'copilot', action: tool.toLowerCase() };
}
