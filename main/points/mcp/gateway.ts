/**
 * One client at one server: everything either says passes here.
 *
 * What the client asks is sorted by its method. Calls are decided by the engine; lists are shortened to what
 * may be called; the few methods that only carry the conversation pass; everything else does not exist. Ids are
 * rewritten both ways, so that neither side can speak in the other's name or answer what was not asked.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { GatewayCalls } from './gateway-calls.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { IdleWait } from './idle-wait.ts';
import {
  failure,
  failureOf,
  isFailure,
  RPC,
  type RpcId,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
  readMessage,
  sortMessage,
  success,
} from './json-rpc.ts';
import { KeptUpstream } from './kept-upstream.ts';
import { shortened } from './listings.ts';
import { CLIENT_NOTES, DECIDED, LISTS, PLAIN, SERVER_ASKS } from './methods.ts';
import { listedTools } from './tool-book.ts';
import type { Restart } from './upstream.ts';

/** Versions with initialize that we speak; a client that asks for a newer one is offered the newest of these. */
const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const;
const NEWEST = VERSIONS.at(-1) ?? '2025-11-25';
const MAX_UNDER_WAY = 2000;
const MAX_PAGES = 100;
const LIST_AGAIN_MS = 60_000;

type Settle = (response: RpcResponse) => void;

/** A reading of the server's tools, and how many calls wait for it. */
interface Listing {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  waiting: number;
}

