/** Every way a supervisor can fail or lie before it opens a pipe, and every command line that asks for none. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { chmod, chown, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeAnswer, encodeHeartbeat, encodePipe, encodeQuestion } from '../../main/platform/framing.ts';
import { isServerName, RESERVED_SERVER_NAMES } from '../../main/platform/server-name.ts';
import { programBytes } from '../../main/points/agents/installed-program.ts';
import { type FakeSupervisor, listenRaw } from './fake-supervisor.ts';
import { type HookClient, hookClients, nativeClient, privateFolder, relay } from './hook-clients.ts';
import { isRoot, NOBODY, OtherUser } from './other-user.ts';
import { expectOneLine, finish, listenOpen, listenPipe, startClient, startPipe } from './pipe-clients.ts';

const ROOT = new URL('../../', import.meta.url);

let folder = '';
let door = '';
let remove: () => Promise<void>;
let supervisor: FakeSupervisor | null = null;

beforeEach(async () => {
  ({ folder, remove } = await privateFolder());
  door = join(folder, 'door');
});

afterEach(async () => {
  await supervisor?.close();
  supervisor = null;
  await remove();
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

const HELLO = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{}}\n');
const NO = { exit: 0, stdout: HELLO.toString(), stderr: '' };

/** What comes instead of a good frame; the connection is ended after it. */
const SAYS: Record<string, (nonce: Buffer) => Buffer> = {
  nothing: () => Buffer.alloc(0),
  'a heartbeat and nothing more': () => encodeHeartbeat(),
  'JSON instead of frames': () => HELLO,
  HTTP: () => Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
  '64 KiB of zeros': () => Buffer.alloc(65_536),
  '64 KiB of heartbeats, then nonsense': () =>
    Buffer.concat([...Array.from({ length: 13_000 }, encodeHeartbeat), Buffer.from('nonsense')]),
  'a heartbeat with a payload': (nonce) => Buffer.concat([Buffer.from('B\0\0\0\x01x'), encodePipe(nonce)]),
  'a question': (nonce) => Buffer.concat([encodeQuestion('PIN?'), encodePipe(nonce)]),
  'an unknown frame': (nonce) => Buffer.concat([Buffer.from('Z\0\0\0\0'), encodePipe(nonce)]),
  'a lower-case frame': (nonce) => Buffer.concat([Buffer.from('p'), encodePipe(nonce).subarray(1)]),
  'a proof of another nonce': () => Buffer.concat([encodePipe(Buffer.alloc(16, 7)), HELLO]),
  'a proof that is one bit off': (nonce) => Buffer.concat([flipped(encodePipe(nonce), 36), HELLO]),
  'a proof of zeros': () => Buffer.concat([Buffer.from('P\0\0\0\x20'), Buffer.alloc(32), HELLO]),
  'the nonce itself as its proof': (nonce) =>
    Buffer.concat([Buffer.from('P\0\0\0\x20'), nonce, nonce, HELLO]),
  'no proof': () => Buffer.concat([Buffer.from('P\0\0\0\0'), HELLO]),
  'a proof that is a byte too short': (nonce) =>
    Buffer.concat([Buffer.from('P\0\0\0\x1f'), encodePipe(nonce).subarray(5, 36), HELLO]),
  'a proof that is a byte too long': (nonce) =>
    Buffer.concat([Buffer.from('P\0\0\0\x21'), encodePipe(nonce).subarray(5), HELLO]),
  'a proof that is cut off': (nonce) => encodePipe(nonce).subarray(0, 36),
  'only the head of its frame': (nonce) => encodePipe(nonce).subarray(0, 5),
  'an answer of another nonce': () => encodeAnswer(Buffer.alloc(16, 7), NO),
  'an answer that is one bit off': (nonce) => flipped(encodeAnswer(nonce, NO), 20),
  'an answer that is cut off': (nonce) => encodeAnswer(nonce, NO).subarray(0, -1),
  'an answer and a byte': (nonce) => Buffer.concat([encodeAnswer(nonce, NO), Buffer.from('\n')]),
  'an answer and a pipe': (nonce) => Buffer.concat([encodeAnswer(nonce, NO), encodePipe(nonce), HELLO]),
  'an answer of 4 GiB': (nonce) => flipped(encodeAnswer(nonce, NO), 1).fill(0xff, 1, 5),
  'the digest of an answer as its proof': (nonce) =>
    Buffer.concat([
      Buffer.from('P\0\0\0\x20'),
      createHash('sha256').update(nonce).update(Buffer.alloc(9)).digest(),
      HELLO,
    ]),
};

