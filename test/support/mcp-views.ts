/** MCP servers for the page to show. Each fits the contract's schema. */
import type { McpServerView, McpToolView } from '../../preload/contract.ts';

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
