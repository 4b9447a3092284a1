/**
 * SHA-256 of executables, never on the way of an answer.
 *
 * A digest is looked up by what names one state of a file (device, inode, size, both times to the nanosecond).
 * An unknown one is null now and computed in a worker thread, so that the next call finds it. The worker reads
 * /proc/PID/exe, which is the program that really runs, also when its file was replaced or removed.
 */
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { Bounded } from './bounded.ts';

const STAT_MS = 100;
const MAX_STATS = 2;
const MAX_CACHED = 512;
const MAX_QUEUED = 64;
const IDLE_MS = 5000;

/** In a string, so that no bundler has to know of a second entry. Opens the first of the paths it can. */
const WORKER = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const keyOf = (s) => [s.dev, s.ino, s.size, s.mtimeNs, s.ctimeNs].join(':');
parentPort.on('message', ({ id, paths, key }) => {
  let digest = null;
  for (const path of paths) {
    let file;
    try {
      file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
      const before = fs.fstatSync(file, { bigint: true });
      if (!before.isFile() || keyOf(before) !== key) continue;
      const hash = createHash('sha256');
      const part = Buffer.allocUnsafe(1024 * 1024);
      for (let got = fs.readSync(file, part); got > 0; got = fs.readSync(file, part)) hash.update(part.subarray(0, got));
      if (keyOf(fs.fstatSync(file, { bigint: true })) !== key) continue;
      digest = hash.digest('hex');
      break;
    } catch {
    } finally {
      if (file !== undefined) fs.closeSync(file);
    }
  }
  parentPort.postMessage({ id, digest });
});
`;

interface Work {
  readonly key: string;
  readonly paths: readonly string[];
}

export class ExecutableDigests {
  /** Least recently used first. */
  readonly #known = new Map<string, string>();
  readonly #queued = new Map<string, Work>();
  #worker: Worker | null = null;
  #running: string | null = null;
  readonly #stats = new Bounded(MAX_STATS);
  #idle: NodeJS.Timeout | undefined;

  /**
   * The digest of what a process runs, hex; null while it is not known.
   *
   * @param executable  where /proc/PID/exe points
   */
  async of(pid: number, executable: string | null): Promise<string | null> {
    if (executable === null) return null;
    const found = await this.#stats.run(STAT_MS, () => stat(`/proc/${pid}/exe`, { bigint: true }));
    if (found === null || !found.isFile()) return null;
    const key = [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':');
    const digest = this.#known.get(key);
    if (digest !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, digest);
      return digest;
    }
    this.#enqueue({ key, paths: [`/proc/${pid}/exe`, executable] });
    return null;
  }

  /** Ends the worker. What was being computed is forgotten. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    this.#running = null;
    this.#queued.clear();
    await worker?.terminate();
  }

  #enqueue(work: Work): void {
    if (this.#running === work.key || this.#queued.has(work.key) || this.#queued.size >= MAX_QUEUED) return;
    this.#queued.set(work.key, work);
    this.#next();
  }

  #next(): void {
    if (this.#running !== null) return;
    const [work] = this.#queued.values();
    if (work === undefined) {
      this.#idle = setTimeout(() => void this.close(), IDLE_MS);
      this.#idle.unref();
      return;
    }
    clearTimeout(this.#idle);
    this.#queued.delete(work.key);
    this.#running = work.key;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id: work.key, paths: work.paths, key: work.key });
  }

  #start(): Worker {
    const worker = new Worker(WORKER, { eval: true, env: {}, execArgv: [], stdin: false });
    worker.unref();
    worker.on('message', (told: { id: string; digest: string | null }) => this.#done(told.id, told.digest));
    worker.on('error', () => this.#lost(worker));
    worker.on('exit', () => this.#lost(worker));
    return worker;
  }

  #done(key: string, digest: string | null): void {
    if (this.#running !== key) return;
    this.#running = null;
    if (digest !== null) this.#known.set(key, digest);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_CACHED) break;
      this.#known.delete(oldest);
    }
    this.#next();
  }

  #lost(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#running = null;
    this.#next();
  }
}
