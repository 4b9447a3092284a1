/**
 * The API over HTTP, on 127.0.0.1 only.
 *
 * Every request must name this very host and port, come from no page of a browser, and show a token that may do
 * what it asks. What goes wrong is a refusal with words; nothing that goes wrong lets a call run.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { refuseUpgrade } from '../../platform/loopback-request.ts';
import { ApiError, apiErrorOf } from './api-error.ts';
import { approvalRoutes } from './approvals.ts';
import { Apps } from './apps.ts';
import { CallDesk } from './call-desk.ts';
import { callRoutes } from './calls.ts';
import { EventStreams } from './event-streams.ts';
import { Guard, type PeerFacts } from './guard.ts';
import { openApiDocument, STREAM_PATH } from './openapi.ts';
import type { ApiParts } from './parts.ts';
import { readingRoutes } from './reading.ts';
import { hasBody, readJsonBody } from './request-body.ts';
import { matchRoute, type Reply, type Route, route } from './route.ts';
import type { Token } from './token-book.ts';

const HOST = '127.0.0.1';
const MAX_URL = 8192;
const MAX_CONNECTIONS = 512;
const CHECK_MS = 1000;

export interface ApiLimits {
  readonly headersMs: number;
  readonly bodyMs: number;
  /** A client that does not take its answer is cut off after this. */
  readonly answerMs: number;
  readonly leaseMs?: number;
}

const LIMITS: ApiLimits = { headersMs: 5000, bodyMs: 10_000, answerMs: 30_000 };

export interface ApiServerOptions {
  readonly parts: ApiParts;
  readonly facts: PeerFacts;
  /** Exactly this port; 0: any free one. */
  readonly port: number;
  /** Gatehouse's own. */
  readonly version: string;
  readonly limits?: Partial<ApiLimits>;
}

export interface ApiServer {
  readonly port: number;
  /** A token is good no longer: what it waits for is given up, its streams end. */
  dropToken(id: string): void;
  close(): Promise<void>;
}

/**
 * Opens the port and answers.
 *
 * @throws GatehouseError `port_busy`, `port_refused`
 */
export async function openApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const service = new ApiService(options);
  const port = await service.listen(options.port);
  return {
    port,
    dropToken: (id) => service.dropToken(id),
    close: () => service.close(),
  };
}

class ApiService {
  readonly #parts: ApiParts;
  readonly #limits: ApiLimits;
  readonly #guard: Guard;
  readonly #apps: Apps;
  readonly #calls: CallDesk;
  readonly #streams: EventStreams;
  readonly #routes: readonly Route[];
  readonly #server: Server;
  #port = 0;

  constructor({ parts, facts, version, limits }: ApiServerOptions) {
    this.#parts = parts;
    this.#limits = { ...LIMITS, ...limits };
    this.#guard = new Guard(parts, facts);
    this.#apps = new Apps(async () => {
      const live = parts.engine.sessions.list().map(({ app }) => app);
      const named = parts.tokens.list().flatMap(({ apps }) => apps ?? []);
      return [...new Set([...(await parts.stream.apps()), ...live, ...named])];
    });
    this.#calls = new CallDesk(parts.engine, this.#limits.leaseMs);
    this.#streams = new EventStreams(parts);
    this.#routes = allRoutes(parts, this.#apps, this.#calls, version);
    this.#server = createServer(
      {
        maxHeaderSize: 16 * 1024,
        requireHostHeader: true,
        insecureHTTPParser: false,
        keepAliveTimeout: 30_000,
        headersTimeout: this.#limits.headersMs,
        requestTimeout: this.#limits.bodyMs,
        connectionsCheckingInterval: CHECK_MS,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.maxHeadersCount = 64;
    this.#server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
    this.#server.on('clientError', (_error, socket) => {
      if (socket.writable)
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    });
    this.#server.on(
      'upgrade',
      (request, socket, head) => void this.#upgrade(request, socket as Socket, head),
    );
  }

  async listen(port: number): Promise<number> {
    this.#port = await listen(this.#server, port);
    return this.#port;
  }

  dropToken(id: string): void {
    this.#calls.drop(id);
    this.#streams.drop(id);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#calls.close();
    await this.#streams.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      send(request, response, await this.#reply(request, gone.signal), this.#limits.answerMs);
    } catch (error) {
      send(request, response, this.#failure(error), this.#limits.answerMs);
    }
  }

  async #reply(request: IncomingMessage, signal: AbortSignal): Promise<Reply> {
    await this.#guard.checkWay(request, this.#port);
    const { path, query } = target(request);
    const match = matchRoute(this.#routes, request.method ?? '', path);
    switch (match.kind) {
      case 'malformed':
        throw new ApiError('bad_request', 'the path is not well encoded');
      case 'unknown':
        throw new ApiError('not_found', 'there is no such route: see /api/openapi.json');
      case 'wrong_method': {
        const { status, body } = refusal(
          new ApiError('method_not_allowed', 'this route takes another method'),
        );
        return { status, body, headers: { Allow: match.allowed.join(', ') } };
      }
      case 'found':
        break;
    }
    const { route: found, params } = match;
    if (found.body === null && hasBody(request)) throw new ApiError('too_large', 'this route takes no body');
    if (found.scope === null) return found.handle(NOBODY);
    const token = await this.#guard.admit(request, found.scope);
    const asked = {
      token,
      app: params['app_id'] === undefined ? NO_APP : await this.#apps.resolve(params['app_id'], token),
      path: params,
      query: found.query === null ? undefined : parsed(found.query, queryOf(query)),
      body:
        found.body === null
          ? undefined
          : parsed(
              found.body,
              await readJsonBody(request, {
                maxBytes: found.maxBodyBytes,
                deadlineMs: this.#limits.bodyMs,
              }),
            ),
      // Reading needs no look at who reads: the token says who may.
      peer: found.scope === 'watch' ? UNSEEN : await this.#guard.peer(request.socket),
      signal,
    };
    // What came meanwhile counts: the body may have taken its time.
    if (!this.#parts.tokens.has(token.id)) throw new ApiError('unauthorized', 'this token was revoked');
    return found.handle(asked);
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      await this.#guard.checkWay(request, this.#port);
      const { path, query } = target(request);
      const match = matchRoute([STREAM], 'GET', path);
      if (match.kind !== 'found') throw new ApiError('not_found', 'no stream');
      const token: Token = await this.#guard.admit(request, 'watch');
      const app = await this.#apps.resolve(match.params['app_id'] ?? '', token);
      const { since_seq: since, session_id: session = null, ...more } = queryOf(query);
      if (Object.keys(more).length > 0 || (since !== undefined && !/^\d{1,15}$/.test(since)))
        throw new ApiError('bad_request', 'since_seq and session_id only');
      if (session !== null && (await this.#parts.stream.appOf(session)) !== app.root)
        throw new ApiError('not_found', 'this app has no such session');
      this.#streams.admit(token);
      const sinceSeq = since === undefined ? null : Number(since);
      this.#streams.begin(request, socket, head, { token, app, session, sinceSeq });
    } catch (error) {
      const { status } = this.#failure(error);
      if (!socket.destroyed) refuseUpgrade(socket, status, 'Refused');
    }
  }

  #failure(error: unknown): Reply {
    const known = apiErrorOf(error);
    if (known === null) this.#parts.onDefect(error);
    return refusal(known ?? new ApiError('internal', 'a fault in Gatehouse: nothing was done'));
  }
}

