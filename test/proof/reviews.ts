/**
 * `npm run proof -- reviews`: a session that touches 100 000 files of a project, from `gatehouse run` to the end of its
 * review by the real supervisor: scanned, listed in the terminal and for the page, carried over, undone and discarded;
 * and npm at work in a copy; then the same work on the project itself, taken back by what was kept before. Held when the project is each time exactly as it must be, and no stretch in which the
 * supervisor answered nothing was longer than a person notices.
 *
 * The supervisor runs in this process, so that the longest stretch is seen by its own event loop; it includes what the
 * clients of the proof do with the answers.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type ChangeList, reversed } from '../../main/sandbox/review/change.ts';
import { ReviewProgram } from '../../main/sandbox/review/review-program.ts';
import { changeText, selected, stepsForth } from '../../main/sandbox/review/selection.ts';
import { CopyHouse } from '../support/copy-house.ts';
import { isRoot, LAUNCHER } from '../support/launcher.ts';
import { RealApp } from '../support/real-app.ts';
import { run } from '../support/run-client.ts';

const FOLDERS = 1000;
const FILES = 100;
const PIN = 'granite-7';
/** A stretch after which whoever clicks elsewhere thinks that it hangs. The record says how long it really was. */
const LONGEST_STRETCH_MS = 1000;
const POLICY = `tools:
  modules: { filesystem: {}, shell: {} }
  capabilities: { default_policy: approve }
security:
  sandbox: { level: standard, workspace_snapshot: true }
`;
/** Half is deleted, a quarter changed, a quarter moved: by names that the folders have. */
const WORK = `
import os, shutil
for d in range(${FOLDERS}):
    p = "tree/%d" % d
    if d % 4 < 2:
        shutil.rmtree(p)
    elif d % 4 == 2:
        for f in range(${FILES}):
            with open("%s/%d" % (p, f), "a") as out: out.write("more\\n")
    else:
        shutil.move(p, "tree/moved-%d" % d)
`;

interface Step {
  readonly milliseconds: number;
  /** The longest stretch in which the event loop did not come round, in milliseconds. */
  readonly longest_stretch: number;
  /** Of the process, the most at that time, in MB. */
  readonly memory: number;
}

const problems: string[] = [];
const steps: Record<string, Step> = {};
const counts = {
  files: FOLDERS * FILES,
  rows: 0,
  terminal_rows: 0,
  terminal_answers: 0,
  kept: 0,
  kept_by_a_second_name: 0,
  differ: 0,
  npm: 0,
  longest_stretch_ms: 0,
};
const real = await RealApp.start(POLICY);
try {
  const project = join(real.home, 'proj');
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    const path = join(project, 'tree', String(folder));
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES; file += 1)
      writeFileSync(join(path, String(file)), `${folder}/${file}\n`);
  }
  writeFileSync(join(project, 'package.json'), '{}\n');
  writeFileSync(join(real.home, 'work.py'), WORK);
  writeFileSync(join(project, 'work.py'), WORK);
  const before = digestOf(project);
  const page = real.page('first');
  await page.value('setPin', { pin: PIN, current: null });

  await step('session_and_scan', async () => {
    const { code, stderr } = await run(real.paths.agentDoor, ['--', 'python3', 'work.py'], {
      cwd: project,
      env: { HOME: real.home },
    });
    if (code !== 0) problems.push(`the session ended with ${code}: ${stderr.slice(0, 300)}`);
  });
  if (digestOf(project) !== before) problems.push('the session changed the project');
  const [review] = await page.value('reviews');
  if (review?.digest == null) throw new Error('nothing waits for a review');
  const { id, digest } = review;
  await step('page_first', async () => {
    const { rows, total } = await page.value('reviewRows', id, 0, 200);
    counts.rows = total;
    if (rows.length !== 200) problems.push(`the page was sent ${rows.length} rows at first`);
  });
  await step('page_all_of_it', async () => {
    const keys = new Set<string>();
    for (let from = 0; from < counts.rows; from += 500)
      for (const { key } of (await page.value('reviewRows', id, from, 500)).rows) keys.add(key);
    if (keys.size !== counts.rows) problems.push(`the page was told ${keys.size} different rows`);
  });
  await step('page_difference', async () => {
    const { lines } = await page.value('reviewDiff', id, 'tree/2/7');
    if (!lines?.some(({ kind, text }) => kind === 'add' && text === 'more'))
      problems.push('the difference of a changed file is not shown');
  });
  await step('terminal_show', async () => {
    const { stdout } = await real.command(['review', 'show', id]);
    if (!stdout.includes('--all shows them')) problems.push('the terminal does not say that there is more');
  });
  await step('terminal_show_all_json', async () => {
    for (let from: number | null = 0; from !== null; ) {
      const { stdout } = await real.command(['review', 'show', id, '--json', '--from', String(from)]);
      counts.terminal_answers += 1;
      counts.terminal_rows += stdout.split('"path":').length - 1;
      from = JSON.parse(/"next": (\d+|null)/.exec(stdout)?.[1] ?? 'null') as number | null;
    }
  });
  if (counts.terminal_rows !== counts.rows) problems.push('the terminal tells other rows than the page');
  await step('apply_some', async () => {
    await page.value('applyReview', { id, digest, pick: { kind: 'only', keys: ['tree/2/7', 'tree/0/1'] } });
  });
  await step('undo_some', async () => void (await page.value('undoReview', id)));
  if (digestOf(project) !== before) problems.push('the project is not as it was after two paths were undone');
  await step(
    'apply_all',
    async () => void (await page.value('applyReview', { id, digest, pick: { kind: 'all' } })),
  );
  const left = readdirSync(join(project, 'tree')).length;
  if (left !== FOLDERS / 2) problems.push(`${left} folders are left`);
  await step('undo_all', async () => {
    const { exit, stderr } = await real.command(['review', 'undo', id], [PIN]);
    if (exit !== 0) problems.push(`not undone: ${stderr.slice(0, 300)}`);
  });
  if (digestOf(project) !== before) problems.push('the project is not as it was after the undo');
  await step('discard', async () => {
    const { exit, stderr } = await real.command(['review', 'discard', id], [PIN]);
    if (exit !== 0) problems.push(`not discarded: ${stderr.slice(0, 300)}`);
  });
  if ((await page.value('reviews')).length !== 0) problems.push('the review is still there');
  if (digestOf(project) !== before) problems.push('the project is not as it was at the end');
  await undoneWithoutCopy(project, before);
} catch (error) {
  problems.push(String(error).slice(0, 400));
} finally {
  await real.remove();
}
counts.npm = npmAtWork();
counts.longest_stretch_ms = Math.max(...Object.values(steps).map(({ longest_stretch }) => longest_stretch));
if (counts.longest_stretch_ms > LONGEST_STRETCH_MS)
  problems.push(`the supervisor answered nothing for ${counts.longest_stretch_ms} ms`);
