/** What is the same for everything that listens on 127.0.0.1: the port, whose host a request names, how it is refused. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { GatehouseError, messageOf } from './errors.ts';

const HOST = '127.0.0.1';
const BACKLOG = 128;

/**
 * Whether a request names this very host and port. One that does not may come from a page of a foreign domain
 * that resolves to 127.0.0.1.
 */
export function namesOwnHost(request: IncomingMessage, port: number): boolean {
  const [host, ...more] = rawHeader(request, 'host');
  return more.length === 0 && (host === `127.0.0.1:${port}` || host === `localhost:${port}`);
}

/** Answers an upgrade request with a bare status and closes. */
export function refuseUpgrade(socket: Socket, status: number, text: string): void {
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}

/** The values of a header as they came: Node joins or drops repeated ones, the raw list tells. */
export function rawHeader(request: IncomingMessage, name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]?.toLowerCase() === name) values.push(request.rawHeaders[i + 1] ?? '');
  }
  return values;
}

/** What of a foreign value is shown in a record: short, printable. */
export function shown(value: string | undefined): string {
  return JSON.stringify((value ?? '').slice(0, 80));
}

/**
 * Opens a port on 127.0.0.1 and nowhere else. Answers the port.
 *
 * @param port   exactly this one; 0: any free one
 * @param hints  what to do when it is taken, or may not be opened
 * @throws GatehouseError `port_busy`, `port_refused`
 */
export function listenOnLoopback(
  server: Server,
  port: number,
  hints: { readonly busy?: string; readonly refused?: string } = {},
): Promise<number> {
  const hintOf = (hint: string | undefined) => (hint === undefined ? {} : { hint });
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new GatehouseError('port_busy', `port ${port} is taken by another program`, {
              ...hintOf(hints.busy),
              cause: error,
            })
          : new GatehouseError('port_refused', `port ${port} cannot be opened: ${messageOf(error)}`, {
              ...hintOf(hints.refused),
              cause: error,
            }),
      );
    };
    server.once('error', failed);
    server.listen({ host: HOST, port, exclusive: true, backlog: BACKLOG }, () => {
      server.off('error', failed);
      // A fault of the listening socket later on (no file descriptors left) must not take the supervisor down.
      server.on('error', () => undefined);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
