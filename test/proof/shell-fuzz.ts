/**
 * A million texts against the analysis of shell commands: broken ones, and other spellings of what it stops. Holds
 * when none of them fails it and none is let through.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openAnalyst } from '../support/analyst.ts';
import { fuzz } from '../support/shell-fuzz.ts';

const INPUTS = 1_000_000;
const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const outcome = fuzz(await openAnalyst(), Number(values.seed), INPUTS);
const held = outcome.failures.length === 0 && outcome.freed.length === 0;
process.stdout.write(
  `${JSON.stringify({
    counts: {
      inputs: INPUTS,
      broken: outcome.broken,
      mutations: outcome.mutations,
      failures: outcome.failures.length,
      freed: outcome.freed.length,
    },
    slowestMs: Math.round(outcome.slowestMs * 10) / 10,
    slowest: outcome.slowest.slice(0, 200),
    examples: { failures: outcome.failures.slice(0, 5), freed: outcome.freed.slice(0, 5) },
  })}\n`,
);
process.exitCode = held ? 0 : 1;
