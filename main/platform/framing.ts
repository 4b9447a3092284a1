/**
 * What is said at a door, byte by byte: the encoder and the decoder of both directions.
 *
 * Client to supervisor: `GATEHOUSE1 hook AGENT NONCE\n` or `GATEHOUSE1 command - NONCE\n` (nonce: 32 hex
 * digits), then chunks of a big-endian 32-bit length and at most 64 KiB, ended by an empty one. A question is
 * answered by one more chunk, an empty one for no answer. Or `GATEHOUSE1 mcp SERVER NONCE\n`, which asks for a
 * pipe and says no more until it has one (`tools` in SERVER's place: the governed tools); the launcher of sandboxes asks likewise, with `run -` for its control
 * connection and `inside KIND` for a connection that was made inside.
 * Supervisor to client: frames of one type byte, a big-endian 32-bit length, and a payload. `B` is a heartbeat,
 * `Q` a question, `A` the answer: exit code (1), length of stdout (4), length of stderr (4), stdout, stderr, and
 * a SHA-256 over the 16 bytes of the nonce and all of the payload before it. Nothing follows an answer. `P`
 * opens the pipe, with the SHA-256 of the nonce; from there on both directions are raw bytes.
 *
 * Decoders are strict and bounded: the first violation throws, and a decoder that threw is spent.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ByteQueue } from './byte-queue.ts';
import { GatehouseError } from './errors.ts';
import { GOVERNED_TOOLS, isServerName } from './server-name.ts';

export const NONCE_BYTES = 16;
export const MAX_CHUNK_BYTES = 64 * 1024;
/** Of stdout and stderr together. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_HEADER_BYTES = 128;
/** A question may show what it is about: the lines of a file that would change. */
export const MAX_PROMPT_BYTES = 64 * 1024;
const FRAME_HEADER_BYTES = 5;
const ANSWER_HEADER_BYTES = 9;
const DIGEST_BYTES = 32;
const HEADER =
  /^GATEHOUSE1 (?:hook (?<agent>[a-z0-9][a-z0-9-]{0,31})|mcp (?<server>[a-z0-9_-]{1,64})|run (?<run>-)|inside (?<inside>agent-door|http-proxy|socks5)|command -) (?<nonce>[0-9a-f]{32})$/;

/** The other side does not speak the protocol; `code` is `protocol`. */
export class ProtocolError extends GatehouseError {
  constructor(what: string) {
    super('protocol', `door: ${what}`);
  }
}

/** What is asked and answered whole. */
export type RequestKind = 'hook' | 'command';
/** What becomes a pipe: to an MCP server, of the launcher's control, or of a connection made in a sandbox. */
export type PipeKind = 'mcp' | 'run' | 'inside';
export type DoorKind = RequestKind | PipeKind;

export interface RequestHeader {
  readonly kind: RequestKind;
  /** Null for a command. */
  readonly agent: string | null;
  /** 16 random bytes, new for each connection. */
  readonly nonce: Buffer;
}

/** Asks for a pipe. */
export interface PipeHeader {
  readonly kind: PipeKind;
  /** The MCP server, or `tools`; with `inside` what is wanted (`agent-door`, `http-proxy`, `socks5`); with `run` only `-`. */
  readonly server: string;
  /** 16 random bytes, new for each connection. */
  readonly nonce: Buffer;
}

export type DoorHeader = RequestHeader | PipeHeader;

/** Exactly what the program at the other end prints, and its exit code (0 to 255). */
export interface DoorAnswer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function encodeHeader(header: DoorHeader): Buffer {
  const name = 'server' in header ? header.server : (header.agent ?? '-');
  return Buffer.from(`GATEHOUSE1 ${header.kind} ${name} ${header.nonce.toString('hex')}\n`, 'latin1');
}

