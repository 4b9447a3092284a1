/**
 * Bytes in, bytes out, in order: one buffer that grows by doubling and is reused.
 *
 * Copies every byte once, so that a sender of a million one-byte pieces costs no more than one of a megabyte.
 */
const FIRST_CAPACITY = 256;

export class ByteQueue {
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  add(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (this.#end + bytes.length > this.#buffer.length) {
      const grown =
        needed <= this.#buffer.length / 2 ? this.#buffer : Buffer.allocUnsafe(capacityFor(needed));
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      this.#end = this.length;
      this.#start = 0;
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The first `count` bytes (or all, when there are fewer) leave the queue. Valid until the next `add`. */
  take(count: number): Buffer {
    const taken = this.#buffer.subarray(this.#start, Math.min(this.#start + count, this.#end));
    this.#start += taken.length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return taken;
  }

  /** Position of a byte's first occurrence among the first `limit` bytes, or -1. */
  indexOf(byte: number, limit: number): number {
    return this.#buffer.subarray(this.#start, Math.min(this.#start + limit, this.#end)).indexOf(byte);
  }
}

function capacityFor(length: number): number {
  let capacity = FIRST_CAPACITY;
  while (capacity < length) capacity *= 2;
  return capacity;
}
