import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { readShellCases, scoreOf } from '../conformance/shell-cases.ts';
import { openAnalyst } from '../support/analyst.ts';

const root = join(import.meta.dirname, '..', '..');
const rows = readShellCases(join(root, 'test', 'conformance', 'shell.jsonl'));
/** How many stop and are safe, without services and of them; and how many of the safe ones may be stopped. */
const LATER = {
  'shell-5.jsonl': { counts: [80, 82, 54, 30], falseBlocks: 0.02 },
  'shell-6.jsonl': { counts: [147, 146, 80, 66], falseBlocks: 0.02 },
  'shell-7.jsonl': { counts: [118, 116, 47, 45], falseBlocks: 0.03 },
  'shell-8.jsonl': { counts: [116, 116, 45, 45], falseBlocks: 0.02 },
  'shell-9.jsonl': { counts: [114, 125, 34, 30], falseBlocks: 0.02 },
} as const;
const laterOf = (name: string) => readShellCases(join(root, 'test', 'conformance', name));

describe('the corpus of shell commands', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });

  it('is judged well enough without services', () => {
    const score = scoreOf(
      rows.filter((row) => row.class !== 'service'),
      analyst,
    );
    expect(score.destructive + score.safe).toBeGreaterThan(400);
    expect(score.recall).toBeGreaterThanOrEqual(0.98);
    expect(score.falseBlocks).toBeLessThanOrEqual(0.015);
  });

  it('is judged well enough for services', () => {
    const score = scoreOf(
      rows.filter((row) => row.class === 'service'),
      analyst,
    );
    expect(score.destructive).toBeGreaterThan(30);
    expect(score.recall).toBeGreaterThanOrEqual(0.9);
  });

  it.each(Object.entries(LATER))('was not all that is known: %s is judged as well', (name, most) => {
    const later = laterOf(name);
    const score = scoreOf(
      later.filter((row) => row.class !== 'service'),
      analyst,
    );
    const services = scoreOf(
      later.filter((row) => row.class === 'service'),
      analyst,
    );
    expect([score.destructive, score.safe, services.destructive, services.safe]).toEqual(most.counts);
    expect(score.recall).toBeGreaterThanOrEqual(0.97);
    expect(score.falseBlocks).toBeLessThanOrEqual(most.falseBlocks);
    expect(services.recall).toBeGreaterThanOrEqual(0.9);
  });

  it('stands nowhere in the code', () => {
    const texts = readdirSync(join(root, 'main'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
    // Three words or more, or twelve letters: shorter ones are names of things.
    const literals = [...rows, ...Object.keys(LATER).flatMap(laterOf)]
      .map(({ command }) => command)
      .filter((command) => command.length >= 12 && /\s.*\s|["'`|;$<>]/.test(command));
    expect(literals.length).toBeGreaterThan(300);
    const found = literals.flatMap((command) =>
      texts.filter(({ text }) => text.includes(command)).map(({ path }) => `${path}: ${command}`),
    );
    expect(found).toEqual([]);
  });
});
