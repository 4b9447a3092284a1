/**
 * `gatehouse mcp tools`: every tool of the registered servers, and what a client may do with it now. A server of
 * which nothing is known is started for a moment, to list them.
 */
import { parseArgs } from 'node:util';
import type { McpServerView, McpToolView } from '../../../preload/contract.ts';
import { messageOf } from '../../platform/errors.ts';
import type { Peer } from '../../platform/peer.ts';
import type { Mcp } from '../mcp.ts';
import { printable } from './approvals.ts';
import {
  answer,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  needsRunning,
} from './command.ts';

const WORDS = { allowed: 'allowed', asked: 'asks', denied: 'denied', hidden: 'hidden' } as const;

/** So many servers are started at once. */
const AT_ONCE = 4;

export async function tools(request: CommandRequest, parts: CommandParts): Promise<CommandAnswer> {
  const { values } = parseArgs({
    args: request.argv.slice(2),
    options: { json: { type: 'boolean' }, known: { type: 'boolean' } },
  });
  const { mcp } = needsRunning(parts);
  const unknown = mcp.views().filter((server) => server.tools.length === 0);
  const heard = values.known === true ? new Map() : await ask(unknown, mcp, request.peer);
  const servers = mcp.views();
  if (values.json === true) return answer(JSON.stringify(servers.flatMap(rowsOf), null, 2));
  if (servers.length === 0)
    return answer(`No MCP server is registered. Add one: ${parts.program} mcp add NAME -- COMMAND`);
  return answer(servers.flatMap((server) => linesOf(server, heard.get(server.name))).join('\n'));
}

/** Starts servers of which no tool is known; answers what came of it, by name: null when it went well. */
async function ask(
  unknown: readonly McpServerView[],
  mcp: Pick<Mcp, 'inspect'>,
  peer: Peer | null,
): Promise<Map<string, string | null>> {
  const heard = new Map<string, string | null>();
  const todo = [...unknown];
  const next = async (): Promise<void> => {
    for (let server = todo.shift(); server !== undefined; server = todo.shift()) {
      if (peer === null) return;
      const why = await mcp.inspect(server.name, peer).then(
        () => null,
        (error: unknown) => messageOf(error),
      );
      heard.set(server.name, why);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return heard;
}

function rowsOf(server: McpServerView): object[] {
  return server.tools.map(({ name, standing, concern }) => ({
    server: server.name,
    tool: name,
    standing,
    concern,
  }));
}

function linesOf(server: McpServerView, heard: string | null | undefined): string[] {
  const lines = [server.name, ...server.tools.map(lineOf)];
  if (typeof heard === 'string') return [...lines, `  it was started to list its tools: ${printable(heard)}`];
  if (heard === null)
    return [
      ...lines,
      `  ${server.tools.length === 0 ? 'no tools; ' : ''}it was started to list them, and ended`,
    ];
  return server.tools.length > 0 ? lines : [...lines, '  its tools are known once a client has used it'];
}

function lineOf({ name, standing, concern }: McpToolView): string {
  const worry = concern === null ? '' : `  ! ${printable(concern)}`;
  return `  ${printable(name).padEnd(32)} ${WORDS[standing].padEnd(7)}${worry}`.trimEnd();
}
