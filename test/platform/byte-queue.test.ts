import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../main/platform/byte-queue.ts';
import { randomFrom } from '../engine/calls.ts';

describe('the byte queue', () => {
  it('gives bytes back in their order, as many as there are', () => {
    const queue = new ByteQueue();
    expect([queue.length, queue.take(5).length]).toEqual([0, 0]);
    queue.add(Buffer.from('hello '));
    queue.add(Buffer.alloc(0));
    queue.add(Buffer.from('world'));
    expect(queue.length).toBe(11);
    expect(queue.take(4).toString()).toBe('hell');
    expect(queue.take(0).length).toBe(0);
    expect(queue.take(100).toString()).toBe('o world');
    expect(queue.length).toBe(0);
  });

  it('copies what it is given: the sender may use its buffer again', () => {
    const queue = new ByteQueue();
    const piece = Buffer.from('abc');
    queue.add(piece);
    piece.fill('x');
    expect(queue.take(3).toString()).toBe('abc');
  });

  it('finds a byte among the first so many, and nowhere else', () => {
    const queue = new ByteQueue();
    queue.add(Buffer.from('..\nabc\n'));
    queue.take(2);
    expect([queue.indexOf(10, 1), queue.indexOf(10, 100)]).toEqual([0, 0]);
    queue.take(1);
    expect([queue.indexOf(10, 3), queue.indexOf(10, 4), queue.indexOf(0, 100)]).toEqual([-1, 3, -1]);
    queue.take(4);
    // What was taken is still in the memory behind, and must not be found.
    expect(queue.indexOf(10, 100)).toBe(-1);
  });

  it('agrees with plain concatenation over random pieces', () => {
    const random = randomFrom(3);
    const below = (limit: number) => Math.floor(random() * limit);
    const queue = new ByteQueue();
    let model = Buffer.alloc(0);
    let next = 0;
    for (let step = 0; step < 4000; step += 1) {
      if (random() < 0.55) {
        const piece = Buffer.from(
          Array.from({ length: below(step % 50 === 0 ? 3000 : 60) }, () => next++ & 0xff),
        );
        queue.add(piece);
        model = Buffer.concat([model, piece]);
      } else {
        const count = below(200);
        const expected = model.subarray(0, count);
        expect(queue.take(count).equals(expected)).toBe(true);
        model = model.subarray(expected.length);
      }
      expect(queue.length).toBe(model.length);
      const [byte, limit] = [below(256), below(300)];
      expect(queue.indexOf(byte, limit)).toBe(model.subarray(0, limit).indexOf(byte));
    }
  });

  it('takes a million one-byte pieces without copying them over and over', () => {
    const queue = new ByteQueue();
    const copied: number[] = [];
    const copy = Buffer.prototype.copy;
    Buffer.prototype.copy = function counted(this: Buffer, ...args: Parameters<typeof copy>) {
      const bytes = copy.apply(this, args);
      copied.push(bytes);
      return bytes;
    } as typeof copy;
    try {
      for (let index = 0; index < 1_000_000; index += 1) queue.add(Uint8Array.of(index & 0xff));
    } finally {
      Buffer.prototype.copy = copy;
    }
    expect(queue.length).toBe(1_000_000);
    expect(copied.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(2_000_000);
    expect(queue.take(1_000_000)[70_000]).toBe(70_000 & 0xff);
  });

  it('does not grow when as much is taken as is added', () => {
    const queue = new ByteQueue();
    const piece = Buffer.alloc(1000, 1);
    for (let round = 0; round < 10_000; round += 1) {
      queue.add(piece);
      queue.take(round === 0 ? 10 : 1000);
    }
    queue.add(Buffer.alloc(1));
    // The memory behind a taken piece tells how much there is; a small piece of it is Node's own pool.
    expect(queue.take(1).buffer.byteLength).toBeLessThanOrEqual(64 * 1024);
  });
});
