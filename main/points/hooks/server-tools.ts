/**
 * Tools of MCP servers in clients that join both names with one character, as `server-tool` or `server_tool`: the
 * text alone does not tell where one ends, so the names of the servers must be known.
 */
import type { CatalogName } from './tool-names.ts';

/**
 * The server and tool of such a name; null where no server fits, or more than one.
 *
 * @param servers  names as the person wrote them
 */
export function serverTool(tool: string, separator: string, servers: readonly string[]): CatalogName | null {
  const fitting = [...new Set(servers.map(asWritten))].filter(
    (server) => server !== '' && tool.length > server.length + 1 && tool.startsWith(server + separator),
  );
  const [server] = fitting;
  if (server === undefined || fitting.length > 1) return null;
  return serverName(server, tool.slice(server.length + 1));
}

/** The catalog's name of a server's tool. */
export function serverName(server: string, tool: string): CatalogName {
  return { module: `mcp_${asWritten(server).toLowerCase()}`, action: tool.toLowerCase() };
}

/** As clients write a server's name into the names of its tools. */
function asWritten(server: string): string {
  return server.replace(/[^A-Za-z0-9_-]/g, '_');
}
