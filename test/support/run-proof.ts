/**
 * `npm run proof -- PART [--seed N] [--part K/N]`: runs test/proof/PART.ts and keeps what it found in
 * proof/DATE-PART.json, or proof/DATE-PART-K-of-N.json where a long proof is done in parts.
 *
 * A proof is a script that takes `--seed N` and prints one JSON object with `counts`, numbers by name; it ends
 * with 0 only when what it is to prove held. The record says at which commit, from which seed, and whether
 * anything differed from that commit.
 */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runScript } from './run-script.ts';

const root = join(import.meta.dirname, '..', '..');
const parts = partsOf(join(root, 'test', 'proof'));
const { part, seed, share } = asked();

const startedAt = new Date();
const { exit, value } = await runScript(join(root, 'test', 'proof', `${part}.ts`), [
  '--seed',
  String(seed),
  ...(share === null ? [] : ['--part', share]),
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
  `${startedAt.toISOString().slice(0, 10)}-${part}${share === null ? '' : `-${share.replace('/', '-of-')}`}.json`,
);
writeFileSync(join(root, file), `${JSON.stringify(record, null, 2)}\n`);
process.stdout.write(`${file}: ${record.held ? 'held' : 'did not hold'}, ${JSON.stringify(counts)}\n`);
process.exitCode = exit;

/** What was typed; ends with the usage, or with what is wrong with it. */
function asked(): { readonly part: string; readonly seed: number; readonly share: string | null } {
  const refuse = (why: string): never => {
    process.stderr.write(`proof: ${why}; hint: npm run proof -- --help\n`);
    process.exit(2);
  };
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seed: { type: 'string' }, part: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help ?? false) {
      process.stdout.write(usage());
      process.exit(0);
    }
    const [part, ...more] = positionals;
    const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
    if (part === undefined) return refuse('which part?');
    if (!parts.includes(part))
      return refuse(`there is no part ${JSON.stringify(part)}; there is: ${parts.join(', ')}`);
    if (more.length > 0) return refuse('one part at a time');
    if (!Number.isSafeInteger(seed) || seed < 0) return refuse('--seed: allowed: whole numbers from 0');
    const share = values.part ?? null;
    if (!/^(?:\d+\/\d+|[a-z-]+)$/.test(share ?? '1/1'))
      return refuse('--part: allowed: K/N, such as 2/5, or a name that the proof knows');
    return { part, seed, share };
  } catch (error) {
    return refuse(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

/** Each part with the first sentence of what stands at its head. */
function usage(): string {
  const lines = parts.map((name) => {
    const head = readFileSync(join(root, 'test', 'proof', `${name}.ts`), 'utf8').split('*/')[0] ?? '';
    const words = head
      .replaceAll(/^\/\*\*|^ \* ?/gm, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
    const said = words.replace(/^`[^`]*`: /, '');
    return `  ${name.padEnd(12)} ${/^.*?[.;](?= |$)/.exec(said)?.[0] ?? said}`;
  });
  return `npm run proof -- PART [--seed N] [--part K/N]\n\nKeeps what it found in proof/DATE-PART.json.\n\n${lines.join('\n')}\n`;
}

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
