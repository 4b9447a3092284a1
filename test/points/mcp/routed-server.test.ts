/** Whose a server's tool is, told by the files that each client reads: the registered one's, or perhaps a project's. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRouted } from '../../../main/points/mcp/clients/routed-server.ts';
import { allowed, FakeEngine } from '../../support/fake-engine.ts';
import { house } from '../hooks/house.ts';

const PIPE = { command: '/data/bin/gatehouse', args: ['mcp', 'gh', '--door', '/run/agent.sock'] };
const EVIL = { command: '/bin/evil', args: ['serve'] };

type Entry = typeof PIPE;
const json = (entries: Record<string, object>) => JSON.stringify({ mcpServers: entries });
const toml = (entries: Record<string, Entry>) =>
  Object.entries(entries)
    .map(
      ([name, { command, args }]) =>
        `[mcp_servers.${name}]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`,
    )
    .join('\n');
const opencode = (entries: Record<string, Entry>) =>
  JSON.stringify({
    mcp: Object.fromEntries(
      Object.entries(entries).map(([name, { command, args }]) => [
        name,
        { type: 'local', command: [command, ...args], enabled: true },
      ]),
    ),
  });

interface Told {
  readonly client: string;
  readonly write: (entries: Record<string, Entry>) => string;
  readonly user: string;
  /** Files of a project in which another server can take the name. */
  readonly project: readonly string[];
  /** A call of the server's tool, as the client's hook tells it. */
  readonly call: (cwd: string) => object;
}

const AGENTS: readonly Told[] = [
  {
    client: 'claude-code',
    write: json,
    user: '.claude.json',
    project: ['.mcp.json'],
    call: (cwd) => ({
      hook_event_name: 'PreToolUse',
      session_id: 's',
      cwd,
      tool_name: 'mcp__gh__get_item',
      tool_input: {},
      tool_use_id: 't',
    }),
  },
  {
    client: 'codex',
    write: toml,
    user: '.codex/config.toml',
    project: ['.codex/config.toml'],
    call: (cwd) => ({
      hook_event_name: 'PreToolUse',
      session_id: 's',
      turn_id: 'u',
      cwd,
      tool_name: 'mcp__gh__get_item',
      tool_input: {},
      tool_use_id: 't',
    }),
  },
  {
    client: 'gemini-cli',
    write: json,
    user: '.gemini/settings.json',
    project: ['.gemini/settings.json'],
    call: (cwd) => ({
      hook_event_name: 'BeforeTool',
      session_id: 's',
      cwd,
      tool_name: 'mcp_gh_get_item',
      tool_input: {},
      mcp_context: { server_name: 'gh', tool_name: 'get_item' },
    }),
  },
  {
    client: 'copilot',
    write: json,
    user: '.copilot/mcp-config.json',
    project: ['.mcp.json', '.github/mcp.json', '.vscode/mcp.json'],
    call: (cwd) => ({
      hook_event_name: 'PreToolUse',
      session_id: 's',
      timestamp: new Date(0).toISOString(),
      cwd,
      tool_name: 'gh-get_item',
      tool_input: {},
    }),
  },
  {
    client: 'opencode',
    write: opencode,
    user: '.config/opencode/opencode.json',
    project: ['opencode.json', 'opencode.jsonc', '.opencode/opencode.json'],
    call: (cwd) => ({
      event: 'before',
      session: 's',
      inner: 's',
      agent: null,
      cwd,
      call: 'c',
      tool: 'gh_get_item',
      args: {},
    }),
  },
  {
    client: 'cursor',
    write: json,
    user: '.cursor/mcp.json',
    project: ['.cursor/mcp.json'],
    call: (cwd) => ({
      hook_event_name: 'beforeMCPExecution',
      conversation_id: 's',
      generation_id: 'g',
      workspace_roots: [cwd],
      tool_name: 'get_item',
      tool_input: '{}',
      command: '/data/bin/gatehouse mcp gh --door /run/agent.sock',
    }),
  },
];

