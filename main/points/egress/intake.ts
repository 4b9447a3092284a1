/** The beginning of what a client sends, taken piece by piece until it is enough. */
import type { Duplex } from 'node:stream';
import { refusal } from './target.ts';

/** More than a client sends before it is answered. */
const MOST_EARLY = 64 * 1024;

export class Intake {
  readonly #socket: Duplex;
  #held: Buffer = Buffer.alloc(0);
  #limit: NodeJS.Timeout | undefined;
  #late = false;
  #onLate: () => void = () => undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** What has come and was not taken. It is the caller's from here on. */
  rest(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }

  /**
   * Reads on while something else is waited for, because only who reads learns that the other side has ended.
   *
   * @returns stops it; what came is in `rest`
   */
  watch(onEnd: () => void): () => void {
    const more = (chunk: Buffer) => {
      this.#held = Buffer.concat([this.#held, chunk]);
      if (this.#held.length > MOST_EARLY) this.#socket.pause();
    };
    this.#socket.on('data', more).on('end', onEnd).resume();
    return () => void this.#socket.off('data', more).off('end', onEnd).pause();
  }

  /**
   * All that `read` takes must have come within so many milliseconds: a client that sends a byte a minute holds
   * nothing up for longer than that in all.
   */
  async within<T>(milliseconds: number, read: () => Promise<T>): Promise<T> {
    this.#limit = setTimeout(() => {
      this.#late = true;
      this.#onLate();
    }, milliseconds);
    try {
      return await read();
    } finally {
      clearTimeout(this.#limit);
    }
  }

  /** The next bytes, so many of them. @throws as `until` */
  async take(length: number): Promise<Buffer> {
    return this.until((held) => (held.length >= length ? length : null), length);
  }

  /**
   * Waits until `measure` says how many bytes are enough, and takes these.
   *
   * @throws GatehouseError `egress_refused` when more than `most` have come and it does not, or the time of
   * `within` is over
   */
  until(measure: (held: Buffer) => number | null, most: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#onLate = () => undefined;
        this.#socket.off('data', more).off('end', over).off('close', over).pause();
      };
      const fail = (error: unknown) => {
        settle();
        reject(error);
      };
      const look = (): boolean => {
        try {
          const length = measure(this.#held);
          if (length !== null) {
            const taken = this.#held.subarray(0, length);
            this.#held = this.#held.subarray(length);
            settle();
            resolve(taken);
            return true;
          }
          if (this.#held.length > most) fail(refusal('more than a beginning may be long'));
        } catch (error) {
          fail(error);
        }
        return false;
      };
      const more = (chunk: Buffer) => {
        this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
        look();
      };
      const over = () => fail(refusal('it ended before it said what it wants'));
      const late = () => fail(refusal('it did not say in time what it wants'));
      if (this.#late) return late();
      this.#onLate = late;
      if (look()) return;
      if (this.#socket.destroyed || this.#socket.readableEnded) return over();
      this.#socket.on('data', more).on('end', over).on('close', over).resume();
    });
  }
}
