/**
 * `npm run proof -- PART [--seed N] [--part NAME]`: runs test/proof/PART.ts and keeps what it found in
 * proof/DATE-PART.json, or proof/DATE-PART-NAME.json where a long proof is done in parts.
 *
 * A proof is a script that takes `--seed N` and prints one JSON object with `counts`, numbers by name; it ends
 * with 0 only when what it is to prove held. The record says at which commit, from which seed, and whether
 * anything differed from that commit.
 */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runScript } from './run-script.ts';

const root = join(import.meta.dirname, '..', '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, part: { type: 'string' } },
});
const parts = partsOf(join(root, 'test', 'proof'));
const [part, ...more] = positionals;
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (
  part === undefined ||
  more.length > 0 ||
  !parts.includes(part) ||
  !/^[a-z-]+$/.test(values.part ?? 'all') ||
  !Number.isSafeInteger(seed) ||
  seed < 0
) {
  process.stderr.write(
    `proof: usage: npm run proof -- PART [--seed N] [--part NAME]; hint: PART is one of ${parts.join(', ') || '(none yet)'}\n`,
  );
  process.exit(2);
}

const startedAt = new Date();
const { exit, value } = await runScript(join(root, 'test', 'proof', `${part}.ts`), [
  '--seed',
  String(seed),
  ...(values.part === undefined ? [] : ['--part', values.part]),
]);
const found = typeof value === 'object' && value !== null ? value : {};
const counts = 'counts' in found ? found.counts : null;
if (typeof counts !== 'object' || counts === null) {
  process.stderr.write(`proof: ${part} printed no counts and ended with ${exit}\n`);
  process.exit(1);
}
const record = {
  part,
  held: exit === 0,
  seed,
  commit: git('rev-parse', 'HEAD'),
  changed: git('status', '--porcelain') !== '',
  startedAt: startedAt.toISOString(),
  seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
  ...found,
};
mkdirSync(join(root, 'proof'), { recursive: true });
const file = join(
  'proof',
  `${startedAt.toISOString().slice(0, 10)}-${part}${values.part === undefined ? '' : `-${values.part}`}.json`,
);
writeFileSync(join(root, file), `${JSON.stringify(record, null, 2)}\n`);
process.stdout.write(`${file}: ${record.held ? 'held' : 'did not hold'}, ${JSON.stringify(counts)}\n`);
process.exitCode = exit;

function git(...args: readonly string[]): string | null {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

function partsOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.slice(0, -3))
      .toSorted();
  } catch {
    return [];
  }
}
