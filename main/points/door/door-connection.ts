/**
 * One connection at a door, from its first byte to its end.
 *
 * Whatever the client sends or fails to send, it is answered or hung up within the limits, the handler is
 * called at most once, and its signal aborts as soon as nobody waits for the answer any more.
 */
import type { Socket } from 'node:net';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import {
  type DoorAnswer,
  type DoorHeader,
  encodeAnswer,
  encodeHeartbeat,
  encodeQuestion,
  RequestDecoder,
  type RequestEvent,
} from '../../platform/framing.ts';
import type { Peer } from '../../platform/peer.ts';
import {
  type DoorHandler,
  type DoorKind,
  type DoorLimits,
  refusal,
  type SecurityEventName,
} from './door-request.ts';

/** What a connection needs of its door. */
export interface DoorHouse {
  /** The kind of request that this door takes. */
  readonly takes: DoorKind;
  readonly limits: DoorLimits;
  readonly handler: DoorHandler;
  /** Whether one more request may begin now; counts it when it may. */
  admit(): boolean;
  /** Bytes of bodies that are coming in, over all connections. */
  buffered(): number;
  report(what: SecurityEventName, detail: string, peer: Peer | null): void;
  /** A defect of ours: thrown by a handler and no GatehouseError. */
  defect(error: unknown): void;
}

type State =
  | { readonly is: 'header' }
  | { readonly is: 'body'; readonly header: DoorHeader }
  | { readonly is: 'handling'; readonly header: DoorHeader }
  | { readonly is: 'answered' }
  | { readonly is: 'gone' };

export class DoorConnection {
  /** Whether it counts as a request under way. */
  admitted = false;
  readonly #socket: Socket;
  readonly #house: DoorHouse;
  readonly #peer: Promise<Peer>;
  readonly #decoder: RequestDecoder;
  readonly #abort = new AbortController();
  #state: State = { is: 'header' };
  #limit: NodeJS.Timeout | undefined;
  #bodyLimit: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #asked: ((text: string | null) => void) | null = null;
  #questions: Promise<unknown> = Promise.resolve();

