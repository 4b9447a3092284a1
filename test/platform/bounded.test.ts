import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bounded } from '../../main/platform/bounded.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A task that a test ends by hand. */
function handmade<T>() {
  let started = false;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const task = () => {
    started = true;
    return promise;
  };
  return { task, resolve, reject, isStarted: () => started };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('bounded work', () => {
  it('gives what the task gives, null and undefined included', async () => {
    const bounded = new Bounded(1);
    await expect(bounded.run(100, async () => 7)).resolves.toBe(7);
    await expect(bounded.run(100, async () => undefined)).resolves.toBeUndefined();
  });

  it('lets so many run at once, the rest in their order', async () => {
    const bounded = new Bounded(2);
    const tasks = Array.from({ length: 5 }, () => handmade<number>());
    const results = tasks.map(({ task }) => bounded.run(1000, task));
    await settle();
    expect(tasks.map((task) => task.isStarted())).toEqual([true, true, false, false, false]);
    tasks[1]?.resolve(1);
    await settle();
    expect(tasks.map((task) => task.isStarted())).toEqual([true, true, true, false, false]);
    for (const [index, task] of tasks.entries()) {
      task.resolve(index);
      await settle();
    }
    await expect(Promise.all(results)).resolves.toEqual([0, 1, 2, 3, 4]);
  });

  it('gives up on what hangs, which keeps its place until it ends', async () => {
    const bounded = new Bounded(1);
    const hanging = handmade<number>();
    const first = bounded.run(100, hanging.task);
    await vi.advanceTimersByTimeAsync(100);
    await expect(first).resolves.toBeNull();
    const next = handmade<number>();
    const second = bounded.run(100, next.task);
    await vi.advanceTimersByTimeAsync(100);
    await expect(second).resolves.toBeNull();
    expect(next.isStarted()).toBe(false);
    hanging.resolve(1);
    await settle();
    await expect(bounded.run(100, async () => 3)).resolves.toBe(3);
  });

  it('counts the waiting for a place into the time', async () => {
    const bounded = new Bounded(1);
    const first = handmade<number>();
    const second = handmade<number>();
    void bounded.run(1000, first.task);
    const late = bounded.run(100, second.task);
    await vi.advanceTimersByTimeAsync(80);
    first.resolve(1);
    await settle();
    expect(second.isStarted()).toBe(true);
    await vi.advanceTimersByTimeAsync(20);
    await expect(late).resolves.toBeNull();
  });

  it('gives a place back after a failure, also of a task that throws before it promises', async () => {
    const bounded = new Bounded(1);
    const failed = bounded.run(100, async () => Promise.reject(new Error('no')));
    await expect(failed).resolves.toBeNull();
    const threw = bounded.run(100, (): Promise<number> => {
      throw new Error('at once');
    });
    await expect(threw).resolves.toBeNull();
    await expect(bounded.run(100, async () => 3)).resolves.toBe(3);
  });

  it('leaves no timer behind', async () => {
    const bounded = new Bounded(1);
    await bounded.run(60_000, async () => 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('hands every place on, however the tasks end', async () => {
    const bounded = new Bounded(3);
    let running = 0;
    let most = 0;
    const all = Array.from({ length: 200 }, (_, index) =>
      bounded.run(index % 7 === 0 ? 5 : 10_000, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, (index * 37) % 23));
        running -= 1;
        if (index % 5 === 0) throw new Error('no');
        return index;
      }),
    );
    await vi.advanceTimersByTimeAsync(20_000);
    const results = await Promise.all(all);
    expect(most).toBe(3);
    expect(running).toBe(0);
    for (const [index, result] of results.entries())
      if (index % 7 !== 0) expect([index, result]).toEqual([index, index % 5 === 0 ? null : index]);
  });
});
