/**
 * Real MCP servers and real clients with the gateway between them, and nothing replaced but the model: the
 * official client library, the inspector's command line and Claude Code use the entry that Gatehouse prints.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentPlan, McpClientView, McpServerView } from '../../preload/contract.ts';
import { claudeProgram, HOW_TO_INSTALL, runClaude } from '../support/claude-code.ts';
import { LiveHouse } from '../support/live-house.ts';

const programOf = (name: string) =>
  fileURLToPath(new URL(`./node_modules/@modelcontextprotocol/${name}`, import.meta.url));
const FILES = programOf('server-filesystem/dist/index.js');
const EVERYTHING = programOf('server-everything/dist/index.js');
const INSPECTOR = programOf('inspector/clients/launcher/build/index.js');
const missing =
  claudeProgram() !== null && [FILES, EVERYTHING, INSPECTOR].every((file) => existsSync(file))
    ? null
    : `the real MCP servers and clients are not here: ${HOW_TO_INSTALL}`;

const POLICY = `app: { app_id: t, name: T, version: "1.0" }
tools:
  modules: { mcp: {}, shell: {}, user: {}, plan: {}, todo: {}, toolbox: {} }
  capabilities:
    default_policy: approve
    max_risk_level: high
    grant:
      - { module: mcp_files, actions: [read_text_file, list_directory] }
      - { module: mcp_everything, actions: [echo, get-sum] }
      - { module: mcp_own_files, actions: [read_text_file] }
      - { module: toolbox, actions: [search] }
    deny: [{ module: mcp_files, actions: [move_file] }]
    hidden_actions: [mcp_files.edit_file, mcp_own_files.edit_file]
`;

interface Entry {
  readonly command: string;
  readonly args: readonly string[];
}

describe('real MCP servers behind the gateway', { timeout: 300_000 }, () => {
  const checkout = process.cwd();
  let house: LiveHouse;
  let notes: string;
  let files: Entry;
  let everything: Entry;

  beforeAll(async () => {
    if (missing !== null) return;
    house = await LiveHouse.open();
    notes = join(house.user, 'notes');
    mkdirSync(notes);
    writeFileSync(join(notes, 'a.txt'), 'first note');
    writeFileSync(join(house.home.gatehouse, 'config', 'policy.yaml'), POLICY);
    await house.call('reloadPolicy');
    // This process is the agent that the official client speaks for, and an agent that works in Gatehouse's own
    // folder is refused every call.
    process.chdir(notes);
    files = (await house.register('files', process.execPath, [FILES, notes])).entry;
    everything = (await house.register('everything', process.execPath, [EVERYTHING])).entry;
  }, 240_000);
  afterAll(async () => {
    if (missing !== null) return;
    process.chdir(checkout);
    await house.remove();
  });
  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });

  const connected = async ({ command, args }: Entry, act: (client: Client) => Promise<void>) => {
    const client = new Client({ name: 'official-client', version: '1' });
    await client.connect(
      new StdioClientTransport({ command, args: [...args], cwd: notes, stderr: 'inherit' }),
    );
    try {
      await act(client);
    } finally {
      await client.close();
    }
  };
  const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text ?? '';

  it('the official client: hidden is not listed, denied refused, granted runs, asked runs after a yes', async () => {
    await connected(files, async (client) => {
      const names = (await client.listTools()).tools.map(({ name }) => name);
      expect(names).toContain('read_text_file');
      expect(names).toContain('write_file');
      expect(names).not.toContain('edit_file');
      expect(names).not.toContain('move_file');
      const path = join(notes, 'a.txt');
      expect(textOf(await client.callTool({ name: 'read_text_file', arguments: { path } }))).toBe(
        'first note',
      );
      for (const name of ['edit_file', 'move_file']) {
        await expect(
          client.callTool({
            name,
            arguments: { path, edits: [], source: path, destination: `${path}.moved` },
          }),
        ).rejects.toThrow(/Unknown tool/);
      }
      expect(existsSync(path)).toBe(true);
      const made = join(notes, 'b.txt');
      const writing = client.callTool({ name: 'write_file', arguments: { path: made, content: 'second' } });
      const asked = await house.answer({ kind: 'allow', scope: 'once' });
      expect(asked).toMatchObject({ action: 'mcp_files.write_file', client: { id: 'official-client' } });
      await writing;
      expect(readFileSync(made, 'utf8')).toBe('second');
      const again = client.callTool({ name: 'write_file', arguments: { path: made, content: 'third' } });
      await house.answer({ kind: 'deny', reason: 'leave it' });
      expect(textOf(await again)).toContain('leave it');
      expect(readFileSync(made, 'utf8')).toBe('second');
    });
  });

  it('the official client: a cancelled call never runs', async () => {
    await connected(files, async (client) => {
      const abort = new AbortController();
      const path = join(notes, 'never.txt');
      const call = client.callTool(
        { name: 'write_file', arguments: { path, content: 'x' } },
        { signal: abort.signal },
      );
      call.catch(() => undefined);
      await expect.poll(() => house.waiting(), { timeout: 60_000 }).toBe(1);
      abort.abort();
      await expect(call).rejects.toThrow();
      await expect.poll(() => house.waiting(), { timeout: 60_000 }).toBe(0);
      expect(existsSync(path)).toBe(false);
    });
  });

  it('server-everything: pictures, annotations, prompts, resources and progress pass', async () => {
    await connected(everything, async (client) => {
      expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'hello' } }))).toContain(
        'hello',
      );
      const picture = client.callTool({ name: 'get-tiny-image', arguments: {} });
      await house.answer({ kind: 'allow', scope: 'once' });
      const { content } = (await picture) as { content: { type: string; data?: string }[] };
      expect(content.find(({ type }) => type === 'image')?.data?.length).toBeGreaterThan(100);
      const heard: number[] = [];
      const long = client.callTool(
        { name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 3 } },
        { onprogress: ({ progress }) => heard.push(progress) },
      );
      await house.answer({ kind: 'allow', scope: 'once' });
      await long;
      // This client forgets whom progress is for as soon as a result is in, before it handles progress that came
      // in the same read: the last step may be lost in it.
      expect([1, 2, 3].slice(0, Math.max(2, heard.length))).toEqual(heard);
      expect((await client.listPrompts()).prompts.length).toBeGreaterThan(0);
      const { resources } = await client.listResources();
      const [resource] = resources;
      const reading = client.readResource({ uri: resource?.uri ?? '' });
      await house.answer({ kind: 'allow', scope: 'once' });
      expect((await reading).contents.length).toBeGreaterThan(0);
    });
  });

  it('the inspector’s command line works unchanged', async () => {
    const inspect = (...more: string[]) =>
      promisify(execFile)(process.execPath, [INSPECTOR, '--cli', files.command, ...files.args, ...more], {
        cwd: notes,
        timeout: 180_000,
      });
    const listed = JSON.parse((await inspect('--method', 'tools/list')).stdout) as {
      tools: { name: string }[];
    };
    expect(listed.tools.map(({ name }) => name)).not.toContain('move_file');
    const called = await inspect(
      '--method',
      'tools/call',
      '--tool-name',
      'list_directory',
      '--tool-arg',
      `path=${notes}`,
    );
    expect(called.stdout).toContain('a.txt');
  });

  it('Claude Code, with hooks and gateway: one question, one row, and it runs once', async () => {
    await house.home.done(['agents', 'install', 'claude-code', '--yes']);
    writeFileSync(join(notes, '.mcp.json'), JSON.stringify({ mcpServers: { files } }));
    const made = join(notes, 'claude.txt');
    const running = runClaude({
      home: house.user,
      cwd: notes,
      args: [
        '--mcp-config',
        join(notes, '.mcp.json'),
        '--strict-mcp-config',
        '--allowedTools',
        'mcp__files__write_file',
      ],
      script: [
        { calls: [{ name: 'mcp__files__write_file', input: { path: made, content: 'from claude' } }] },
      ],
    });
    const asked = await house.answer({ kind: 'allow', scope: 'once' });
    expect(asked).toMatchObject({ action: 'mcp_files.write_file', client: { id: 'claude-code' } });
    const { toolResults, exit } = await running;
    expect([exit, toolResults.map(({ isError }) => isError)]).toEqual([0, [false]]);
    expect(readFileSync(made, 'utf8')).toBe('from claude');
    const { rows } = await house.call<{
      rows: { action: string; client: string; outcome: string; success: boolean | null }[];
    }>('timeline', { action: ['mcp_files.write_file'], client: ['claude-code'], events: false }, null, 50);
    expect(rows).toMatchObject([{ outcome: 'allowed', success: true }]);
    const alarms = await house.call<{ rows: { alarm: boolean; summary: string }[] }>(
      'timeline',
      {},
      null,
      200,
    );
    expect(alarms.rows.filter(({ alarm }) => alarm)).toEqual([]);
  });

  it('Claude Code without hooks is asked at the gateway', async () => {
    const made = join(notes, 'unhooked.txt');
    const running = runClaude({
      home: notes,
      cwd: notes,
      args: [
        '--mcp-config',
        join(notes, '.mcp.json'),
        '--strict-mcp-config',
        '--allowedTools',
        'mcp__files__write_file',
      ],
      script: [{ calls: [{ name: 'mcp__files__write_file', input: { path: made, content: 'x' } }] }],
    });
    await house.answer({ kind: 'deny', reason: 'no hooks, still no' });
    const { toolResults } = await running;
    expect(toolResults).toMatchObject([{ isError: true }]);
    expect(toolResults[0]?.text).toContain('no hooks, still no');
    expect(existsSync(made)).toBe(false);
  });

  it('Claude Code’s own entry in .mcp.json is routed, decided, and put back to the byte', async () => {
    await house.home.done(['agents', 'install', 'claude-code', '--yes']);
    const project = join(house.user, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'b.txt'), 'second note');
    const file = join(project, '.mcp.json');
    const original = `{\n\t"mcpServers" : {\r\n "Own Files":{ "command":${JSON.stringify(process.execPath)},"args" :[${JSON.stringify(FILES)}, ${JSON.stringify(project)}],\t"timeout":50000}\n}}`;
    writeFileSync(file, original);
    const run = async () => {
      const { toolResults, offeredTools, exit } = await runClaude({
        home: house.user,
        cwd: project,
        args: ['--settings', '{"enableAllProjectMcpServers":true}', '--allowedTools', READ],
        env: { ENABLE_TOOL_SEARCH: 'false' },
        script: [{ calls: [{ name: READ, input: { path: join(project, 'b.txt') } }] }],
      });
      expect([exit, toolResults]).toMatchObject([
        0,
        [{ isError: false, text: expect.stringContaining('second note') }],
      ]);
      return offeredTools.filter((name) => name.startsWith('mcp__Own_Files__'));
    };
    const READ = 'mcp__Own_Files__read_text_file';
    const directly = await run();
    expect(directly).toContain('mcp__Own_Files__edit_file');

    const view = (await house.call<McpClientView[]>('mcpClients')).find((one) =>
      one.file.endsWith('project/.mcp.json'),
    );
    expect(view).toMatchObject({ name: 'Claude Code', direct: ['Own Files'], routed: [] });
    const plan = await house.call<AgentPlan>('planMcpRoute', view?.id, 'connect');
    expect(readFileSync(file, 'utf8')).toBe(original);
    expect(await house.call('applyMcpRoute', view?.id, plan.planId)).toMatchObject({
      direct: [],
      routed: ['Own Files'],
    });
    const through = await run();
    expect(through).toContain(READ);
    expect(through).not.toContain('mcp__Own_Files__edit_file');
    const server = (await house.call<McpServerView[]>('mcpServers')).find(({ name }) => name === 'own_files');
    expect(server?.tools.map(({ name }) => name)).toContain('edit_file');
    const { rows } = await house.call<{ rows: { outcome: string; success: boolean | null }[] }>(
      'timeline',
      { action: ['mcp_own_files.read_text_file'], events: false },
      null,
      50,
    );
    // Once directly and once through the gateway; the hook and the gateway made one row of it.
    expect(rows).toMatchObject([
      { outcome: 'allowed', success: true },
      { outcome: 'allowed', success: true },
    ]);

    const routed = readFileSync(file, 'utf8');
    const attempt = await runClaude({
      home: house.user,
      cwd: project,
      args: ['--allowedTools', 'Bash'],
      script: [{ calls: [{ name: 'Bash', input: { command: `echo '{}' > ${file}` } }] }],
    });
    expect(attempt.toolResults).toMatchObject([{ isError: true, text: expect.stringContaining('protect') }]);
    expect([await house.waiting(), readFileSync(file, 'utf8')]).toEqual([0, routed]);

    const back = await house.home.done(['mcp', 'export', 'claude-code', '--project', project, '--yes']);
    expect([back.code, back.stderr]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toBe(original);
    expect(await run()).toEqual(directly);
  });

  it.each([
    [['mcp', 'files', '--', 'env']],
    [['mcp', 'files', 'env']],
    [['mcp', 'files', '--env', 'A=B']],
    [['mcp', 'files', '--door', '/tmp/other.sock', '--', '/bin/sh']],
    [['mcp', 'unregistered', '--door', 'DOOR']],
    [['mcp', '../files', '--door', 'DOOR']],
  ])('starts nothing of an agent’s choosing: gatehouse %j', async (words) => {
    const args = words.map((word) => (word === 'DOOR' ? (files.args.at(-1) ?? '') : word));
    const run = promisify(execFile)(files.command, args, { timeout: 120_000 });
    await expect(run).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^gatehouse: [^\n]+\n$/),
    });
  });
});
