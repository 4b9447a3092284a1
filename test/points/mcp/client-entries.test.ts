/** What an entry is, what is registered for it, and what stays with the client. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routedName } from '../../../main/points/mcp/clients/client-entries.ts';
import { McpScene, mcpPolicy } from '../../support/mcp-scene.ts';
import { DOOR, linesOf, RoutesHouse } from './routes-house.ts';

const CURSOR = ['.cursor', 'mcp.json'] as const;

/** Plans one entry of a client's own file; what was said, and what would be registered. */
async function planOf(
  house: RoutesHouse,
  client: string,
  entries: Record<string, unknown>,
  project: string | null = null,
): Promise<{ notes: string; added: string; transports: Record<string, unknown> }> {
  const { file } = await house.place(client, project);
  house.write(
    file,
    JSON.stringify(client === 'opencode' ? { mcp: entries } : { mcpServers: entries }, null, 2),
  );
  const plan = await house.plan(client, project);
  if (!plan.done) await house.route(client, project);
  const transports = Object.fromEntries(house.book.list().map(({ name, transport }) => [name, transport]));
  return { notes: plan.notes.join('\n'), added: linesOf(plan, 'add'), transports };
}

describe('an entry that stays as it is', () => {
  it.each([
    ['claude-code', 'x', { type: 'sse', url: 'https://x.invalid/mcp' }, /old SSE transport/],
    ['cursor', 'x', { url: 'https://x.invalid/sse' }, /old SSE transport/],
    ['claude-code', 'x', { type: 'ws', url: 'wss://x.invalid' }, /the transport "ws" is not spoken/],
    ['claude-code', 'x', { type: 'sdk', command: 'npx' }, /the transport "sdk" is not spoken/],
    ['cursor', 'x', { command: 'npx', disabled: true }, /switched off/],
    ['opencode', 'x', { type: 'local', command: ['npx'], enabled: false }, /switched off/],
    [
      'claude-code',
      'x',
      { type: 'http', url: 'https://x.invalid', oauth: { clientId: 'a' } },
      /way of its own \("oauth"\)/,
    ],
    ['claude-code', 'x', { type: 'http', url: 'https://x.invalid', headersHelper: 'a' }, /"headersHelper"/],
    [
      'gemini-cli',
      'x',
      { httpUrl: 'https://x.invalid', authProviderType: 'google_credentials' },
      /"authProviderType"/,
    ],
    ['cursor', 'x', { command: 'npx', envFile: '.env' }, /"envFile"/],
    ['opencode', 'x', { type: 'remote', url: 'https://x.invalid', oauth: { scope: 'a' } }, /"oauth"/],
    ['cursor', 'add', { command: 'npx' }, /rules cannot name a server so/],
    ['cursor', '日本', { command: 'npx' }, /rules cannot name a server so/],
    ['cursor', 'x', 'npx', /it is not an object/],
    ['cursor', 'x', { args: ['a'] }, /neither a command nor a URL/],
    ['cursor', 'x', { command: 'npx', url: 'https://x.invalid' }, /both a command and a URL/],
    ['cursor', 'x', { command: 'npx', env: { PORT: 1 } }, /"env.PORT"/],
    ['cursor', 'x', { command: 'npx', args: 'a' }, /"args"/],
    ['cursor', 'x', { command: 'npx', args: ['\ud800'] }, /not Unicode/],
    ['cursor', 'x', { command: 'npx', env: { 'A-B': '1' } }, /env/],
    ['cursor', 'x', { url: 'ftp://x.invalid' }, /url/],
    ['cursor', 'x', { command: './server' }, /relative path/],
    ['cursor', 'x', { command: 'npx', cwd: 'sub' }, /absolute path/],
    ['cursor', 'x', { command: 'nope' }, /nope is in no folder of the PATH/],
    ['claude-code', 'x', { command: 'npx', args: ['${NOT_SET}'] }, /what \$\{NOT_SET\} stands for/],
    ['copilot', 'x', { command: 'npx', env: { A: '${NOT_SET}' } }, /what \$\{NOT_SET\} stands for/],
    [
      'cursor',
      'x',
      { command: 'npx', args: ['${workspaceFolder}'] },
      /what \$\{workspaceFolder\} stands for/,
    ],
    ['cursor', 'x', { command: 'npx', args: ['${input:key}'] }, /what \$\{input:key\} stands for/],
    [
      'opencode',
      'x',
      { type: 'remote', url: 'https://x.invalid', headers: { A: '{file:~/key}' } },
      /\{file:~\/key\}/,
    ],
  ] as const)('%s: %s %j', async (client, name, entry, why) => {
    using house = new RoutesHouse();
    const { file } = await house.place(client);
    const { notes } = await planOf(house, client, { [name]: entry });
    expect(notes).toMatch(/^Nothing to do/);
    expect(notes).toMatch(why);
    expect(notes).toContain(`${JSON.stringify(name)} stays as it is: `);
    expect(house.read(file).toString('utf8')).toContain(JSON.stringify(entry, null, 2).split('\n')[1] ?? '');
    expect([house.book.list(), house.kept()]).toEqual([[], []]);
  });

  it('goes through Gatehouse already, by whatever home', async () => {
    using house = new RoutesHouse();
    const { notes } = await planOf(house, 'cursor', {
      own: { command: house.pipe, args: ['mcp', 'own', '--door', DOOR] },
      other: {
        command: '/home/other/.local/share/gatehouse/bin/gatehouse',
        args: ['mcp', 'other', '--door', '/x'],
      },
    });
    expect(notes).toBe('Nothing to do: no entry is left that could be routed.');
    expect((await house.routes.views())[0]).toMatchObject({
      routed: ['own', 'other'],
      direct: [],
      canPutBack: false,
    });
    const back = await house.routes.plan(await house.place('cursor', null, 'disconnect'), 'disconnect');
    expect(back).toMatchObject({ done: true, diff: [] });
    expect(back.notes.join('\n')).toMatch(/"own" stays as it is: what stood there before is not known/);
  });
});

