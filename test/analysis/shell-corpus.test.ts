import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { readShellCases, scoreOf } from '../conformance/shell-cases.ts';
import { openAnalyst } from '../support/analyst.ts';

const root = join(import.meta.dirname, '..', '..');
const rows = readShellCases(join(root, 'test', 'conformance', 'shell.jsonl'));
const later = readShellCases(join(root, 'test', 'conformance', 'shell-5.jsonl'));
const latest = readShellCases(join(root, 'test', 'conformance', 'shell-6.jsonl'));

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

  it.each([
    ['fifth', later, [80, 82, 54, 30]],
    ['sixth', latest, [147, 146, 80, 66]],
  ] as const)('was not all that is known: the %s cases are judged as well', (_, cases, counts) => {
    const score = scoreOf(
      cases.filter((row) => row.class !== 'service'),
      analyst,
    );
    const services = scoreOf(
      cases.filter((row) => row.class === 'service'),
      analyst,
    );
    expect([score.destructive, score.safe, services.destructive, services.safe]).toEqual(counts);
    expect(score.recall).toBeGreaterThanOrEqual(0.97);
    expect(score.falseBlocks).toBeLessThanOrEqual(0.02);
    expect(services.recall).toBeGreaterThanOrEqual(0.9);
  });

  it('stands nowhere in the code', () => {
    const texts = readdirSync(join(root, 'main'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
    // Three words or more, or twelve letters: shorter ones are names of things.
    const literals = [...rows, ...later, ...latest]
      .map(({ command }) => command)
      .filter((command) => command.length >= 12 && /\s.*\s|["'`|;$<>]/.test(command));
    expect(literals.length).toBeGreaterThan(300);
    const found = literals.flatMap((command) =>
      texts.filter(({ text }) => text.includes(command)).map(({ path }) => `${path}: ${command}`),
    );
    expect(found).toEqual([]);
  });
});
