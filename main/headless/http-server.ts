/**
 * The page over HTTP, on 127.0.0.1 only.
 *
 * It serves the files of the page and nothing else: no state is read or changed over plain HTTP. Every request
 * must name this very host and port, so that a page of a foreign domain that resolves to 127.0.0.1 gets
 * nothing; there are no cookies and no CORS headers. IPv6 loopback stays closed.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { contentSecurityPolicy, PAGE_HEADERS, type PageFile } from '../app/page-files.ts';
import { GatehouseError } from '../platform/errors.ts';
import { listenOnLoopback, namesOwnHost, refuseUpgrade, shown } from '../platform/loopback-request.ts';

export const DEFAULT_PORT = 7843;
/** How many ports are tried from the default one on before the kernel is asked for any free one. */
const PORTS_TRIED = 20;

const MAX_URL = 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 128;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
/** A socket on which nothing moved for so long is closed: a reader that does not read. */
const IDLE_TIMEOUT_MS = 15_000;

export interface HttpServerOptions {
  readonly files: ReadonlyMap<string, PageFile>;
  /** Null: 7843, or the next free one. 0: any free one. Another number: exactly that one. */
  readonly port: number | null;
  /** Takes over the socket, or refuses with `refuseUpgrade`. Only called for requests to our own host. */
  readonly onUpgrade: (request: IncomingMessage, socket: Socket, head: Buffer, port: number) => void;
  /** A request that no browser on our page makes: foreign host. */
  readonly onForeign: (what: string, detail: string) => void;
}

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Opens the port and serves.
 *
 * @throws GatehouseError `port_busy` when an explicit port is taken, `port_refused` when it may not be opened
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  let port = 0;
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: true,
      insecureHTTPParser: false,
      keepAliveTimeout: 5000,
    },
    (request, response) => answer(request, response, port, options),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.maxHeadersCount = 64;
  server.maxRequestsPerSocket = 1000;
  server.setTimeout(IDLE_TIMEOUT_MS, (socket) => socket.destroy());
  server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  server.on('upgrade', (request, socket, head) => {
    const tcp = socket as Socket;
    tcp.on('error', () => tcp.destroy());
    if (!namesOwnHost(request, port)) {
      options.onForeign('foreign_host', `a WebSocket request named the host ${shown(request.headers.host)}`);
      refuseUpgrade(tcp, 421, 'Misdirected Request');
      return;
    }
    options.onUpgrade(request, tcp, head, port);
  });
  port = await listenSomewhere(server, options.port);
  return { port, close: () => closeServer(server) };
}

/** The origins of our own page at this port. */
export function ownOrigins(port: number): readonly string[] {
  return [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  options: HttpServerOptions,
): void {
  response.setHeader('Content-Security-Policy', contentSecurityPolicy("'self'"));
  for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
  const status = refusalOf(request, port);
  if (status !== null) {
    if (status === 421)
      options.onForeign('foreign_host', `an HTTP request named the host ${shown(request.headers.host)}`);
    if (status === 405) response.setHeader('Allow', 'GET, HEAD');
    // The rest of a request that is refused is not read.
    response.setHeader('Connection', 'close');
    finish(response, status);
    return;
  }
  const url = request.url ?? '';
  const query = url.indexOf('?');
  const file = options.files.get(query === -1 ? url : url.slice(0, query));
  if (file === undefined) {
    finish(response, 404);
    return;
  }
  response.setHeader('ETag', file.etag);
  response.setHeader('Cache-Control', file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === file.etag) {
    finish(response, 304);
    return;
  }
  response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.body.length });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

/** The status to refuse a request with, or null for one that may look for a file. */
function refusalOf(request: IncomingMessage, port: number): number | null {
  if (!namesOwnHost(request, port)) return 421;
  if (request.method !== 'GET' && request.method !== 'HEAD') return 405;
  if ((request.url ?? '').length > MAX_URL) return 414;
  const length = request.headers['content-length'];
  if (request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0'))
    return 413;
  // Another site may send the person here, but not build our files into itself.
  const site = request.headers['sec-fetch-site'];
  if ((site === 'cross-site' || site === 'same-site') && request.headers['sec-fetch-dest'] !== 'document')
    return 403;
  return null;
}

function finish(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 304 ? {} : { 'Content-Length': 0 });
  response.end();
}

async function listenSomewhere(server: Server, wanted: number | null): Promise<number> {
  if (wanted !== null) return listen(server, wanted);
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + PORTS_TRIED; port++) {
    try {
      return await listen(server, port);
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
    }
  }
  return listen(server, 0);
}

function listen(server: Server, port: number): Promise<number> {
  return listenOnLoopback(server, port, {
    busy: 'leave --port out, or name a free one',
    refused: 'name another one with --port',
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
