/**
 * A server that is kept alive for one client: started at the first message, started again when it dies, with
 * growing pauses, and introduced anew with what the client said when it introduced itself.
 *
 * What was under way when it died is answered with an error and never sent a second time: nobody knows whether
 * it ran.
 */
import { assertNever, GatehouseError, messageOf } from '../../platform/errors.ts';
import { isFailure, type RpcMessage, type RpcRequest, sortMessage } from './json-rpc.ts';
import type { ConnectUpstream, Upstream } from './upstream.ts';

/** Pauses before the next start, milliseconds; the last one holds from then on. */
const PAUSES_MS = [0, 500, 2000, 8000, 30_000] as const;
/** A server that ran this long has earned a new start without a pause. */
const STEADY_MS = 60_000;
const INTRODUCE_MS = 30_000;
const INTRODUCTION_ID = 'gatehouse-initialize';

export type UpstreamState =
  | { readonly is: 'idle' }
  | { readonly is: 'starting' }
  | { readonly is: 'running' }
  | { readonly is: 'down'; readonly why: string; readonly retryAtMs: number }
  | { readonly is: 'closed' };

export interface KeptEvents {
  message(message: unknown): void;
  /** The server has gone; everything that was under way is lost. */
  lost(why: string): void;
  note(line: string): void;
  changed(state: UpstreamState): void;
}

export class KeptUpstream {
  readonly #connect: ConnectUpstream;
  readonly #events: KeptEvents;
  readonly #nowMs: () => number;
  #state: UpstreamState = { is: 'idle' };
  #current: Upstream | null = null;
  #starting: Promise<Upstream> | null = null;
  #startedMs = 0;
  #failures = 0;
  /** The client's initialize, to be said again to a new server. */
  #introduction: RpcRequest | null = null;
  #version: string | null = null;
  #introduced: ((error: Error | null) => void) | null = null;

  constructor(connect: ConnectUpstream, events: KeptEvents, nowMs: () => number = () => performance.now()) {
    this.#connect = connect;
    this.#events = events;
    this.#nowMs = nowMs;
  }

  get state(): UpstreamState {
    return this.#state;
  }

  /** Remembers what the client introduced itself with, once the server has taken it. */
  introduce(initialize: RpcRequest, version: string): void {
    this.#introduction = { ...initialize, id: INTRODUCTION_ID };
    this.#version = version;
    this.#current?.agreed(version);
  }

  /**
   * Sends a message, starting the server when it does not run.
   *
   * @throws GatehouseError `server_down` while it is not to be started again yet, or as its start fails
   */
  async send(message: RpcMessage): Promise<void> {
    const upstream = this.#current ?? (await this.#start());
    upstream.send(message);
  }

  async close(): Promise<void> {
    if (this.#state.is === 'closed') return;
    this.#set({ is: 'closed' });
    const upstream = this.#current ?? (await this.#starting?.catch(() => null)) ?? null;
    this.#current = null;
    await upstream?.close();
  }

  /**
   * Ends the server; the next message starts it anew. What was under way is lost.
   *
   * @param which `running`: one that is being started now goes on, and is not waited for
   */
  async restart(why: string, which: 'any' | 'running' = 'any'): Promise<void> {
    if (this.#state.is === 'closed') return;
    if (this.#current === null) {
      if (which === 'running') return;
      await this.#starting?.catch(() => null);
    }
    const upstream = this.#current;
    this.#current = null;
    this.#failures = 0;
    if (this.#isClosed()) return;
    this.#set({ is: 'idle' });
    if (upstream === null) return;
    this.#events.lost(why);
    await upstream.close();
  }

  #isClosed(): boolean {
    return this.#state.is === 'closed';
  }

  #start(): Promise<Upstream> {
    switch (this.#state.is) {
      case 'closed':
        return Promise.reject(new GatehouseError('server_down', 'the server was ended'));
      case 'down':
        if (this.#nowMs() < this.#state.retryAtMs) {
          const seconds = Math.ceil((this.#state.retryAtMs - this.#nowMs()) / 1000);
          return Promise.reject(
            new GatehouseError(
              'server_down',
              `the server is down (${this.#state.why}); it is started again in ${seconds} s at the earliest`,
            ),
          );
        }
        break;
      case 'idle':
      case 'starting':
      case 'running':
        break;
      default:
        return assertNever(this.#state, 'an upstream');
    }
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #begin(): Promise<Upstream> {
    this.#set({ is: 'starting' });
    this.#startedMs = this.#nowMs();
    let upstream: Upstream;
    let died: string | null = null;
    try {
      upstream = await this.#connect({
        message: (message) => this.#took(message),
        gone: (why) => {
          died = why;
          this.#gone(why);
        },
        note: (line) => this.#events.note(line),
      });
      if (this.state.is === 'closed') {
        await upstream.close();
        throw new GatehouseError('server_down', 'the server was ended');
      }
      if (this.#introduction !== null) await this.#introduceAgain(upstream, this.#introduction);
      if (died !== null) throw new GatehouseError('server_failed', died);
    } catch (error) {
      this.#down(messageOf(error));
      throw error instanceof GatehouseError ? error : new GatehouseError('server_failed', messageOf(error));
    }
    this.#current = upstream;
    this.#set({ is: 'running' });
    return upstream;
  }

  /** Says the client's introduction to a server that never met it. */
  async #introduceAgain(upstream: Upstream, introduction: RpcRequest): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = setTimeout(
      () => reject(new GatehouseError('server_failed', 'it did not answer initialize in 30 s')),
      INTRODUCE_MS,
    );
    this.#introduced = (error) => (error === null ? resolve() : reject(error));
    try {
      upstream.send(introduction);
      await promise;
      if (this.#version !== null) upstream.agreed(this.#version);
      upstream.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    } catch (error) {
      await upstream.close();
      throw error;
    } finally {
      clearTimeout(late);
      this.#introduced = null;
    }
  }

  #took(message: unknown): void {
    if (this.#introduced !== null) {
      try {
        const sorted = sortMessage(message);
        if (sorted.kind === 'response' && sorted.message.id === INTRODUCTION_ID) {
          this.#introduced(
            isFailure(sorted.message)
              ? new GatehouseError('server_failed', sorted.message.error.message)
              : null,
          );
          return;
        }
      } catch {
        // Not for us; who reads messages says what is wrong with it.
      }
    }
    this.#events.message(message);
  }

  #gone(why: string): void {
    this.#introduced?.(new GatehouseError('server_failed', why));
    const upstream = this.#current;
    this.#current = null;
    if (this.#state.is === 'closed') return;
    if (upstream !== null) {
      this.#down(why);
      void upstream.close().catch(() => undefined);
      this.#events.lost(why);
    }
  }

  #down(why: string): void {
    if (this.#state.is === 'closed') return;
    if (this.#nowMs() - this.#startedMs > STEADY_MS) this.#failures = 0;
    const pause = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#set({ is: 'down', why, retryAtMs: this.#nowMs() + pause });
  }

  #set(state: UpstreamState): void {
    this.#state = state;
    this.#events.changed(state);
  }
}
