/**
 * `npm run proof -- faults`: the disk fails under two hundred calls a second, and the supervisor is killed: EIO, EROFS
 * and ENOSPC, ten times each. Calls are refused in words, run again by themselves when the disk is mended, and the log verifies.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { FAULTS } from '../crash/faults.ts';
import { runRounds } from '../crash/rounds.ts';
import { buildOnce } from '../support/built.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '10' },
    inside: { type: 'boolean' },
  },
});
if (values.inside ?? false) await play();
else {
  await buildOnce();
  // A mount namespace of our own, for the disk that gets full; it goes with the last process in it.
  const words = [import.meta.filename, '--inside', '--seed', values.seed, '--rounds', values.rounds];
  const { status } = spawnSync('unshare', ['-Um', '--map-root-user', process.execPath, ...words], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}

async function play(): Promise<void> {
  const broken: string[] = [];
  const counts: Record<string, number> = { killed: 0, rounds: 0 };
  for (const fault of FAULTS) {
    const report = await runRounds({
      rounds: Number(values.rounds),
      seed: Number(values.seed),
      fault,
      onRound: (round, so, lines) => {
        process.stderr.write(
          `faults: ${fault} round ${round}: ${so.calls} calls, ${so.ran} ran, ${so.refusedByFault} refused, ${so.recoveredByItself} recovered${lines.map((line) => `\n  ${line}`).join('')}\n`,
        );
      },
    });
    for (const line of report.broken) broken.push(`${fault}: ${line}`);
    const { rounds, killed, calls, ran, refusedByFault, recoveredByItself, meanRate } = report.counts;
    counts['rounds'] = (counts['rounds'] ?? 0) + rounds;
    counts['killed'] = (counts['killed'] ?? 0) + killed;
    for (const [name, count] of Object.entries({ calls, ran, refusedByFault, recoveredByItself, meanRate }))
      counts[`${fault}_${name}`] = count;
  }
  process.stdout.write(`${JSON.stringify({ counts: { ...counts, broken: broken.length }, broken })}\n`);
  process.exitCode = broken.length === 0 && counts['killed'] === counts['rounds'] ? 0 : 1;
}
