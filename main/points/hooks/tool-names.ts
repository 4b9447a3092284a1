/** Tool names of clients in the terms of the catalog: what holds for every client. */
import { canonicalName } from '../../policy/canonical-name.ts';

export interface CatalogName {
  readonly module: string;
  readonly action: string;
}

/** A name that clients give to tools, their own or a server's. */
export const PLAIN_NAME = /^[A-Za-z0-9_-]{1,200}$/;
/** `mcp__<server>__<tool>`, where neither part touches the separator with an underscore of its own. */
const MCP_NAME = /^mcp__[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*__[A-Za-z0-9-][A-Za-z0-9_-]*$/;

/**
 * `mcp__a__b__c` is tool `b__c` of server `a`, or tool `c` of server `a__b`: only the client can tell. Null for a
 * name that can be taken for another's.
 */
export function mcpTool(tool: string, server: string | null): CatalogName | null {
  const name = canonicalName(tool);
  const segment = name.module.slice('mcp_'.length);
  if (segment === '' || name.action === '') return null;
  if (server !== null && asToolName(server) === segment) return name;
  const isPlain =
    MCP_NAME.test(tool) && (server === null ? !name.action.includes('__') : loose(server) === loose(segment));
  return isPlain ? name : null;
}

/** As clients write a server's name into the names of its tools. */
function asToolName(server: string): string {
  return server.replace(/[^A-Za-z0-9_-]/g, '_').toLowerCase();
}

/** Servers of plugins and connectors are written in other ways, all of them made of the same words. */
function loose(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}
