/**
 * A vitest reporter: no test is skipped silently.
 *
 * Every skip is listed with its reason. With CI=true a skip fails the run unless its reason is one that this
 * kind of machine cannot do anything about; so a test that quietly stopped running is found. The counts go to
 * test-results/counts.json, where `.ci/run` reads them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** What a skip's reason may begin with in CI. Anything else could have run there. */
export const ALLOWED_REASONS = [
  'Electron binary missing',
  'Linux only',
  'macOS only',
  'Windows only',
] as const;

export interface Skip {
  readonly name: string;
  /** The text given to `context.skip`, or null when none was. */
  readonly reason: string | null;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Whether CI accepts the skip. */
export function isAllowed(skip: Skip): boolean {
  return skip.reason !== null && ALLOWED_REASONS.some((allowed) => skip.reason?.startsWith(allowed) === true);
}

/** What the run says about its skips; `forbidden` is how many of them fail it. */
export function judgeSkips(
  skips: readonly Skip[],
  ci: boolean,
): { readonly lines: readonly string[]; readonly forbidden: number } {
  const byReason = new Map<string, Skip[]>();
  for (const skip of skips)
    byReason.set(skip.reason ?? 'no reason given', [
      ...(byReason.get(skip.reason ?? 'no reason given') ?? []),
      skip,
    ]);
  const forbidden = ci ? skips.filter((skip) => !isAllowed(skip)) : [];
  const lines = [...byReason].flatMap(([reason, all]) => [
    `skipped ${all.length}: ${reason}`,
    ...all.map((skip) => `    ${skip.name}`),
  ]);
  if (forbidden.length > 0)
    lines.push(`${forbidden.length} of these could have run here: with CI=true that is a failure`);
  return { lines, forbidden: forbidden.length };
}

export default class SkipPolicy implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const skips: Skip[] = [];
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      let failedInside = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'failed') failedInside += 1;
        else if (result.state === 'skipped')
          skips.push({ name: `${module.relativeModuleId} > ${test.fullName}`, reason: result.note ?? null });
      }
      // A file that could not be loaded has no failed test, only errors of its own.
      failed += failedInside === 0 && module.state() === 'failed' ? 1 : failedInside;
    }
    const verdict = judgeSkips(skips, process.env['CI'] === 'true');
    if (verdict.lines.length > 0) process.stdout.write(`${verdict.lines.join('\n')}\n`);
    if (verdict.forbidden > 0) process.exitCode = 1;
    const counts: Counts = { passed, failed: failed + verdict.forbidden, skipped: skips.length };
    const folder = join(import.meta.dirname, '..', '..', 'test-results');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'counts.json'), `${JSON.stringify(counts)}\n`);
  }
}