/** The body as chunks, with the empty one that ends it. */
export function encodeBody(body: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += MAX_CHUNK_BYTES)
    parts.push(encodeChunk(body.subarray(at, at + MAX_CHUNK_BYTES)));
  parts.push(encodeChunk(new Uint8Array(0)));
  return Buffer.concat(parts);
}

/** One chunk. @throws ProtocolError above 64 KiB */
export function encodeChunk(bytes: Uint8Array): Buffer {
  if (bytes.length > MAX_CHUNK_BYTES) throw new ProtocolError(`a chunk of ${bytes.length} bytes`);
  return Buffer.concat([u32(bytes.length), bytes]);
}

export function encodeHeartbeat(): Buffer {
  return frame('B', Buffer.alloc(0));
}

/** @throws ProtocolError above 64 KiB */
export function encodeQuestion(prompt: string): Buffer {
  const text = Buffer.from(prompt, 'utf8');
  if (text.length > MAX_PROMPT_BYTES) throw new ProtocolError('a question longer than 64 KiB');
  return frame('Q', text);
}

/** @throws ProtocolError for an exit code that is not 0 to 255, or more than 16 MiB of text */
export function encodeAnswer(nonce: Uint8Array, answer: DoorAnswer): Buffer {
  if (!Number.isInteger(answer.exit) || answer.exit < 0 || answer.exit > 255) {
    throw new ProtocolError(`the exit code ${answer.exit}`);
  }
  const stdout = Buffer.from(answer.stdout, 'utf8');
  const stderr = Buffer.from(answer.stderr, 'utf8');
  if (stdout.length + stderr.length > MAX_ANSWER_BYTES)
    throw new ProtocolError('an answer longer than 16 MiB');
  const told = Buffer.concat([
    Buffer.from([answer.exit]),
    u32(stdout.length),
    u32(stderr.length),
    stdout,
    stderr,
  ]);
  return frame('A', Buffer.concat([told, digestOf(nonce, told)]));
}

/** Opens the pipe: proves that the header with this nonce was read. */
export function encodePipe(nonce: Uint8Array): Buffer {
  return frame('P', digestOf(nonce, Buffer.alloc(0)));
}

function frame(type: 'A' | 'B' | 'P' | 'Q', payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(type, 'latin1'), u32(payload.length), payload]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function digestOf(nonce: Uint8Array, told: Uint8Array): Buffer {
  return createHash('sha256').update(nonce).update(told).digest();
}

export type RequestEvent =
  | { readonly type: 'header'; readonly header: DoorHeader }
  | { readonly type: 'body'; readonly body: Buffer }
  /** The body is longer than allowed. It is not kept; later bytes are swallowed. */
  | { readonly type: 'too_large' }
  /** One chunk after the body: the answer to a question. Empty means none. */
  | { readonly type: 'reply'; readonly text: string }
  /** Of a pipe, as they come. */
  | { readonly type: 'raw'; readonly bytes: Buffer };

type RequestState = 'header' | 'body' | 'replies' | 'raw' | 'swallow' | 'spent';

/** Decodes what a client sends. */
export class RequestDecoder {
  readonly #incoming = new ByteQueue();
  readonly #maxBodyBytes: number;
  #state: RequestState = 'header';
  #kind: RequestKind = 'hook';
  #chunkLength: number | null = null;
  #body = new ByteQueue();
  #bodyLength = 0;

  constructor(options: { readonly maxBodyBytes: number }) {
    this.#maxBodyBytes = options.maxBodyBytes;
  }

  /** Bytes held for a body that is not complete. */
  get buffered(): number {
    return this.#incoming.length + this.#body.length;
  }

