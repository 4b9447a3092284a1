/** `gatehouse mcp import | export | tools` at a terminal that is played. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgentsPort } from '../../main/app/agents-port.ts';
import type { CommandAnswer, CommandParts } from '../../main/app/commands/command.ts';
import { runCommand } from '../../main/app/commands/run.ts';
import { McpRoutes } from '../../main/app/mcp-routes.ts';
import { Presence } from '../../main/app/presence.ts';
import { PresenceRecord } from '../../main/app/presence-record.ts';
import type { AuditLog } from '../../main/audit/log.ts';
import { resolvePaths } from '../../main/platform/paths.ts';
import { until } from '../support/engine-bench.ts';
import { McpScene, mcpPolicy } from '../support/mcp-scene.ts';
import { peerOf } from '../support/peers.ts';

const PIN = 'a-good-pin';
const SECRET = 'sk-secret-0123456789';
const testServer = fileURLToPath(new URL('../support/mcp-server.ts', import.meta.url));

let scene: McpScene;
let presence: Presence;
let held: (readonly string[])[];
let file: string;
let original: string;

beforeEach(() => {
  scene = new McpScene(
    mcpPolicy(
      'default_policy: approve\ngrant: [{ module: mcp_test, actions: [echo] }]\ndeny: [{ module: mcp_test, actions: [wipe] }]\nhidden_actions: [mcp_test.die]',
    ),
  );
  let verifier: string | null = null;
  presence = new Presence(
    {
      read: () => verifier,
      write: (json) => {
        verifier = json;
      },
    },
    Date.now,
  );
  held = [];
  mkdirSync(join(scene.folder, 'home'));
  file = join(scene.folder, 'home', '.claude.json');
  const entry = {
    type: 'stdio',
    command: process.execPath,
    args: [testServer, scene.folder],
    env: { TOKEN: SECRET },
  };
  original = `${JSON.stringify({ userID: 'x', mcpServers: { Test: entry } }, null, 2)}\n`;
  writeFileSync(file, original);
});
afterEach(() => scene.remove());

interface Played extends CommandAnswer {
  readonly prompts: readonly string[];
}

/** Runs a command; `replies` answers the questions in their order, and a terminal without one says nothing. */
async function gatehouse(
  argv: readonly string[],
  options: { replies?: readonly string[]; running?: boolean } = {},
): Promise<Played> {
  const { replies = [], running = true } = options;
  const home = join(scene.folder, 'home');
  const paths = resolvePaths({ GATEHOUSE_HOME: join(scene.folder, 'gh') }, process.platform, home);
  const log = async () => scene.log as unknown as AuditLog;
  const routes = new McpRoutes({
    parts: {
      home: { home, env: { PATH: process.env['PATH'] } },
      backups: paths.backups,
      entry: (server) => ({
        command: '/opt/bin/gatehouse',
        args: ['mcp', server, '--door', '/run/agent.sock'],
      }),
    },
    tools: {
      toolsEntry: () => ({
        command: '/opt/bin/gatehouse',
        args: ['mcp', '--tools', '--door', '/run/agent.sock'],
      }),
      prepare: running ? async () => undefined : null,
    },
    register: running ? scene.mcp : null,
    projects: () => [],
    log,
    onHeldFiles: (files) => held.push(files),
  });
  const prompts: string[] = [];
  const parts: Omit<CommandParts, 'running'> = {
    version: '0',
    paths,
    home,
    program: 'gatehouse',
    presence,
    presenceRecord: new PresenceRecord(log, () => undefined),
    agents: createAgentsPort({ env: {}, home, paths, inSupervisor: running, projects: () => [] }),
    routes,
    log,
    verifyLog: () => Promise.reject(new Error('not asked here')),
    seal: () => Promise.reject(new Error('not asked here')),
  };
  const answer = await runCommand(
    {
      argv: ['mcp', ...argv],
      cwd: scene.folder,
      peer: peerOf({ cwd: scene.folder }),
      ask: async (prompt) => {
        prompts.push(prompt);
        return replies[prompts.length - 1] ?? null;
      },
    },
    {
      ...parts,
      running: running
        ? ({ engine: scene.engine, mcp: scene.mcp } as unknown as NonNullable<CommandParts['running']>)
        : null,
    },
  );
  return { ...answer, prompts };
}

