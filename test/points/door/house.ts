/** A door in a private folder, and clients at it that say exactly what a test tells them to. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Door,
  type DoorOptions,
  type DoorPipe,
  openDoor,
  type SecurityEventName,
} from '../../../main/points/door/door-server.ts';

export const NONCE = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

export interface House {
  readonly door: Door;
  /** Pipes as they were offered. */
  readonly pipes: DoorPipe[];
  readonly events: { what: SecurityEventName; detail: string; pid: number | null }[];
  readonly defects: unknown[];
  /** The next pipe that is offered, or one that was and nobody took. */
  nextPipe(): Promise<DoorPipe>;
  /** A connection that has sent these bytes. */
  visit(said: string | Buffer): Promise<Visitor>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Visitor {
  readonly socket: Socket;
  /** All that came so far. */
  readonly heard: () => Buffer;
  /** Resolves when the other side has ended. */
  readonly ended: Promise<unknown>;
}

export const header = (server: string): string => `GATEHOUSE1 mcp ${server} ${NONCE.toString('hex')}\n`;

/** Opens an agent door whose pipes wait in `pipes`, unless the options say otherwise. */
export async function newHouse(options: Partial<DoorOptions> = {}): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'gh-door-'));
  const pipes: DoorPipe[] = [];
  const untaken: DoorPipe[] = [];
  const takers: ((pipe: DoorPipe) => void)[] = [];
  const events: House['events'] = [];
  const defects: unknown[] = [];
  const visitors: Socket[] = [];
  const door = await openDoor({
    path: join(folder, 'door'),
    kind: 'agent',
    handler: async () => ({ exit: 0, stdout: '', stderr: '' }),
    onPipe: (pipe) => {
      pipes.push(pipe);
      const taker = takers.shift();
      if (taker === undefined) untaken.push(pipe);
      else taker(pipe);
    },
    onSecurityEvent: (what, detail, peer) => events.push({ what, detail, pid: peer?.pid ?? null }),
    onDefect: (error) => defects.push(error),
    ...options,
  });
  return {
    door,
    pipes,
    events,
    defects,
    nextPipe: () => {
      const pipe = untaken.shift();
      return pipe === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(pipe);
    },
    visit: async (said) => {
      const socket = connect({ path: door.path, allowHalfOpen: true });
      visitors.push(socket);
      const parts: Buffer[] = [];
      socket.on('data', (bytes) => parts.push(bytes));
      socket.on('error', () => undefined);
      const ended = Promise.race([once(socket, 'end'), once(socket, 'close')]);
      await once(socket, 'connect');
      socket.write(said);
      return { socket, heard: () => Buffer.concat(parts), ended };
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of visitors) socket.destroy();
      await door.close('the test is over');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
