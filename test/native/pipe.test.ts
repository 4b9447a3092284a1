/** What `gatehouse mcp NAME` passes, how it ends, and what it does when it is held up. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeAnswer, encodeHeartbeat, encodePipe } from '../../main/platform/framing.ts';
import type { FakeSupervisor } from './fake-supervisor.ts';
import { hookClients, privateFolder } from './hook-clients.ts';
import {
  expectOneLine,
  finish,
  listenOpen,
  listenPipe,
  type PipeRun,
  type PipeVisit,
  readAll,
  startPipe,
  usageOf,
} from './pipe-clients.ts';

const MANY = 50 * 1024 * 1024;

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

/** How long anything may take that takes a moment on an idle machine. */
const PATIENCE = { timeout: 30_000 };

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What is compared of much: length and digest. */
function summary(bytes: Buffer): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
}

describe.each(hookClients)('$name', (client) => {
  /** Node needs much by itself; what it must not need is what it passes on. */
  const memoryLimit = client.name === 'relay' ? 160e6 : 4e6;
  /** Seconds of CPU in a second without anything to do; one that spins uses all it gets. */
  const restLimit = client.name === 'relay' ? 0.1 : 0.02;
  /** Waits for a second in which it does next to nothing: what it had begun may take its time before. */
  const rests = async ({ child }: PipeRun) => {
    const spent = async () => {
      const { cpu } = usageOf(child);
      await pause(1000);
      return usageOf(child).cpu - cpu;
    };
    await expect.poll(spent, PATIENCE).toBeLessThanOrEqual(restLimit);
  };

  it('asks for the server by its name and passes every byte value, both ways', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    const visits: PipeVisit[] = [];
    supervisor = await listenPipe(door, (visit) => {
      visits.push(visit);
      visit.socket.write(Buffer.concat([encodeHeartbeat(), encodePipe(visit.header.nonce), all]));
      visit.socket.pipe(visit.socket);
    });
    for (let count = 0; count < 2; count++) {
      const result = await finish(startPipe(client, door), all);
      const stdout = all.toString('latin1').repeat(2);
      expect(result).toEqual({ exit: 0, signal: null, stdout, stderr: '' });
    }
    expect(visits.map(({ header }) => [header.kind, header.server])).toEqual([
      ['mcp', 'github'],
      ['mcp', 'github'],
    ]);
    expect(visits[0]?.header.nonce.equals(visits[1]?.header.nonce ?? Buffer.alloc(0))).toBe(false);
  });

  it('reads nothing from stdin, and prints nothing, before it is let in', async () => {
    const opened = Promise.withResolvers<PipeVisit>();
    supervisor = await listenPipe(door, (visit) => {
      visit.socket.write(encodeHeartbeat());
      opened.resolve(visit);
    });
    const run = startPipe(client, door);
    run.stdin.write('first');
    const visit = await opened.promise;
    let came = visit.early.toString();
    visit.socket.on('data', (bytes) => {
      came += String(bytes);
    });
    await pause(300);
    expect(came).toBe('');
    visit.socket.write(encodePipe(visit.header.nonce));
    await expect.poll(() => came, PATIENCE).toBe('first');
    visit.socket.end('last');
    expect(await finish(run)).toMatchObject({ stdout: 'last' });
  });

  it('takes the frame that opens the pipe byte by byte', async () => {
    supervisor = await listenPipe(door, async ({ socket, header }) => {
      socket.resume();
      const ended = once(socket, 'end');
      for (const byte of Buffer.concat([encodeHeartbeat(), encodePipe(header.nonce), Buffer.from('raw')])) {
        socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await ended;
      socket.end();
    });
    expect(await finish(startPipe(client, door))).toMatchObject({ exit: 0, stdout: 'raw', stderr: '' });
  });

  it.each(['sockets', 'pipes'])(
    'brings 50 MB back bit by bit to a slow reader, through %s',
    async (kind) => {
      const bytes = randomBytes(MANY);
      supervisor = await listenOpen(door, (socket) => socket.pipe(socket));
      const run = startPipe(client, door, kind === 'pipes' ? { fifos: folder } : {});
      run.stdin.end(bytes);
      const hash = createHash('sha256');
      let length = 0;
      let next = 1024 * 1024;
      for await (const part of run.stdout) {
        hash.update(part as Buffer);
        length += (part as Buffer).length;
        if (length < next) continue;
        next += 1024 * 1024;
        await pause(2);
      }
      expect(`${length} ${hash.digest('hex')}`).toBe(summary(bytes));
      expect(await run.ended).toEqual({ exit: 0, signal: null, stderr: '' });
    },
    120_000,
  );

  it.each(['sockets', 'pipes'])(
    'takes 50 MB one way while nobody takes the other 50 MB, and holds none of them, through %s',
    async (kind) => {
      const [up, down] = [randomBytes(MANY), randomBytes(MANY)];
      const taken = Promise.withResolvers<string>();
      supervisor = await listenOpen(door, (socket) => {
        socket.end(down);
        void readAll(socket).then((bytes) => taken.resolve(summary(bytes)));
      });
      const run = startPipe(client, door, kind === 'pipes' ? { fifos: folder } : {});
      run.stdin.end(up);
      // A little is taken, so that a little more fits in, and no more than that.
      await once(run.stdout, 'readable');
      expect(await taken.promise).toBe(summary(up));
      expect(usageOf(run.child).memory).toBeLessThan(memoryLimit);
      const out = await readAll(run.stdout);
      expect(summary(out)).toBe(summary(down));
      expect(await run.ended).toEqual({ exit: 0, signal: null, stderr: '' });
    },
    120_000,
  );

  it('rests while the reader is stuck and the supervisor has gone, and prints all of it in the end', async () => {
    const gone = Promise.withResolvers<void>();
    const down = randomBytes(200_000);
    supervisor = await listenOpen(door, (socket) => {
      socket.on('close', () => gone.resolve());
      socket.resume();
      socket.on('end', () => socket.end(down));
    });
    const run = startPipe(client, door, { fifos: folder });
    run.stdin.end();
    await once(run.stdout, 'readable');
    await gone.promise;
    await rests(run);
    expect(summary(await readAll(run.stdout))).toBe(summary(down));
    expect(await run.ended).toEqual({ exit: 0, signal: null, stderr: '' });
  });

  it('passes files as well', async () => {
    supervisor = await listenOpen(door, (socket) => socket.pipe(socket));
    const bytes = randomBytes(300_000);
    await writeFile(join(folder, 'asked'), bytes);
    const files = `exec "$@" <${folder}/asked >${folder}/said`;
    const run = startPipe(client, door, { wrapper: ['sh', '-c', files, 'sh'] });
    expect(await run.ended).toEqual({ exit: 0, signal: null, stderr: '' });
    expect((await readFile(join(folder, 'said'))).equals(bytes)).toBe(true);
  });

  it('says one line and ends with 1 when what it should print cannot be written', async () => {
    supervisor = await listenOpen(door, (socket) => socket.pipe(socket));
    const run = startPipe(client, door, { wrapper: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'] });
    run.stdin.write('hello');
    expectOneLine(await run.ended, 1, /could not be written to stdout/);
  });

  it('takes nothing more from stdin while the supervisor takes nothing, and rests', async () => {
    const opened = Promise.withResolvers<void>();
    supervisor = await listenOpen(door, (socket) => {
      socket.pause();
      opened.resolve();
    });
    const run = startPipe(client, door);
    run.stdin.write(Buffer.alloc(MANY));
    await opened.promise;
    await rests(run);
    expect(run.stdin.writableNeedDrain).toBe(true);
    expect(usageOf(run.child).memory).toBeLessThan(memoryLimit);
    run.child.kill('SIGKILL');
    await run.ended;
  });

  it('ends with 0 when stdin ends first, and prints all that the supervisor still says', async () => {
    const rest = 'x'.repeat(5_000_000);
    supervisor = await listenOpen(door, async (socket) => {
      const asked = await readAll(socket);
      await pause(200);
      socket.end(`${asked.toString()} ${rest}`);
    });
    const result = await finish(startPipe(client, door), 'asked');
    expect(result).toEqual({ exit: 0, signal: null, stdout: `asked ${rest}`, stderr: '' });
  });

  it('says one line and ends with 1 when the supervisor ends first, after all that it said', async () => {
    const said = randomBytes(5_000_000);
    supervisor = await listenOpen(door, (socket) => socket.end(said));
    const run = startPipe(client, door);
    run.stdin.write('hello');
    await pause(300);
    const out = await readAll(run.stdout);
    expect(summary(out)).toBe(summary(said));
    expectOneLine(await run.ended, 1, /the supervisor ended it; hint: /);
  });

  it('ends with 1 when the supervisor leaves without having taken everything', async () => {
    supervisor = await listenOpen(door, (socket) => {
      socket.pause();
      setTimeout(() => socket.destroy(), 200);
    });
    // More than Node's buffer takes, less than the kernel's: it was sent, and the end of it, too.
    expectOneLine(await finish(startPipe(client, door), Buffer.alloc(150_000)), 1, /ended it/);
  });

  it('ends with 1 when the supervisor is killed, and prints nothing that it did not say', async () => {
    const script = `
      const { createHash } = require('node:crypto');
      require('node:net').createServer((socket) => {
        socket.once('data', (bytes) => {
          const nonce = Buffer.from(bytes.toString().split(' ')[3].trim(), 'hex');
          socket.write(Buffer.concat([Buffer.from('P\\0\\0\\0\\x20'), createHash('sha256').update(nonce).digest()]));
          const more = () => { while (socket.write('0123456789'.repeat(1000))); };
          socket.on('drain', more);
          more();
        });
        socket.on('error', () => undefined);
      }).listen(${JSON.stringify(door)}, () => console.log('up'))`;
    const victim = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(victim.stdout, 'data');
    await chmod(door, 0o600);
    const run = startPipe(client, door);
    let text = '';
    let killed = false;
    const busy = setInterval(() => run.stdin.write('y'.repeat(10_000)), 5);
    for await (const part of run.stdout) {
      text += String(part);
      if (!killed && text.length > 1_000_000) killed = victim.kill('SIGKILL');
    }
    clearInterval(busy);
    expect(text).toBe('0123456789'.repeat(Math.ceil(text.length / 10)).slice(0, text.length));
    expectOneLine(await run.ended, 1, /the supervisor ended it/);
  });

  it('ends when nobody reads any more, and lets the supervisor know', async () => {
    const left = Promise.withResolvers<void>();
    supervisor = await listenOpen(door, (socket) => {
      const speak = setInterval(() => socket.write('{"jsonrpc":"2.0"}\n'), 50);
      socket.resume();
      socket.on('close', () => {
        clearInterval(speak);
        left.resolve();
      });
    });
    const run = startPipe(client, door);
    await once(run.stdout, 'data');
    run.stdout.destroy();
    expectOneLine(await run.ended, 1, /stdout is closed/);
    await left.promise;
  });

  it('waits as long as the supervisor beats, also longer than the silence it bears', async () => {
    supervisor = await listenPipe(door, ({ socket, header }) => {
      const beat = setInterval(() => socket.write(encodeHeartbeat()), 500);
      setTimeout(() => {
        clearInterval(beat);
        socket.write(encodePipe(header.nonce));
        socket.pipe(socket);
      }, 11_500);
    });
    expect(await finish(startPipe(client, door), 'hello')).toMatchObject({ exit: 0, stdout: 'hello' });
  }, 60_000);

  it('bears any silence once it is let in', async () => {
    supervisor = await listenOpen(door, (socket) => {
      socket.pause();
      setTimeout(() => socket.pipe(socket), 11_500);
    });
    expect(await finish(startPipe(client, door), 'hello')).toMatchObject({ exit: 0, stdout: 'hello' });
  }, 60_000);

  it('gives up after ten seconds of silence', async () => {
    supervisor = await listenPipe(door, ({ socket }) => socket.resume());
    const result = await finish(startPipe(client, door));
    expect(result.stdout).toBe('');
    expectOneLine(result, 2, /silent for 10 seconds/);
  }, 60_000);

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)(
    'ends on %s, as one that was not connected or as one that broke',
    async (signal) => {
      const visited = Promise.withResolvers<PipeVisit>();
      supervisor = await listenPipe(door, (visit) => {
        visit.socket.resume();
        visited.resolve(visit);
      });
      const waiting = startPipe(client, door);
      await visited.promise;
      waiting.child.kill(signal);
      expectOneLine(await waiting.ended, 2, /was told to stop/);

      await supervisor.close();
      supervisor = await listenOpen(door, (socket) => {
        socket.write('up');
        socket.resume();
      });
      const open = startPipe(client, door);
      await once(open.stdout, 'data');
      open.child.kill(signal);
      expectOneLine(await open.ended, 1, /was told to stop/);
    },
  );

  it('prints a refusal as it is on stderr, nothing on stdout, and ends with its exit code', async () => {
    supervisor = await listenPipe(door, ({ socket, header }) =>
      socket.end(
        encodeAnswer(header.nonce, { exit: 7, stdout: '{"jsonrpc":"2.0"}\n', stderr: 'two\nlines\n' }),
      ),
    );
    expect(await finish(startPipe(client, door), '{}')).toEqual({
      exit: 7,
      signal: null,
      stdout: '',
      stderr: 'two\nlines\n',
    });
  });
});

/** Kept out of the table: only the native client asks the kernel whether someone still reads. */
describe.each(hookClients.filter(({ name }) => name === 'native client'))('$name', (client) => {
  it.each(['sockets', 'pipes'])('notices at once that nobody reads, through %s', async (kind) => {
    const visited: Socket[] = [];
    supervisor = await listenPipe(door, ({ socket, header }) => {
      visited.push(socket);
      if (visited.length > 1) socket.write(encodePipe(header.nonce));
      socket.resume();
    });
    for (const exit of [2, 1] as const) {
      const { folder: fifos, remove: removeFifos } = await privateFolder();
      const run = startPipe(client, door, kind === 'pipes' ? { fifos } : {});
      if (kind === 'pipes') await once(run.stdout, 'open');
      await expect.poll(() => visited.length, PATIENCE).toBe(exit === 2 ? 1 : 2);
      await pause(100);
      run.stdout.destroy();
      expectOneLine(await run.ended, exit, /stdout is closed/);
      run.stdin.destroy();
      await removeFifos();
    }
  });
});