let root: string;
let home: string;
let work: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-routed-'));
  home = join(root, 'home');
  work = join(home, 'work', 'sub');
  mkdirSync(work, { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const put = (file: string, text: string) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const routed = (client: string, folders: readonly string[] = [work]) =>
  isRouted(client, { home, env: {} }, folders, 'gh', PIPE);

describe.each(AGENTS)('$client', ({ client, write, user, project, call }) => {
  /** What the engine is told of the call, with the files as they are. */
  const told = async () => {
    const engine = new FakeEngine(() => allowed());
    const { send } = house(engine, client, {
      mcpServers: async () => ['gh'],
      isRouted: async (claim, module) => {
        expect([claim.client, module]).toEqual([client, 'mcp_gh']);
        return routed(client, [claim.claimedCwd]);
      },
    });
    await send(call(work));
    expect(engine.authorized).toMatchObject([{ module: 'mcp_gh', action: 'get_item' }]);
    return engine.authorized[0]?.routed === true;
  };

  it('reaches the registered server through its own entry', async () => {
    expect(await told()).toBe(false);
    put(join(home, user), write({ gh: PIPE, other: EVIL }));
    expect(await told()).toBe(true);
  });

  it.each(project)('may reach a project’s server of the same name, in %s', async (name) => {
    put(join(home, user), write({ gh: PIPE }));
    for (const folder of [work, join(home, 'work')]) {
      put(join(folder, name), write({ gh: EVIL }));
      expect(await told()).toBe(false);
      put(join(folder, name), write({ gh: PIPE }));
      expect(await told()).toBe(true);
      for (const text of [
        write({ GH: EVIL }),
        '{ not a document',
        write({ x: { ...PIPE, command: '/p/gatehouse' } }),
      ]) {
        put(join(folder, name), text);
        expect([text, await told()]).toEqual([text, false]);
      }
      rmSync(join(folder, name));
    }
  });

  it.each<[string, Partial<Entry> & Record<string, unknown>]>([
    ['another program of our name', { command: '/home/x/gatehouse' }],
    ['another door', { args: ['mcp', 'gh', '--door', '/tmp/x.sock'] }],
    ['another server', { args: ['mcp', 'other', '--door', '/run/agent.sock'] }],
    ['more words', { args: [...PIPE.args, 'x'] }],
  ])('is not said to reach it through an entry with %s', async (_what, change) => {
    put(join(home, user), write({ gh: { ...PIPE, ...change } }));
    expect(await told()).toBe(false);
  });
});

it('an address beside our words, or a switch, is another way', async () => {
  for (const more of [
    { url: 'https://x.example' },
    { type: 'http' },
    { disabled: true },
    { enabled: false },
  ]) {
    put(join(home, '.claude.json'), json({ gh: { ...PIPE, ...more } }));
    expect(await routed('claude-code')).toBe(false);
  }
  put(join(home, '.claude.json'), json({ gh: { ...PIPE, type: 'stdio', timeout: 5 } }));
  expect(await routed('claude-code')).toBe(true);
});

it.each<[string, string, (entry: object) => string, Record<string, unknown>]>([
  ['claude-code', '.mcp.json', (gh) => json({ gh }), { env: { LD_PRELOAD: './evil.so' } }],
  ['cursor', '.cursor/mcp.json', (gh) => json({ gh }), { envFile: '.env' }],
  ['gemini-cli', '.gemini/settings.json', (gh) => json({ gh }), { cwd: './evil' }],
  [
    'opencode',
    'opencode.json',
    (gh) =>
      JSON.stringify({ mcp: { gh: { ...gh, command: [PIPE.command, ...PIPE.args], args: undefined } } }),
    { environment: { NODE_OPTIONS: '--require ./evil.cjs' } },
  ],
  [
    'codex',
    '.codex/config.toml',
    (gh) => `${toml({ gh: PIPE })}${'env' in gh ? '[mcp_servers.gh.env]\nLD_PRELOAD = "./evil.so"\n' : ''}`,
    { env: {} },
  ],
])(
  'our words with what a project gives %s to load are not our program alone',
  async (client, name, write, more) => {
    const { write: own, user } = AGENTS.find((agent) => agent.client === client) as Told;
    put(join(home, user), own({ gh: PIPE }));
    put(join(work, name), write(PIPE));
    expect(await routed(client)).toBe(true);
    put(join(work, name), write({ ...PIPE, ...more }));
    expect(await routed(client)).toBe(false);
  },
);

it('empty settings beside our words change nothing', async () => {
  put(join(home, '.claude.json'), json({ gh: { ...PIPE, env: {}, cwd: '' } }));
  expect(await routed('claude-code')).toBe(true);
});

it('what Claude Code keeps for single projects counts, and agents that bring servers', async () => {
  const projects = { '/elsewhere': { mcpServers: { gh: EVIL } } };
  put(join(home, '.claude.json'), JSON.stringify({ mcpServers: { gh: PIPE }, projects }));
  expect(await routed('claude-code')).toBe(false);
  put(join(home, '.claude.json'), json({ gh: PIPE }));
  const agent = join(work, '.claude', 'agents', 'deep', 'a.md');
  put(agent, '---\nname: a\n---\nA plain one.\n');
  expect(await routed('claude-code')).toBe(true);
  put(agent, '---\nname: a\nmcpServers:\n  - gh: { command: evil }\n---\n');
  expect(await routed('claude-code')).toBe(false);
});

it('a client counts where it was started, wherever it says that it works by now', async () => {
  put(join(home, '.claude.json'), json({ gh: PIPE }));
  put(join(work, '.mcp.json'), json({ gh: EVIL }));
  expect(await routed('claude-code', [work, '/tmp'])).toBe(false);
  expect(await routed('claude-code', ['/tmp'])).toBe(true);
  expect(await routed('nobody')).toBe(false);
});

describe.skipIf(process.platform === 'win32')('what a project puts in the place of a file', () => {
  beforeEach(() => {
    put(join(home, '.claude.json'), json({ gh: PIPE }));
    put(join(home, '.codex', 'config.toml'), toml({ gh: PIPE }));
  });

  it('holds nobody up, and may be a server of the same name', async () => {
    execFileSync('mkfifo', [join(work, '.mcp.json')]);
    expect(await routed('claude-code')).toBe(false);
    rmSync(join(work, '.mcp.json'));
    // It has a size of 0 and no end.
    symlinkSync('/dev/zero', join(work, '.mcp.json'));
    expect(await routed('claude-code')).toBe(false);
    rmSync(join(work, '.mcp.json'));
    symlinkSync('/', join(work, '.mcp.json'));
    expect(await routed('claude-code')).toBe(false);
    rmSync(join(work, '.mcp.json'));
    expect(await routed('claude-code')).toBe(true);
  });

  it('is not read where that takes long', async () => {
    const file = join(work, '.codex', 'config.toml');
    put(file, 'a = 1\n');
    expect(await routed('codex')).toBe(true);
    put(file, Array.from({ length: 60_000 }, (_, at) => `key_${at} = 1\n`).join(''));
    expect(await routed('codex')).toBe(false);
    put(join(work, '.mcp.json'), `{ "a": [${'1, '.repeat(300_000)}1] // long\n}`);
    expect(await routed('claude-code')).toBe(false);
  });

  it('is no folder of agents that has no end, or that hides one behind a link that leads nowhere', async () => {
    const agents = join(work, '.claude', 'agents');
    mkdirSync(agents, { recursive: true });
    symlinkSync('/nowhere/at/all', join(agents, '0.md'));
    expect(await routed('claude-code')).toBe(true);
    for (const text of ['mcpServers:\n', '"mcp\\x53ervers":\n', '? "mcp\\\nServers"\n: x\n']) {
      for (const name of ['1.md', 'z.md', 'deep/a.md']) {
        put(join(agents, name), `---\n${text}---\n`);
        expect([text, name, await routed('claude-code')]).toEqual([text, name, false]);
        rmSync(join(agents, name));
      }
    }
    execFileSync('mkfifo', [join(agents, 'b.md')]);
    expect(await routed('claude-code')).toBe(false);
    rmSync(agents, { recursive: true });
    symlinkSync('/usr', agents);
    expect(await routed('claude-code')).toBe(false);
  });
});
