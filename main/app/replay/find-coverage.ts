/** Which past calls a remembered answer would have covered. Runs in the worker. */
import type { Coverage, CoverageReport } from '../../../preload/contract.ts';
import type { Analyst } from '../../analysis/analyst.ts';
import { CallAnalyses } from '../../engine/call-analysis.ts';
import { coversByShape } from '../../engine/remembered/covers.ts';
import type { Database } from '../../store/database.ts';
import type { CoverageJob } from './job.ts';
import { callOfRow, type Decided, isWhole, pastCalls } from './past-calls.ts';

const MOST_EXAMPLES = 3;

export function findCoverage(job: CoverageJob, database: Database, analyst: Analyst): CoverageReport {
  const end = performance.now() + job.budgetMs;
  const analyses = new CallAnalyses(analyst, job.home);
  const counts = job.choices.map(({ id, shape }) => ({
    shape,
    found: { choice: id, session: 0, project: 0, everywhere: 0, allowed: 0, stopped: 0 },
    examples: new Set<string>(),
  }));
  let [looked, unknown] = [0, 0];
  let since: number | null = null;
  let whole = true;
  const action = `${job.module}.${job.action}`;
  for (const { at, outcome, event } of pastCalls(database, job.sinceMs, job.mostRows, action)) {
    if (performance.now() > end) {
      whole = false;
      break;
    }
    if (event.call.point === 'test' || event.call.client !== job.client) continue;
    looked += 1;
    since = Math.floor(at / 1000);
    // The same call is known by its digest, whatever of it the log kept.
    const readable = isWhole(event);
    if (!readable) unknown += 1;
    for (const one of counts) {
      if (!covers(one.shape, event, job, readable ? analyses : null)) continue;
      const { found, examples } = one;
      found.everywhere += 1;
      if (event.call.app === job.app) found.project += 1;
      if (event.call.session === job.session) found.session += 1;
      if (outcome === 'allowed') found.allowed += 1;
      else if (outcome !== 'waits') found.stopped += 1;
      if (examples.size < MOST_EXAMPLES) examples.add(event.call.summary.slice(0, 120).toWellFormed());
    }
  }
  return {
    coverage: counts.map(({ found, examples }): Coverage => ({ ...found, examples: [...examples] })),
    ...{ looked, unknown, since },
    whole: whole && looked < job.mostRows,
  };
}

function covers(
  shape: CoverageJob['choices'][number]['shape'],
  event: Decided,
  job: CoverageJob,
  analyses: CallAnalyses | null,
): boolean {
  const { call } = event;
  if (shape.kind === 'exact')
    return call.paramsDigest === job.paramsDigest && call.cwd === job.cwd && call.app === job.app;
  return analyses !== null && coversByShape(shape, call.cwd, analyses.of(callOfRow(event)));
}
