/** Bytes between a client and the place it was let through to, counted, until both have ended. */
import type { Socket } from 'node:net';
import { type Duplex, Transform, type TransformCallback } from 'node:stream';
import { messageOf } from '../../platform/errors.ts';
import { type FirstWords, firstWords, LONGEST_FIRST_WORDS } from './first-words.ts';
import { refusal, type Target } from './target.ts';

/** A model may think for long before it says a word. */
const IDLE_MS = 30 * 60_000;
/** One side has ended and the other says nothing. */
const HALF_OPEN_MS = 60_000;
const FIRST_WORDS_MS = 15_000;

export interface Traffic {
  readonly up: number;
  readonly down: number;
  /** What went wrong; null when both sides ended by themselves. */
  readonly problem: string | null;
  /** It was ended because of what the client sent. */
  readonly refused: boolean;
}

/** Holds back what a client sends until its first words are known to be for the target. */
export class FirstLook extends Transform {
  readonly #target: Target;
  #timer: NodeJS.Timeout | undefined;
  #held: Buffer | null = Buffer.alloc(0);

  constructor(target: Target) {
    super();
    this.#target = target;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#held === null) {
      done(null, chunk);
      return;
    }
    this.#timer ??= setTimeout(
      () => this.destroy(refusal('its first words did not come in time')),
      FIRST_WORDS_MS,
    );
    this.#held = Buffer.concat([this.#held, chunk]);
    const words: FirstWords = firstWords(this.#held, this.#target);
    if (words.kind === 'refuse') done(refusal(words.why));
    else if (words.kind === 'pass') {
      this.#release();
      done();
    } else done(this.#held.length > LONGEST_FIRST_WORDS ? refusal('first words without an end') : null);
  }

  override _flush(done: TransformCallback): void {
    const words: FirstWords = firstWords(this.#held ?? Buffer.alloc(0), this.#target, true);
    if (words.kind === 'refuse') {
      done(refusal(words.why));
      return;
    }
    this.#release();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    done(error);
  }

  /** Too short to be anything that is looked for, or fit for the target. */
  #release(): void {
    clearTimeout(this.#timer);
    if (this.#held !== null && this.#held.length > 0) this.push(this.#held);
    this.#held = null;
  }
}

/**
 * Passes bytes both ways until both sides have ended, one is broken, or nothing moves any more.
 *
 * @param first  what the client sent before it was let through
 * @param gate   what the client's bytes pass on their way
 */
export function tunnel(client: Duplex, place: Socket, gate: Transform, first: Buffer): Promise<Traffic> {
  return new Promise((resolve) => {
    let problem: string | null = null;
    let refused = false;
    let down = 0;
    const fail = (error: Error, isOurs = false) => {
      problem ??= messageOf(error);
      refused ||= isOurs;
      client.destroy();
      place.destroy();
      gate.destroy();
    };
    const ended = () => {
      if (!client.closed || !place.closed) return;
      clearTimeout(halfOpen);
      clearTimeout(idle);
      resolve({ up: place.bytesWritten, down, problem, refused });
    };
    let halfOpen: NodeJS.Timeout | undefined;
    const oneEnded = () => {
      halfOpen ??= setTimeout(
        () => fail(new Error('one side had ended, and the other said nothing')),
        HALF_OPEN_MS,
      );
    };
    const idle = setTimeout(() => fail(new Error('nothing moved for half an hour')), IDLE_MS);
    const moved = () => {
      idle.refresh();
      halfOpen?.refresh();
    };
    client.on('error', (error) => fail(error));
    place.on('error', (error) => fail(error));
    gate.on('error', (error) => fail(error, true));
    for (const side of [client, place]) {
      side.on('end', oneEnded);
      side.on('close', () => {
        if (side === client) gate.end();
        else if (!client.writableEnded) client.end();
        // Whoever is gone takes no more: the other is not kept open for it.
        if (side === client && !client.readableEnded) place.destroy();
        if (side === place && !place.readableEnded) client.destroy();
        ended();
      });
    }
    place.on('data', (chunk: Buffer) => {
      down += chunk.length;
      moved();
    });
    if (first.length > 0) gate.write(first);
    gate.pipe(place);
    gate.on('data', moved);
    // It may have said all it has to say before it was let through.
    if (client.readableEnded) gate.end();
    else client.pipe(gate);
    place.pipe(client);
    if (client.destroyed) place.destroy();
    ended();
  });
}
