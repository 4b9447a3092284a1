/**
 * `npm run proof -- crash`: kill -9 of the whole supervisor at random moments of load, five
 * hundred times. The log verifies every time, no call ran without its row, no row was lost after its answer, and
 * what waited is written as expired.
 *
 * What it shows is the death of the process. The death of the machine is another matter: there it is the sync
 * before each answer that counts.
 */
import { parseArgs } from 'node:util';
import { runRounds } from '../crash/rounds.ts';
import { buildOnce } from '../support/built.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '500' } },
});
const started = performance.now();
await buildOnce();
const { counts, broken } = await runRounds({
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  onRound: (round, so, lines) => {
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stderr.write(
      `crash: round ${round}: ${so.calls} calls, ${so.ran} ran, ${so.rows} rows, ${seconds} s${lines.map((line) => `\n  ${line}`).join('')}\n`,
    );
  },
});
process.stdout.write(`${JSON.stringify({ counts: { ...counts, broken: broken.length }, broken })}\n`);
process.exitCode = broken.length === 0 && counts.killed === counts.rounds ? 0 : 1;
