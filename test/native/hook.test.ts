/** What both hook programs do when everything goes well, takes long, or is taken away from them. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeHeartbeat } from '../../main/platform/framing.ts';
import { type FakeSupervisor, goodAnswer, listenAt, listenRaw, YES } from './fake-supervisor.ts';
import { hookClients, privateFolder, runHook, startHook } from './hook-clients.ts';

const ONE_LINE = /^gatehouse: this call was not run: [^\n]+\n$/;

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

describe.each(hookClients)('$name', (client) => {
  it('hands over exactly what is on stdin and prints exactly the answer', async () => {
    const answer = { exit: 7, stdout: 'caf\u00e9\n\u0000bytes', stderr: 'two\nlines\n' };
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit, answer)));
    const call = randomBytes(200_000);
    expect(await runHook(client, door, call)).toEqual({ ...answer, signal: null });
    expect(supervisor.visits[0]?.body.equals(call)).toBe(true);
    expect(supervisor.visits[0]?.header).toMatchObject({ kind: 'hook', agent: 'claude-code' });
  });

  it('hands over an empty call', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    expect((await runHook(client, door, '')).exit).toBe(0);
    expect(supervisor.visits[0]?.body).toHaveLength(0);
  });

  it('uses another nonce for each call', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    for (let count = 0; count < 3; count++) await runHook(client, door);
    expect(new Set(supervisor.visits.map((visit) => visit.header.nonce.toString('hex'))).size).toBe(3);
  });

  it('hands over 20 MB', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    const call = Buffer.alloc(20_000_000, 'gatehouse ');
    expect(await runHook(client, door, call)).toMatchObject({ exit: 0, stdout: YES.stdout });
    expect(supervisor.visits[0]?.body.equals(call)).toBe(true);
  });

  it('stops sending when it is answered early, and uses that answer', async () => {
    const refusal = { exit: 2, stdout: '', stderr: 'too large\n' };
    let taken = 0;
    supervisor = await listenRaw(door, (socket) => {
      let answered = false;
      socket.on('data', (bytes: Buffer) => {
        taken += bytes.length;
        if (answered) return;
        answered = true;
        const nonce = Buffer.from(bytes.toString('latin1').split(/[ \n]/)[3] ?? '', 'hex');
        const header = { kind: 'hook', agent: 'claude-code', nonce } as const;
        socket.end(goodAnswer({ socket, header, body: bytes }, refusal));
      });
    });
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], Buffer.alloc(20_000_000, 'x'));
    expect(await hook.ended).toEqual({ ...refusal, signal: null });
    expect(taken).toBeLessThan(20_000_000);
  });

  it('prints an answer larger than a pipe holds', async () => {
    const answer = { exit: 0, stdout: 'x'.repeat(5_000_000), stderr: '' };
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit, answer)));
    expect((await runHook(client, door)).stdout).toBe(answer.stdout);
  });

  it('takes an answer that comes byte by byte', async () => {
    supervisor = await listenAt(door, async (visit) => {
      const bytes = Buffer.concat([encodeHeartbeat(), goodAnswer(visit)]);
      for (const byte of bytes) {
        visit.socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      visit.socket.end();
    });
    expect(await runHook(client, door)).toMatchObject({ exit: 0, stdout: YES.stdout });
  });

  it('waits for a slow answer as long as the supervisor lives', async () => {
    supervisor = await listenAt(door, (visit) => {
      const beat = setInterval(() => visit.socket.write(encodeHeartbeat()), 500);
      setTimeout(() => {
        clearInterval(beat);
        visit.socket.end(goodAnswer(visit));
      }, 11_500);
    });
    expect(await runHook(client, door)).toMatchObject({ exit: 0, stdout: YES.stdout });
  }, 60_000);

  it('blocks after ten seconds of silence', async () => {
    supervisor = await listenAt(door, () => undefined);
    const result = await runHook(client, door);
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toMatch(/silent for 10 seconds/);
  }, 60_000);

  it('blocks when an answered connection is not ended', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.write(goodAnswer(visit)));
    expect(await runHook(client, door, '{}', ['--deadline', '2'])).toMatchObject({ exit: 2, stdout: '' });
  });

  it('blocks at the deadline while the supervisor still beats', async () => {
    supervisor = await listenAt(door, (visit) => {
      const beat = setInterval(() => visit.socket.write(encodeHeartbeat()), 100);
      visit.socket.on('close', () => clearInterval(beat));
    });
    const result = await runHook(client, door, '{}', ['--deadline', '1']);
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toMatch(/before the deadline/);
  });

  it('stops nothing when it only tells something, whatever happens', async () => {
    const tells = ['--deadline', '1', '--tells'];
    supervisor = await listenAt(door, (visit) => {
      const beat = setInterval(() => visit.socket.write(encodeHeartbeat()), 100);
      visit.socket.on('close', () => clearInterval(beat));
    });
    expect(await runHook(client, door, '{}', tells)).toMatchObject({ exit: 0, stdout: '' });
    await supervisor.close();
    expect(await runHook(client, door, '{}', tells)).toMatchObject({ exit: 0, stdout: '' });
    expect(await runHook(client, 'no/door', '{}', tells)).toMatchObject({ exit: 0, stdout: '' });
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit, { ...YES, exit: 2 })));
    // It is answered, however long that takes: the deadline is another test's.
    expect(await runHook(client, door, '{}', ['--deadline', '60', '--tells'])).toMatchObject({
      exit: 0,
      stdout: YES.stdout,
    });
  });

  it('ends a yes with a code of its own where the line that starts it waits for one', async () => {
    const proof = ['--proof'];
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    expect(await runHook(client, door, '{}', proof)).toMatchObject({ exit: 113, stdout: YES.stdout });
    await supervisor.close();
    expect(await runHook(client, 'no/door', '{}', proof)).toMatchObject({ exit: 2, stdout: '' });
    for (const exit of [1, 2, 113]) {
      supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit, { ...YES, exit })));
      expect(await runHook(client, door, '{}', proof)).toMatchObject({ exit: 2, stdout: YES.stdout });
      await supervisor.close();
    }
  });

  it('blocks at the deadline when stdin never ends', async () => {
    supervisor = await listenAt(door, () => undefined);
    const hook = startHook(client, ['hook', 'claude-code', '--door', door, '--deadline=1'], null);
    hook.stdin.write('{"tool_name":');
    expect(await hook.ended).toMatchObject({ exit: 2, stdout: '' });
    expect(supervisor.visits).toHaveLength(0);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM'] as const)(
    'blocks on %s',
    async (signal) => {
      const visited = Promise.withResolvers<void>();
      supervisor = await listenAt(door, () => visited.resolve());
      const hook = startHook(client, ['hook', 'claude-code', '--door', door], '{}');
      await visited.promise;
      hook.kill(signal);
      const result = await hook.ended;
      expect(result).toMatchObject({ exit: 2, signal: null, stdout: '' });
      expect(result.stderr).toMatch(ONE_LINE);
    },
  );

  it('blocks when the supervisor is killed while it waits', async () => {
    const script = `require('node:net').createServer((s) => s.on('data', () => process.stdout.write('.'))).listen(${JSON.stringify(door)})`;
    const victim = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    for (;;) {
      try {
        await chmod(door, 0o600);
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], '{}');
    await new Promise((resolve) => victim.stdout.once('data', resolve));
    victim.kill('SIGKILL');
    const result = await hook.ended;
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toMatch(ONE_LINE);
  });

  it('names both ways out when no supervisor is there', async () => {
    const result = await runHook(client, door);
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toMatch(ONE_LINE);
    expect(result.stderr).toMatch(/`gatehouse start`/);
    expect(result.stderr).toMatch(/`gatehouse agents uninstall claude-code`/);
  });

  it('says the same of a socket that nobody serves any more', async () => {
    const dead = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(door)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await new Promise((resolve) => dead.on('close', resolve));
    const result = await runHook(client, door);
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toMatch(/`gatehouse start`/);
  });

  it.each([
    ['a file', (path: string) => writeFile(path, '')],
    ['a folder', async (path: string) => mkdirSync(path)],
    ['a link', async (path: string) => symlinkSync('/dev/null', path)],
  ])('blocks when the door is %s', async (_what, make) => {
    await make(door);
    expect(await runHook(client, door)).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringMatching(/not a socket/),
    });
  });

  it('blocks when others can write to the folder of the door', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    await chmod(folder, 0o770);
    const result = await runHook(client, door);
    await chmod(folder, 0o700);
    expect(result).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringMatching(/others can write/) });
    expect(supervisor.visits).toHaveLength(0);
  });

  it('blocks when the path is too long for a socket', async () => {
    const result = await runHook(client, `/${'x'.repeat(150)}`);
    expect(result).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringMatching(/too long/) });
  });

  const bad: readonly (readonly string[])[] = [
    [],
    ['claude-code'],
    ['--door', '/tmp/x'],
    ['claude-code', '--door'],
    ['claude-code', '--door', 'relative'],
    ['claude-code', '--door', ''],
    ['claude-code', '--door='],
    ['claude-code', '--door', '/a', '--door', '/b'],
    ['claude-code', '--door', '/a', '--deadline', '0'],
    ['claude-code', '--door', '/a', '--deadline', '-1'],
    ['claude-code', '--door', '/a', '--deadline', '1e3'],
    ['claude-code', '--door', '/a', '--deadline', '99999999999'],
    ['claude-code', '--door', '/a', '--deadline', '5', '--deadline', '6'],
    ['claude-code', 'codex', '--door', '/a'],
    ['Claude Code', '--door', '/a'],
    ['../x', '--door', '/a'],
    ['-', '--door', '/a'],
    ['', '--door', '/a'],
    ['a'.repeat(33), '--door', '/a'],
    ['claude-code', '--door', '/a', '--verbose'],
    ['claude-code', '--door', '/a\n{"permissionDecision":"allow"}\u001b[2J'],
  ];
  it.each(bad.map((words) => [words.join(' ').slice(0, 60), words] as const))(
    'blocks the command line hook %s',
    async (_shown, words) => {
      // Without a door the native client asks the checkout for one, which names a door nobody serves.
      const result = await startHook(client, ['hook', ...words], '{}', ['env', `GATEHOUSE_HOME=${folder}`])
        .ended;
      expect(result).toMatchObject({ exit: 2, signal: null, stdout: '' });
      expect(result.stderr).toMatch(ONE_LINE);
      expect(result.stderr.slice(0, -1)).not.toMatch(/\p{Cc}/u);
    },
  );

  it.each([
    ['stdout', '>&-'],
    ['stdin', '<&-'],
  ])('blocks when %s is closed', async (stream, closed) => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], null, [
      'sh',
      '-c',
      `exec "$@" ${closed}`,
      'sh',
    ]);
    const result = await hook.ended;
    expect(result).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`${stream} is closed`)),
    });
    expect(supervisor.visits).toHaveLength(0);
  });

  it('prints nothing of its own into a file when stderr is closed', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], '{}', [
      'sh',
      '-c',
      'exec "$@" 2>&-',
      'sh',
    ]);
    expect(await hook.ended).toMatchObject({ exit: 0, stdout: YES.stdout });
  });

  it('blocks when the answer cannot be written', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], '{}', [
      'sh',
      '-c',
      'exec "$@" >/dev/full',
      'sh',
    ]);
    expect(await hook.ended).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/could not be written/),
    });
  });

  it('blocks, and hangs up, when whoever reads the answer has gone', async () => {
    const asked = Promise.withResolvers<void>();
    const hungUp = Promise.withResolvers<void>();
    supervisor = await listenAt(door, (visit) => {
      asked.resolve();
      const beat = setInterval(() => visit.socket.write(encodeHeartbeat()), 100);
      visit.socket.on('close', () => {
        clearInterval(beat);
        hungUp.resolve();
      });
    });
    const code = join(folder, 'code');
    const words = ['hook', 'claude-code', '--door', door];
    // An agent that dies while it waits: both its end of the pipe and the parent are gone.
    const agent = `const { spawn } = require('node:child_process');
      const [command, ...args] = JSON.parse(process.argv[1]);
      const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
      child.stdin.end('{}');`;
    const wrapped = ['sh', '-c', `"$@"; echo $? > ${code}`, 'sh', client.command, ...client.args, ...words];
    const direct = [client.command, ...client.args, ...words];
    const isRelay = client.name === 'relay';
    const parent = spawn(process.execPath, ['-e', agent, JSON.stringify(isRelay ? direct : wrapped)], {
      stdio: 'ignore',
    });
    await asked.promise;
    parent.kill('SIGKILL');
    await hungUp.promise;
    if (!isRelay)
      await expect
        .poll(async () => (await readFile(code, 'utf8').catch(() => '')).trim(), { timeout: 30_000 })
        .toBe('2');
  });

  it('is not moved by the environment', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.end(goodAnswer(visit)));
    const env = ['env', 'GATEHOUSE_HOME=/nowhere', 'HOME=/nowhere', 'LD_PRELOAD=', 'TMPDIR=/nowhere'];
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], '{}', env);
    expect(await hook.ended).toMatchObject({ exit: 0, stdout: YES.stdout });
  });
});
