/**
 * `npm run proof -- mutation [--seed N]`: Stryker changes the engine and the policy in many small ways, and counts
 * which of the changes a test notices. Needs `npm --prefix test/mutation install` first.
 *
 * All of it takes many hours on two cores. FILES=n in the environment takes that many files, chosen by the seed;
 * the record names them. It holds when at least 85 of 100 changes are noticed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { randomFrom } from '../differential/random-policy.ts';

const LEAST = 85;
const root = join(import.meta.dirname, '..', '..');
const tools = join(root, 'test', 'mutation', 'node_modules');
const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

if (!existsSync(join(tools, '@stryker-mutator'))) {
  process.stderr.write('mutation: Stryker is not there; hint: npm --prefix test/mutation install\n');
  process.exit(2);
}

const all = ['main/engine', 'main/policy'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);
const chosen = pick(all.toSorted(), Number(process.env['FILES'] ?? all.length), Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mutation-'));
try {
  const report = join(folder, 'report.json');
  const config = join(folder, 'stryker.config.json');
  writeFileSync(
    config,
    JSON.stringify({
      testRunner: 'vitest',
      plugins: [join(tools, '@stryker-mutator', 'vitest-runner', 'dist', 'src', 'index.js')],
      vitest: { configFile: join('test', 'mutation', 'vitest.config.ts'), related: true },
      mutate: chosen,
      coverageAnalysis: 'perTest',
      concurrency: 2,
      timeoutMS: 20_000,
      reporters: ['json'],
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
  const run = spawnSync(
    process.execPath,
    [join(tools, '@stryker-mutator', 'core', 'bin', 'stryker.js'), 'run', config],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'].map((way, at) => (at === 1 ? 2 : way)) as never },
  );
  if (run.status !== 0 && !existsSync(report)) process.exit(1);
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const statuses = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (...names: readonly string[]) => statuses.filter((status) => names.includes(status)).length;
  const killed = count('Killed', 'Timeout');
  const survived = count('Survived', 'NoCoverage');
  const score = killed + survived === 0 ? 0 : (100 * killed) / (killed + survived);
  const perFile = Object.fromEntries(
    Object.entries(files).map(([name, { mutants }]) => [
      name,
      `${mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length} of ${mutants.length}`,
    ]),
  );
  process.stdout.write(
    `${JSON.stringify({
      counts: {
        files: chosen.length,
        of: all.length,
        mutants: killed + survived,
        killed,
        survived: count('Survived'),
        without_a_test: count('NoCoverage'),
        score: Math.round(score * 10) / 10,
      },
      files: perFile,
    })}\n`,
  );
  process.exitCode = score >= LEAST ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
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
