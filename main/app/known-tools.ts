/** What the analysis of calls is told of the tools of MCP servers: whether a person knows them, and what they say. */
import type { ServerTools } from '../engine/call-facts.ts';
import { NOT_TOOLS } from '../points/mcp/pseudo-actions.ts';
import type { ServerBook } from '../points/mcp/server-book.ts';
import type { ToolBook } from '../points/mcp/tool-book.ts';
import { canonicalPart } from '../policy/catalog.ts';

const PREFIX = 'mcp_';

/**
 * A tool is known when its server is registered and lists it in the words to which a person agreed. One that a client
 * runs beside Gatehouse is not, whatever it calls itself.
 */
export function knownTools(servers: ServerBook, tools: ToolBook): ServerTools {
  const isRegistered = (module: string): boolean =>
    module.startsWith(PREFIX) &&
    servers.list().some(({ name }) => canonicalPart(name) === module.slice(PREFIX.length));
  return {
    schemas: (module, action) => tools.schemas(module, action),
    standing: (module, action) => {
      const told = tools.told(module, action);
      if (told === null)
        return { known: isRegistered(module) && NOT_TOOLS.has(action), changes: false, name: null };
      return { known: isRegistered(module) && told.agreed, changes: told.changes, name: told.name };
    },
  };
}
