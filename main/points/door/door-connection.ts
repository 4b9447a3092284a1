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
  type PipeHeader,
  type PipeKind,
  RequestDecoder,
  type RequestEvent,
  type RequestHeader,
} from '../../platform/framing.ts';
import type { Peer } from '../../platform/peer.ts';
import { DoorQuestions } from './door-questions.ts';
import { type DoorHouse, refusal, type SecurityEventName } from './door-request.ts';
import { WaitingPipe } from './waiting-pipe.ts';

type State =
  | { readonly is: 'header' }
  | { readonly is: 'body'; readonly header: RequestHeader }
  | { readonly is: 'handling'; readonly header: RequestHeader }
  | { readonly is: 'pipe waits'; readonly header: PipeHeader; readonly pipe: WaitingPipe }
  | { readonly is: 'pipe' }
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
  readonly #questions: DoorQuestions;
  #state: State = { is: 'header' };
  #pipeKind: PipeKind = 'mcp';
  #limit: NodeJS.Timeout | undefined;
  #bodyLimit: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(socket: Socket, peer: Promise<Peer>, house: DoorHouse) {
    this.#socket = socket;
    this.#peer = peer;
    this.#house = house;
    this.#decoder = new RequestDecoder({ maxBodyBytes: house.limits.maxBodyBytes });
    this.#questions = new DoorQuestions(
      socket,
      () => this.#state.is === 'handling' && this.#state.header.kind === 'command',
    );
    this.#within(house.limits.headerMs, () => this.#hangUp('no_header'));
    socket.on('data', this.#take);
    // A client that has its answer may hang up while the answer is still being written; a pipe's ends are its own.
    socket.on('end', () => {
      if (this.#state.is !== 'answered' && this.#state.is !== 'pipe') this.#hangUp('client_gone');
    });
    socket.on('error', () => this.#hangUp('client_gone'));
    socket.on('close', () => this.#hangUp('client_gone'));
  }

  /** As what it counts while it is a pipe that waits or is open; null otherwise. */
  get piped(): PipeKind | null {
    return this.#state.is === 'pipe waits' || this.#state.is === 'pipe' ? this.#pipeKind : null;
  }

  get buffered(): number {
    return this.#state.is === 'body' ? this.#decoder.buffered : 0;
  }

  /** Refuses what is under way with a line, ends an open pipe; hangs up where no line can be believed yet. */
  refuse(why: string, hint: string | null = null): void {
    if (this.#state.is === 'body' || this.#state.is === 'handling' || this.#state.is === 'pipe waits') {
      this.#answer(refusal(this.#state.header.kind, why, hint));
      this.#abort.abort(new GatehouseError('door_closed', why));
    } else if (this.#state.is === 'pipe') {
      this.#abort.abort(new GatehouseError('door_closed', why));
      this.#socket.end();
    } else if (this.#state.is === 'header') {
      this.#hangUp('door_closed');
    }
  }

  destroy(): void {
    this.#hangUp('door_closed');
  }

  readonly #take = (bytes: Buffer): void => {
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
  };

  #on(event: RequestEvent): void {
    // An earlier event of the same bytes may have ended it.
    if (this.#state.is === 'answered' || this.#state.is === 'gone') return;
    switch (event.type) {
      case 'header':
        if ('server' in event.header) void this.#offer(event.header);
        else this.#begin(event.header);
        return;
      case 'body':
        void this.#handle(event.body);
        return;
      case 'raw':
        if (this.#state.is === 'pipe waits') this.#state.pipe.putBack(event.bytes);
        return;
      case 'reply':
        if (!this.#questions.answer(event.text)) this.#violation('door: an answer to no question');
        return;
      case 'too_large':
        this.#oversize();
    }
  }

  #begin(header: RequestHeader): void {
    const { limits, takes } = this.#house;
    this.#state = { is: 'body', header };
    if (header.kind !== takes) {
      this.#wrongDoor(header);
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
    this.#keepAlive();
  }

  /** Puts a pipe before the door's owner, and waits for what they say. */
  async #offer(header: PipeHeader): Promise<void> {
    const { limits, takes, onPipe } = this.#house;
    const admitted = this.#house.admitPipe(header.kind);
    this.#socket.removeListener('data', this.#take);
    const pipe = new WaitingPipe(this.#socket);
    this.#state = { is: 'pipe waits', header, pipe };
    this.#pipeKind = header.kind;
    if (takes !== 'hook') {
      this.#wrongDoor(header);
      return;
    }
    if (onPipe === null) {
      this.refuse('this supervisor takes no pipes here', 'update Gatehouse and restart it');
      return;
    }
    if (!admitted) {
      const [most, what] = header.kind === 'mcp' ? [limits.maxPipes, 'MCP'] : [limits.maxInside, 'sandbox'];
      this.#tell('too_many_requests', `more than ${most} ${what} pipes at once`);
      this.refuse(`${most} ${what} pipes are open already`, 'end an agent that needs none');
      return;
    }
    this.#within(limits.totalMs, () => this.refuse('it waited too long', 'ask again'));
    this.#keepAlive();
    const peer = await this.#peer;
    if (this.#abort.signal.aborted) return;
    const offered = pipe.offer(header, peer, this.#abort.signal, {
      begin: () => {
        if (this.#state.is !== 'pipe waits') return false;
        this.#settle({ is: 'pipe' });
        return true;
      },
      refuse: (answer) => this.#answer(answer),
    });
    try {
      onPipe(offered);
    } catch (error) {
      this.#house.defect(error);
      this.refuse('the supervisor failed on it', 'see the log of Gatehouse');
    }
  }

  #wrongDoor(header: DoorHeader): void {
    const { takes } = this.#house;
    const door = takes === 'hook' ? 'agent' : 'supervisor';
    const what = 'server' in header ? 'pipe' : header.kind;
    this.#tell('wrong_door', `a ${what} came to the door for ${takes}s`);
    this.refuse(`the ${door} door takes no ${what}s`, 'run `gatehouse agents doctor`');
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
      const ask = (prompt: string) => this.#questions.ask(prompt);
      this.#answer(await this.#house.handler({ kind, agent, body, peer, signal: this.#abort.signal, ask }));
    } catch (error) {
      if (!(error instanceof GatehouseError) && !this.#abort.signal.aborted) this.#house.defect(error);
      const why = error instanceof GatehouseError ? error.message : 'the supervisor failed on it';
      this.#answer(
        refusal(header.kind, why, error instanceof GatehouseError ? null : 'see the log of Gatehouse'),
      );
    }
  }

  #oversize(): void {
    const mebibytes = Math.floor(this.#house.limits.maxBodyBytes / 1024 / 1024);
    this.#tell('oversize_call', `more than ${this.#house.limits.maxBodyBytes} bytes`);
    this.refuse(`it is larger than ${mebibytes} MiB`, 'split it into smaller ones');
  }

  #answer(answer: DoorAnswer): void {
    const state = this.#state;
    if (state.is !== 'body' && state.is !== 'handling' && state.is !== 'pipe waits') return;
    const { header } = state;
    this.#settle({ is: 'answered' });
    if (state.is === 'pipe waits') state.pipe.drain();
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
    this.#questions.answer(null);
  }

  #keepAlive(): void {
    this.#heartbeat = setInterval(() => this.#beat(), this.#house.limits.heartbeatMs);
    this.#beat();
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
