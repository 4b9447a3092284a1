/** Every way a supervisor can fail, lie or vanish, against both hook programs: the call is always blocked. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeAnswer, encodeHeartbeat, encodeQuestion } from '../../main/platform/framing.ts';
import { type FakeSupervisor, goodAnswer, listenAt, listenRaw, type Visit, YES } from './fake-supervisor.ts';
import { hasCompiler, hookClients, nativeClient, privateFolder, runHook } from './hook-clients.ts';

/** A frame with any type and any length in its header. */
function frame(type: string, payload: Buffer, length = payload.length): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, payload]);
}

/** An answer whose lengths are what the test says and whose checksum is right. */
function answerWith(nonce: Buffer, exit: number, out: number, err: number, text: string): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt8(exit);
  head.writeUInt32BE(out, 1);
  head.writeUInt32BE(err, 5);
  const told = Buffer.concat([head, Buffer.from(text)]);
  return frame('A', Buffer.concat([told, createHash('sha256').update(nonce).update(told).digest()]));
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

/** A whole answer, ended, changed on its way. */
const sends = (change: (good: Buffer, visit: Visit) => Buffer) => (visit: Visit) => {
  visit.socket.end(change(goodAnswer(visit), visit));
};

const MISBEHAVIOURS: Record<string, (visit: Visit) => void> = {
  'closes without a word': (visit) => visit.socket.end(),
  'destroys the connection': (visit) => visit.socket.destroy(),
  'beats once and closes': (visit) => visit.socket.end(encodeHeartbeat()),
  'prints JSON instead of frames': sends(() => Buffer.from(YES.stdout)),
  'speaks HTTP': sends(() => Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')),
  'sends a single byte': sends(() => Buffer.from('A')),
  'sends a frame header without its payload': sends((good) => good.subarray(0, 5)),
  'cuts the answer in its lengths': sends((good) => good.subarray(0, 9)),
  'cuts the answer in its stdout': sends((good) => good.subarray(0, 40)),
  'cuts the checksum by one byte': sends((good) => good.subarray(0, -1)),
  'changes the exit code': sends((good) => flipped(good, 5)),
  'changes a byte of stdout': sends((good) => flipped(good, 20)),
  'changes a byte of the checksum': sends((good) => flipped(good, good.length - 1)),
  'sends a checksum of zeros': sends((good) => Buffer.concat([good.subarray(0, -32), Buffer.alloc(32)])),
  'sends a checksum without the nonce': sends((good) => {
    const told = good.subarray(5, -32);
    return Buffer.concat([good.subarray(0, -32), createHash('sha256').update(told).digest()]);
  }),
  'replays an answer to another nonce': sends(() => encodeAnswer(Buffer.alloc(16, 7), YES)),
  'answers to a nonce that is one bit off': sends((_, { header }) =>
    encodeAnswer(flipped(header.nonce, 15), YES),
  ),
  'answers twice': sends((good) => Buffer.concat([good, good])),
  'sends one byte after the answer': sends((good) => Buffer.concat([good, Buffer.from('\n')])),
  'beats after the answer': sends((good) => Buffer.concat([good, encodeHeartbeat()])),
  'sends a byte after the answer, later': (visit) => {
    visit.socket.write(goodAnswer(visit));
    setTimeout(() => visit.socket.end('x'), 100);
  },
  'sends an unknown frame': sends((good) => Buffer.concat([frame('Z', Buffer.alloc(0)), good])),
  'sends a frame of type zero': sends((good) => Buffer.concat([frame('\0', Buffer.alloc(0)), good])),
  'sends a lower-case answer': sends((good) => Buffer.concat([Buffer.from('a'), good.subarray(1)])),
  'sends a heartbeat with a payload': sends((good) => Buffer.concat([frame('B', Buffer.from('x')), good])),
  'asks a hook a question': sends((good) => Buffer.concat([encodeQuestion('PIN?'), good])),
  'announces an answer of 4 GiB': sends((good) => frame('A', good.subarray(5), 0xffffffff)),
  'announces an answer of 17 MiB': sends((good) => frame('A', good.subarray(5), 17 * 1024 * 1024)),
  'announces an empty answer': sends(() => frame('A', Buffer.alloc(0))),
  'announces an answer of 40 bytes': sends(() => frame('A', Buffer.alloc(40))),
  'announces one byte too few': sends((good) => frame('A', good.subarray(5), good.length - 6)),
  'announces one byte too many': sends((good) => frame('A', good.subarray(5), good.length - 4)),
  'tells a stdout longer than the answer': sends((_, { header }) =>
    answerWith(header.nonce, 0, 100, 0, 'x'.repeat(50)),
  ),
  'tells a stdout shorter than the answer': sends((_, { header }) =>
    answerWith(header.nonce, 0, 10, 0, 'x'.repeat(50)),
  ),
  'tells lengths that add up modulo 2^32': sends((_, { header }) =>
    answerWith(header.nonce, 0, 0xffffffff, 51, 'x'.repeat(50)),
  ),
  'tells the longest lengths there are': sends((_, { header }) =>
    answerWith(header.nonce, 0, 0xffffffff, 0xffffffff, ''),
  ),
  'sends 64 KiB of zeros': sends(() => Buffer.alloc(65_536)),
  'sends 64 KiB of heartbeats, then nonsense': sends(() =>
    Buffer.concat([...Array.from({ length: 13_000 }, encodeHeartbeat), Buffer.from('nonsense')]),
  ),
};

let supervisor: FakeSupervisor | null = null;
let remove: (() => Promise<void>) | null = null;

afterEach(async () => {
  await supervisor?.close();
  await remove?.();
  supervisor = remove = null;
});

async function newDoor(): Promise<string> {
  const made = await privateFolder();
  remove = made.remove;
  return `${made.folder}/door`;
}

it('has a native client wherever there is a compiler', () => {
  expect(nativeClient !== null).toBe(hasCompiler());
});

it('has a table that is worth the name', () => {
  expect(Object.keys(MISBEHAVIOURS).length).toBeGreaterThanOrEqual(30);
});

describe.each(hookClients)('$name', (client) => {
  it.each(Object.keys(MISBEHAVIOURS))('blocks when the supervisor %s', async (name) => {
    const misbehave = MISBEHAVIOURS[name];
    if (misbehave === undefined) throw new Error('no such row');
    supervisor = await listenAt(await newDoor(), misbehave);
    const result = await runHook(client, supervisor.path, '{"tool_name":"Bash"}');
    expect(result).toMatchObject({ exit: 2, signal: null, stdout: '' });
    expect(result.stderr).toMatch(/^gatehouse: this call was not run: [^\n]+\n$/);
    expect(supervisor.visits).toHaveLength(1);
  });

  it('blocks when the supervisor hangs up before the call is read', async () => {
    supervisor = await listenRaw(await newDoor(), (socket) => socket.destroy());
    const result = await runHook(client, supervisor.path, Buffer.alloc(1024 * 1024, 'x'));
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr).toMatch(/^gatehouse: this call was not run: [^\n]+\n$/);
  });

  it('blocks when the supervisor answers rubbish at once and goes', async () => {
    supervisor = await listenRaw(await newDoor(), (socket) => socket.end(YES.stdout));
    const result = await runHook(client, supervisor.path, '{}');
    expect(result).toMatchObject({ exit: 2, stdout: '' });
    expect(result.stderr.split('\n')).toHaveLength(2);
  });

  it('believes the answer that the same supervisor gives well', async () => {
    supervisor = await listenAt(await newDoor(), (visit) => visit.socket.end(goodAnswer(visit)));
    expect(await runHook(client, supervisor.path)).toEqual({
      exit: 0,
      signal: null,
      stdout: YES.stdout,
      stderr: '',
    });
  });
});