describe('what is registered', () => {
  it('a program with its own variables, folder and name; the rest stays with the client', async () => {
    using house = new RoutesHouse();
    const { notes, transports } = await planOf(house, 'cursor', {
      'My Server.2': {
        command: 'npx',
        args: ['-y', 'a b'],
        env: { KEY: 'secret' },
        cwd: '/srv',
        timeout: 1234,
        autoApprove: ['x'],
      },
    });
    expect(notes).toContain('"My Server.2" is registered as my_server_2.');
    expect(transports).toMatchObject({
      my_server_2: {
        kind: 'stdio',
        program: join(house.root, 'bin', 'npx'),
        args: ['-y', 'a b'],
        env: { KEY: 'secret' },
        cwd: '/srv',
      },
    });
    expect(house.book.find('my_server_2')?.clientTimeoutMs).toBe(1234);
    const file = JSON.parse(house.read(join(house.home, ...CURSOR)).toString('utf8')) as unknown;
    expect(file).toEqual({
      mcpServers: {
        'My Server.2': {
          command: house.pipe,
          args: ['mcp', 'my_server_2', '--door', DOOR],
          timeout: 1234,
          autoApprove: ['x'],
        },
      },
    });
  });

  it.each([
    ['claude-code', { type: 'http', url: 'https://x.invalid/mcp', headers: { A: 'b' } }, { type: 'stdio' }],
    [
      'copilot',
      { type: 'http', url: 'https://x.invalid/mcp', headers: { A: 'b' }, tools: ['*'] },
      { type: 'local', tools: ['*'] },
    ],
    [
      'gemini-cli',
      { type: 'http', url: 'https://x.invalid/mcp', headers: { A: 'b' }, trust: true },
      { trust: true },
    ],
    [
      'gemini-cli',
      { httpUrl: 'https://x.invalid/mcp', headers: { A: 'b' }, includeTools: ['t'] },
      { includeTools: ['t'] },
    ],
    ['cursor', { url: 'https://x.invalid/mcp', headers: { A: 'b' } }, {}],
  ] as const)('%s: an HTTP server %j', async (client, entry, kept) => {
    using house = new RoutesHouse();
    const { transports } = await planOf(house, client, { web: entry });
    expect(transports).toEqual({ web: { kind: 'http', url: 'https://x.invalid/mcp', headers: { A: 'b' } } });
    const { file } = await house.place(client);
    const value = JSON.parse(house.read(file).toString('utf8')) as { mcpServers: { web: unknown } };
    expect(value.mcpServers.web).toEqual({
      ...kept,
      command: house.pipe,
      args: ['mcp', 'web', '--door', DOOR],
    });
  });

  it('opencode’s forms, of both versions', async () => {
    using house = new RoutesHouse();
    const { file } = await house.place('opencode');
    const local = {
      type: 'local',
      command: ['npx', '-y', 'x'],
      environment: { A: '1' },
      enabled: true,
      timeout: 5000,
    };
    const remote = {
      type: 'remote',
      url: 'https://x.invalid/mcp',
      headers: { A: 'b' },
      oauth: false,
      enabled: true,
    };
    const pipe = (name: string) => [house.pipe, 'mcp', name, '--door', DOOR];
    for (const wrap of [
      (servers: object) => ({ mcp: servers }),
      (servers: object) => ({ mcp: { servers } }),
    ]) {
      house.write(file, JSON.stringify(wrap({ local, remote })));
      await house.route('opencode');
      expect(JSON.parse(house.read(file).toString('utf8'))).toEqual(
        wrap({
          local: { type: 'local', command: pipe('local'), enabled: true, timeout: 5000 },
          remote: { type: 'local', command: pipe('remote'), enabled: true },
        }),
      );
      await house.putBack('opencode');
      expect(house.read(file).toString('utf8')).toBe(JSON.stringify(wrap({ local, remote })));
    }
    expect(house.book.list().map(({ transport }) => transport)).toMatchObject([
      { args: ['-y', 'x'], env: { A: '1' } },
      { url: 'https://x.invalid/mcp', headers: { A: 'b' } },
    ]);
  });

  it('an identical server is used again; another of the same name is told of', async () => {
    using house = new RoutesHouse();
    const first = await planOf(house, 'cursor', {
      files: { command: 'npx', args: ['a'] },
      Files: { command: 'npx', args: ['a'], timeout: 9 },
      FILES: { command: 'npx', args: ['b'] },
    });
    expect(first.notes).toMatch(
      /"FILES" stays as it is: another server is registered as files; rename it here, or gatehouse mcp remove files/,
    );
    expect(house.book.list()).toHaveLength(1);
    const second = await planOf(house, 'gemini-cli', { files: { command: 'npx', args: ['a'] } });
    expect(second.notes).toContain('files is registered already, in the same way.');
    expect(second.added).toContain('"files"');
    const third = await planOf(house, 'copilot', { files: { command: 'uvx' } });
    expect(third.notes).toMatch(/^Nothing to do[\s\S]*another server is registered as files/);
    expect(house.book.list()).toHaveLength(1);
  });

  it('paths of a project’s entries lie in the project', async () => {
    using house = new RoutesHouse();
    const program = house.program('serve', join(house.project, 'tools'));
    const { transports } = await planOf(
      house,
      'cursor',
      { p: { command: './tools/serve', cwd: 'tools' } },
      house.project,
    );
    expect(transports).toMatchObject({ p: { program, cwd: join(house.project, 'tools') } });
  });

  it('the program is looked up with the variables that it is started with', async () => {
    using house = new RoutesHouse();
    const program = house.program('only-here', join(house.root, 'other'));
    const scene = new McpScene(mcpPolicy('default_policy: approve'));
    const draft = (env: Record<string, string>) => ({
      name: 'p',
      transport: { kind: 'stdio' as const, program: 'only-here', args: [], env, cwd: null },
      clientTimeoutMs: null,
    });
    try {
      const record = await scene.mcp.recordOf(draft({ PATH: join(house.root, 'other') }));
      expect(record.transport).toMatchObject({ program });
      await expect(scene.mcp.recordOf(draft({}))).rejects.toMatchObject({ code: 'server_missing' });
    } finally {
      await scene.remove();
    }
  });
});