  /** Takes what came and tells what it completes, in order. @throws ProtocolError */
  take(bytes: Uint8Array): readonly RequestEvent[] {
    if (this.#state === 'spent') throw new ProtocolError('the decoder is spent');
    if (this.#state === 'swallow') return [];
    this.#incoming.add(bytes);
    const events: RequestEvent[] = [];
    try {
      for (let event = this.#next(); event !== null; event = this.#next()) {
        if (event !== 'more') events.push(event);
      }
    } catch (error) {
      this.#state = 'spent';
      throw error;
    }
    return events;
  }

  #next(): RequestEvent | 'more' | null {
    if (this.#state === 'swallow') return null;
    if (this.#state === 'header') return this.#header();
    if (this.#state === 'raw') {
      if (this.#incoming.length === 0) return null;
      return { type: 'raw', bytes: Buffer.from(this.#incoming.take(this.#incoming.length)) };
    }
    if (this.#chunkLength === null) {
      if (this.#incoming.length < 4) return null;
      if (this.#state === 'replies' && this.#kind === 'hook')
        throw new ProtocolError('a hook said more than its call');
      this.#chunkLength = this.#incoming.take(4).readUInt32BE();
      if (this.#chunkLength > MAX_CHUNK_BYTES)
        throw new ProtocolError(`a chunk of ${this.#chunkLength} bytes`);
      if (this.#state === 'body') this.#bodyLength += this.#chunkLength;
      if (this.#bodyLength > this.#maxBodyBytes) {
        this.#state = 'swallow';
        this.#body = new ByteQueue();
        return { type: 'too_large' };
      }
    }
    if (this.#incoming.length < this.#chunkLength) return null;
    const chunk = this.#incoming.take(this.#chunkLength);
    this.#chunkLength = null;
    if (this.#state === 'replies') return { type: 'reply', text: chunk.toString('utf8') };
    if (chunk.length > 0) {
      this.#body.add(chunk);
      return 'more';
    }
    this.#state = 'replies';
    const body = this.#body.take(this.#body.length);
    this.#body = new ByteQueue();
    return { type: 'body', body };
  }

  #header(): RequestEvent | null {
    const end = this.#incoming.indexOf(10, MAX_HEADER_BYTES);
    if (end < 0) {
      if (this.#incoming.length >= MAX_HEADER_BYTES) throw new ProtocolError('a first line without an end');
      return null;
    }
    const parts = HEADER.exec(this.#incoming.take(end + 1).toString('latin1', 0, end))?.groups;
    if (parts === undefined) throw new ProtocolError('a first line that is not one');
    const { agent = null, server, run, inside } = parts;
    const nonce = Buffer.from(parts['nonce'] ?? '', 'hex');
    if (server !== undefined) {
      if (server !== GOVERNED_TOOLS && !isServerName(server))
        throw new ProtocolError('a name that no MCP server can have');
      this.#state = 'raw';
      return { type: 'header', header: { kind: 'mcp', server, nonce } };
    }
    const wanted = run ?? inside;
    if (wanted !== undefined) {
      this.#state = 'raw';
      const kind = run === undefined ? 'inside' : 'run';
      return { type: 'header', header: { kind, server: wanted, nonce } };
    }
    this.#kind = agent === null ? 'command' : 'hook';
    this.#state = 'body';
    return { type: 'header', header: { kind: this.#kind, agent, nonce } };
  }
}

export type AnswerEvent =
  | { readonly type: 'heartbeat' }
  | { readonly type: 'question'; readonly prompt: string }
  /** Whole and verified. It counts only once the connection has ended without another byte. */
  | { readonly type: 'answer'; readonly answer: DoorAnswer }
  /** The pipe is open, verified. `rest` came with it and belongs to the pipe, as does all that follows. */
  | { readonly type: 'pipe'; readonly rest: Buffer };

/** Decodes what a supervisor sends. */
export class AnswerDecoder {
  readonly #incoming = new ByteQueue();
  readonly #nonce: Uint8Array;
  readonly #wants: 'answer' | 'pipe';
  #open: { readonly type: string; readonly length: number } | null = null;
  #state: 'open' | 'answered' | 'spent' = 'open';

  /**
   * @param nonce  the 16 bytes sent in this connection's header
   * @param wants  `pipe` when that header asked for one; it may be answered all the same
   */
  constructor(nonce: Uint8Array, wants: 'answer' | 'pipe' = 'answer') {
    this.#nonce = nonce;
    this.#wants = wants;
  }

  /** Takes what came and tells what it completes, in order. @throws ProtocolError */
  take(bytes: Uint8Array): readonly AnswerEvent[] {
    if (this.#state === 'spent') throw new ProtocolError('the decoder is spent');
    this.#incoming.add(bytes);
    const events: AnswerEvent[] = [];
    try {
      for (let event = this.#next(); event !== null; event = this.#next()) events.push(event);
    } catch (error) {
      this.#state = 'spent';
      throw error;
    }
    return events;
  }

  #next(): AnswerEvent | null {
    if (this.#state === 'answered') {
      if (this.#incoming.length > 0) throw new ProtocolError('more than an answer');
      return null;
    }
    if (this.#open === null) {
      if (this.#incoming.length < FRAME_HEADER_BYTES) return null;
      const header = this.#incoming.take(FRAME_HEADER_BYTES);
      this.#open = { type: header.toString('latin1', 0, 1), length: header.readUInt32BE(1) };
      checkFrame(this.#open.type, this.#open.length, this.#wants);
    }
    if (this.#incoming.length < this.#open.length) return null;
    const payload = this.#incoming.take(this.#open.length);
    const type = this.#open.type;
    this.#open = null;
    if (type === 'B') return { type: 'heartbeat' };
    if (type === 'Q') return { type: 'question', prompt: payload.toString('utf8') };
    if (type === 'P') return this.#pipe(payload);
    const answer = this.#answer(payload);
    this.#state = 'answered';
    return { type: 'answer', answer };
  }

  /** What comes next is no frame: the decoder has nothing more to say. */
  #pipe(payload: Buffer): AnswerEvent {
    if (!timingSafeEqual(digestOf(this.#nonce, Buffer.alloc(0)), payload))
      throw new ProtocolError('a pipe that belongs to another connection');
    this.#state = 'spent';
    return { type: 'pipe', rest: Buffer.from(this.#incoming.take(this.#incoming.length)) };
  }

  #answer(payload: Buffer): DoorAnswer {
    const told = payload.subarray(0, payload.length - DIGEST_BYTES);
    if (!timingSafeEqual(digestOf(this.#nonce, told), payload.subarray(told.length))) {
      throw new ProtocolError('an answer that is damaged or belongs to another call');
    }
    const outLength = told.readUInt32BE(1);
    const errLength = told.readUInt32BE(5);
    if (ANSWER_HEADER_BYTES + outLength + errLength !== told.length) {
      throw new ProtocolError('an answer whose lengths do not add up');
    }
    const middle = ANSWER_HEADER_BYTES + outLength;
    return {
      exit: told.readUInt8(0),
      stdout: told.toString('utf8', ANSWER_HEADER_BYTES, middle),
      stderr: told.toString('utf8', middle),
    };
  }
}

function checkFrame(type: string, length: number, wants: 'answer' | 'pipe'): void {
  if (type === 'B') {
    if (length !== 0) throw new ProtocolError('a heartbeat that is not empty');
  } else if (type === 'P' && wants === 'pipe') {
    if (length !== DIGEST_BYTES) throw new ProtocolError('a pipe without its proof');
  } else if (type === 'Q' && wants === 'answer') {
    if (length > MAX_PROMPT_BYTES) throw new ProtocolError('a question longer than 64 KiB');
  } else if (type === 'A') {
    if (length < ANSWER_HEADER_BYTES + DIGEST_BYTES) throw new ProtocolError('an answer too short to be one');
    if (length > ANSWER_HEADER_BYTES + MAX_ANSWER_BYTES + DIGEST_BYTES)
      throw new ProtocolError('an answer too long');
  } else {
    throw new ProtocolError('a frame of an unknown type');
  }
}