describe.each(hookClients)('$name', (client) => {
  it.each(Object.keys(SAYS))('connects to no supervisor that says %s', async (name) => {
    let visits = 0;
    supervisor = await listenPipe(door, ({ socket, header }) => {
      visits++;
      socket.resume();
      socket.end(SAYS[name]?.(header.nonce) ?? '');
    });
    const result = await finish(startPipe(client, door), HELLO);
    expect(result.stdout).toBe('');
    expectOneLine(result, 2, /supervisor/);
    expect(visits).toBe(1);
  });

  it('connects to the same supervisor when it says what it should', async () => {
    supervisor = await listenOpen(door, (socket) => {
      socket.write(HELLO);
      socket.pipe(socket);
    });
    expect(await finish(startPipe(client, door), HELLO)).toEqual({
      exit: 0,
      signal: null,
      stdout: `${HELLO}${HELLO}`,
      stderr: '',
    });
  });

  it('connects to nobody who hangs up at once', async () => {
    supervisor = await listenRaw(door, (socket) => socket.destroy());
    const result = await finish(startPipe(client, door), HELLO);
    expect(result.stdout).toBe('');
    expectOneLine(result, 2, /went away|without an answer/);
  });

  it('names both ways out when no supervisor is there', async () => {
    const result = await finish(startPipe(client, door), HELLO);
    expect(result.stdout).toBe('');
    expectOneLine(result, 2, /no supervisor answers at .*`gatehouse start`.*`gatehouse mcp remove github`/);
  });

  it.each([
    ['a file', (path: string) => writeFile(path, '')],
    ['a folder', async (path: string) => mkdirSync(path)],
    ['a link', async (path: string) => symlinkSync('/dev/null', path)],
  ])('does not take %s for a door', async (_what, make) => {
    await make(door);
    expectOneLine(await finish(startPipe(client, door)), 2, /not a socket/);
  });

  it('enters no folder that others can write to', async () => {
    const visits: Socket[] = [];
    supervisor = await listenRaw(door, (socket) => visits.push(socket));
    await chmod(folder, 0o770);
    expectOneLine(await finish(startPipe(client, door)), 2, /others can write/);
    expect(visits).toEqual([]);
  });

  it.each([
    ['stdout', '>&-'],
    ['stdin', '<&-'],
  ])('says that %s is closed', async (stream, closed) => {
    const visits: Socket[] = [];
    supervisor = await listenRaw(door, (socket) => visits.push(socket));
    const run = startPipe(client, door, { wrapper: ['sh', '-c', `exec "$@" ${closed}`, 'sh'] });
    expectOneLine(await run.ended, 2, new RegExp(`${stream} is closed`));
    expect(visits).toEqual([]);
    run.stdin.destroy();
  });

  it('is not moved by the environment', async () => {
    supervisor = await listenOpen(door, (socket) => socket.pipe(socket));
    const env = { GATEHOUSE_HOME: '/nowhere', HOME: '/nowhere', TMPDIR: '/nowhere' };
    expect(await finish(startPipe(client, door, { env }), 'hello')).toMatchObject({
      exit: 0,
      stdout: 'hello',
    });
  });

  const bad: readonly (readonly string[])[] = [
    ['github', '--', 'env'],
    ['github', '--door', '/a', '--', 'env'],
    ['github', '--door', '/a', 'env'],
    ['--', 'github', '--door', '/a'],
    ['--door', '/a'],
    ['--door=/a'],
    ['github', '--door'],
    ['github', '--door', 'relative'],
    ['github', '--door='],
    ['github', '--door', '/a', '--door', '/b'],
    ['github', '--door', '/a', '--deadline', '5'],
    ['github', '--door', '/a', '--help'],
    ['github', '--door', '/a', '--tools'],
    ['github', '--door', '/a', '-v'],
    ['-v', '--door', '/a'],
    ['github', `--door=/${'x'.repeat(150)}`],
    ['github', '--door', '/a\n{"jsonrpc":"2.0"}\u001b[2J'],
    ['github\n', '--door', '/a'],
    ['--door', '/a', 'add'],
    ['--door', '/a', '--tools'],
    ['--tools', '--door', '/a', 'github'],
    ['--tools', '--tools', '--door', '/a'],
  ];
  it.each(bad.map((words) => [words.join(' ').slice(0, 60), words] as const))(
    'starts nothing for mcp %s',
    async (_shown, words) => {
      const result = await finish(
        startClient(client, ['mcp', ...words], { env: { GATEHOUSE_HOME: folder } }),
      );
      expect(result.stdout).toBe('');
      expectOneLine(result, 2, /./);
    },
  );

  const names = [
    ...['a', '0', 'git-hub', 'git_hub', 'a-', 'a--b', '2nd', 'adder', `a${'b'.repeat(63)}`],
    ...['', '-', '_', '_a', 'a_', 'a__b', 'A', 'a.b', 'a b', 'a/b', '../a', 'a\n', 'ä', 'a'.repeat(65)],
  ];
  it('has the same names for servers as the supervisor', async () => {
    const tried = names.map(async (name) => {
      const { stderr } = await finish(startClient(client, ['mcp', name, '--door', door]));
      return [name, /no supervisor answers/.test(stderr)];
    });
    expect(await Promise.all(tried)).toEqual(names.map((name) => [name, isServerName(name)]));
  });

  it('leaves the words that are commands to others', async () => {
    // Away from the checkout, where there is nobody else.
    const alone = join(folder, 'gatehouse');
    if (client === relay) {
      const source = { file: relay.args[0] ?? '', interpreter: process.execPath };
      await writeFile(alone, await programBytes(source), { mode: 0o700 });
    } else copyFileSync(client.command, alone);
    const here: HookClient = { name: client.name, command: alone, args: [] };
    for (const words of [
      [],
      ['--tools', '--help'],
      ['--help'],
      ...RESERVED_SERVER_NAMES.map((word) => [word, 'x']),
    ]) {
      const { stdout, stderr, exit } = await finish(startClient(here, ['mcp', ...words]));
      expect([words, stdout, stderr]).toEqual([
        words,
        '',
        expect.stringMatching(
          /^gatehouse: [^\n]+ only answers hooks and connects MCP servers; hint: [^\n]+\n$/,
        ),
      ]);
      expect(exit).toBe(client === relay ? 2 : 125);
    }
    expectOneLine(await finish(startClient(here, ['mcp', 'github'])), 2, /no door was named/);
    supervisor = await listenOpen(door, (socket) => socket.pipe(socket));
    expect(await finish(startPipe(here, door), 'hello')).toMatchObject({ exit: 0, stdout: 'hello' });
  });

  describe('as another user', () => {
    let other: OtherUser;
    beforeAll(() => {
      if (isRoot) other = new OtherUser();
    });
    afterAll(() => {
      if (isRoot) other.remove();
    });
    beforeEach((context) => {
      if (!isRoot) context.skip('only root can act as another user: sudo npx vitest run test/native');
    });

    it.each([
      ["whose folder is someone else's", [0, NOBODY], /folder belongs to another user/],
      ["that is someone else's", [NOBODY, 0], /door belongs to another user/],
      ["at which another user's program answers", [NOBODY, NOBODY], /another user's program/],
    ] as const)('enters no door %s', async (_what, [around, own], why) => {
      let heard = 0;
      supervisor = await listenPipe(door, () => heard++);
      await chmod(folder, 0o755);
      await chmod(door, 0o777);
      await chown(folder, around, around);
      await chown(door, own, own);
      const result = await finish(startPipe(other.client(client), door), HELLO);
      expect(result.stdout).toBe('');
      expectOneLine(result, 2, why);
      expect(heard).toBe(0);
    });
  });
});

describe('npx --no-install gatehouse mcp', () => {
  const run = (...words: readonly string[]) =>
    startClient(
      { name: 'native client', command: process.execPath, args: [new URL('native/run.mjs', ROOT).pathname] },
      ['mcp', ...words],
      { env: { GATEHOUSE_HOME: folder } },
    );

  it("goes straight to the client, at this home's door", async () => {
    mkdirSync(join(folder, 'run'), { mode: 0o700 });
    supervisor = await listenOpen(join(folder, 'run', 'agent.sock'), (socket) => socket.pipe(socket));
    expect(await finish(run('github'), 'hello')).toEqual({
      exit: 0,
      signal: null,
      stdout: 'hello',
      stderr: '',
    });
  });

  it('ends as the client does', async () => {
    expectOneLine(await finish(run('github')), 2, /no supervisor answers at .*run.agent\.sock/);
    expectOneLine(await finish(run('github', '--', 'env')), 2, /unknown option --/);
    supervisor = await listenOpen(door, (socket) => socket.end('bye'));
    const open = run('github', '--door', door);
    expectOneLine(await open.ended, 1, /the supervisor ended it/);
    open.stdin.destroy();
  });

  it('knows what is no server but a command', async () => {
    const { wantsPipe } = (await import(
      pathToFileURL(new URL('native/client/relay/words.mjs', ROOT).pathname).href
    )) as { wantsPipe: (words: readonly string[]) => boolean };
    const commands = [[], ['--tools', '--help'], ['--help'], ...RESERVED_SERVER_NAMES.map((word) => [word])];
    expect(commands.map(wantsPipe)).toEqual(commands.map(() => false));
    const pipes = [
      ['github'],
      ['--tools'],
      ['--tools', '--door', '/a'],
      ['--door', '/a'],
      ['-x'],
      ['github', 'add'],
      ['adder'],
    ];
    expect(pipes.map(wantsPipe)).toEqual(pipes.map(() => true));
  });
});

it('puts both programs to the test wherever there is a compiler', () => {
  expect(hookClients).toHaveLength(nativeClient === null ? 1 : 2);
});