process.stdout.write(`${JSON.stringify({ counts, steps, problems })}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** The same work on the project itself, by what was kept before: as where no overlay can be had. */
async function undoneWithoutCopy(project: string, before: string): Promise<void> {
  const program = new ReviewProgram(LAUNCHER);
  const bounds = {
    bytes: 2 ** 33,
    entries: 1_000_000,
    milliseconds: 600_000,
    largest: 2 ** 31,
    skips: false,
  };
  const stores = ['first', 'second'].map((name) => join(real.folder, 'kept', name));
  const [first = '', second = ''] = stores;
  const backup = join(real.folder, 'kept', 'backup');
  for (const path of [...stores, backup]) mkdirSync(path, { recursive: true, mode: 0o700 });
  // Files that are older than a few seconds are known again without being read.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  await step('keep', async () => {
    counts.kept = (await program.keep(project, first, null, bounds)).files;
  });
  await step('keep_again', async () => {
    counts.kept_by_a_second_name = (await program.keep(project, second, first, bounds)).linked;
  });
  if (counts.kept_by_a_second_name !== counts.kept)
    problems.push('files that did not change were copied again');
  spawnSync('python3', ['work.py'], { cwd: project });
  let list: ChangeList | null = null;
  await step('compare', async () => {
    list = (await program.compare(project, second)).list;
  });
  const changes = ((list as ChangeList | null)?.changes ?? []).map(reversed);
  counts.differ = changes.length;
  const { dev, ino } = statSync(project, { bigint: true });
  await step('take_back', async () => {
    const text = await changeText({
      ...{ mode: 'apply', stage: '.gatehouse-review-1', source: join(second, 'before'), backup },
      root: { path: project, device: String(dev), inode: String(ino) },
      steps: stepsForth(await selected(changes, null)),
    });
    const outcome = await program.change(text);
    if (outcome.state !== 'done') problems.push(`not taken back: ${JSON.stringify(outcome).slice(0, 300)}`);
  });
  if (digestOf(project) !== before)
    problems.push('the project is not as it was after its session was taken back');
}

/** Does something at the supervisor, and notes what it took. */
async function step(name: string, work: () => Promise<void>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let most = process.memoryUsage.rss();
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  delay.enable();
  const began = performance.now();
  await work();
  const took = performance.now() - began;
  delay.disable();
  clearInterval(look);
  steps[name] = {
    milliseconds: Math.round(took),
    longest_stretch: Math.round(delay.max / 1e6),
    memory: Math.round(Math.max(most, process.memoryUsage.rss()) / 2 ** 20),
  };
}

/** Files that npm made in the copy of a project of its own, from packages that lie in it: no registry is asked. */
function npmAtWork(): number {
  const own = new CopyHouse(isRoot ? 'root' : 'user');
  try {
    own.makeFile(
      'home/proj/package.json',
      '{"name":"p","version":"1.0.0","dependencies":{"one":"file:one-1.0.0.tgz"}}\n',
    );
    own.makeFile('home/proj/one/package.json', '{"name":"one","version":"1.0.0"}\n');
    own.makeFile('home/proj/one/index.js', 'module.exports = 1;\n');
    own.script(
      'export HOME=/tmp; cd one && npm pack --silent --offline --pack-destination .. > /dev/null; cd ..; npm install --offline --no-audit --no-fund --silent; npm install --offline --no-audit --no-fund --silent; node -e "require(\'one\')"',
    );
    return readdirSync(join(own.layers, 'upper/node_modules')).length;
  } catch (error) {
    problems.push(`npm: ${String(error).slice(0, 400)}`);
    return 0;
  } finally {
    own.remove();
  }
}

/** Names, modes and contents of everything below a folder. */
function digestOf(folder: string): string {
  const hash = createHash('sha256');
  const walk = (path: string) => {
    for (const name of readdirSync(path).sort()) {
      const whole = join(path, name);
      const facts = lstatSync(whole);
      hash.update(`${whole} ${facts.mode}\n`);
      if (facts.isDirectory()) walk(whole);
      else hash.update(facts.isSymbolicLink() ? readlinkSync(whole) : readFileSync(whole));
    }
  };
  walk(folder);
  return hash.digest('hex');
}
