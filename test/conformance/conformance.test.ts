import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { NOT_BUILT, readCases } from './cases.ts';
import { runCase } from './run.ts';

const rows = readCases(fileURLToPath(new URL('policy.jsonl', import.meta.url)));
const inArea = (...areas: readonly string[]) => rows.filter((row) => areas.includes(row.area));

describe('conformance', () => {
  it.each(
    inArea('gates', 'toolset', 'grant_syntax', 'rate_limit', 'redact', 'credential').map(
      (row) => [row.id, row] as const,
    ),
  )('%s', (_id, row) => {
    expect(runCase(row)).toBeNull();
  });

  const validated = inArea('validate');
  it.each(validated.map((row) => [row.id, row] as const))('%s', (_id, row) => {
    expect(runCase(row)).toBeNull();
  });

  it('has as many rows as it should', () => {
    expect([
      inArea('gates').length,
      inArea('toolset').length,
      inArea('grant_syntax').length,
      inArea('rate_limit').length,
      validated.length,
    ]).toEqual([99, 7, 5, 5, 29]);
  });

  it('fails what is wrong: every row with another expectation', () => {
    for (const row of inArea('gates', 'toolset', 'rate_limit')) {
      const { decision, visible, results } = row.expected;
      const wrong =
        decision !== undefined
          ? { decision: decision === 'deny' ? 'allow' : 'deny', gate: row.expected['gate'] ?? null }
          : visible !== undefined
            ? { visible: ['other.tool'] }
            : results !== undefined
              ? { results: [{ allowed: false }] }
              : { decision: 'allow', gate: 'gate4_policy' };
      expect([row.id, runCase({ ...row, expected: wrong })]).not.toEqual([row.id, null]);
    }
    expect(runCase({ id: 'x', area: 'constructor', kind: 'match', input: {}, expected: {} })).toBe(NOT_BUILT);
  });
});

describe('the runner', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-conformance-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (file: string) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('run.ts', import.meta.url)), file], {
      encoding: 'utf8',
    });

  it('prints failing ids, a count per area and the sum alone on the last line', () => {
    const good = rows.find((row) => row.id === 'gates-001');
    const file = join(folder, 'rows.jsonl');
    writeFileSync(
      file,
      [
        good,
        { ...good, id: 'gates-bad', expected: { decision: 'deny', gate: 'gate0_inactive' } },
        { id: 'later-1', area: 'later', kind: 'match', input: {}, expected: {} },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    const { status, stdout } = run(file);
    const lines = stdout.trimEnd().split('\n');
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 2 failed');
    expect(lines).toContain('gates: 1 passed, 1 failed');
    expect(lines).toContain('later-1: not built yet');
    expect(lines.some((line) => line.startsWith('gates-bad: '))).toBe(true);
  });

  it('says so when there is nothing to read', () => {
    const { status, stderr } = run(join(folder, 'none.jsonl'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^gatehouse: the cases could not be read: .*; hint: /);
  });
});
