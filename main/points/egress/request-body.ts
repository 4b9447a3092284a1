/** Passes one body on and nothing behind it: what follows is no part of the request that was decided. */
import { Transform, type TransformCallback } from 'node:stream';
import type { Framing } from './http-head.ts';
import { refusal } from './target.ts';

type Part = 'size' | 'data' | 'data_end' | 'last' | 'over';

const LONGEST_SIZE_LINE = 18;

export class RequestBody extends Transform {
  #part: Part;
  #left: number;
  readonly #chunked: boolean;
  #line = '';

  constructor(framing: Framing) {
    super();
    this.#chunked = framing.kind === 'chunked';
    this.#left = framing.kind === 'length' ? framing.bytes : 0;
    this.#part = this.#chunked ? 'size' : this.#left === 0 ? 'over' : 'data';
  }

  /** Everything of the body has gone through. */
  get whole(): boolean {
    return this.#part === 'over';
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.push(chunk.subarray(0, this.#measure(chunk)));
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    done(this.whole ? null : refusal('its body ended too early'));
  }

  /** How much of a chunk still belongs to the body. */
  #measure(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.#part !== 'over') {
      if (this.#part === 'data') {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#part = this.#chunked ? 'data_end' : 'over';
      } else {
        this.#line += String.fromCharCode(chunk[at] ?? 0);
        at += 1;
        if (this.#line.endsWith('\n')) this.#endLine();
        else if (this.#line.length > LONGEST_SIZE_LINE) throw refusal('a chunk whose size is none');
      }
    }
    return at;
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = '';
    if (this.#part === 'data_end' || this.#part === 'last') {
      if (line !== '\r\n')
        throw refusal(`something ${this.#part === 'last' ? 'after' : 'in'} a body of chunks that is none`);
      this.#part = this.#part === 'last' ? 'over' : 'size';
      return;
    }
    const size = /^([0-9a-fA-F]{1,12})\r\n$/.exec(line)?.[1];
    if (size === undefined) throw refusal('a chunk whose size is none');
    this.#left = Number.parseInt(size, 16);
    this.#part = this.#left === 0 ? 'last' : 'data';
  }
}