const text = () => readFileSync(file, 'utf8');
const changes = () => scene.log.ofType('mcp.changed').map(({ server, change }) => `${server} ${change}`);

describe('mcp add', () => {
  it('says where the server runs: npx and the like in a folder of their own, whatever --cwd says', async () => {
    await presence.set(PIN, null);
    const add = (name: string, ...command: readonly string[]) =>
      gatehouse(['add', name, '--cwd', scene.folder, '--', ...command], { replies: [PIN] });
    const plain = await add('plain', process.execPath, testServer, scene.folder);
    expect([plain.exit, plain.stderr]).toEqual([0, '']);
    expect(plain.stdout).toContain(`Note: it runs in ${scene.folder}; what agents put there`);
    const fetched = await add('fetched', 'npx', '-y', 'some-server@1.2.3', './notes');
    expect([fetched.exit, fetched.stderr]).toEqual([0, '']);
    expect(fetched.stdout).toMatch(
      /^Note: npx starts in a folder of its own, .*; \.\/paths behind the package/m,
    );
    expect(fetched.stdout).not.toContain('it runs in');
  });
});

describe('mcp import', () => {
  it('shows the change, asks for the PIN, and then the server runs behind the gateway with its own variables', async () => {
    await presence.set(PIN, null);
    const done = await gatehouse(['import', 'claude-code'], { replies: ['y', PIN] });
    expect([done.exit, done.stderr]).toEqual([0, '']);
    expect(done.prompts[0]).toMatch(
      /~\/\.claude\.json[\s\S]*- .*"env": \{[\s\S]*\+ .*"mcp", "test"[\s\S]*Change it\? \[y\/N\] $/,
    );
    expect(done.prompts[1]).toBe('PIN for registering the MCP servers of claude-code: ');
    expect(done.prompts.join('') + done.stdout).not.toContain(SECRET);
    expect(JSON.parse(text())).toEqual({
      userID: 'x',
      mcpServers: {
        Test: {
          type: 'stdio',
          command: '/opt/bin/gatehouse',
          args: ['mcp', 'test', '--door', '/run/agent.sock'],
        },
      },
    });
    expect(changes()).toEqual(['test registered', 'test routed']);
    expect(JSON.stringify(scene.log.events)).not.toContain(SECRET);
    expect(held.at(-1)).toEqual([file]);
    expect(scene.mcp.servers.find('test')?.transport).toMatchObject({ env: { TOKEN: SECRET } });
    const client = await scene.client('test');
    const answer = await client.callTool({ name: 'echo', arguments: { text: 'hello' } });
    expect(JSON.stringify(answer)).toContain('hello');
    expect(scene.ran()).toEqual(['echo hello']);
  });

  it.each([
    ['no PIN is set', null, ['y'], /no PIN is set, so nobody can show that a person asks/],
    ['a wrong PIN', PIN, ['y', 'another'], /the PIN is not right/],
    ['no answer', PIN, [], /nothing was changed: there/],
    ['a no', PIN, ['n'], /nothing was changed/],
    ['a yes and no PIN', PIN, ['y'], /it needs the PIN/],
  ])('changes nothing: %s', async (_why, pin, replies, words) => {
    if (pin !== null) await presence.set(pin, null);
    const done = await gatehouse(['import', 'claude-code'], { replies });
    expect([done.exit, done.stdout]).toEqual([1, '']);
    expect(done.stderr).toMatch(words);
    expect([text(), changes(), scene.mcp.servers.list(), held]).toEqual([original, [], [], []]);
    expect(existsSync(join(scene.folder, 'gh', 'data', 'backups'))).toBe(false);
  });

  it('--yes leaves out the question, never the PIN', async () => {
    await presence.set(PIN, null);
    expect((await gatehouse(['import', 'claude-code', '--yes'])).exit).toBe(1);
    expect(text()).toBe(original);
    const done = await gatehouse(['import', 'claude-code', '--yes'], { replies: [PIN] });
    expect(done.exit).toBe(0);
    expect(done.stdout).toContain('+ ');
    expect(text()).toContain('/opt/bin/gatehouse');
    const again = await gatehouse(['import', 'claude-code']);
    expect([again.exit, again.prompts]).toEqual([0, []]);
    expect(again.stdout).toContain('Nothing to do');
  });

  it('a project’s entries, by a relative folder', async () => {
    await presence.set(PIN, null);
    mkdirSync(join(scene.folder, 'p', '.gemini'), { recursive: true });
    const settings = join(scene.folder, 'p', '.gemini', 'settings.json');
    writeFileSync(settings, original);
    const done = await gatehouse(['import', 'gemini-cli', '--project', 'p', '--yes'], { replies: [PIN] });
    expect(done.stdout).toContain(`mcp export gemini-cli --project ${join(scene.folder, 'p')}`);
    expect(readFileSync(settings, 'utf8')).toContain('/opt/bin/gatehouse');
    expect(text()).toBe(original);
    await gatehouse(['export', 'gemini-cli', '--project', 'p', '--yes'], { replies: [PIN], running: false });
    expect(readFileSync(settings, 'utf8')).toBe(original);
  });

  it.each([
    [['import'], 2, /one client is needed/],
    [['import', 'cursor', 'opencode'], 2, /one client is needed/],
    [['import', 'claude-code', '--all'], 2, /--all/],
    [['import', 'emacs'], 1, /there is no client "emacs"/],
    [['import', 'codex'], 1, /Codex has no MCP servers in ~\/\.codex\/config\.toml/],
    [['import', 'cursor'], 1, /no MCP servers in ~\/\.cursor\/mcp\.json/],
    [['frobnicate', 'x'], 2, /one of add, list, remove, tools, import, export/],
  ] as const)('%j is not understood or has nothing to do', async (argv, exit, words) => {
    const done = await gatehouse(argv);
    expect([done.exit, done.stdout]).toEqual([exit, '']);
    expect(done.stderr).toMatch(words);
  });

  it.each(['import claude-code', 'add x -- y', 'list', 'tools', 'add --tools', 'remove x'])(
    '%s needs a supervisor and says so',
    async (line) => {
      const done = await gatehouse(line.split(' '), { running: false });
      expect([done.exit, done.stdout]).toEqual([1, '']);
      expect(done.stderr).toMatch(/Gatehouse is not running; hint: start it with gatehouse start/);
    },
  );
});

describe('mcp export', () => {
  it('without a supervisor: to the byte, written down, and with the PIN where one is set', async () => {
    await presence.set(PIN, null);
    await gatehouse(['import', 'claude-code', '--yes'], { replies: [PIN] });
    const routed = text();
    const refused = await gatehouse(['export', 'claude-code', '--yes'], { running: false });
    expect([refused.exit, text()]).toEqual([1, routed]);
    const done = await gatehouse(['export', 'claude-code', '--yes'], { replies: [PIN], running: false });
    expect([done.exit, done.stderr]).toEqual([0, '']);
    expect(done.prompts).toEqual(['PIN for routing the MCP servers of claude-code past Gatehouse: ']);
    expect(done.stdout).not.toContain(SECRET);
    expect(text()).toBe(original);
    expect(changes().at(-1)).toBe('test put_back');
    expect(held.at(-1)).toEqual([]);
    expect(scene.mcp.servers.find('test')).not.toBeNull();
    const again = await gatehouse(['export', 'claude-code'], { running: false });
    expect([again.exit, again.prompts]).toEqual([0, []]);
  });
});

describe('mcp add --tools', () => {
  it('prints the entry for the governed tools, and registers nothing', async () => {
    const { stdout, prompts } = await gatehouse(['add', '--tools']);
    expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toEqual({
      gatehouse: { command: '/opt/gatehouse', args: ['mcp', '--tools'] },
    });
    expect([prompts, scene.mcp.servers.list()]).toEqual([[], []]);
  });
});

describe('mcp add --tools CLIENT, and remove', () => {
  it('puts them in beside the others after a yes and the PIN, and says who has them; takes them out to the byte', async () => {
    await presence.set(PIN, null);
    const done = await gatehouse(['add', '--tools', 'claude-code'], { replies: ['y', PIN] });
    expect([done.exit, done.stderr]).toEqual([0, '']);
    expect(done.prompts[0]).toMatch(
      /\+ .*"gatehouse": \{[\s\S]*--tools[\s\S]*keeps its own tools[\s\S]*Change it\? /,
    );
    expect(done.prompts[0]).not.toContain(SECRET);
    expect(done.prompts[1]).toBe('PIN for giving claude-code the governed tools: ');
    expect(done.stdout).toContain('Undo it: gatehouse mcp remove --tools claude-code');
    expect(JSON.parse(text()).mcpServers.gatehouse.args[1]).toBe('--tools');
    expect(changes()).toEqual(['gatehouse tools_on']);
    expect(held.at(-1)).toEqual([file]);
    expect((await gatehouse(['list'])).stdout).toContain(
      'Governed tools: on for Claude Code (~/.claude.json)',
    );
    // Its own entries are still there to be routed, and this one is none of them.
    await gatehouse(['import', 'claude-code', '--yes'], { replies: [PIN] });
    expect(changes()).toEqual(['gatehouse tools_on', 'test registered', 'test routed']);
    await gatehouse(['export', 'claude-code', '--yes'], { replies: [PIN] });
    const off = await gatehouse(['remove', '--tools', 'claude-code', '--yes'], {
      replies: [PIN],
      running: false,
    });
    expect([off.exit, off.stderr]).toEqual([0, '']);
    expect(text()).toBe(original);
    expect(changes().at(-1)).toBe('gatehouse tools_off');
  });

  it('changes nothing without the yes, without the PIN, or for words that name no client', async () => {
    await presence.set(PIN, null);
    expect((await gatehouse(['add', '--tools', 'claude-code'], { replies: ['n'] })).exit).not.toBe(0);
    expect(
      (await gatehouse(['add', '--tools', 'claude-code', '--yes'], { replies: ['wrong-pin'] })).exit,
    ).not.toBe(0);
    expect((await gatehouse(['add', '--tools', 'nobody'])).stderr).toContain('there is no client');
    expect((await gatehouse(['remove', '--tools'])).exit).toBe(2);
    expect((await gatehouse(['remove', '--tools', 'claude-code'])).stdout).toContain('Nothing to do');
    expect(text()).toBe(original);
  });
});

describe('mcp tools', () => {
  it('says of every tool what a client may do with it, and what to look at', async () => {
    expect((await gatehouse(['tools'])).stdout).toContain('No MCP server is registered');
    await scene.register();
    expect((await gatehouse(['tools', '--known'])).stdout).toBe(
      'test\n  its tools are known once a client has used it\n',
    );
    expect(scene.started()).toEqual([]);
    const client = await scene.client();
    await client.listTools();
    writeFileSync(
      join(scene.folder, 'tools.json'),
      JSON.stringify([
        { name: 'echo', description: 'Says something else', inputSchema: { type: 'object' } },
        {
          name: 'wipe',
          description: 'Removes everything',
          inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
        },
      ]),
    );
    await client.listTools();
    const { stdout } = await gatehouse(['tools']);
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['test'],
      ['echo', 'asks', '! the tool has changed since you last agreed to it'],
      ['wipe', 'denied'],
      ['slow', 'asks'],
      ['die', 'hidden'],
      ['sample', 'asks'],
      [''],
    ]);
    const json = JSON.parse((await gatehouse(['tools', '--json'])).stdout) as unknown[];
    expect(json[0]).toEqual({
      server: 'test',
      tool: 'echo',
      standing: 'asked',
      concern: 'the tool has changed since you last agreed to it',
    });
    expect(json[3]).toEqual({ server: 'test', tool: 'die', standing: 'hidden', concern: null });
  });

  it('starts a server of which nothing is known, calls nothing, and ends it', async () => {
    await scene.register();
    const { stdout } = await gatehouse(['tools']);
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['test'],
      ['echo', 'allowed'],
      ['wipe', 'denied'],
      ['slow', 'asks'],
      ['die', 'hidden'],
      ['sample', 'asks'],
      ['it was started to list them, and ended'],
      [''],
    ]);
    await until(() => scene.gateways.connections().length === 0);
    expect([scene.started().length, scene.ran()]).toEqual([1, []]);
    expect((await gatehouse(['tools'])).stdout).not.toContain('started');
    expect(scene.started()).toHaveLength(1);
  });

  it('says why a server did not list them', async () => {
    await scene.mcp.add({
      name: 'broken',
      transport: {
        kind: 'stdio',
        program: process.execPath,
        args: ['-e', 'process.exit(3)'],
        env: {},
        cwd: null,
      },
      clientTimeoutMs: null,
    });
    expect((await gatehouse(['tools'])).stdout).toMatch(
      /^broken\n {2}it was started to list its tools: broken: .*ended with 3/,
    );
    await until(() => scene.gateways.connections().length === 0);
  });
});
