/**
 * A test runner for Stryker that keeps everything loaded: the tests are read once, and for each mutant only those
 * that reach it run, the fastest first, in one process. Vitest reads its files anew for each mutant, which takes
 * days for what takes an hour here.
 *
 * The price: what tests make while they are read (a policy at the top of a file) is made by the unchanged code, so
 * such a test notices less here than it would. Mutants of code that runs only while files are read are not tried
 * (`ignoreStatic`).
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import type { Suite, Test } from './spec.ts';

/** Globs of the tests that are held against the mutants, from the proof. */
const FILES = (process.env['MUTATION_TESTS'] ?? '').split(' ').filter((glob) => glob !== '');
/** Starts programs, which no mutant reaches. */
const LEFT_OUT = 'test/conformance/conformance.test.ts > the runner > ';
/** Slower ones are left out, in milliseconds of processor time: each survivor would run them all. */
const SLOWEST_MS = 400;
const QUICK_MS = 50;
/** A test in which nothing has happened for so long, beyond three times of what it waited before, hangs. */
const IDLE_MS = 1000;
/** How long each test took, for the processes that did not see the first run. */
const TIMES_FILE = '.mutation-times.json';

/** Milliseconds of the processor, and of waiting as the event loop counts it: a busy machine makes no difference. */
interface Took {
  readonly cpu: number;
  readonly idle: number;
}

interface Namespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: unknown;
}

interface MutantRun {
  readonly activeMutant: { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
}

class Hung extends Error {}

class InProcessRunner {
  readonly #names: Namespace;
  #times = new Map<string, Took>();
  #tests: ReadonlyMap<string, Test> = new Map();
  #escaped: unknown = null;
  #kills = 0;
  /** A mutant has left something behind: what fails from now on says nothing. */
  #spoilt = false;
  /** When each test last noticed a mutant, counted in mutants. */
  readonly #lastKill = new Map<string, number>();

  constructor(namespace: string) {
    const globals = globalThis as unknown as Record<string, Namespace>;
    globals[namespace] ??= {};
    this.#names = globals[namespace];
  }