export class Gateway {
  readonly #parts: GatewayParts;
  readonly #upstream: KeptUpstream;
  readonly #calls: GatewayCalls;
  /** Our ids at the server → who waits. */
  readonly #atServer = new Map<RpcId, Settle>();
  /** Our ids at the client → the server's request. */
  readonly #atClient = new Map<RpcId, RpcId>();
  /** The client's ids that are under way → how to give them up. */
  readonly #underWay = new Map<RpcId, AbortController>();
  readonly #idle: IdleWait;
  #nextId = 1;
  #listedMs = Number.NEGATIVE_INFINITY;
  #listing: Listing | null = null;
  #closed = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#idle = new IdleWait(parts.idlePatienceMs);
    this.#upstream = new KeptUpstream(parts.connect, {
      message: (message) => this.#fromServer(message),
      lost: (why) => this.#lost(why),
      note: (line) => parts.note(line),
      changed: (state) => parts.stateChanged(state),
    });
    this.#calls = new GatewayCalls(parts, {
      ask: (method, params, signal) => this.#ask(method, params, signal),
      notify: (message) => parts.toClient(message),
    });
  }

  /** Takes one line of the client's. */
  fromClient(line: string): void {
    if (this.#closed) return;
    try {
      const sorted = readMessage(line);
      switch (sorted.kind) {
        case 'request':
          void this.#request(sorted.message);
          break;
        case 'notification':
          this.#noteOfClient(sorted.message);
          break;
        case 'response':
          this.#answerOfClient(sorted.message);
          break;
      }
    } catch (error) {
      const answer = failureOf(error);
      if (answer === null) throw error;
      this.#parts.toClient(answer);
    }
  }

  /** The policy, or what was agreed to, has changed: the client is told to list again. */
  listsChanged(): void {
    if (this.#upstream.state.is !== 'running') return;
    for (const what of ['tools', 'resources', 'prompts']) {
      if (this.#parts.offers(what))
        this.#parts.toClient({ jsonrpc: '2.0', method: `notifications/${what}/list_changed` });
    }
  }

  /**
   * Ends the server; it is started anew with the next message.
   *
   * @param which `running`: nothing speaks against what it has now, it is only renewed: one that works on something
   *   is let finish first, for a while; `idle`: the same, and one that is being started is ended too
   */
  restart(why: string, which: Restart = 'any'): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const how = which === 'running' ? 'running' : 'any';
    if (which === 'any' || this.#atServer.size === 0) return this.#upstream.restart(why, how);
    let ended: Promise<void> | null = null;
    return this.#idle
      .until(() => {
        ended = this.#upstream.restart(why, how);
      })
      .then(() => ended ?? undefined);
  }

  /** Ends the server; what waits for a person is cancelled. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#idle.drop();
    for (const abort of this.#underWay.values())
      abort.abort(new GatehouseError('client_gone', 'the client has gone'));
    await this.#upstream.close();
    this.#failAll('the server was ended');
  }

  async #request(request: RpcRequest): Promise<void> {
    const { id, method } = request;
    if (this.#underWay.has(id))
      return this.#answer(failure(id, RPC.invalidRequest, 'a request of this id is under way'));
    if (this.#underWay.size >= MAX_UNDER_WAY)
      return this.#answer(
        failure(id, RPC.internalError, `${MAX_UNDER_WAY} requests are under way; wait for an answer`),
      );
    const abort = new AbortController();
    this.#underWay.set(id, abort);
    let response: RpcResponse;
    try {
      response = await this.#handle(request, abort.signal);
    } catch (error) {
      const why = error instanceof GatehouseError ? error.message : 'Gatehouse failed on it';
      if (!(error instanceof GatehouseError)) this.#parts.defect(error);
      response = failure(id, RPC.serverGone, `${this.#parts.server}: ${why}`);
    }
    this.#underWay.delete(id);
    // Who cancelled a request does not read its answer, and must not get one.
    if (!abort.signal.aborted || method === 'initialize') this.#answer(response);
  }

  async #handle(request: RpcRequest, signal: AbortSignal): Promise<RpcResponse> {
    const { id, method, params } = request;
    if (method === 'initialize') return this.#initialize(request, signal);
    if (LISTS.has(method)) return withId(id, await this.#list(method, params ?? {}, signal));
    if (DECIDED.has(method)) {
      if (method === 'tools/call') await this.#knowTools(signal);
      return this.#calls.decideAndForward(request, signal);
    }
    if (PLAIN.has(method)) return withId(id, await this.#ask(method, params ?? {}, signal));
    // `server/discover` too: its clients fall back to initialize as soon as they hear this.
    return failure(id, RPC.methodNotFound, `there is no method ${method.slice(0, 80)}`);
  }

  async #initialize(request: RpcRequest, signal: AbortSignal): Promise<RpcResponse> {
    const params = request.params ?? {};
    const asked = params['protocolVersion'];
    const version = VERSIONS.some((known) => known === asked) ? String(asked) : NEWEST;
    const own = { ...params, protocolVersion: version };
    await this.#parts.introduced(params);
    const answer = await this.#ask('initialize', own, signal);
    if (isFailure(answer)) return withId(request.id, answer);
    const agreed = String(answer.result['protocolVersion'] ?? version);
    if (!VERSIONS.some((known) => known === agreed))
      return failure(
        request.id,
        RPC.invalidParams,
        `the server speaks ${agreed.slice(0, 40)}, which is not known`,
      );
    this.#upstream.introduce({ ...request, params: own }, agreed);
    return success(request.id, this.#parts.greeting(answer.result));
  }

  async #list(method: string, params: JsonObject, signal: AbortSignal): Promise<RpcResponse> {
    const answer = await this.#ask(method, params, signal);
    return isFailure(answer) ? answer : { ...answer, result: shortened(method, answer.result, this.#parts) };
  }

  /**
   * A call is decided knowing what the tool is now: before the first one, after the server said that its list
   * changed, and once a minute, the list is read. Calls share one reading: it is given up when all of them are.
   */
  async #knowTools(signal: AbortSignal): Promise<void> {
    if (!this.#parts.offers('tools') || performance.now() - this.#listedMs < LIST_AGAIN_MS) return;
    const listing = this.#listing ?? this.#startListing();
    this.#listing = listing;
    listing.waiting += 1;
    const { promise: gaveUp, reject } = Promise.withResolvers<never>();
    const leave = () => {
      listing.waiting -= 1;
      if (listing.waiting === 0) {
        if (this.#listing === listing) this.#listing = null;
        listing.abort.abort();
      }
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      await Promise.race([listing.done, gaveUp]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #startListing(): Listing {
    const abort = new AbortController();
    const listing: Listing = {
      abort,
      done: this.#listAll(abort.signal).finally(() => {
        if (this.#listing === listing) this.#listing = null;
      }),
      waiting: 0,
    };
    return listing;
  }

  async #listAll(signal: AbortSignal): Promise<void> {
    const began = performance.now();
    let cursor: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await this.#ask('tools/list', cursor === null ? {} : { cursor }, signal);
      if (isFailure(answer))
        throw new GatehouseError('no_list', `its tools cannot be listed: ${answer.error.message}`);
      this.#parts.observe(listedTools(answer.result));
      const next = answer.result['nextCursor'];
      if (typeof next !== 'string' || next === '') break;
      cursor = next;
    }
    this.#parts.listed();
    this.#listedMs = began;
  }

  /** Asks the server something and waits for its answer. */
  #ask(method: string, params: JsonObject, signal: AbortSignal): Promise<RpcResponse> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<RpcResponse>();
    this.#atServer.set(id, resolve);
    const cancelled = () => {
      if (!this.#atServer.has(id)) return;
      // The spec forbids cancelling initialize.
      if (method !== 'initialize')
        this.#tell({
          jsonrpc: '2.0',
          method: 'notifications/cancelled',
          params: { requestId: id, reason: 'the client gave up' },
        });
      this.#settled(id);
      resolve(failure(id, RPC.serverGone, 'cancelled by the client'));
    };
    signal.addEventListener('abort', cancelled, { once: true });
    this.#upstream.send({ jsonrpc: '2.0', id, method, params }).catch((error: unknown) => {
      this.#settled(id);
      resolve(failure(id, RPC.serverGone, `${this.#parts.server}: ${messageOf(error)}`));
    });
    return promise.finally(() => signal.removeEventListener('abort', cancelled));
  }

  #tell(message: RpcMessage): void {
    if (this.#upstream.state.is === 'running') this.#upstream.send(message).catch(() => undefined);
  }

  #noteOfClient(note: RpcNotification): void {
    if (note.method === 'notifications/cancelled') {
      const id = note.params?.['requestId'];
      if (typeof id === 'string' || typeof id === 'number')
        this.#underWay.get(id)?.abort(new GatehouseError('cancelled', 'the client gave up'));
    } else if (CLIENT_NOTES.has(note.method)) {
      this.#tell(note);
    }
  }

  #answerOfClient(response: RpcResponse): void {
    const theirs = response.id === null ? undefined : this.#atClient.get(response.id);
    if (response.id === null || theirs === undefined) return;
    this.#atClient.delete(response.id);
    this.#tell({ ...response, id: theirs });
  }

  #fromServer(value: unknown): void {
    try {
      const sorted = sortMessage(value);
      switch (sorted.kind) {
        case 'response':
          this.#answerOfServer(sorted.message);
          break;
        case 'request':
          void this.#requestOfServer(sorted.message);
          break;
        case 'notification':
          this.#noteOfServer(sorted.message);
          break;
      }
    } catch (error) {
      this.#parts.note(`a message of the server was not taken: ${messageOf(error)}`);
    }
  }

  #answerOfServer(response: RpcResponse): void {
    if (response.id === null) return;
    const settle = this.#atServer.get(response.id);
    settle?.(response);
    this.#settled(response.id);
  }

  /** One thing less is under way at the server. */
  #settled(id: RpcId): void {
    this.#atServer.delete(id);
    if (this.#atServer.size === 0) this.#idle.idle();
  }

  async #requestOfServer(request: RpcRequest): Promise<void> {
    const refuse = (code: number, why: string) => this.#tell(failure(request.id, code, why));
    if (!SERVER_ASKS.has(request.method))
      return refuse(RPC.methodNotFound, `there is no method ${request.method.slice(0, 80)}`);
    if (this.#atClient.size >= MAX_UNDER_WAY) return refuse(RPC.internalError, 'too many requests');
    if (request.method === 'sampling/createMessage') {
      const verdict = await this.#calls.decideSampling(request);
      if (verdict !== null) return refuse(-1, verdict);
    }
    const id = `gatehouse-${this.#nextId++}`;
    this.#atClient.set(id, request.id);
    this.#parts.toClient({ ...request, id });
  }

  #noteOfServer(note: RpcNotification): void {
    if (note.method === 'notifications/cancelled') {
      const theirs = note.params?.['requestId'];
      for (const [ours, id] of this.#atClient) {
        if (id !== theirs) continue;
        this.#atClient.delete(ours);
        this.#parts.toClient({ ...note, params: { ...note.params, requestId: ours } });
      }
    } else if (note.method.startsWith('notifications/')) {
      if (note.method === 'notifications/tools/list_changed') this.#listedMs = Number.NEGATIVE_INFINITY;
      this.#parts.toClient(note);
    }
  }

  #lost(why: string): void {
    // Whatever comes next is started with what is in force then.
    this.#idle.drop();
    this.#atClient.clear();
    // The next one may be another program.
    this.#listedMs = Number.NEGATIVE_INFINITY;
    this.#failAll(`the server ended while it worked on this (${why}); whether it was done is not known`);
  }

  #failAll(why: string): void {
    const waiting = [...this.#atServer.values()];
    this.#atServer.clear();
    for (const settle of waiting) settle(failure(null, RPC.serverGone, `${this.#parts.server}: ${why}`));
  }

  #answer(response: RpcResponse): void {
    if (!this.#closed) this.#parts.toClient(response);
  }
}

function withId(id: RpcId, response: RpcResponse): RpcResponse {
  return { ...response, id };
}
