/** MCP servers for the page to show. Each fits the contract's schema. */
import type {
  GovernedClientView,
  GovernedSessionView,
  McpClientView,
  McpServerView,
  McpToolView,
} from '../../preload/contract.ts';

/** A tool that asks. */
export function mcpTool(name: string, change: Partial<McpToolView> = {}): McpToolView {
  return { name, description: `Does what ${name} says.`, standing: 'asked', concern: null, ...change };
}

/** A server that nobody uses yet. */
export function mcpServer(name: string, change: Partial<McpServerView> = {}): McpServerView {
  return {
    name,
    kind: 'stdio',
    what: `/usr/bin/npx -y ${name}-server`,
    secrets: [],
    state: 'idle',
    why: null,
    warning: null,
    clients: [],
    tools: [],
    entry: { command: '/home/dev/.local/share/gatehouse/bin/gatehouse', args: ['mcp', name] },
    ...change,
  };
}

/** The server once a person agreed to this tool. */
export function agreed(server: McpServerView, tool: string): McpServerView {
  return {
    ...server,
    tools: server.tools.map((one) => (one.name === tool ? { ...one, concern: null } : one)),
  };
}

/** A client whose entries go past Gatehouse. */
export function mcpClient(id: string, change: Partial<McpClientView> = {}): McpClientView {
  return {
    id,
    name: id,
    file: `~/.${id}/mcp.json`,
    project: null,
    direct: ['files'],
    routed: [],
    left: [],
    canPutBack: false,
    problem: null,
    ...change,
  };
}

/** The client once its entries were routed, or put back. */
export function turned(client: McpClientView): McpClientView {
  const isDirect = client.direct.length > 0;
  return isDirect
    ? { ...client, direct: [], routed: [...client.routed, ...client.direct], canPutBack: true }
    : { ...client, direct: client.routed, routed: [], canPutBack: false };
}

/** A client that has the governed tools not yet. */
export function governedClient(id: string, change: Partial<GovernedClientView> = {}): GovernedClientView {
  return {
    ...{ id, name: id, file: `~/.${id}/mcp.json`, project: null },
    ...{ installed: true, on: false, problem: null },
    ...change,
  };
}

/** A connection that has them. */
export function governedSession(id: string, change: Partial<GovernedSessionView> = {}): GovernedSessionView {
  return {
    ...{ id, client: 'home-made', folder: '~/src/web', startedAt: 0, calls: 12 },
    ...{ enforced: 'Sandbox strict', lacking: [], copy: false },
    ...change,
  };
}