const NO_APP = { app_id: '', name: '', root: '' };
const UNSEEN = {
  source: 'claimed',
  pid: null,
  uid: null,
  process: null,
  requester: null,
  ancestry: [],
  terminal: null,
} as const;
/** Routes without a scope look at nothing that is asked. */
const NOBODY = {
  token: { id: '', name: '', scopes: [], apps: [], createdWallMicros: 0, lastUsedWallMicros: null },
  app: NO_APP,
  path: {},
  query: undefined,
  body: undefined,
  peer: UNSEEN,
  signal: new AbortController().signal,
} as const;

/** Only its path is used: an upgrade is no request with an answer. */
const STREAM: Route = route({
  id: 'stream',
  method: 'GET',
  path: STREAM_PATH,
  scope: 'watch',
  summary: '',
  responses: {},
  handle: async () => ({ status: 426, body: null }),
});

function allRoutes(parts: ApiParts, apps: Apps, calls: CallDesk, version: string): readonly Route[] {
  const routes = [...approvalRoutes(parts), ...callRoutes(calls, parts), ...readingRoutes(parts, apps)];
  const document = openApiDocument(routes, version);
  return [
    ...routes,
    route({
      id: 'openApi',
      method: 'GET',
      path: '/api/openapi.json',
      scope: null,
      summary: 'This document.',
      responses: {},
      handle: async () => ({ status: 200, body: document }),
    }),
  ];
}

function target(request: IncomingMessage): { readonly path: string; readonly query: string } {
  const url = request.url ?? '';
  if (url.length > MAX_URL) throw new ApiError('too_large', 'the address is too long');
  const at = url.indexOf('?');
  return at === -1 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}

/** @throws ApiError `bad_request` when a name stands twice */
function queryOf(query: string): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(query)) {
    if (found[name] !== undefined)
      throw new ApiError('bad_request', `${JSON.stringify(name.slice(0, 60))} stands twice in the query`);
    found[name] = value;
  }
  return { ...found };
}

function parsed(schema: NonNullable<Route['query'] | Route['body']>, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new ApiError(
    'bad_request',
    `${where === '' ? '' : `${where}: `}${issue?.message ?? 'not understood'}`,
  );
}

function refusal({ code, status, message, retryAfterSeconds }: ApiError): Reply {
  const seconds = retryAfterSeconds === null ? {} : { retry_after_seconds: retryAfterSeconds };
  return {
    status,
    body: { error: { code, message, ...seconds } },
    headers: {
      ...(retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) }),
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="gatehouse"' } : {}),
    },
  };
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply, patienceMs: number): void {
  if (response.destroyed || response.headersSent) return;
  const text = Buffer.from(JSON.stringify(reply.body));
  // What of a refused request was not read is not read any more.
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(reply.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': text.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...reply.headers,
  });
  const patience = setTimeout(() => response.destroy(), patienceMs);
  response.once('close', () => clearTimeout(patience));
  response.end(text);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new GatehouseError('port_busy', `port ${port} is taken by another program`, { cause: error })
          : new GatehouseError('port_refused', `port ${port} cannot be opened: ${messageOf(error)}`, {
              cause: error,
            }),
      );
    server.once('error', failed);
    server.listen({ host: HOST, port, exclusive: true, backlog: 128 }, () => {
      server.off('error', failed);
      // A fault of the listening socket later on (no file descriptors left) must not take the supervisor down.
      server.on('error', () => undefined);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
