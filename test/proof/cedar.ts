/** The engine beside Cedar (cedar-wasm) over random policies and calls: no difference in allow, deny or approve. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { compare } from '../differential/compare.ts';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const { policies, calls, answers, differences } = compare(Number(values.seed), 12_000, 2);
process.stdout.write(
  `${JSON.stringify({ counts: { policies, calls, ...answers, differences: differences.length }, differences: differences.slice(0, 10) })}\n`,
);
process.exitCode = differences.length === 0 && policies >= 10_000 ? 0 : 1;
