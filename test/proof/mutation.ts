/**
 * `npm run proof -- mutation [--part K/N] [--seed N]`: Stryker changes the engine and the policy in many small ways,
 * one at a time, and counts which of the changes a test notices. Needs `npm --prefix test/mutation install` first.
 *
 * All of it takes about an hour on two idle cores; `--part 2/4` takes the second of four parts of about one size,
 * FILES=n in the environment so many files, chosen by the seed. The record names them. It holds when at least 85 of
 * 100 changes are noticed. Two kinds are not tried, and counted apart: other words in messages (StringLiteral),
 * and changes of what runs only while modules are read, which are tables.
 *
 * REPORT=FILE keeps Stryker's whole report, with every survivor.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { randomFrom } from '../differential/random-policy.ts';

const LEAST = 85;
const root = join(import.meta.dirname, '..', '..');
const mutation = join(root, 'test', 'mutation');
const tools = join(mutation, 'node_modules', '@stryker-mutator');
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, part: { type: 'string', default: '1/1' } },
});

interface Mutant {
  readonly status: string;
  readonly static?: boolean;
  readonly mutatorName: string;
}
type Files = Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;

if (!existsSync(tools)) {
  process.stderr.write('mutation: Stryker is not there; hint: npm --prefix test/mutation install\n');
  process.exit(2);
}
const all = ['main/engine', 'main/policy'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);
const chosen = pick(
  partOf(all, values.part),
  Number(process.env['FILES'] ?? all.length),
  Number(values.seed),
);
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mutation-'));
try {
  const report = join(folder, 'report.json');
  const config = join(folder, 'stryker.config.json');
  writeFileSync(
    config,
    JSON.stringify({
      testRunner: 'in-process',
      plugins: [join(mutation, 'runner.ts')],
      mutate: chosen,
      mutator: { excludedMutations: ['StringLiteral'] },
      ignoreStatic: true,
      coverageAnalysis: 'perTest',
      concurrency: Number(process.env['WORKERS'] ?? 1),
      timeoutMS: 8000,
      timeoutFactor: 4,
      dryRunTimeoutMinutes: 30,
      reporters: ['json', 'progress-append-only'],
      jsonReporter: { fileName: report },
      tempDirName: join(folder, 'work'),
      ignorePatterns: [
        'test/agents/node_modules',
        'test/mutation/node_modules',
        'dist',
        'native/build',
        'proof',
      ],
      // Its rewriting of tsconfig.json needs a TypeScript with an API; nothing here is type-checked.
      tsconfigFile: 'none.json',
      checkers: [],
      allowEmpty: true,
    }),
  );
  const run = spawnSync(process.execPath, [join(tools, 'core', 'bin', 'stryker.js'), 'run', config], {
    cwd: root,
    // Its words go to stderr: the one line on stdout is ours.
    stdio: ['ignore', 2, 2],
  });
  if (run.status !== 0 && !existsSync(report)) process.exit(1);
  const kept = process.env['REPORT'];
  if (kept !== undefined) copyFileSync(report, kept);
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as { files: Files };
  const counts = countsOf(Object.values(files).flatMap(({ mutants }) => mutants));
  const perFile = Object.fromEntries(
    Object.entries(files).map(([name, { mutants }]) => {
      const { killed, timeout, tried } = countsOf(mutants);
      return [name, `${killed + timeout} of ${tried}`];
    }),
  );
  process.stdout.write(
    `${JSON.stringify({ counts: { files: chosen.length, of: all.length, ...counts }, part_of_all: values.part, files: perFile })}\n`,
  );
  process.exitCode = counts.score >= LEAST ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function countsOf(mutants: readonly Mutant[]) {
  const count = (wanted: (mutant: Mutant) => boolean) => mutants.filter(wanted).length;
  const is = (status: string) => count((mutant) => mutant.status === status);
  const [killed, timeout, survived, uncovered] = [
    is('Killed'),
    is('Timeout'),
    is('Survived'),
    is('NoCoverage'),
  ];
  const tried = killed + timeout + survived + uncovered;
  const words = count(({ status, mutatorName }) => status === 'Ignored' && mutatorName === 'StringLiteral');
  return {
    tried,
    killed,
    timeout,
    survived,
    without_a_test: uncovered,
    not_tried_words: words,
    not_tried_static: is('Ignored') - words,
    // What does not even load, or breaks the run itself, counts for neither side.
    errors: is('RuntimeError') + is('CompileError'),
    score: tried === 0 ? 0 : Math.round((1000 * (killed + timeout)) / tried) / 10,
  };
}

/** The files of one part: taken by turns, largest first, so that the parts are of about one size. */
function partOf(files: readonly string[], part: string): readonly string[] {
  const [, k, n] = /^(\d+)\/(\d+)$/.exec(part)?.map(Number) ?? [];
  if (k === undefined || n === undefined || k < 1 || k > n) {
    process.stderr.write('mutation: --part is K/N, for example 2/4\n');
    process.exit(2);
  }
  return files
    .map((name) => ({ name, size: statSync(join(root, name)).size }))
    .toSorted((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))
    .filter((_file, index) => index % n === k - 1)
    .map(({ name }) => name)
    .toSorted();
}

/** So many of the items, in their order, the same for the same seed. */
function pick(items: readonly string[], most: number, seed: number): readonly string[] {
  const random = randomFrom(seed);
  return items
    .map((item) => ({ item, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ item }) => item)
    .toSorted();
}
