/**
 * Events over WebSocket, each once and in order.
 *
 * A stream is a place in the log and a socket: it reads on from its place and sends, and reads again when rows
 * were added. So nothing is lost or sent twice, however slow the reader, and a client that comes again with the
 * last seq it saw goes on where it was.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { ApiError } from './api-error.ts';
import type { AppName } from './apps.ts';
import { EVERYTHING, eventView } from './event-view.ts';
import type { ApiParts } from './parts.ts';
import type { Token } from './token-book.ts';

const PAGE = 200;
const MAX_STREAMS = 64;
const MAX_PER_TOKEN = 16;
const PING_MS = 20_000;
/** A client has nothing to say but pongs. */
const MAX_MESSAGE_BYTES = 1024;
/** Rows that made no line are not announced: they are found this late at the most. */
const LOOK_MS = 1000;
const GOODBYE_MS = 300;
const CLOSE = { goingAway: 1001, policy: 1008, internal: 1011 } as const;

/** What a client wants to follow, and from where. */
export interface Following {
  readonly token: Token;
  readonly app: AppName;
  readonly session: string | null;
  /** Null: only what is new. */
  readonly sinceSeq: number | null;
}

interface Stream {
  readonly token: string;
  readonly socket: WebSocket;
  look(): void;
  alive: boolean;
}

export class EventStreams {
  readonly #parts: Pick<ApiParts, 'stream' | 'logHead' | 'onLogChange' | 'user' | 'onDefect'>;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #streams = new Set<Stream>();
  readonly #ends: readonly (() => void)[];

  constructor(parts: Pick<ApiParts, 'stream' | 'logHead' | 'onLogChange' | 'user' | 'onDefect'>) {
    this.#parts = parts;
    const looks = setInterval(() => this.#lookAll(), LOOK_MS);
    const pings = setInterval(() => this.#checkAll(), PING_MS);
    looks.unref();
    pings.unref();
    this.#ends = [
      parts.onLogChange(() => this.#lookAll()),
      () => clearInterval(looks),
      () => clearInterval(pings),
    ];
  }

  /** Whether one more stream of this token may begin. @throws ApiError `too_many_requests` */
  admit(token: Token): void {
    const own = [...this.#streams].filter((stream) => stream.token === token.id);
    if (this.#streams.size >= MAX_STREAMS || own.length >= MAX_PER_TOKEN)
      throw new ApiError('too_many_requests', 'too many streams are open', { retryAfterSeconds: 10 });
  }

  /** Takes the connection over. */
  begin(request: IncomingMessage, socket: Socket, head: Buffer, following: Following): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const stream = this.#follow(webSocket, following);
      this.#streams.add(stream);
      webSocket.on('close', () => this.#streams.delete(stream));
      webSocket.on('error', () => undefined);
      webSocket.on('pong', () => {
        stream.alive = true;
      });
      webSocket.on('message', () => webSocket.close(CLOSE.policy, 'this stream takes no messages'));
      stream.look();
    });
  }

  /** The token is good no longer. */
  drop(token: string): void {
    for (const { token: holder, socket } of this.#streams)
      if (holder === token) socket.close(CLOSE.policy, 'the token was revoked');
  }

  /** Ends every stream; resolves when the last one has ended. */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#server.close();
    const sockets = [...this.#streams].map(({ socket }) => socket);
    const ended = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.close(CLOSE.goingAway);
    // A client that does not answer the goodbye must not hold the port.
    const patience = setTimeout(() => {
      for (const socket of sockets) socket.terminate();
    }, GOODBYE_MS);
    await Promise.all(ended);
    clearTimeout(patience);
  }

  #follow(socket: WebSocket, { token, app, session, sinceSeq }: Following): Stream {
    const { stream: log, logHead, user } = this.#parts;
    let at = sinceSeq ?? logHead();
    let reading = false;
    let again = false;
    const readOn = async () => {
      for (;;) {
        const upToSeq = logHead();
        if (at >= upToSeq || socket.readyState !== socket.OPEN) return;
        const page = await log.page({
          ...EVERYTHING,
          apps: [app.root],
          session,
          sinceSeq: at,
          upToSeq,
          limit: PAGE,
        });
        for (const row of page.rows) {
          // Waits until the client has taken it: a slow one is read for more slowly.
          await send(socket, eventView(row, user));
          at = row.row.seq;
        }
        if (!page.more) at = Math.max(at, upToSeq);
      }
    };
    const look = () => {
      again = true;
      if (reading) return;
      reading = true;
      void (async () => {
        try {
          while (again) {
            again = false;
            await readOn();
          }
        } catch (error) {
          if (socket.readyState === socket.OPEN) this.#parts.onDefect(error);
          socket.close(CLOSE.internal, 'the log could not be read');
        } finally {
          reading = false;
        }
      })();
    };
    void send(socket, { type: 'ready', app_id: app.app_id, since_seq: at }).catch(() => undefined);
    return { token: token.id, socket, look, alive: true };
  }

  #lookAll(): void {
    for (const stream of this.#streams) stream.look();
  }

  #checkAll(): void {
    for (const stream of this.#streams) {
      if (!stream.alive) {
        stream.socket.terminate();
        continue;
      }
      stream.alive = false;
      stream.socket.ping();
    }
  }
}

function send(socket: WebSocket, message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(JSON.stringify(message), (error) =>
      error === null || error === undefined ? resolve() : reject(error),
    );
  });
}
