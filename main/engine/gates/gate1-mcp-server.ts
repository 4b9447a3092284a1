/** Gate 1c: may this agent use this MCP server? Asked of models only. */
import { canonicalPart } from '../../policy/catalog.ts';
import { quoted } from '../../policy/diagnostic.ts';
import { type Answer, type Gate, PASSED, type Question, stopped } from './question.ts';

const PREFIX = 'mcp_';

function ask({ module, facts, fromModel }: Question): Answer {
  const allowed = facts.mcpAllowedServers ?? null;
  if (!fromModel || allowed === null || !module.startsWith(PREFIX)) return PASSED;
  const server = module.slice(PREFIX.length);
  if (allowed.some((name) => canonicalPart(name) === server)) return PASSED;
  const may =
    allowed.length === 0
      ? 'No server is allowed here'
      : `Allowed here: ${allowed.slice(0, 12).map(quoted).join(', ')}`;
  return stopped(
    'server not allowed',
    `The MCP server ${quoted(server)} is not allowed for this agent. ${may}.`,
  );
}

export const gate1McpServer: Gate = { code: 'gate1_mcp_server', number: 1, ask };
