/**
 * Starts the replay worker: off the thread that decides, bounded in rows and time, and ended when nobody waits for
 * it any more. One job of a kind at a time: a newer one ends the older.
 */
import { Worker } from 'node:worker_threads';
import type { CoverageReport, ReplayReport } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { CoverageJob, PolicyJob, ReplayJob } from './job.ts';
import type { FromReplay } from './worker.ts';

type Bounds = 'auditDb' | 'grammar' | 'home' | 'mostRows' | 'budgetMs';

const POLICY_ROWS = 50_000;
const POLICY_BUDGET_MS = 20_000;
const COVERAGE_ROWS = 3000;
const COVERAGE_BUDGET_MS = 1500;
/** Starting the thread, reading the grammar and opening the log come on top. */
const GRACE_MS = 15_000;

/** From the sources the worker is worker.ts; in the built app it is a file of its own beside the program. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./worker.ts', import.meta.url);
  return new URL(
    import.meta.url.includes('/chunks/') ? '../replay-worker.js' : './replay-worker.js',
    import.meta.url,
  );
}

export interface ReplayPlaces {
  readonly auditDb: string;
  readonly grammar: string;
  readonly home: string;
}

export class Replayer {
  readonly #places: ReplayPlaces;
  readonly #running = new Map<string, () => void>();

  constructor(places: ReplayPlaces) {
    this.#places = places;
  }

  /** @throws GatehouseError `has_errors`, `cancelled`, `too_slow` */
  policy(job: Omit<PolicyJob, Bounds | 'kind'>, signal?: AbortSignal): Promise<ReplayReport> {
    return this.#run(
      { ...job, ...this.#places, kind: 'policy', mostRows: POLICY_ROWS, budgetMs: POLICY_BUDGET_MS },
      signal,
    );
  }

  /** @throws GatehouseError `cancelled`, `too_slow` */
  coverage(job: Omit<CoverageJob, Bounds | 'kind'>, signal?: AbortSignal): Promise<CoverageReport> {
    return this.#run(
      { ...job, ...this.#places, kind: 'coverage', mostRows: COVERAGE_ROWS, budgetMs: COVERAGE_BUDGET_MS },
      signal,
    );
  }

  /** Ends what runs. */
  close(): void {
    for (const cancel of [...this.#running.values()]) cancel();
  }

  async #run<T extends ReplayReport | CoverageReport>(job: ReplayJob, signal?: AbortSignal): Promise<T> {
    this.#running.get(job.kind)?.();
    const worker = new Worker(workerUrl(), { workerData: job, name: `replay-${job.kind}` });
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const stop = (code: string, message: string) => reject(new GatehouseError(code, message));
    const cancel = () => stop('cancelled', 'the replay was ended: nobody waits for it any more');
    const timer = setTimeout(
      () =>
        stop('too_slow', `the replay did not end within ${Math.round((job.budgetMs + GRACE_MS) / 1000)} s`),
      job.budgetMs + GRACE_MS,
    );
    worker.once('message', (answer: FromReplay) => {
      if (answer.ok) resolve(answer.report as T);
      else stop(answer.code, answer.message);
    });
    worker.once('error', (error) => stop('internal', `the replay failed: ${error.message}`));
    worker.once('exit', () => stop('internal', 'the replay ended without an answer'));
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    this.#running.set(job.kind, cancel);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      if (this.#running.get(job.kind) === cancel) this.#running.delete(job.kind);
      await worker.terminate();
    }
  }
}
