/** Rows of readings.jsonl: what self-protection reads in a text, part by part. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { READERS } from './readers.ts';

interface Row {
  readonly kind: string;
  readonly of: unknown;
  readonly is: unknown;
}

const rows = readFileSync(join(import.meta.dirname, 'readings.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Row);

describe.each(Object.keys(READERS))('%s', (kind) => {
  const own = rows.filter((row) => row.kind === kind);

  it('has rows', () => {
    expect(own.length).toBeGreaterThan(5);
  });

  it.each(own.map(({ of, is }) => [JSON.stringify(of), of, is] as const))('%s', (_, of, is) => {
    expect(READERS[kind]?.(of as never)).toEqual(is);
  });
});