  constructor(socket: Socket, peer: Promise<Peer>, house: DoorHouse) {
    this.#socket = socket;
    this.#peer = peer;
    this.#house = house;
    this.#decoder = new RequestDecoder({ maxBodyBytes: house.limits.maxBodyBytes });
    this.#within(house.limits.headerMs, () => this.#hangUp('no_header'));
    socket.on('data', (bytes) => this.#take(bytes));
    // A client that has its answer may hang up while the answer is still being written.
    socket.on('end', () => {
      if (this.#state.is !== 'answered') this.#hangUp('client_gone');
    });
    socket.on('error', () => this.#hangUp('client_gone'));
    socket.on('close', () => this.#hangUp('client_gone'));
  }

  get buffered(): number {
    return this.#state.is === 'body' ? this.#decoder.buffered : 0;
  }

  /** Refuses what is under way with a line; hangs up where no line can be believed yet. */
  refuse(why: string, hint: string | null = null): void {
    if (this.#state.is === 'body' || this.#state.is === 'handling') {
      this.#answer(refusal(this.#state.header.kind, why, hint));
      this.#abort.abort(new GatehouseError('door_closed', why));
    } else if (this.#state.is === 'header') {
      this.#hangUp('door_closed');
    }
  }

  destroy(): void {
    this.#hangUp('door_closed');
  }

  #take(bytes: Buffer): void {
    if (this.#state.is === 'answered' || this.#state.is === 'gone') return;
    let events: readonly RequestEvent[];
    try {
      events = this.#decoder.take(bytes);
    } catch (error) {
      this.#violation(messageOf(error));
      return;
    }
    if (this.#state.is === 'body')
      this.#within(this.#house.limits.idleMs, () =>
        this.refuse('the rest of it did not come in time', 'ask again'),
      );
    for (const event of events) this.#on(event);
    if (this.#state.is === 'body' && this.#house.buffered() > this.#house.limits.maxBufferedBytes) {
      this.refuse('too much comes in at once', 'try again in a moment');
    }
  }

  #on(event: RequestEvent): void {
    // An earlier event of the same bytes may have ended it.
    if (this.#state.is === 'answered' || this.#state.is === 'gone') return;
    if (event.type === 'header') this.#begin(event.header);
    else if (event.type === 'body') void this.#handle(event.body);
    else if (event.type === 'reply') this.#reply(event.text);
    else this.#oversize();
  }

  #begin(header: DoorHeader): void {
    const { limits, takes } = this.#house;
    this.#state = { is: 'body', header };
    if (header.kind !== takes) {
      this.#tell('wrong_door', `a ${header.kind} came to the door for ${takes}s`);
      this.refuse(
        takes === 'hook' ? 'the agent door takes no commands' : 'the supervisor door takes no hooks',
        'run `gatehouse agents doctor`',
      );
      return;
    }
    if (!this.#house.admit()) {
      this.#tell('too_many_requests', `more than ${limits.maxRequests} requests at once`);
      this.refuse(`${limits.maxRequests} requests are under way already`, 'try again in a few seconds');
      return;
    }
    this.admitted = true;
    this.#within(limits.idleMs, () => this.refuse('the rest of it did not come in time', 'ask again'));
    this.#bodyLimit = setTimeout(
      () => this.refuse('it took too long to come in', 'ask again'),
      limits.bodyMs,
    );
    this.#heartbeat = setInterval(() => this.#beat(), limits.heartbeatMs);
    this.#beat();
  }

  async #handle(body: Buffer): Promise<void> {
    if (this.#state.is !== 'body') return;
    const { header } = this.#state;
    clearTimeout(this.#bodyLimit);
    this.#state = { is: 'handling', header };
    this.#within(this.#house.limits.totalMs, () => this.refuse('it waited too long', 'ask again'));
    try {
      const peer = await this.#peer;
      if (this.#abort.signal.aborted) return;
      const { kind, agent } = header;
      const ask = (prompt: string) => this.#ask(kind, prompt);
      this.#answer(await this.#house.handler({ kind, agent, body, peer, signal: this.#abort.signal, ask }));
    } catch (error) {
      if (!(error instanceof GatehouseError) && !this.#abort.signal.aborted) this.#house.defect(error);
      const why = error instanceof GatehouseError ? error.message : 'the supervisor failed on it';
      this.#answer(
        refusal(header.kind, why, error instanceof GatehouseError ? null : 'see the log of Gatehouse'),
      );
    }
  }

  /** One question at a time, in the order they were put. */
  #ask(kind: DoorKind, prompt: string): Promise<string | null> {
    const answer = this.#questions.then(async () => {
      if (kind !== 'command' || this.#state.is !== 'handling') return null;
      const frame = encodeQuestion(prompt);
      const { promise, resolve } = Promise.withResolvers<string | null>();
      this.#asked = resolve;
      this.#socket.write(frame);
      return promise;
    });
    this.#questions = answer.catch(() => null);
    return answer;
  }

  #reply(text: string): void {
    const asked = this.#asked;
    if (asked === null) {
      this.#violation('door: an answer to no question');
      return;
    }
    this.#asked = null;
    asked(text === '' ? null : text);
  }

  #oversize(): void {
    const mebibytes = Math.floor(this.#house.limits.maxBodyBytes / 1024 / 1024);
    this.#tell('oversize_call', `more than ${this.#house.limits.maxBodyBytes} bytes`);
    this.refuse(`it is larger than ${mebibytes} MiB`, 'split it into smaller ones');
  }

  #answer(answer: DoorAnswer): void {
    if (this.#state.is !== 'body' && this.#state.is !== 'handling') return;
    const { header } = this.#state;
    this.#settle({ is: 'answered' });
    let frame: Buffer;
    try {
      frame = encodeAnswer(header.nonce, answer);
    } catch (error) {
      this.#house.defect(error);
      frame = encodeAnswer(
        header.nonce,
        refusal(header.kind, 'the supervisor has no answer that can be sent'),
      );
    }
    this.#socket.end(frame);
    // Reading goes on: closing with bytes unread would reset the connection under the answer.
    this.#limit = setTimeout(() => this.#socket.destroy(), this.#house.limits.lingerMs);
  }

  /** Not our protocol: hung up without a word, because nobody who could read one is there. */
  #violation(detail: string): void {
    this.#tell('not_our_protocol', detail);
    this.#hangUp('protocol');
  }

  #hangUp(code: 'client_gone' | 'door_closed' | 'no_header' | 'protocol'): void {
    if (this.#state.is === 'gone') return;
    this.#settle({ is: 'gone' });
    this.#abort.abort(new GatehouseError(code, 'the connection has ended'));
    this.#socket.destroy();
  }

  #settle(state: State): void {
    this.#state = state;
    this.admitted = false;
    clearTimeout(this.#limit);
    clearTimeout(this.#bodyLimit);
    clearInterval(this.#heartbeat);
    this.#asked?.(null);
    this.#asked = null;
  }

  #beat(): void {
    // A client that does not read gets no more of them than one buffer holds.
    if (!this.#socket.writableNeedDrain) this.#socket.write(encodeHeartbeat());
  }

  #within(milliseconds: number, late: () => void): void {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(late, milliseconds);
  }

  #tell(what: SecurityEventName, detail: string): void {
    void this.#peer.then((peer) => this.#house.report(what, detail, peer));
  }
}
