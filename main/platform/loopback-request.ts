/** What is the same for everything that listens on 127.0.0.1: whose host a request names, and how it is refused. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

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
