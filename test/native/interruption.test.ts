/** What becomes of a call while it is being told, answered or printed: both hook programs, cut off at every point. */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeHeartbeat } from '../../main/platform/framing.ts';
import { type FakeSupervisor, goodAnswer, listenAt, listenRaw, type Visit, YES } from './fake-supervisor.ts';
import { expectBlocked, hookClients, privateFolder, runHook, startHook } from './hook-clients.ts';

const LARGE = Buffer.alloc(20_000_000, 'x');

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

/** Acts once, when the first bytes of a call that is far from over have come. */
function atFirstBytes(act: (visit: Visit) => void): Promise<FakeSupervisor> {
  return listenRaw(door, (socket) => {
    socket.once('data', (bytes: Buffer) => {
      const nonce = Buffer.from(bytes.toString('latin1').split(/[ \n]/)[3] ?? '', 'hex');
      act({ socket, header: { kind: 'hook', agent: 'claude-code', nonce }, body: bytes });
    });
  });
}

/** Takes nothing more from the socket; what was sent waits in the kernel. */
function stopReading(socket: Socket): void {
  socket.pause();
}

describe.each(hookClients)('$name, in the middle of a call', (client) => {
  it.each<[string, (visit: Visit) => void]>([
    // With bytes of the call unread, the kernel makes a reset of it.
    ['goes', ({ socket }) => socket.destroy()],
    ['beats and goes', ({ socket }) => socket.end(encodeHeartbeat(), () => socket.destroy())],
    ['answers rubbish', ({ socket }) => socket.end(YES.stdout)],
    ['cuts its answer', (visit) => visit.socket.end(goodAnswer(visit).subarray(0, 40))],
    [
      'answers with a wrong checksum',
      (visit) => {
        const answer = goodAnswer(visit);
        answer.writeUInt8(answer.readUInt8(answer.length - 1) ^ 1, answer.length - 1);
        visit.socket.end(answer);
      },
    ],
    [
      'announces an answer that is too long',
      ({ socket }) => socket.write(Buffer.from([0x41, 0xff, 0xff, 0xff, 0xff])),
    ],
  ])('blocks when the supervisor %s while 20 MB are sent', async (_what, act) => {
    supervisor = await atFirstBytes(act);
    expectBlocked(await runHook(client, door, LARGE));
  });

  it('blocks when the supervisor stops taking the call', async () => {
    supervisor = await atFirstBytes(({ socket }) => stopReading(socket));
    expectBlocked(await runHook(client, door, LARGE, ['--deadline', '2']), /before the deadline/);
  });

  it('takes bytes that never become a frame for silence', async () => {
    supervisor = await listenAt(door, (visit) => {
      const answer = goodAnswer(visit, { exit: 0, stdout: 'x'.repeat(100_000), stderr: '' });
      let at = 0;
      const drip = setInterval(() => visit.socket.write(answer.subarray(at, ++at)), 200);
      visit.socket.on('close', () => clearInterval(drip));
    });
    expectBlocked(await runHook(client, door), /silent for 10 seconds/);
  }, 60_000);

  it('blocks when the supervisor beats once and then hangs', async () => {
    supervisor = await listenAt(door, (visit) => visit.socket.write(encodeHeartbeat()));
    expectBlocked(await runHook(client, door, '{}', ['--deadline', '2']), /before the deadline/);
  });

  it('is not ended by SIGPIPE', async () => {
    const visited = Promise.withResolvers<Visit>();
    supervisor = await listenAt(door, visited.resolve);
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], '{}');
    const visit = await visited.promise;
    hook.kill('SIGPIPE');
    hook.kill('SIGPIPE');
    setTimeout(() => visit.socket.end(goodAnswer(visit)), 100);
    expect(await hook.ended).toEqual({ exit: 0, signal: null, stdout: YES.stdout, stderr: '' });
  });

  it.each([
    ['at once', 'true'],
    ['after the first bytes of the answer', 'head -c 10 >/dev/null'],
  ])('ends with 2 when the reader of its stdout goes %s', async (_when, reader) => {
    const answer = { exit: 0, stdout: 'x'.repeat(2_000_000), stderr: '' };
    supervisor = await listenAt(door, (visit) => {
      setTimeout(() => visit.socket.end(goodAnswer(visit, answer)), 300);
    });
    const code = join(folder, 'code');
    const script = `{ "$@"; echo $? >'${code}'; } | ${reader}`;
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], '{}', ['sh', '-c', script, 'sh']);
    const { stderr } = await hook.ended;
    expect((await readFile(code, 'utf8')).trim()).toBe('2');
    expect(stderr).toMatch(/^gatehouse: this call was not run: [^\n]*stdout[^\n]*\n$/);
  });

  it('ends with 2 when nobody reads its stderr either', async () => {
    const code = join(folder, 'code');
    const script = `{ "$@" 2>&1 >/dev/null; echo $? >'${code}'; } | true`;
    const hook = startHook(client, ['hook', 'claude-code', '--door', door], '{}', ['sh', '-c', script, 'sh']);
    await hook.ended;
    expect((await readFile(code, 'utf8')).trim()).toBe('2');
  });
});
