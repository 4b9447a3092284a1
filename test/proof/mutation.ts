/**
 * `npm run proof -- mutation --part NAME [--seed N]`: Stryker changes the engine and the policy in many small ways,
 * one at a time, and counts which of the changes a test notices. Needs `npm --prefix test/mutation install` first.
 *
 * The record names every file of a part. FILES=n in the
 * environment takes so many files of it, chosen by the seed. It holds when at least 85 of 100 changes are noticed.
 * Two kinds are not tried, and counted apart: other words in messages (StringLiteral), and changes of what runs only
 * while modules are read, which are tables.
 *
 * REPORT=FILE keeps Stryker's whole report, with every survivor.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
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
  options: { seed: { type: 'string', default: '1' }, part: { type: 'string', default: '' } },
});

/** Parts of some minutes each: globs of files, each file in the first part that names it. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  gates: ['main/engine/gates/*.ts', 'main/engine/{decide,observing,rate-window,pause,grants,explain*}.ts'],
  behavior: ['main/engine/behavior/*.ts', 'main/policy/behavior/*.ts'],
  compile: [
    'main/policy/compile*.ts',
    'main/policy/{entries,policy,merge-*,contradictions,content-policy}.ts',
  ],
  conditions: ['main/policy/conditions/*.ts'],
  policy: ['main/policy/*.ts'],
  shell: [
    'main/engine/protection/{shell-*,programs,wrapper,variables,choice,*-quote,brace-list,argv,word-paths,written-files}.ts',
  ],
  protection: ['main/engine/protection/*.ts', 'main/engine/*protection.ts'],
  engine: ['main/engine/**/*.ts'],
};
/** The tests of these folders start no process and open no socket. */
const TESTS = 'test/{engine,policy,conformance}/**/*.test.ts';
const PROTECTION =
  'test/engine/{self-protection*,nested-protection,agent-settings}.test.ts test/engine/protection/*.test.ts';
/** For some parts, those that are about it: others may notice more, and take longer. */
const TESTS_OF: Readonly<Record<string, string>> = {
  gates:
    'test/engine/{decide,asked-anyway,observing,gates,gate-answers,connection-gates,gate5-content,vault-values,conditional-grants,visible-actions,explain,explain-behavior,rate-window,pause,eval-line,engine,engine-sessions}.test.ts test/conformance/conformance.test.ts',
  behavior:
    'test/engine/behavior/*.test.ts test/engine/{behavior-session,command-forms,explain-behavior,asked-anyway}.test.ts test/policy/{behavior-*,mission,compile-edges}.test.ts test/conformance/*.test.ts',
  compile:
    'test/{policy,conformance}/*.test.ts test/engine/{gates,decide,gate-answers,rate-window,conditional-grants,gate5-content,visible-actions,explain}.test.ts',
  shell: PROTECTION,
  protection: PROTECTION,
  engine:
    'test/engine/{engine,engine-sessions,answers,remembering,remembered,redaction,run-files,eval-line,vault-values,behavior-session,pause,stored,judging,call-understanding}.test.ts test/engine/{approvals,remembered,sessions}/*.test.ts',
};

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
const all = globSync('main/{engine,policy}/**/*.ts', { cwd: root });
const part = Object.hasOwn(PARTS, values.part) ? PARTS[values.part] : undefined;
if (part === undefined) {
  process.stderr.write(`mutation: which part? hint: --part ${Object.keys(PARTS).join(', ')}\n`);
  process.exit(2);
}
const own = filesOf(part);
const chosen = pick(own, Number(process.env['FILES'] ?? own.length), Number(values.seed));
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
    env: { ...process.env, MUTATION_TESTS: TESTS_OF[values.part] ?? TESTS },
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
    `${JSON.stringify({ counts: { files: chosen.length, of: all.length, ...counts }, files: perFile })}\n`,
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

/** Every file is in one part: the first that names it. */
function filesOf(wanted: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  for (const part of Object.values(PARTS)) {
    const found = part.flatMap((glob) => globSync(glob, { cwd: root })).filter((name) => !taken.has(name));
    if (part === wanted) return [...new Set(found)].toSorted();
    for (const name of found) taken.add(name);
  }
  return [];
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
