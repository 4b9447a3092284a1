/** One worker thread asked one question at a time or many, each with a deadline. A dead or silent worker fails all that is open. */
import { Worker } from 'node:worker_threads';
import { GatehouseError } from '../platform/errors.ts';
import { notWritten } from '../platform/full-disk.ts';
import type { Receipt } from './event.ts';
import type { FromWorker, Question, Reply, WorkerSetup } from './worker.ts';
import type { Projected } from './writer.ts';

/** From the sources the worker is worker.ts; in the built app it is a file of its own beside the program. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./worker.ts', import.meta.url);
  return new URL(
    import.meta.url.includes('/chunks/') ? '../audit-worker.js' : './audit-worker.js',
    import.meta.url,
  );
}

const CLOSE_DEADLINE_MS = 2000;

function unwritable(why: string): GatehouseError {
  const cause = new Error(why);
  const hint = notWritten(cause)?.hint;
  return new GatehouseError('audit_unwritable', `the log: ${why}`, hint === undefined ? {} : { hint, cause });
}

interface Open {
  readonly resolve: (value: Reply) => void;
  readonly reject: (error: GatehouseError) => void;
  readonly timer: NodeJS.Timeout | null;
}

export class WorkerLink {
  readonly ready: Promise<Receipt & { readonly log: string }>;
  readonly #worker: Worker;
  readonly #open = new Map<number, Open>();
  readonly #onDeath: (error: GatehouseError) => void;
  #next = 1;
  #dead: GatehouseError | null = null;

  /** @param onLines told by a writer when rows have become lines */
  constructor(
    setup: WorkerSetup,
    onDeath: (error: GatehouseError) => void,
    onLines: (projected: Projected) => void = () => undefined,
  ) {
    this.#onDeath = onDeath;
    this.#worker = new Worker(workerUrl(), { workerData: setup, name: `audit-${setup.role}` });
    const { promise, resolve, reject } = Promise.withResolvers<Receipt & { readonly log: string }>();
    this.ready = promise;
    promise.catch(() => undefined);
    this.#worker.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'ready':
          resolve({ ...message.head, log: message.log });
          return;
        case 'failed': {
          const error = new GatehouseError(message.code, message.message);
          reject(error);
          this.#die(error);
          return;
        }
        case 'lines':
          onLines(message);
          return;
        case 'answer':
          this.#take(message.id)?.resolve(message.value);
          return;
        case 'error':
          this.#take(message.id)?.reject(unwritable(message.message));
          return;
      }
    });
    const gone = (why: string) => {
      const error = new GatehouseError('audit_unwritable', `the log's worker ended: ${why}`);
      reject(error);
      this.#die(error);
    };
    this.#worker.on('error', (error) => gone(error.message));
    this.#worker.on('exit', (code) => gone(`code ${code}`));
  }

  /**
   * Asks the worker.
   *
   * @param deadlineMs after this the worker is taken for hung and ended; null waits for ever
   */
  ask<T extends Reply>(question: Question, deadlineMs: number | null): Promise<T> {
    if (this.#dead !== null) return Promise.reject(this.#dead);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const id = this.#next;
    this.#next += 1;
    const timer = deadlineMs === null ? null : setTimeout(() => this.#hung(deadlineMs), deadlineMs);
    this.#open.set(id, { resolve, reject, timer });
    this.#worker.postMessage({ id, question });
    return promise as Promise<T>;
  }

  /** Lets it close its database, then ends the thread: a thread that is ended in the middle leaves that to chance. */
  async close(): Promise<void> {
    if (this.#dead === null) await this.ask({ kind: 'close' }, CLOSE_DEADLINE_MS).catch(() => undefined);
    await this.end();
  }

  /** Ends the thread, whatever it does. */
  async end(): Promise<void> {
    this.#dead ??= new GatehouseError('audit_closed', 'the log is closed');
    this.#failOpen(this.#dead);
    await this.#worker.terminate();
  }

  #take(id: number): Open | undefined {
    const open = this.#open.get(id);
    this.#open.delete(id);
    if (open?.timer != null) clearTimeout(open.timer);
    return open;
  }

  #hung(deadlineMs: number): void {
    this.#die(new GatehouseError('audit_unwritable', `the log did not answer within ${deadlineMs / 1000} s`));
    void this.#worker.terminate();
  }

  #die(error: GatehouseError): void {
    if (this.#dead !== null) return;
    this.#dead = error;
    this.#failOpen(error);
    this.#onDeath(error);
  }

  #failOpen(error: GatehouseError): void {
    for (const id of [...this.#open.keys()]) this.#take(id)?.reject(error);
  }
}
