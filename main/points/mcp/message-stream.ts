/**
 * MCP over a byte stream: one message a line, both ways.
 *
 * Lines are bounded, and a reader that is slow slows the writer: nothing here buffers without end.
 */
import type { Duplex, Readable, Writable } from 'node:stream';
import { ByteQueue } from '../../platform/byte-queue.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { RpcMessage } from './json-rpc.ts';

/** One line. A picture as base64 in a result is the longest thing that passes in practice. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;
/** Of lines that wait to be written; beyond it the other side does not read and the stream is ended. */
const MAX_UNWRITTEN_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface LineEvents {
  /** A whole line without its end, never empty. */
  line(text: string): void;
  /** The stream ended, or broke; called once, and nothing comes after it. */
  end(error: Error | null): void;
}

/** Splits what comes in into lines. Ends the stream with an error at a line that is too long. */
export function readLines(stream: Readable, events: LineEvents, maxBytes = MAX_LINE_BYTES): void {
  const queue = new ByteQueue();
  let ended = false;
  const end = (error: Error | null) => {
    if (ended) return;
    ended = true;
    events.end(error);
  };
  stream.on('data', (bytes: Buffer) => {
    if (ended) return;
    // Only what came in now can hold the end of a line: a long one is searched once.
    const whole = bytes.includes(NEWLINE);
    queue.add(bytes);
    while (whole) {
      const at = queue.indexOf(NEWLINE, queue.length);
      if (at < 0) break;
      const text = queue.take(at).toString('utf8').trim();
      queue.take(1);
      if (text !== '') events.line(text);
      if (ended) return;
    }
    if (queue.length > maxBytes) {
      end(new GatehouseError('line_too_long', `a message is longer than ${maxBytes} bytes`));
      stream.destroy();
    }
  });
  stream.on('end', () => end(null));
  stream.on('close', () => end(null));
  stream.on('error', (error) => end(error));
}

/** Writes messages as lines. */
export class LineWriter {
  readonly #stream: Writable;

  constructor(stream: Writable | Duplex) {
    this.#stream = stream;
  }

  /**
   * Writes one message. Does nothing when the stream has ended.
   *
   * @throws GatehouseError `reader_stuck` when the other side has not read for a very long time
   */
  write(message: RpcMessage): void {
    if (this.#stream.destroyed || this.#stream.writableEnded) return;
    if (this.#stream.writableLength > MAX_UNWRITTEN_BYTES) {
      const error = new GatehouseError('reader_stuck', 'the other side does not read what it is sent');
      this.#stream.destroy(error);
      throw error;
    }
    this.#stream.write(`${JSON.stringify(message)}\n`);
  }

  end(): void {
    if (!this.#stream.destroyed && !this.#stream.writableEnded) this.#stream.end();
  }
}
