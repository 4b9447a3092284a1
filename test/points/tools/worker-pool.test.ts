/** The pool of workers: who gets which, how many there are, and what makes room. */
import { afterEach, describe, expect, it } from 'vitest';
import { GatehouseError } from '../../../main/platform/errors.ts';
import { type PooledWorker, type PoolSizes, WorkerPool } from '../../../main/points/tools/worker-pool.ts';

class FakeWorker implements PooledWorker {
  owner: string | null = null;
  readonly bornMs = performance.now();
  usedMs = performance.now();
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  readonly ready = this.#ready.promise;
  readonly ended = this.#ended.promise;
  readonly over = this.#over.signal;
  why: string | null = null;
  /** Sessions that had it, in the order of their work. */
  readonly had = new Set<string>();

  constructor(problem: string | null) {
    setImmediate(() =>
      problem === null ? this.#ready.resolve() : this.#ready.reject(new GatehouseError('no_worker', problem)),
    );
    this.ready.catch(() => this.end('it did not start'));
  }

  end(why: string): void {
    if (this.over.aborted) return;
    this.why = why;
    this.#over.abort();
    setImmediate(() => this.#ended.resolve());
  }
}

const workers: FakeWorker[] = [];
let pool: WorkerPool<FakeWorker>;
let current = 0;
let problem: string | null = null;
const made = new Map<FakeWorker, number>();

function open(sizes: Partial<PoolSizes> = {}): void {
  pool = new WorkerPool({
    sizes: () => ({ size: 2, most: 4, bound: false, idleMs: 60_000, oldestMs: 600_000, ...sizes }),
    start: () => {
      const worker = new FakeWorker(problem);
      workers.push(worker);
      made.set(worker, current);
      return worker;
    },
    isCurrent: (worker) => made.get(worker) === current,
    given: () => undefined,
    lookMs: 5,
  });
}
const never = new AbortController().signal;
const live = () => workers.filter(({ over }) => !over.aborted).length;

afterEach(async () => {
  await pool.close();
  workers.length = 0;
  problem = null;
});

describe('a session with many calls at once', () => {
  it('leaves others as much as it has itself, and one that comes late still gets a worker', async () => {
    open({ size: 1, most: 8 });
    for (const name of ['a', 'b', 'c', 'd']) pool.enter(name);
    const had = new Map<string, number>();
    const gone = new AbortController();
    const settled: Promise<unknown>[] = [];
    const flood = (owner: string) => {
      for (let times = 0; times < 20; times += 1)
        settled.push(
          pool.take(owner, gone.signal).then(
            () => had.set(owner, (had.get(owner) ?? 0) + 1),
            () => undefined,
          ),
        );
    };
    flood('a');
    await expect.poll(() => had.get('a')).toBe(4);
    flood('b');
    await expect.poll(() => had.get('b')).toBe(2);
    for (const late of ['c', 'd']) expect((await pool.take(late, never)).owner).toBe(late);
    expect([had.get('a'), had.get('b')]).toEqual([4, 2]);
    gone.abort();
    await Promise.all(settled);
  });

  it('has one where there may be no more, and its next call waits for that', async () => {
    open({ size: 0, most: 2 });
    pool.enter('a');
    const first = await pool.take('a', never);
    const second = pool.take('a', never);
    pool.give(first);
    expect(await second).toBe(first);
  });
});

describe('a pool whose workers are begun for their sessions', () => {
  it('begins one at once for each session, and gives it to no other one', async () => {
    open({ bound: true, most: 2 });
    pool.enter('a');
    pool.enter('b');
    expect(workers.map(({ owner }) => owner)).toEqual(['a', 'b']);
    const [a, b] = await Promise.all([pool.take('a', never), pool.take('b', never)]);
    expect([a.owner, b.owner]).toEqual(['a', 'b']);
    expect(await pool.standing('a', never)).toBe(a);
  });

  it('has one worker for a session at a time, and begins the next when that one is gone', async () => {
    open({ bound: true, most: 4 });
    pool.enter('a');
    const first = await pool.take('a', never);
    const second = pool.take('a', never);
    await Promise.resolve();
    expect(workers).toHaveLength(1);
    first.end('it died');
    expect(workers).toHaveLength(1);
    pool.give(first);
    expect((await second).owner).toBe('a');
    expect(workers).toHaveLength(2);
  });

  it('makes room of what another session does not use, and tells why there can be none', async () => {
    open({ bound: true, most: 1 });
    pool.enter('a');
    pool.give(await pool.take('a', never));
    pool.enter('b');
    const b = await pool.take('b', never);
    expect(b.owner).toBe('b');
    expect(workers[0]?.why).toBe('another session needs the room');
    pool.give(b);
    problem = 'the disk is full';
    await expect(pool.take('a', never)).rejects.toThrow('the disk is full');
  });
});

describe('what a worker is confined by', () => {
  it('is told of one that stands, of this session’s own first, and takes none', async () => {
    open({ size: 1, most: 2 });
    pool.enter('a');
    const seen = await pool.standing('a', never);
    expect(seen?.owner).toBeNull();
    const own = await pool.take('a', never);
    expect(await pool.standing('a', never)).toBe(own);
    expect(pool.counts.busy).toBe(1);
  });

  it('is told of a new one only after the policy has changed', async () => {
    open({ size: 0, most: 2 });
    pool.enter('a');
    const old = await pool.take('a', never);
    pool.give(old);
    current += 1;
    const now = await pool.standing('a', never);
    expect(now).not.toBe(old);
    expect(made.get(now as FakeWorker)).toBe(current);
  });

  it('is nothing where none can be had, and for a session that is over', async () => {
    problem = 'no';
    open({ size: 0 });
    pool.enter('a');
    expect(await pool.standing('a', never)).toBeNull();
    expect(await pool.standing('b', never)).toBeNull();
  });
});

describe('the pool', () => {
  it('keeps fresh ones ready, and gives a session the one that it has', async () => {
    open();
    pool.enter('a');
    await Promise.all(workers.map(({ ready }) => ready));
    expect(pool.counts).toEqual({ all: 2, fresh: 2, busy: 0 });
    const first = await pool.take('a', never);
    pool.give(first);
    expect(await pool.take('a', never)).toBe(first);
    await expect.poll(() => workers).toHaveLength(3);
    const second = await pool.take('a', never);
    expect(second).not.toBe(first);
    expect([first.owner, second.owner]).toEqual(['a', 'a']);
  });

  it('never gives a session what another one had, with fifty of them at once', async () => {
    open({ size: 2, most: 6 });
    let most = 0;
    let calls = 0;
    const session = async (id: string) => {
      pool.enter(id);
      for (let round = 0; round < 40; round++) {
        const worker = await pool.take(id, never);
        worker.had.add(id);
        most = Math.max(most, live());
        expect(worker.owner).toBe(id);
        expect(worker.over.aborted).toBe(false);
        await new Promise((resolve) => setImmediate(resolve));
        worker.usedMs = performance.now();
        calls += 1;
        pool.give(worker);
        if (round % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      pool.leave(id);
    };
    await Promise.all(Array.from({ length: 50 }, (_, index) => session(`s${index}`)));
    expect(calls).toBe(2000);
    expect(workers.every(({ had }) => had.size <= 1)).toBe(true);
    expect(most).toBeLessThanOrEqual(6);
    expect(live()).toBe(0);
  });

  it('lets the one that was idle for longest make room, and nobody who works', async () => {
    open({ size: 1, most: 2 });
    for (const id of ['a', 'b', 'c']) pool.enter(id);
    const a = await pool.take('a', never);
    const b = await pool.take('b', never);
    const waits = pool.take('c', never);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([a.over.aborted, b.over.aborted]).toEqual([false, false]);
    b.usedMs = performance.now() + 10;
    pool.give(b);
    const c = await waits;
    expect([a.over.aborted, b.why, c.owner]).toEqual([false, 'another session needs the room', 'c']);
  });

  it('gives up with the call, and with the session', async () => {
    open({ size: 1, most: 1 });
    pool.enter('a');
    pool.enter('b');
    const a = await pool.take('a', never);
    const given = new AbortController();
    const waits = pool.take('b', given.signal);
    given.abort();
    await expect(waits).rejects.toThrow(/gave the call up/);
    const late = pool.take('b', never);
    pool.leave('b');
    pool.give(a);
    await expect(late).rejects.toThrow(/the session is over/);
  });

  it('tells whoever asks why none can be started', async () => {
    problem = 'there is no sandbox here';
    open();
    pool.enter('a');
    await expect(pool.take('a', never)).rejects.toThrow(/there is no sandbox here/);
    problem = null;
    expect((await pool.take('a', never)).owner).toBe('a');
  });

  it('takes none that was started under another policy', async () => {
    open();
    pool.enter('a');
    const old = await pool.take('a', never);
    pool.give(old);
    current += 1;
    const next = await pool.take('a', never);
    expect([old.why, made.get(next)]).toEqual(['the policy has changed', current]);
    expect(workers.filter((worker) => made.get(worker) !== current && !worker.over.aborted)).toEqual([]);
  });

  it('ends what was idle for too long or is too old, never what works, and keeps fresh ones', async () => {
    open({ size: 1, idleMs: 30 });
    pool.enter('a');
    const [works, idle] = [await pool.take('a', never), await pool.take('a', never)];
    idle.usedMs = performance.now();
    pool.give(idle);
    await expect.poll(() => idle.why).toMatch(/idle time/);
    expect(works.over.aborted).toBe(false);
    await expect.poll(() => pool.counts.fresh).toBe(1);
    works.usedMs = performance.now() + 60_000;
    pool.give(works);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(works.over.aborted).toBe(false);
    await pool.close();
    open({ size: 1, oldestMs: 30 });
    pool.enter('b');
    const first = workers.at(-1);
    await expect.poll(() => first?.why).toMatch(/session time/);
    await expect.poll(() => pool.counts.all).toBeGreaterThan(0);
  });

  it('ends all with the last session', async () => {
    open();
    pool.enter('a');
    pool.enter('b');
    await pool.take('a', never);
    pool.leave('a');
    expect(live()).toBeGreaterThan(0);
    pool.leave('b');
    expect(live()).toBe(0);
  });
});
