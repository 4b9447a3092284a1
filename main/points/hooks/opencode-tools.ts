/**
 * opencode's tool names in the terms of the catalog. Data: a new tool is one line.
 *
 * A name that is not here and belongs to no known MCP server becomes `opencode.<name>`, which no catalog knows, so
 * that gate 2 refuses it: that is also what becomes of tools that a project brings along.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { canonicalName } from '../../policy/canonical-name.ts';
import { catalogParams, type ParamNames } from './param-names.ts';
import { serverTool } from './server-tools.ts';
import { type CatalogName, PLAIN_NAME } from './tool-names.ts';

/** Tools of 1.18.33, and earlier names of the same tools. */
export const OPENCODE_TOOLS: Readonly<Record<string, string>> = {
  bash: 'shell.bash',
  read: 'filesystem.read',
  write: 'filesystem.write',
  edit: 'filesystem.edit',
  multiedit: 'filesystem.edit',
  patch: 'filesystem.patch',
  apply_patch: 'filesystem.patch',
  list: 'filesystem.list',
  glob: 'filesystem.glob',
  grep: 'filesystem.grep',
  webfetch: 'web.fetch',
  websearch: 'web.search',
  codesearch: 'web.search',
  task: 'agent.spawn',
  skill: 'skill.use',
  todowrite: 'todo.write',
  todoread: 'todo.read',
  question: 'user.ask',
  plan_enter: 'plan.enter',
  plan_exit: 'plan.exit',
  lsp: 'lsp.query',
  list_mcp_resources: 'mcp.list_resources',
  list_mcp_resource_templates: 'mcp.list_resources',
  read_mcp_resource: 'mcp.read_resource',
  // Stands for a call that the model got wrong: it only tells the model so.
  invalid: 'toolbox.search',
};

const NAMES: ParamNames = {
  filePath: 'file_path',
  oldString: 'old_string',
  newString: 'new_string',
  patchText: 'patch',
};

export interface OpencodeCall extends CatalogName {
  /** Under the catalog's names. */
  readonly params: JsonObject;
  /** The names that were changed. */
  readonly names: ParamNames;
}

/**
 * A call in the catalog's terms.
 *
 * @param servers  MCP servers that opencode has, as the person named them
 */
export function opencodeCall(tool: string, args: JsonObject, servers: readonly string[]): OpencodeCall {
  const known = Object.hasOwn(OPENCODE_TOOLS, tool) ? OPENCODE_TOOLS[tool] : undefined;
  if (known !== undefined)
    return { ...canonicalName(known), params: catalogParams(args, NAMES), names: NAMES };
  if (!PLAIN_NAME.test(tool))
    return { module: 'opencode', action: 'unreadable_name', params: args, names: {} };
  const name = serverTool(tool, '_', servers) ?? { module: 'opencode', action: tool.toLowerCase() };
  return { ...name, params: args, names: {} };
}
