import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { lastJson } from './run-script.ts';
import { isAllowed, judgeSkips } from './skip-policy.ts';

describe('a skip', () => {
  it.each([
    ['Electron binary missing: npx install-electron', true],
    ['macOS only', true],
    ['Windows only: named pipes', true],
    ['no Chromium: apt-get install chromium', false],
    ['because Electron binary missing', false],
    ['', false],
    [null, false],
  ])('for %j is allowed in CI: %s', (reason, allowed) => {
    expect(isAllowed({ name: 't', reason })).toBe(allowed);
  });

  it('is always listed, and counts as a failure only in CI', () => {
    const skips = [
      { name: 'a', reason: 'macOS only' },
      { name: 'b', reason: null },
      { name: 'c', reason: 'macOS only' },
    ];
    expect(judgeSkips(skips, false)).toEqual({
      forbidden: 0,
      lines: ['skipped 2: macOS only', '    a', '    c', 'skipped 1: no reason given', '    b'],
    });
    expect(judgeSkips(skips, true).forbidden).toBe(1);
    expect(judgeSkips([], true)).toEqual({ lines: [], forbidden: 0 });
  });
});

describe('a run', () => {
  const root = join(import.meta.dirname, '..', '..');
  // Below the project, so that the inner run finds vitest.
  mkdirSync(join(root, 'test-results'), { recursive: true });
  const folder = mkdtempSync(join(root, 'test-results', 'skip-policy-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs one test file with the policy in a project of its own; answers exit code and counts. */
  async function run(body: string, ci: boolean): Promise<{ code: number; counts: unknown; output: string }> {
    writeFileSync(join(folder, 'it.test.ts'), `import { expect, it } from 'vitest';\n${body}\n`);
    const reporter = join(folder, 'test', 'support', 'skip-policy.ts');
    writeFileSync(
      join(folder, 'vitest.config.ts'),
      `export default { test: { root: ${JSON.stringify(folder)}, reporters: [${JSON.stringify(reporter)}] } };\n`,
    );
    mkdirSync(join(folder, 'test', 'support'), { recursive: true });
    copyFileSync(join(import.meta.dirname, 'skip-policy.ts'), reporter);
    const { CI: _ci, ...env } = process.env;
    const done = await promisify(execFile)(
      process.execPath,
      [
        join(root, 'node_modules', 'vitest', 'vitest.mjs'),
        'run',
        '--config',
        join(folder, 'vitest.config.ts'),
        '--root',
        folder,
      ],
      { cwd: folder, env: ci ? { ...env, CI: 'true' } : env },
    ).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { code: number; stdout: string }) => ({ code: error.code, output: error.stdout }),
    );
    return {
      ...done,
      counts: JSON.parse(readFileSync(join(folder, 'test-results', 'counts.json'), 'utf8')) as unknown,
    };
  }

  it('with a skip that could have run passes, but fails in CI', async () => {
    const body = `it('a', () => { expect(1).toBe(1); }); it('b', (context) => { context.skip('no Chromium'); });`;
    expect(await run(body, false)).toMatchObject({
      code: 0,
      counts: { passed: 1, failed: 0, skipped: 1 },
      output: expect.stringContaining('skipped 1: no Chromium'),
    });
    expect(await run(body, true)).toMatchObject({ code: 1, counts: { passed: 1, failed: 1, skipped: 1 } });
  });

  it('with an allowed skip passes in CI; a bare it.skip does not', async () => {
    expect(
      await run(`it('a', (context) => { context.skip('macOS only'); }); it('b', () => undefined);`, true),
    ).toMatchObject({ code: 0, counts: { passed: 1, failed: 0, skipped: 1 } });
    expect(await run(`it.skip('a', () => undefined); it('b', () => undefined);`, true)).toMatchObject({
      code: 1,
      counts: { passed: 1, failed: 1 },
    });
    expect(await run(`it.todo('a'); it('b', () => undefined);`, true)).toMatchObject({
      code: 1,
      counts: { passed: 1, failed: 1 },
    });
  });

  it('counts failures, also of a file that cannot be loaded', async () => {
    expect(await run(`it('a', () => { expect(1).toBe(2); });`, true)).toMatchObject({
      code: 1,
      counts: { passed: 0, failed: 1 },
    });
    expect(await run(`throw new Error('no');`, true)).toMatchObject({
      code: 1,
      counts: { passed: 0, failed: 1 },
    });
  });
});

describe('the JSON a script printed', () => {
  it.each([
    ['{"a":1}\n', { a: 1 }],
    ['warming up\n{"a":1}\n', { a: 1 }],
    ['{\n  "a": [1]\n}\n', { a: [1] }],
    ['[not json\n', null],
    ['', null],
  ])('%j', (output, value) => {
    expect(lastJson(output)).toEqual(value);
  });
});
