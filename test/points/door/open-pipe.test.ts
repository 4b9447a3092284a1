/** The client of pipes: what it believes of a supervisor, and what it says when it cannot. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPipe } from '../../../main/platform/door-client.ts';
import { encodeAnswer, encodeHeartbeat, encodePipe } from '../../../main/platform/framing.ts';
import { type FakeSupervisor, listenRaw } from '../../native/fake-supervisor.ts';

let folder = '';
let supervisor: FakeSupervisor | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gh-pipe-'));
});

afterEach(async () => {
  await supervisor?.close();
  supervisor = null;
  rmSync(folder, { recursive: true });
});

/** `serve` gets the connection and the nonce of its header. */
async function serveAt(serve: (socket: Socket, nonce: Buffer) => void): Promise<string> {
  supervisor = await listenRaw(join(folder, 'door'), (socket) => {
    socket.once('data', (bytes: Buffer) => {
      const words = /^GATEHOUSE1 mcp github ([0-9a-f]{32})\n$/.exec(bytes.toString('latin1'));
      serve(socket, Buffer.from(words?.[1] ?? '', 'hex'));
    });
  });
  return supervisor.path;
}

it('opens what a supervisor opens, with all that comes at once', async () => {
  const path = await serveAt((socket, nonce) =>
    socket.end(Buffer.concat([encodeHeartbeat(), encodePipe(nonce), Buffer.from('first')])),
  );
  const stream = await openPipe(path, 'github');
  let text = '';
  for await (const bytes of stream) text += String(bytes);
  expect(text).toBe('first');
});

it('tells a refusal in its own words', async () => {
  const path = await serveAt((socket, nonce) =>
    socket.end(encodeAnswer(nonce, { exit: 2, stdout: '', stderr: 'gatehouse: not today\n' })),
  );
  await expect(openPipe(path, 'github')).rejects.toMatchObject({
    code: 'refused',
    message: 'gatehouse: not today',
  });
});

it.each([
  ['proves another nonce', (socket: Socket) => socket.write(encodePipe(Buffer.alloc(16)))],
  ['speaks another language', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n')],
])('believes nobody who %s', async (_what, serve) => {
  await expect(openPipe(await serveAt(serve), 'github')).rejects.toMatchObject({ code: 'protocol' });
});

it.each([
  ['ends', (socket: Socket) => socket.end()],
  ['vanishes', (socket: Socket) => socket.destroy()],
  ['beats and ends', (socket: Socket) => socket.end(encodeHeartbeat())],
  ['says nothing', () => undefined],
])('gives up when the supervisor %s', async (_what, serve) => {
  const opened = openPipe(await serveAt(serve), 'github', { silenceMs: 100 });
  await expect(opened).rejects.toMatchObject({ code: 'door_failed' });
});

it('waits as long as the supervisor beats, and gives up when told', async () => {
  const path = await serveAt((socket) => {
    const beat = setInterval(() => socket.write(encodeHeartbeat()), 20);
    socket.on('close', () => clearInterval(beat));
  });
  const given = new AbortController();
  const opened = openPipe(path, 'github', { silenceMs: 3000, signal: given.signal });
  setTimeout(() => given.abort(), 4500);
  await expect(opened).rejects.toMatchObject({ message: expect.stringMatching(/given up/) });
});

it('says when no supervisor is there', async () => {
  await expect(openPipe(join(folder, 'door'), 'github')).rejects.toMatchObject({ code: 'no_supervisor' });
});
