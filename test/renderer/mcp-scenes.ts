/** MCP servers and clients' files in every state, for the page of both. */

import type { GovernedToolsView } from '../../preload/contract.ts';
import { HOSTILE_COMMAND } from '../support/contract-scene.ts';
import { governedClient, governedSession, mcpClient, mcpServer, mcpTool } from '../support/mcp-views.ts';

/** Every way in which a client's file can stand. */
export function mcpClients() {
  return [
    mcpClient('claude-code', { name: 'Claude Code', file: '~/.claude.json', direct: ['github', 'files'] }),
    mcpClient('cursor', { name: 'Cursor', direct: [], routed: ['notes'], canPutBack: true }),
    mcpClient('opencode', {
      direct: [],
      left: [{ name: HOSTILE_COMMAND, why: 'it uses the old SSE transport, which is not spoken' }],
    }),
    mcpClient('gemini-cli', {
      file: `~/${'deep/'.repeat(30)}.gemini/settings.json`,
      direct: [],
      problem: `~/${'deep/'.repeat(30)}.gemini/settings.json:2:3: the file holds comments`,
    }),
  ];
}

/** One that runs with all kinds of tools, one that is down, one whose program changed. */
export function mcpServers() {
  return [
    mcpServer('files', {
      state: 'running',
      clients: ['claude-code', 'codex'],
      what: '/usr/bin/npx -y @modelcontextprotocol/server-filesystem /home/dev/notes',
      secrets: ['FILES_TOKEN'],
      warning:
        'npx may fetch code at each start, and what it fetches runs with what this server is given. Write the version down to settle which: @modelcontextprotocol/server-filesystem@1.2.3',
      tools: [
        mcpTool('read_file', { standing: 'allowed' }),
        mcpTool('write_file', { concern: 'the tool has changed since you last agreed to it' }),
        mcpTool('move_file', { standing: 'denied' }),
        mcpTool('edit_file', { standing: 'hidden' }),
        mcpTool(`a_${'very_long_tool_name_'.repeat(6)}`, {
          description: `${HOSTILE_COMMAND} ${'long '.repeat(80)}`,
        }),
      ],
    }),
    mcpServer('search', {
      state: 'down',
      why: 'it ended with 1',
      kind: 'http',
      what: `https://search.example/${'mcp/'.repeat(30)}`,
    }),
    mcpServer('tickets', {
      state: 'changed',
      why: '/usr/bin/tickets is not the program that was registered',
    }),
  ];
}

/** Clients with and without the governed tools, and connections that have them. */
export function governedTools(): GovernedToolsView {
  return {
    clients: [
      governedClient('claude-code', { name: 'Claude Code', file: '~/.claude.json', on: true }),
      governedClient('codex', { name: 'Codex', file: '~/.codex/config.toml' }),
      governedClient('cursor', { name: 'Cursor', installed: false }),
      governedClient('gemini-cli', {
        name: 'Gemini CLI',
        file: `~/${'deep/'.repeat(30)}.gemini/settings.json`,
        problem: `~/${'deep/'.repeat(30)}.gemini/settings.json:2:3: the file holds comments`,
      }),
    ],
    sessions: [
      governedSession('mcp_1', { client: 'Claude Code', calls: 1, copy: true, enforced: 'Sandbox maximum' }),
      governedSession('mcp_2', {
        client: HOSTILE_COMMAND,
        folder: `~/${'deep/'.repeat(30)}proj`,
        lacking: ['cpu: no controller enforces it here'],
      }),
      governedSession('mcp_3', { calls: 0, enforced: null }),
    ],
    problem: null,
  };
}