describe('variables are filled in once', () => {
  it.each([
    ['claude-code', '${TOKEN}-${UNSET:-d:-e}-$TOKEN', 't0ken-d:-e-$TOKEN'],
    ['gemini-cli', '$TOKEN ${TOKEN} $UNSET', 't0ken t0ken $UNSET'],
    ['copilot', '${TOKEN}${UNSET:-}', 't0ken'],
    ['cursor', '${env:TOKEN} ${userHome} ${pathSeparator}${/}', 't0ken HOME //'],
    ['opencode', '{env:TOKEN} {other} ${TOKEN}', 't0ken {other} ${TOKEN}'],
  ])('%s: %s', async (client, text, filled) => {
    using house = new RoutesHouse();
    house.env['TOKEN'] = 't0ken';
    const entry =
      client === 'opencode'
        ? { type: 'local', command: ['npx', text], environment: { A: text } }
        : { command: 'npx', args: [text], env: { A: text } };
    const { notes, added, transports } = await planOf(house, client, { x: entry });
    const expected = filled.replace('HOME', house.home);
    expect(transports).toMatchObject({ x: { args: [expected], env: { A: expected } } });
    expect(notes).toContain('x is given TOKEN as set where Gatehouse runs now.');
    expect(notes + added).not.toContain('t0ken');
    await house.putBack(client);
    expect(JSON.parse(house.read((await house.place(client)).file).toString('utf8'))).toEqual(
      client === 'opencode' ? { mcp: { x: entry } } : { mcpServers: { x: entry } },
    );
  });

  it('the project’s folder is known in a project', async () => {
    using house = new RoutesHouse();
    const claude = await planOf(
      house,
      'claude-code',
      { a: { command: 'npx', args: ['${CLAUDE_PROJECT_DIR:-.}'] } },
      house.project,
    );
    const cursor = await planOf(
      house,
      'cursor',
      { b: { command: 'npx', args: ['${workspaceFolder}/${workspaceFolderBasename}'] } },
      house.project,
    );
    expect(claude.transports).toMatchObject({ a: { args: [house.project] } });
    expect(cursor.transports).toMatchObject({ b: { args: [`${house.project}/project`] } });
  });
});

describe('the registered name', () => {
  it.each([
    ['GitHub', 'github'],
    ['My Server', 'my_server'],
    ['a.b/c', 'a_b_c'],
    ['__x__y__', 'x_y'],
    ['-a-', 'a-'],
    ['ünï', 'n'],
  ])('%s is %s', (name, routed) => expect(routedName(name)).toBe(routed));
});
