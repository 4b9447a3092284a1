/**
 * The API over HTTP, on 127.0.0.1 only.
 *
 * Every request must name this very host and port, come from no page of a browser, and show a token that may do
 * what it asks. What goes wrong is a refusal with words; nothing that goes wrong lets a call run.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { listenOnLoopback, refuseUpgrade } from '../../platform/loopback-request.ts';
import { allRoutes } from './all-routes.ts';
import { ApiError, apiErrorOf } from './api-error.ts';
import { Apps } from './apps.ts';
import { CallDesk } from './call-desk.ts';
import { EventStreams } from './event-streams.ts';
import { Guard, type PeerFacts } from './guard.ts';
import { parsed, queryOf, refusal, send, target } from './http-exchange.ts';
import { STREAM_PATH } from './openapi.ts';
import type { ApiParts } from './parts.ts';
import { hasBody, readJsonBody } from './request-body.ts';
import { matchRoute, type Reply, type Route, route } from './route.ts';
import type { Token } from './token-book.ts';

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
        // Counts from the first byte: past what a header and then a body may take, of which each is told by itself.
        requestTimeout: this.#limits.headersMs + this.#limits.bodyMs,
        connectionsCheckingInterval: CHECK_MS,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.maxHeadersCount = 64;
    this.#server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      else socket.destroy();
    });
    this.#server.on(
      'upgrade',
      (request, socket, head) => void this.#upgrade(request, socket as Socket, head),
    );
  }

  async listen(port: number): Promise<number> {
    this.#port = await listenOnLoopback(this.#server, port);
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
