/**
 * What the supervisor sends: `B` a heartbeat, `A` the answer, and `P`, which opens the pipe for who asked for one.
 */
import { createHash } from 'node:crypto';
import { block } from './say.mjs';

const FRAME_HEADER_BYTES = 5;
const ANSWER_HEADER_BYTES = 9;
const DIGEST_BYTES = 32;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Reads frames; calls block() at the first thing that cannot be believed. */
export class FrameReader {
  /** Whole and verified. */
  answer = null;
  /** Set when the pipe was opened: what came after that in the same bytes. Nothing may be taken any more. */
  rest = null;
  #nonce;
  #wantsPipe;
  #header = Buffer.alloc(0);
  #payload = null;
  #used = 0;

  constructor(nonce, wantsPipe) {
    this.#nonce = nonce;
    this.#wantsPipe = wantsPipe;
  }

  /** @returns {boolean} whether a frame was completed */
  take(data) {
    let completed = false;
    let rest = data;
    while (rest.length > 0) {
      if (this.answer !== null) distrust('it sent more than an answer');
      if (this.#payload === null) {
        const part = rest.subarray(0, FRAME_HEADER_BYTES - this.#header.length);
        this.#header = Buffer.concat([this.#header, part]);
        rest = rest.subarray(part.length);
        if (this.#header.length === FRAME_HEADER_BYTES) completed = this.#open() || completed;
        continue;
      }
      const part = rest.subarray(0, this.#payload.length - this.#used);
      part.copy(this.#payload, this.#used);
      this.#used += part.length;
      rest = rest.subarray(part.length);
      if (this.#used < this.#payload.length) continue;
      completed = true;
      if (this.#header.toString('latin1', 0, 1) === 'P') {
        this.#openPipe(this.#payload);
        this.rest = rest;
        return true;
      }
      this.answer = this.#close(this.#payload);
    }
    return completed;
  }

  #open() {
    const type = this.#header.toString('latin1', 0, 1);
    const size = this.#header.readUInt32BE(1);
    if (type === 'B') {
      if (size !== 0) distrust('it sent a heartbeat that is not empty');
      this.#header = Buffer.alloc(0);
      return true;
    }
    if (type === 'P') {
      if (!this.#wantsPipe) distrust('it opened a pipe, which nobody asked for');
      if (size !== DIGEST_BYTES) distrust('it opened the pipe without the proof that it may');
      this.#payload = Buffer.alloc(size);
      return false;
    }
    if (type === 'Q') distrust('it asked a question, which nobody here can answer');
    if (type !== 'A') distrust("it does not speak the door's language");
    if (size < ANSWER_HEADER_BYTES + DIGEST_BYTES) distrust('its answer is too short to be one');
    if (size > ANSWER_HEADER_BYTES + MAX_ANSWER_BYTES + DIGEST_BYTES) distrust('its answer is too long');
    this.#payload = Buffer.alloc(size);
    return false;
  }

  #openPipe(payload) {
    if (!createHash('sha256').update(this.#nonce).digest().equals(payload))
      distrust('the pipe it opened belongs to another connection');
  }

  #close(payload) {
    const told = payload.subarray(0, payload.length - DIGEST_BYTES);
    const digest = createHash('sha256').update(this.#nonce).update(told).digest();
    if (!digest.equals(payload.subarray(told.length)))
      distrust('its answer is damaged or belongs to another call');
    const outEnd = ANSWER_HEADER_BYTES + told.readUInt32BE(1);
    if (outEnd + told.readUInt32BE(5) !== told.length) distrust('the lengths in its answer do not add up');
    return {
      exit: told.readUInt8(0),
      out: told.subarray(ANSWER_HEADER_BYTES, outEnd),
      err: told.subarray(outEnd),
    };
  }
}

function distrust(why) {
  block(`the supervisor's answer cannot be trusted: ${why}`, 'restart Gatehouse');
}
