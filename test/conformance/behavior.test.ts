import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type JsonMap, readCases } from './cases.ts';
import { runCase } from './run.ts';

const rows = readCases(fileURLToPath(new URL('policy.jsonl', import.meta.url)));
const inArea = (area: string) => rows.filter((row) => row.area === area);

const PARTS = ['behavior', 'condition', 'trigger', 'target', 'message', 'profile'] as const;

/** The same row with an expectation that is wrong. */
function wrong(expected: JsonMap): JsonMap {
  if (expected['compile_error'] !== undefined) return { fires: true, rules: ['other'], values: {} };
  // What must be there must not be absent, and the other way round.
  if (expected['last_includes'] !== undefined) return { last_excludes: expected['last_includes'] };
  if (expected['last_excludes'] !== undefined) return { last_includes: expected['last_excludes'] };
  if (expected['violations'] !== undefined) return { ...expected, violations: [[]] };
  const [[key, value] = ['', null]] = Object.entries(expected);
  const other =
    typeof value === 'boolean' ? !value : Array.isArray(value) ? [...value, 'other'] : `${String(value)}x`;
  return { ...expected, [key]: other };
}

describe('conformance of behaviour rules and their parts', () => {
  it.each(PARTS.flatMap(inArea).map((row) => [row.id, row] as const))('%s', (_id, row) => {
    expect(runCase(row)).toBeNull();
  });

  it('has as many rows as it should', () => {
    expect(PARTS.map((area) => inArea(area).length)).toEqual([42, 35, 8, 5, 4, 6]);
  });

  it('fails what is wrong: every row with another expectation', () => {
    for (const row of PARTS.flatMap(inArea))
      expect([row.id, runCase({ ...row, expected: wrong(row.expected) })]).not.toEqual([row.id, null]);
  });
});
