/**
 * One page over one WebSocket, from its hello to its end.
 *
 * Says nothing and does nothing before a good hello. What the page sends is checked for its form here and for
 * its meaning by the app. A page that does not read what it is sent is dropped: it reconnects and asks anew.
 */
import type { RawData, WebSocket } from 'ws';
import { ClientMessage, type RefusalCode, type ServerMessage } from '../../preload/contract/wire.ts';
import type { Result } from '../../preload/contract.ts';
import type { App, PageHandle } from '../app/shell-port.ts';
import { Budget } from '../platform/budget.ts';
import type { Clock } from '../platform/clock.ts';
import type { PageSession } from './links.ts';

const HELLO_TIMEOUT_MS = 5000;
/** What may wait for a slow reader. More than a full inbox and a page of the timeline together. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
/** Calls of one page that may run at the same time. */
const MAX_OPEN_CALLS = 32;
const CALLS_AT_ONCE = 200;
const CALLS_PER_SECOND = 100;

/** Close codes of RFC 6455 §7.4.1 and its registry. */
const CLOSE = { goingAway: 1001, unacceptable: 1003, policy: 1008, tryLater: 1013 } as const;

/** What a hello came to. `silent`: closed without a word, because too many wrong ones came before. */
export type Greeting =
  | { readonly kind: 'welcome'; readonly session: PageSession; readonly token: string }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly reason: string }
  | { readonly kind: 'silent' };

export interface PageSocketOptions {
  readonly socket: WebSocket;
  readonly app: Pick<App, 'attachPage' | 'securityEvent'>;
  readonly clock: Clock;
  readonly greet: (hello: {
    readonly link?: string | undefined;
    readonly session?: string | undefined;
  }) => Greeting;
  /** The page did something by itself: its session is not idle. */
  readonly onActive: (session: PageSession) => void;
  readonly onEnd: () => void;
}

export class PageSocket {
  readonly #options: PageSocketOptions;
  readonly #calls: Budget;
  readonly #helloTimer: NodeJS.Timeout;
  #session: PageSession | null = null;
  #page: PageHandle | null = null;
  #openCalls = 0;
  #ended = false;
  #answersPings = true;

  constructor(options: PageSocketOptions) {
    this.#options = options;
    this.#calls = new Budget(options.clock, CALLS_AT_ONCE, CALLS_PER_SECOND);
    this.#helloTimer = setTimeout(() => options.socket.terminate(), HELLO_TIMEOUT_MS);
    const { socket } = options;
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('pong', () => {
      this.#answersPings = true;
    });
    // A frame that breaks the protocol or the size limit: ws closes by itself, the page sees the code.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
  }

  /** Null until the hello was good. */
  get session(): PageSession | null {
    return this.#session;
  }

  /** Asks the other end for a sign of life; drops it if it gave none since the last time. */
  checkAlive(): void {
    if (!this.#answersPings) {
      this.#options.socket.terminate();
      return;
    }
    this.#answersPings = false;
    this.#options.socket.ping();
  }

  /** Ends the connection; the page may come again. */
  drop(): void {
    this.#options.socket.terminate();
  }

  /** Says goodbye: the supervisor stops, or the session is over. Resolves when the connection has ended. */
  leave(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#options.socket.once('close', () => resolve());
      this.#options.socket.close(CLOSE.goingAway);
    });
  }

  #received(data: RawData, isBinary: boolean): void {
    const message = isBinary ? null : parse(data);
    if (this.#ended) return;
    if (message === null) {
      if (this.#page !== null)
        this.#options.app.securityEvent(
          'malformed_page_message',
          'a page sent something that is no message of the contract',
        );
      this.#options.socket.close(CLOSE.unacceptable);
      return;
    }
    if (message.type === 'hello') this.#hello(message);
    else this.#called(message);
  }

  #hello(message: Extract<ClientMessage, { type: 'hello' }>): void {
    if (this.#session !== null) {
      this.#options.socket.close(CLOSE.policy);
      return;
    }
    clearTimeout(this.#helloTimer);
    const greeting = this.#options.greet(message);
    if (greeting.kind === 'silent') {
      this.#options.socket.close(CLOSE.tryLater);
      return;
    }
    if (greeting.kind === 'refused') {
      this.#send({ type: 'refused', code: greeting.code, reason: greeting.reason });
      this.#options.socket.close(CLOSE.policy);
      return;
    }
    this.#session = greeting.session;
    // The welcome goes first: attaching may at once send what the page shows.
    this.#send({ type: 'welcome', session: greeting.token });
    this.#page = this.#options.app.attachPage({
      via: 'page',
      origin: greeting.session.origin,
      session: greeting.session.id,
      send: (channel, payload) => this.#send({ type: 'event', channel, payload }),
    });
  }

  #called(message: Extract<ClientMessage, { type: 'call' }>): void {
    const page = this.#page;
    if (page === null || this.#session === null) {
      this.#options.socket.close(CLOSE.policy);
      return;
    }
    if (this.#openCalls >= MAX_OPEN_CALLS || !this.#calls.take()) {
      this.#send({ type: 'result', id: message.id, result: TOO_FAST });
      return;
    }
    this.#options.onActive(this.#session);
    this.#openCalls += 1;
    page
      .call(message.method, message.args)
      .catch((): Result<unknown> => INTERNAL)
      .then((result) => {
        this.#openCalls -= 1;
        this.#send({ type: 'result', id: message.id, result });
      });
  }

  #send(message: ServerMessage): void {
    const { socket } = this.#options;
    if (this.#ended || socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) {
      socket.terminate();
      return;
    }
    socket.send(JSON.stringify(message), { compress: false }, () => undefined);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#helloTimer);
    this.#page?.detach();
    this.#options.onEnd();
  }
}

const TOO_FAST: Result<never> = {
  ok: false,
  error: {
    code: 'rate_limited',
    message: 'the call was not made: this page asks too much at once; hint: wait a moment',
  },
};
const INTERNAL: Result<never> = {
  ok: false,
  error: { code: 'internal', message: 'the call failed: a fault in Gatehouse; hint: the log file has more' },
};

function parse(data: RawData): ClientMessage | null {
  try {
    const text = Array.isArray(data)
      ? Buffer.concat(data).toString('utf8')
      : Buffer.from(data as ArrayBuffer).toString('utf8');
    const parsed = ClientMessage.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
