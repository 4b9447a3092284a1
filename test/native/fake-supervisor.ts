/** A supervisor at a socket that says exactly what a test tells it to, byte by byte. */
import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import {
  type DoorAnswer,
  type DoorHeader,
  encodeAnswer,
  RequestDecoder,
} from '../../main/platform/framing.ts';

export interface Visit {
  readonly socket: Socket;
  readonly header: DoorHeader;
  readonly body: Buffer;
}

export interface FakeSupervisor {
  readonly path: string;
  readonly visits: Visit[];
  close(): Promise<void>;
}

/** `serve` gets each call when all of it has come. */
export function listenAt(path: string, serve: (visit: Visit) => void): Promise<FakeSupervisor> {
  return listenRaw(path, (socket, visits) => {
    const decoder = new RequestDecoder({ maxBodyBytes: 64 * 1024 * 1024 });
    let header: DoorHeader | null = null;
    socket.on('data', (bytes) => {
      for (const event of decoder.take(bytes)) {
        if (event.type === 'header') header = event.header;
        if (event.type === 'body' && header !== null) {
          const visit = { socket, header, body: event.body };
          visits.push(visit);
          serve(visit);
        }
      }
    });
  });
}

/** `accept` gets each connection at once. */
export async function listenRaw(
  path: string,
  accept: (socket: Socket, visits: Visit[]) => void,
): Promise<FakeSupervisor> {
  const sockets = new Set<Socket>();
  const visits: Visit[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    accept(socket, visits);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    path,
    visits,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Looks like a yes to whoever does not check. */
export const YES: DoorAnswer = {
  exit: 0,
  stdout: '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}\n',
  stderr: '',
};

/** The bytes of the answer that this visit may believe. */
export function goodAnswer(visit: Visit, answer: DoorAnswer = YES): Buffer {
  return encodeAnswer(visit.header.nonce, answer);
}
