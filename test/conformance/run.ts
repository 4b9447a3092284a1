/**
 * `npm run conformance -- FILE`: runs every row, prints each failing id and a count per area, and at the end
 * `N passed, N failed`. Areas that are not built count as failing. Exit code 1 when anything fails.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runBehavior } from './behavior-area.ts';
import { type AreaRunner, type Case, NOT_BUILT, readCases } from './cases.ts';
import { runCredential } from './credential-area.ts';
import { runGates, runRateLimit, runToolset } from './gates-area.ts';
import { runGrantSyntax, runRedact, runValidate } from './policy-area.ts';
import { runCondition, runMessage, runProfile, runTarget, runTrigger } from './primitives-area.ts';

export const AREAS: Readonly<Record<string, AreaRunner>> = {
  gates: runGates,
  toolset: runToolset,
  rate_limit: runRateLimit,
  grant_syntax: runGrantSyntax,
  validate: runValidate,
  redact: runRedact,
  credential: runCredential,
  behavior: runBehavior,
  condition: runCondition,
  trigger: runTrigger,
  target: runTarget,
  message: runMessage,
  profile: runProfile,
};

export function runCase(row: Case): string | null {
  const runner = Object.hasOwn(AREAS, row.area) ? AREAS[row.area] : undefined;
  if (runner === undefined) return NOT_BUILT;
  try {
    return runner(row);
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}

function main(file: string): number {
  const counts = new Map<string, { passed: number; failed: number }>();
  const lines: string[] = [];
  for (const row of readCases(file)) {
    const count = counts.get(row.area) ?? { passed: 0, failed: 0 };
    counts.set(row.area, count);
    const outcome = runCase(row);
    if (outcome === null) count.passed += 1;
    else {
      count.failed += 1;
      lines.push(`${row.id}: ${outcome}`);
    }
  }
  for (const [area, { passed, failed }] of counts) lines.push(`${area}: ${passed} passed, ${failed} failed`);
  const all = [...counts.values()].reduce(
    (sum, count) => ({ passed: sum.passed + count.passed, failed: sum.failed + count.failed }),
    { passed: 0, failed: 0 },
  );
  process.stdout.write(`${[...lines, `${all.passed} passed, ${all.failed} failed`].join('\n')}\n`);
  return all.failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? fileURLToPath(new URL('policy.jsonl', import.meta.url));
  try {
    process.exitCode = main(file);
  } catch (error) {
    process.stderr.write(
      `gatehouse: the cases could not be read: ${error instanceof Error ? error.message : String(error)}; hint: npm run conformance -- FILE\n`,
    );
    process.exitCode = 2;
  }
}
