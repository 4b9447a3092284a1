/** `gatehouse mcp tools`: every tool of the registered servers, and what a client may do with it now. */
import { parseArgs } from 'node:util';
import type { McpServerView, McpToolView } from '../../../preload/contract.ts';
import { printable } from './approvals.ts';
import {
  answer,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  needsRunning,
} from './command.ts';

const WORDS = { allowed: 'allowed', asked: 'asks', denied: 'denied', hidden: 'hidden' } as const;

export async function tools(request: CommandRequest, parts: CommandParts): Promise<CommandAnswer> {
  const { values } = parseArgs({ args: request.argv.slice(2), options: { json: { type: 'boolean' } } });
  const servers = needsRunning(parts).mcp.views();
  if (values.json === true) return answer(JSON.stringify(servers.flatMap(rowsOf), null, 2));
  if (servers.length === 0)
    return answer(`No MCP server is registered. Add one: ${parts.program} mcp add NAME -- COMMAND`);
  return answer(servers.flatMap(linesOf).join('\n'));
}

function rowsOf(server: McpServerView): object[] {
  return server.tools.map(({ name, standing, concern }) => ({
    server: server.name,
    tool: name,
    standing,
    concern,
  }));
}

function linesOf(server: McpServerView): string[] {
  if (server.tools.length === 0) return [server.name, '  its tools are known once a client has used it'];
  return [server.name, ...server.tools.map(lineOf)];
}

function lineOf({ name, standing, concern }: McpToolView): string {
  const worry = concern === null ? '' : `  ! ${printable(concern)}`;
  return `  ${printable(name).padEnd(32)} ${WORDS[standing].padEnd(7)}${worry}`.trimEnd();
}