  /**
   * What runs while files are read is never changed here (`ignoreStatic`), so a mutant that is reached then as well
   * needs no new process, which Stryker would start for each of them.
   */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    const spec = new URL('spec.ts', import.meta.url).href;
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === 'vitest' && context.parentURL !== spec
          ? { url: spec, shortCircuit: true }
          : next(specifier, context),
    });
    process.on('unhandledRejection', (error) => {
      this.#escaped = error;
    });
    const { beginFile, tests } = (await import(spec)) as typeof import('./spec.ts');
    for (const file of testFiles()) {
      beginFile(file);
      await import(pathToFileURL(join(process.cwd(), file)).href);
    }
    this.#tests = new Map(tests.flatMap((test) => (test.id.startsWith(LEFT_OUT) ? [] : [[test.id, test]])));
  }

  /** Every test once, with what each reaches. */
  async dryRun() {
    const results = [];
    for (const test of this.#tests.values()) {
      const before = utilization();
      const [started, cpu] = [performance.now(), process.cpuUsage()];
      const failure = await this.#run([test], 60_000);
      const timeSpentMs = performance.now() - started;
      const { user, system } = process.cpuUsage(cpu);
      this.#times.set(test.id, { cpu: (user + system) / 1000, idle: utilization(before).idle });
      if (failure !== null)
        process.stderr.write(`left out, fails here: ${test.id}: ${messageOf(failure.error)}\n`);
      const about = { id: test.id, name: test.id, timeSpentMs };
      results.push(
        failure === null
          ? { ...about, status: 0 }
          : // One that needs more of vitest than is here is left out, and told.
            { ...about, status: 2 },
      );
    }
    writeFileSync(TIMES_FILE, JSON.stringify([...this.#times]));
    return { status: 'complete', tests: results, mutantCoverage: this.#names.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRun) {
    // Stryker asks again, in a new process.
    if (this.#spoilt) process.exit(1);
    const names = this.#names;
    if (this.#times.size === 0)
      this.#times = new Map(JSON.parse(readFileSync(TIMES_FILE, 'utf8')) as [string, Took][]);
    names.hitCount = hitLimit === undefined ? undefined : 0;
    names.hitLimit = hitLimit;
    const chosen = this.#named(testFilter ?? [...this.#tests.keys()])
      .filter((test) => this.#took(test).cpu <= SLOWEST_MS)
      .toSorted((a, b) => this.#rank(a) - this.#rank(b));
    names.activeMutant = activeMutant.id;
    const failure = await this.#run(chosen, null);
    names.activeMutant = undefined;
    const limitReached = hitLimit !== undefined && (names.hitCount ?? 0) > hitLimit;
    if (failure === null) return { status: 'survived', nrOfTests: chosen.length };
    if (limitReached || failure.error instanceof Hung)
      return { status: 'timeout', reason: messageOf(failure.error) };
    names.hitLimit = undefined;
    this.#spoilt = !(await this.#recovers(failure.id));
    this.#kills += 1;
    this.#lastKill.set(failure.id, this.#kills);
    return {
      status: 'killed',
      killedBy: [failure.id],
      failureMessage: messageOf(failure.error),
      nrOfTests: chosen.length,
    };
  }

  /** Whether the test passes again without the mutant; what remembers only the last thing forgets it over another. */
  async #recovers(id: string): Promise<boolean> {
    const own = this.#named([id]);
    if ((await this.#run(own, null)) === null) return true;
    const file = id.split(' > ', 1)[0] ?? '';
    const others = [...this.#tests.values()].filter((test) => test.id !== id && test.id.startsWith(file));
    await this.#run(others.filter((test) => this.#took(test).cpu < QUICK_MS).slice(0, 3), null);
    return (await this.#run(own, null)) === null;
  }

  #named(ids: readonly string[]): readonly Test[] {
    return ids.flatMap((id) => this.#tests.get(id) ?? []);
  }

  /** What noticed something lately first, then the fastest. */
  #rank(test: Test): number {
    const last = this.#lastKill.get(test.id);
    return last === undefined ? this.#took(test).cpu : -last;
  }

  #took({ id }: Test): Took {
    return this.#times.get(id) ?? { cpu: 100, idle: 1000 };
  }

  /** Runs them until one fails. */
  async #run(
    chosen: readonly Test[],
    idleMs: number | null,
  ): Promise<{ readonly id: string; readonly error: unknown } | null> {
    const opened = new Set<Suite>();
    let failed: { readonly id: string; readonly error: unknown } | null = null;
    for (const test of chosen) {
      this.#escaped = null;
      try {
        await untilIdle(() => this.#one(test, opened), idleMs ?? IDLE_MS + 3 * this.#took(test).idle);
        if (this.#escaped !== null) throw this.#escaped;
      } catch (error) {
        failed = { id: test.id, error };
        break;
      }
    }
    for (const suite of opened) for (const hook of suite.after) await quietly(hook);
    return failed;
  }

  async #one(test: Test, opened: Set<Suite>): Promise<void> {
    const suites: Suite[] = [];
    for (let suite: Suite | null = test.suite; suite !== null; suite = suite.parent) suites.unshift(suite);
    for (const suite of suites) {
      if (opened.has(suite)) continue;
      opened.add(suite);
      for (const hook of suite.before) await hook();
    }
    this.#names.currentTestId = test.id;
    try {
      for (const suite of suites) for (const hook of suite.beforeEach) await hook();
      await test.body();
    } finally {
      for (const suite of suites.toReversed()) for (const hook of suite.afterEach) await hook();
      this.#names.currentTestId = undefined;
    }
  }
}

function testFiles(): readonly string[] {
  return [...new Set(FILES.flatMap((glob) => globSync(glob)))].toSorted();
}

/** Runs it to its end, or until it has waited for so long. Tests may replace the clock: ours was taken before. */
async function untilIdle(run: () => Promise<void>, idleMs: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const before = utilization();
  const watch = every(() => {
    const { idle } = utilization(before);
    if (idle > idleMs) reject(new Hung(`no end after waiting for ${Math.round(idle)} ms`));
  }, 100);
  try {
    await Promise.race([run(), promise]);
  } finally {
    never(watch);
  }
}
const [every, never] = [setInterval, clearInterval];
const utilization = performance.eventLoopUtilization.bind(performance);

async function quietly(hook: () => unknown): Promise<void> {
  try {
    await hook();
  } catch {
    // A mutant may have kept the suite from being set up.
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 500) : String(error).slice(0, 500);
}

function create(namespace: string): InProcessRunner {
  return new InProcessRunner(namespace);
}
create.inject = ['globalNamespace'] as const;

/** For Stryker's `plugins`. */
function factory(injector: {
  provideValue(name: string, value: unknown): { injectFunction(make: typeof create): InProcessRunner };
}): InProcessRunner {
  return injector.provideValue('globalNamespace', '__stryker__').injectFunction(create);
}
factory.inject = ['$injector'] as const;

/** For Stryker's `plugins`. */
export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', factory }];
