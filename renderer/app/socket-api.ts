/**
 * The page's connection to a headless supervisor: one WebSocket, opened with a one-use link, kept by a session.
 *
 * The session lives in this tab's sessionStorage, so that a reload survives and nothing else sees it. When the
 * supervisor goes away the page says so at once and tries again, more and more slowly.
 */
import { z } from 'zod';
import { type RefusalCode, ServerMessage, WIRE_PATH } from '../../preload/contract/wire.ts';
import {
  type ChannelName,
  type ChannelPayload,
  channels,
  ErrorCode,
  type GatehouseApi,
  type MethodArgs,
  type MethodName,
  type MethodValue,
  methods,
  type Result,
} from '../../preload/contract.ts';

type Connection = ReturnType<GatehouseApi['connection']>;

const SESSION_KEY = 'gatehouse.session';
const RETRY_MS = [250, 500, 1000, 2000, 4000] as const;
const CALL_TIMEOUT_MS = 60_000;
/** What a link's token looks like: longer than any page's name. A request that it is to open at may follow. */
const TOKEN = /^#(?:\/?link\/)?([A-Za-z0-9_-]{20,128})(?:\/([a-z0-9_]{1,64}))?$/;

const LOST: Result<never> = {
  ok: false,
  error: { code: 'unavailable', message: 'Gatehouse does not answer' },
};
const Failure = z.object({ ok: z.literal(false), error: z.object({ code: ErrorCode, message: z.string() }) });

export class SocketApi implements GatehouseApi {
  readonly #listeners = new Map<ChannelName, Set<(payload: never) => void>>();
  readonly #connectionListeners = new Set<(state: Connection, reason: string | null) => void>();
  readonly #open = new Map<number, (result: Result<unknown>) => void>();
  #socket: WebSocket | null = null;
  #state: Connection = 'connecting';
  #reason: string | null = null;
  #next = 1;
  #tries = 0;
  /** A link that was not answered yet: it comes before the session. */
  #link = takeToken();

  constructor() {
    this.#connect();
    // A link that is pasted into the address of this very tab loads nothing anew.
    addEventListener('hashchange', () => this.#linkGiven(takeToken()));
  }

  connection(): Connection {
    return this.#state;
  }

  onConnection(listener: (state: Connection, reason: string | null) => void): () => void {
    this.#connectionListeners.add(listener);
    listener(this.#state, this.#reason);
    return () => this.#connectionListeners.delete(listener);
  }

  on<C extends ChannelName>(channel: C, listener: (payload: ChannelPayload<C>) => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    listeners.add(listener as (payload: never) => void);
    return () => listeners.delete(listener as (payload: never) => void);
  }

  async call<M extends MethodName>(method: M, ...args: MethodArgs<M>): Promise<Result<MethodValue<M>>> {
    const socket = this.#socket;
    if (socket === null || this.#state !== 'open') return LOST;
    const id = this.#next;
    this.#next += 1;
    const { promise, resolve } = Promise.withResolvers<Result<unknown>>();
    this.#open.set(id, resolve);
    const timer = setTimeout(() => this.#answer(id, LOST), CALL_TIMEOUT_MS);
    socket.send(JSON.stringify({ type: 'call', id, method, args }));
    const raw = await promise;
    clearTimeout(timer);
    return parseResult(method, raw);
  }

  #connect(): void {
    const link = this.#link;
    const session = sessionStorage.getItem(SESSION_KEY);
    if (link === null && session === null) {
      this.#become('refused', 'This page was opened without a link.');
      return;
    }
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}${WIRE_PATH}`);
    this.#socket = socket;
    socket.addEventListener('open', () =>
      socket.send(JSON.stringify({ type: 'hello', ...(link === null ? { session } : { link }) })),
    );
    // What a socket of before still says is nothing to this page: a newer one has taken its place.
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (this.#socket === socket) this.#message(event.data);
    });
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#closed();
    });
  }

  /** Uses a new link where the connection is lost or was refused; where it stands, there is no need of one. */
  #linkGiven(link: string | null): void {
    if (link === null || this.#state === 'open') return;
    this.#socket?.close();
    this.#tries = 0;
    this.#link = link;
    this.#become('connecting', null);
    this.#connect();
  }

  #message(data: unknown): void {
    const message = parseMessage(data);
    if (message === null) return;
    switch (message.type) {
      case 'welcome':
        sessionStorage.setItem(SESSION_KEY, message.session);
        this.#link = null;
        this.#tries = 0;
        this.#become('open', null);
        return;
      case 'refused':
        this.#refused(message.code, message.reason);
        return;
      case 'result':
        this.#answer(Number(message.id), message.result as Result<unknown>);
        return;
      case 'event':
        this.#event(message.channel, message.payload);
        return;
    }
  }

  #refused(code: RefusalCode, reason: string): void {
    const link = this.#link;
    this.#link = null;
    // A used link must not cost this tab the session it has.
    if (link !== null && sessionStorage.getItem(SESSION_KEY) !== null) {
      this.#connect();
      return;
    }
    if (code === 'session_unknown') sessionStorage.removeItem(SESSION_KEY);
    this.#become('refused', reason);
  }

  #event(name: string, payload: unknown): void {
    if (!Object.hasOwn(channels, name)) return;
    const channel = name as ChannelName;
    const parsed = channels[channel].safeParse(payload);
    if (!parsed.success) {
      reportError(
        new Error(
          `Gatehouse sent ${name} in a form this page does not know: ${parsed.error.issues[0]?.path.join('.') ?? ''}`,
        ),
      );
      return;
    }
    for (const listener of this.#listeners.get(channel) ?? []) listener(parsed.data as never);
  }

  #answer(id: number, result: Result<unknown>): void {
    const resolve = this.#open.get(id);
    this.#open.delete(id);
    resolve?.(result);
  }

  #closed(): void {
    this.#socket = null;
    for (const id of [...this.#open.keys()]) this.#answer(id, LOST);
    if (this.#state === 'refused') return;
    this.#become('lost', null);
    const delay = RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)];
    this.#tries += 1;
    setTimeout(() => {
      if (this.#socket === null && this.#state === 'lost') this.#connect();
    }, delay);
  }

  #become(state: Connection, reason: string | null): void {
    this.#state = state;
    this.#reason = reason;
    for (const listener of this.#connectionListeners) listener(state, reason);
  }
}

/** The link's token from the address, which is cleared of it at once: it works once and must not be copied on. */
function takeToken(): string | null {
  const [, token = null, request] = TOKEN.exec(location.hash) ?? [];
  if (token !== null) history.replaceState(null, '', request === undefined ? '#inbox' : `#inbox/${request}`);
  return token;
}

function parseMessage(data: unknown): ServerMessage | null {
  if (typeof data !== 'string') return null;
  try {
    const parsed = ServerMessage.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function parseResult<M extends MethodName>(method: M, raw: Result<unknown>): Result<MethodValue<M>> {
  const failure = Failure.safeParse(raw);
  if (failure.success) return failure.data;
  const parsed = methods[method].result.safeParse((raw as { value?: unknown }).value);
  if (parsed.success) return { ok: true, value: parsed.data as MethodValue<M> };
  return {
    ok: false,
    error: { code: 'internal', message: `Gatehouse answered ${method} in a form this page does not know` },
  };
}
