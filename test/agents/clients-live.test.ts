/**
 * The real Codex and Gemini CLI, connected from a terminal to a real supervisor, with its policy, its inbox and its
 * MCP gateway. Only the model is a double.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientModel } from '../support/client-model.ts';
import { CODEX_CLIENT, GEMINI_CLIENT, HOW_TO_INSTALL_CLIENTS, runClient } from '../support/client-scene.ts';
import { LiveHouse } from '../support/live-house.ts';

const FILES = fileURLToPath(
  new URL('./node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', import.meta.url),
);

const POLICY = `app: { app_id: t, name: T, version: "1.0" }
tools:
  modules: { mcp: {}, shell: {}, filesystem: {}, todo: {}, plan: {} }
  capabilities:
    default_policy: approve
    max_risk_level: high
    grant:
      - { module: shell, actions: [bash], when: { command_is: [ordinary] } }
`;

interface Way {
  readonly client: typeof CODEX_CLIENT;
  /** The gateway's entry in its settings. */
  readonly entry: (settings: string, entry: { command: string; args: readonly string[] }) => string;
  readonly command: (text: string) => { name: string; args: Record<string, unknown> };
  readonly tool: (args: Record<string, unknown>) => {
    name: string;
    namespace?: string;
    args: Record<string, unknown>;
  };
  readonly writeSettings: (file: string) => {
    name: string;
    args: Record<string, unknown>;
    text?: string;
  };
}

const WAYS: readonly Way[] = [
  {
    client: CODEX_CLIENT,
    entry: (settings, { command, args }) =>
      `${settings}\n[mcp_servers.files]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\nrequired = true\nstartup_timeout_sec = 60\n`,
    command: (cmd) => ({ name: 'exec_command', args: { cmd } }),
    tool: (args) => ({ name: 'write_file', namespace: 'mcp__files', args }),
    writeSettings: (file) => ({
      name: 'apply_patch',
      args: {},
      text: `*** Begin Patch\n*** Update File: ${file}\n@@\n-# mine\n+[features]\n+hooks = false\n*** End Patch\n`,
    }),
  },
  {
    client: GEMINI_CLIENT,
    entry: (settings, entry) =>
      `${JSON.stringify({ ...(JSON.parse(settings) as object), mcpServers: { files: { ...entry, trust: true } } }, null, 2)}\n`,
    command: (command) => ({ name: 'run_shell_command', args: { command, description: 'x' } }),
    tool: (args) => ({ name: 'mcp_files_write_file', args }),
    writeSettings: (file) => ({
      name: 'write_file',
      args: { file_path: file, content: '{"hooksConfig":{"enabled":false}}' },
    }),
  },
];

describe.each(WAYS)('$client.id, connected to a real supervisor', { timeout: 300_000 }, (way) => {
  const { client } = way;
  const missing =
    client.program !== null && existsSync(FILES)
      ? null
      : `the real clients and servers are not here: ${HOW_TO_INSTALL_CLIENTS}`;
  let house: LiveHouse;
  let work: string;
  let settings: string;
  const model = startClientModel([]);

  beforeAll(async () => {
    if (missing !== null) return;
    house = await LiveHouse.open();
    work = join(house.user, 'notes');
    mkdirSync(work);
    writeFileSync(join(house.home.gatehouse, 'config', 'policy.yaml'), POLICY);
    await house.call('reloadPolicy');
    settings = join(house.user, client.file);
    mkdirSync(dirname(settings), { recursive: true });
    const { entry } = await house.register('files', process.execPath, [FILES, work]);
    writeFileSync(settings, way.entry(client.settings((await model).url), entry));
    await house.home.done(['agents', 'install', client.id, '--yes']);
  }, 240_000);
  afterAll(async () => {
    await (await model).close();
    if (missing === null) await house.remove();
  });

  const play = async (call: Parameters<Awaited<typeof model>['script']>[0][number][number]) => {
    const played = await model;
    played.script([[call]]);
    const ran = await runClient(client, {
      home: house.user,
      work,
      temporary: join(house.user, '..'),
      url: played.url,
      how: {},
    });
    return { ...ran, results: played.results() };
  };
  const rows = async (action: string) =>
    (
      await house.call<{ rows: { outcome: string; success: boolean | null }[] }>(
        'timeline',
        { action: [action], client: [client.id], events: false },
        null,
        50,
      )
    ).rows;

  it('reads without a question, asks for the rest, and both are on the timeline', async (context) => {
    if (missing !== null) return context.skip(missing);
    await play(way.command('ls'));
    expect(await house.waiting()).toBe(0);
    const running = play(way.command('sudo -n true > out.txt'));
    const asked = await house.answer({ kind: 'deny', reason: 'not now' });
    expect(asked).toMatchObject({ action: 'shell.bash', client: { id: client.id } });
    expect((await running).results.join()).toContain('not now');
    expect(existsSync(join(work, 'out.txt'))).toBe(false);
    expect(await rows('shell.bash')).toMatchObject([
      { outcome: 'denied' },
      { outcome: 'allowed', success: true },
    ]);
  });

  it('a server’s tool behind the gateway: one question, one row, and it runs once', async (context) => {
    if (missing !== null) return context.skip(missing);
    const made = join(work, 'made.txt');
    const running = play(way.tool({ path: made, content: 'from the agent' }));
    const asked = await house.answer({ kind: 'allow', scope: 'once' }).catch(async (error: unknown) => {
      const { results, stdout, stderr } = await running;
      throw new Error(`${String(error)}: ${results.join()} ${stdout.slice(-1500)} ${stderr.slice(-1500)}`);
    });
    expect(asked).toMatchObject({ action: 'mcp_files.write_file', client: { id: client.id } });
    const ran = await running;
    expect(existsSync(made), ran.results.join() + ran.stderr.slice(-1500)).toBe(true);
    expect(readFileSync(made, 'utf8')).toBe('from the agent');
    expect(await rows('mcp_files.write_file')).toMatchObject([{ outcome: 'allowed', success: true }]);
  });

  it('may not change the settings that hold its hooks, whatever a person would say', async (context) => {
    if (missing !== null) return context.skip(missing);
    const before = readFileSync(settings, 'utf8');
    // Gemini CLI itself writes only into the project, whose settings can switch hooks off as well.
    const own = client.id === 'codex' ? settings : join(work, '.gemini', 'settings.json');
    const { results } = await play(way.writeSettings(own));
    expect(results.join()).toMatch(/protects|Gatehouse/);
    await play(way.command(`echo x >> ${settings}`));
    expect(await house.waiting()).toBe(0);
    expect(readFileSync(settings, 'utf8')).toContain(before.slice(0, 40));
    expect(existsSync(join(work, '.gemini', 'settings.json'))).toBe(false);
    expect(readFileSync(settings, 'utf8')).not.toMatch(/hooks = false|"enabled":false/);
  });

  it('is undone, also with its server in the same file', async (context) => {
    if (missing !== null) return context.skip(missing);
    await house.home.done(['agents', 'uninstall', client.id, '--yes']);
    expect(readFileSync(settings, 'utf8')).not.toContain('hook codex');
    expect(readFileSync(settings, 'utf8')).not.toContain('hook gemini-cli');
    expect(readFileSync(settings, 'utf8')).toContain('files');
  });
});
