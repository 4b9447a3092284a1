/**
 * `vitest` as the mutation runner has it: tests are registered once and run as often as there are mutants. What
 * expects, spies and fake timers are, is vitest's own.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

type Body = (...args: unknown[]) => unknown;

export interface Suite {
  readonly parent: Suite | null;
  readonly before: Body[];
  readonly after: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
}

export interface Test {
  readonly id: string;
  readonly suite: Suite;
  readonly body: Body;
}

export const tests: Test[] = [];
let file = '';
let path: readonly string[] = [];
let suite: Suite = newSuite(null);

function newSuite(parent: Suite | null): Suite {
  return { parent, before: [], after: [], beforeEach: [], afterEach: [] };
}

/** What is registered from now on belongs to this file. */
export function beginFile(name: string): void {
  file = name;
  path = [];
  suite = newSuite(null);
}

function add(name: string, body: Body): void {
  const start = [file, ...path, name].join(' > ');
  // Several may have one name.
  const same = tests.filter(({ id }) => id === start || id.startsWith(`${start} #`)).length;
  tests.push({ id: same === 0 ? start : `${start} #${same + 1}`, suite, body });
}

function group(name: string, body: Body): void {
  const [outer, outerPath] = [suite, path];
  suite = newSuite(outer);
  path = [...outerPath, name];
  body();
  [suite, path] = [outer, outerPath];
}

/** `%s` and the like, and `$name`, as far as names must tell rows apart. */
function titled(title: string, row: readonly unknown[], index: number): string {
  let at = 0;
  const filled = title.replace(/%[sdifjo]/g, () => String(row[at++] ?? '').slice(0, 80));
  return filled === title ? `${title} [${index}]` : filled;
}

function withEach(register: (name: string, body: Body) => void) {
  return Object.assign(
    (name: string, first: unknown, second?: unknown) => register(name, bodyOf(first, second)),
    {
      each: (rows: readonly unknown[]) => (title: string, first: unknown, second?: unknown) => {
        for (const [index, row] of rows.entries()) {
          const args = Array.isArray(row) ? row : [row];
          register(titled(title, args, index), () => bodyOf(first, second)(...args));
        }
      },
      skipIf: (skip: boolean) => (name: string, body: Body) => (skip ? undefined : register(name, body)),
      runIf: (run: boolean) => (name: string, body: Body) => (run ? register(name, body) : undefined),
    },
  );
}

/** Options may stand before or after the body. */
function bodyOf(first: unknown, second: unknown): Body {
  const body = typeof first === 'function' ? first : second;
  if (typeof body !== 'function') throw new Error('a test without a body');
  return body as Body;
}

export const it = withEach(add);
export const test = it;
export const describe = withEach(group);
export const beforeAll = (body: Body) => suite.before.push(body);
export const afterAll = (body: Body) => suite.after.push(body);
export const beforeEach = (body: Body) => suite.beforeEach.push(body);
export const afterEach = (body: Body) => suite.afterEach.push(body);

// vitest wants to be in a worker of its own; this is all that expects ask of one.
Object.assign(globalThis, {
  __vitest_worker__: {
    config: { expect: {}, snapshotOptions: {}, testTimeout: 30_000, hookTimeout: 30_000, fakeTimers: {} },
    environment: { name: 'node' },
    providedContext: {},
    durations: {},
    ctx: {},
    onCleanup: () => {},
    rpc: new Proxy({}, { get: () => async () => {} }),
  },
});
const real = (await import(
  pathToFileURL(
    createRequire(import.meta.url)
      .resolve('vitest/package.json')
      .replace('package.json', 'dist/index.js'),
  ).href
)) as typeof import('vitest');
export const { expect, vi } = real;
