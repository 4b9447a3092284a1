/**
 * Cursor's tool names in the terms of the catalog. Data: a new tool is one line. A name that is not here becomes
 * `cursor.<name>`, which no catalog knows, so that gate 2 refuses it.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { canonicalName } from '../../policy/canonical-name.ts';
import { catalogParams, type ParamNames } from './param-names.ts';
import { serverName } from './server-tools.ts';
import { type CatalogName, PLAIN_NAME } from './tool-names.ts';

export const CURSOR_TOOLS: Readonly<Record<string, string>> = {
  Shell: 'shell.bash',
  Read: 'filesystem.read',
  Write: 'filesystem.write',
  TabWrite: 'filesystem.write',
  Edit: 'filesystem.edit',
  MultiEdit: 'filesystem.edit',
  StrReplace: 'filesystem.edit',
  ApplyPatch: 'filesystem.patch',
  Delete: 'filesystem.delete',
  EditNotebook: 'notebook.edit',
  Grep: 'filesystem.grep',
  Glob: 'filesystem.glob',
  LS: 'filesystem.list',
  SemanticSearch: 'filesystem.grep',
  WebFetch: 'web.fetch',
  WebSearch: 'web.search',
  Task: 'agent.spawn',
  TodoWrite: 'todo.write',
  AskQuestion: 'user.ask',
};

const NAMES: ParamNames = { contents: 'content', working_directory: 'cwd' };
/** In tools for one file. */
const FILE_NAMES: ParamNames = { ...NAMES, path: 'file_path', target_file: 'file_path' };
const OF_ONE_FILE = /^filesystem\.(?:read|write|edit|delete)$/;
/** Before the name of a server's tool. */
const OF_SERVER = 'MCP:';
/** What our own entries for MCP servers run, from its first word on: `…/gatehouse mcp NAME --door …`. */
const GATEWAY =
  /^\s*(?:'[^']*[\\/]|"[^"]*[\\/]|[^\s'"]*[\\/])?gatehouse(?:\.exe)?['"]?\s+mcp\s+['"]?([a-z0-9][a-z0-9_-]{0,63})['"]?\s+--door\s/;

export interface CursorCall extends CatalogName {
  /** Under the catalog's names. */
  readonly params: JsonObject;
}

/** A call in the catalog's terms. */
export function cursorCall(tool: string, params: JsonObject): CursorCall {
  if (tool.startsWith(OF_SERVER)) return mcpCall(tool.slice(OF_SERVER.length), params, null);
  const known = Object.hasOwn(CURSOR_TOOLS, tool) ? CURSOR_TOOLS[tool] : undefined;
  if (known === undefined) {
    const name = PLAIN_NAME.test(tool) ? tool.toLowerCase() : 'unreadable_name';
    return { module: 'cursor', action: name, params };
  }
  const names = OF_ONE_FILE.test(known) ? FILE_NAMES : NAMES;
  return { ...canonicalName(known), params: catalogParams(params, names) };
}

/** @param command how the server is started; Cursor does not tell its name, and ours stands in there */
export function mcpCall(tool: string, params: JsonObject, command: string | null): CursorCall {
  const server = command === null ? undefined : GATEWAY.exec(command)?.[1];
  return { ...serverName(server ?? 'unnamed', tool), params };
}
