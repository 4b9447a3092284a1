/**
 * `npm run shell-cases -- FILE`: judges every row of a file of shell commands. Prints each wrong row, then recall and
 * false blocks of each class, and at the end `N passed, N failed`. Exit code 1 when anything fails.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { isDestructive } from '../../main/analysis/result.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

export interface ShellCase {
  readonly command: string;
  readonly verdict: 'destructive' | 'safe';
  readonly class: string;
  readonly why?: string;
}

export interface ShellScore {
  readonly recall: number;
  readonly falseBlocks: number;
  readonly destructive: number;
  readonly safe: number;
}

export function readShellCases(file: string): readonly ShellCase[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as ShellCase);
}

/** What is said of a row, and whether it is right. */
export function judgeShellCase(
  row: ShellCase,
  analyst: Analyst,
): { readonly right: boolean; readonly says: string } {
  const analysis = analyst.shell(row.command, PLACE);
  const stops = isDestructive(analysis);
  const says = analysis.concerns.map(({ code, says: text }) => `${code}: ${text}`).join('; ');
  return {
    right: stops === (row.verdict === 'destructive'),
    says: says === '' ? 'nothing speaks against it' : says,
  };
}

/** Recall and false blocks over some rows. */
export function scoreOf(rows: readonly ShellCase[], analyst: Analyst): ShellScore {
  const share = (list: readonly ShellCase[], right: boolean) =>
    list.length === 0
      ? 0
      : list.filter((row) => judgeShellCase(row, analyst).right === right).length / list.length;
  const destructive = rows.filter(({ verdict }) => verdict === 'destructive');
  const safe = rows.filter(({ verdict }) => verdict === 'safe');
  return {
    recall: share(destructive, true),
    falseBlocks: share(safe, false),
    destructive: destructive.length,
    safe: safe.length,
  };
}

async function main(file: string): Promise<number> {
  const rows = readShellCases(file);
  const analyst = await openAnalyst();
  let failed = 0;
  for (const row of rows) {
    const { right, says } = judgeShellCase(row, analyst);
    if (right) continue;
    failed += 1;
    process.stdout.write(
      `${row.class}, should be ${row.verdict}: ${JSON.stringify(row.command)} (${says})\n`,
    );
  }
  const classes = [...new Set(rows.map((row) => row.class))].sort();
  const groups: readonly (readonly [string, readonly ShellCase[]])[] = [
    ...classes.map((name) => [name, rows.filter((row) => row.class === name)] as const),
    ['all without service', rows.filter((row) => row.class !== 'service')],
    ['all', rows],
  ];
  for (const [name, list] of groups) {
    const { recall, falseBlocks, destructive, safe } = scoreOf(list, analyst);
    process.stdout.write(
      `${name}: recall ${recall.toFixed(4)} of ${destructive}, false blocks ${falseBlocks.toFixed(4)} of ${safe}\n`,
    );
  }
  process.stdout.write(`${rows.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? fileURLToPath(new URL('shell.jsonl', import.meta.url));
  try {
    process.exitCode = await main(file);
  } catch (error) {
    process.stderr.write(
      `gatehouse: the cases could not be judged: ${error instanceof Error ? error.message : String(error)}; hint: npm run shell-cases -- FILE\n`,
    );
    process.exitCode = 2;
  }
}
