/**
 * The real Copilot CLI and opencode with the whole supervisor: connected in a terminal, a policy in force, and an MCP
 * server behind the gateway whose name holds the very character by which these clients join it to its tools.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ChatClient, chatClient, playChat } from '../support/chat-clients.ts';
import { HOW_TO_INSTALL } from '../support/claude-code.ts';
import { LiveHouse } from '../support/live-house.ts';

const FILES = fileURLToPath(
  new URL('./node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', import.meta.url),
);
const clients: readonly ChatClient[] = ['copilot', 'opencode'];
const missing = [...clients.map(chatClient), existsSync(FILES) ? FILES : null].includes(null)
  ? `the real clients and servers are not here: ${HOW_TO_INSTALL}`
  : null;

const POLICY = `app: { app_id: t, name: T, version: "1.0" }
tools:
  modules: { mcp: {}, shell: {}, filesystem: {}, user: {}, todo: {} }
  capabilities:
    default_policy: approve
    max_risk_level: high
    grant: [{ module: shell, actions: [bash], when: { command_is: ["echo hi"] } }]
    deny: [{ module: filesystem, actions: [write] }]
`;
/** As each client joins server and tool. */
const TOOL: Readonly<Record<ChatClient, string>> = {
  copilot: 'my-files-write_file',
  opencode: 'my_files_write_file',
};
const SERVER: Readonly<Record<ChatClient, string>> = { copilot: 'my-files', opencode: 'my_files' };

describe('with the whole supervisor', { timeout: 400_000 }, () => {
  let house: LiveHouse;
  let work: string;
  beforeAll(async () => {
    if (missing !== null) return;
    house = await LiveHouse.open();
    work = join(house.user, 'project');
    mkdirSync(work);
    writeFileSync(join(house.home.gatehouse, 'config', 'policy.yaml'), POLICY);
    await house.call('reloadPolicy');
  }, 240_000);
  afterAll(async () => {
    if (missing === null) await house.remove();
  });
  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });

  it.each(clients)('%s: a policy decides, and a call by hook and gateway is asked once', async (client) => {
    await house.home.done(['agents', 'install', client, '--yes']);
    const { entry } = await house.register(SERVER[client], process.execPath, [FILES, work]);
    const local = { type: 'local', command: entry.command, args: entry.args, tools: ['*'] };
    if (client === 'copilot')
      writeFileSync(
        join(house.user, '.copilot', 'mcp-config.json'),
        JSON.stringify({ mcpServers: { [SERVER[client]]: local } }),
      );
    const made = join(work, `${client}.txt`);
    const denied = join(work, 'denied.txt');
    const write =
      client === 'copilot'
        ? { name: 'create', args: { path: denied, file_text: 'x' } }
        : { name: 'write', args: { filePath: denied, content: 'x' } };
    const running = playChat(
      client,
      [
        [{ name: 'bash', args: { command: 'echo hi', description: 'x' } }],
        [write],
        [{ name: TOOL[client], args: { path: made, content: 'from the agent' } }],
      ],
      { home: house.user, work },
      {
        mcp: {
          [SERVER[client]]: { type: 'local', command: [entry.command, ...entry.args], enabled: true },
        },
      },
    );
    const asked = await house.answer({ kind: 'allow', scope: 'once' });
    expect(asked).toMatchObject({
      action: `mcp_${SERVER[client]}.write_file`,
      client: { id: client },
    });
    const { results } = await running;
    expect(existsSync(denied), results.join('\n')).toBe(false);
    expect(readFileSync(made, 'utf8'), results.join('\n')).toBe('from the agent');
    const { rows } = await house.call<{ rows: { action: string; outcome: string }[] }>(
      'timeline',
      { client: [client], events: false },
      null,
      50,
    );
    expect(rows.map(({ action, outcome }) => `${action} ${outcome}`).toSorted()).toEqual([
      'filesystem.write refused',
      `mcp_${SERVER[client]}.write_file allowed`,
      'shell.bash allowed',
    ]);
    const { rows: all } = await house.call<{ rows: { alarm: boolean; summary: string }[] }>(
      'timeline',
      {},
      null,
      200,
    );
    expect(all.filter(({ alarm }) => alarm)).toEqual([]);
    await house.home.done(['agents', 'uninstall', client, '--yes']);
  });
});
