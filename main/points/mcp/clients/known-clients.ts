/**
 * Clients whose MCP entries can be routed through Gatehouse: where they keep them and how they write them.
 */
import { dirname, join, resolve } from 'node:path';
import type { JsonNode } from '../../../platform/json-syntax.ts';
import { memberOf } from '../../../platform/json-syntax.ts';
import type { Syntax } from './document.ts';
import { TOML_SERVERS } from './toml.ts';

/** Where things are. Handed in, so that tests have their own. */
export interface ClientHome {
  readonly home: string;
  /** CLAUDE_CONFIG_DIR, CODEX_HOME, COPILOT_HOME and XDG_CONFIG_HOME move files; the rest may stand in entries by name. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a client writes variables that it fills in: `${A}`, also `$A`, `${env:A}`, `{env:A}`, or not at all. */
export type VariableForm = 'braces' | 'dollar' | 'cursor' | 'opencode' | 'none';

export interface KnownClient {
  readonly id: string;
  readonly name: string;
  /** The person's own file. */
  readonly userFile: (place: ClientHome) => string;
  /** The file of a project; null where this client has none of its own. */
  readonly projectFile: (project: string) => string | null;
  /** Names under which the same client keeps a second such file beside each of these. */
  readonly alsoNamed: readonly string[];
  readonly syntax: Syntax;
  /**
   * `servers`: `{command, args, env}` or `{url, headers}`; `opencode`: `{type, command: […], environment}`; `codex`:
   * as `servers`, with names of variables beside their values and times in seconds.
   */
  readonly form: 'servers' | 'opencode' | 'codex';
  readonly variables: VariableForm;
  /** What an entry's `type` says of a program; null: such an entry says nothing. */
  readonly programType: string | null;
  /** Keys by which the client connects in a way of its own: such entries stay as they are. */
  readonly ownWays: readonly string[];
}

export const KNOWN_CLIENTS: readonly KnownClient[] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    userFile: ({ home, env }) => join(moved(env['CLAUDE_CONFIG_DIR']) ?? home, '.claude.json'),
    projectFile: (project) => join(project, '.mcp.json'),
    alsoNamed: [],
    syntax: 'json',
    form: 'servers',
    variables: 'braces',
    programType: 'stdio',
    ownWays: ['oauth', 'headersHelper'],
  },
  {
    id: 'codex',
    name: 'Codex',
    userFile: ({ home, env }) => join(moved(env['CODEX_HOME']) ?? join(home, '.codex'), 'config.toml'),
    projectFile: (project) => join(project, '.codex', 'config.toml'),
    alsoNamed: [],
    syntax: 'toml',
    form: 'codex',
    variables: 'none',
    programType: null,
    ownWays: ['oauth', 'auth', 'scopes', 'oauth_resource', 'oauth_client_id'],
  },
  {
    id: 'gemini-cli',
    name: 'Gemini CLI',
    userFile: ({ home }) => join(home, '.gemini', 'settings.json'),
    projectFile: (project) => join(project, '.gemini', 'settings.json'),
    alsoNamed: [],
    syntax: 'jsonc',
    form: 'servers',
    variables: 'dollar',
    programType: null,
    ownWays: ['oauth', 'authProviderType', 'targetAudience', 'targetServiceAccount', 'tcp'],
  },
  {
    id: 'copilot',
    name: 'Copilot CLI',
    userFile: ({ home, env }) =>
      join(moved(env['COPILOT_HOME']) ?? join(home, '.copilot'), 'mcp-config.json'),
    projectFile: () => null,
    alsoNamed: [],
    syntax: 'json',
    form: 'servers',
    variables: 'dollar',
    programType: 'local',
    ownWays: ['oauth', 'auth', 'oidc'],
  },
  {
    id: 'opencode',
    name: 'opencode',
    userFile: ({ home, env }) =>
      join(moved(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'opencode', 'opencode.json'),
    projectFile: (project) => join(project, 'opencode.json'),
    alsoNamed: ['opencode.jsonc'],
    syntax: 'jsonc',
    form: 'opencode',
    variables: 'opencode',
    programType: 'local',
    ownWays: ['oauth'],
  },
  {
    id: 'cursor',
    name: 'Cursor',
    userFile: ({ home }) => join(home, '.cursor', 'mcp.json'),
    projectFile: (project) => join(project, '.cursor', 'mcp.json'),
    alsoNamed: [],
    syntax: 'json',
    form: 'servers',
    variables: 'cursor',
    programType: 'stdio',
    ownWays: ['oauth', 'auth', 'envFile'],
  },
];

/** An object that holds entries by name, and the project that they are for. */
export interface Container {
  readonly path: readonly string[];
  readonly node: JsonNode;
  readonly project: string | null;
}

/** The objects in a client's file that hold entries. `project` is that of the file. */
export function containersOf(client: KnownClient, root: JsonNode, project: string | null): Container[] {
  const at = (node: JsonNode, path: readonly string[], key: string, of: string | null): Container[] => {
    const member = memberOf(node, key);
    return member?.value.kind === 'object' ? [{ path: [...path, key], node: member.value, project: of }] : [];
  };
  if (client.form === 'opencode') {
    const [mcp] = at(root, [], 'mcp', project);
    if (mcp === undefined) return [];
    // Its second version keeps them one level deeper; a server of the first one that is named so has a type.
    const servers = memberOf(mcp.node, 'servers')?.value;
    const deeper = servers?.kind === 'object' && memberOf(servers, 'type') === null;
    return deeper ? at(mcp.node, mcp.path, 'servers', project) : [mcp];
  }
  if (client.form === 'codex') return at(root, [], TOML_SERVERS, project);
  const own = at(root, [], 'mcpServers', project);
  const projects = memberOf(root, 'projects')?.value;
  if (client.id !== 'claude-code' || project !== null || projects?.kind !== 'object') return own;
  const local = projects.members.flatMap(({ key, value }) => at(value, ['projects', key], 'mcpServers', key));
  return [...own, ...local];
}

/** The file and those that the client reads beside it. */
export function filesBeside(client: KnownClient, file: string): readonly string[] {
  return [file, ...client.alsoNamed.map((name) => join(dirname(file), name))];
}

function moved(folder: string | undefined): string | null {
  return folder === undefined || folder === '' ? null : resolve(folder);
}
