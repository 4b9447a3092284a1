/**
 * Names of MCP servers, as they stand in command lines, policies and tool names.
 *
 * Tools are told apart as `mcp__SERVER__TOOL`, so a name has no `__` and does not end in `_`. The words that
 * follow `gatehouse mcp` as commands are no names. The native client and the relay hold the same rule.
 */
const NAME = /^(?!.*__)[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9-])?$/;

/** `gatehouse mcp WORD …` is a command for these. */
export const RESERVED_SERVER_NAMES: readonly string[] = Object.freeze([
  'add',
  'export',
  'import',
  'list',
  'remove',
  'tools',
]);

/** What stands in a server's place at the agent door where the governed tools are meant. */
export const GOVERNED_TOOLS = 'tools';

/** Whether an MCP server may have this name: 1 to 64 of `a-z 0-9 - _`, beginning with a letter or digit. */
export function isServerName(text: string): boolean {
  return NAME.test(text) && !RESERVED_SERVER_NAMES.includes(text);
}

/** A name that a client or a policy has for a server, in the form in which rules name it: `My Server` is `my-server`. */
export function canonicalServerName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/_{2,}/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '');
}
