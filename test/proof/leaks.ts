/**
 * `npm run proof -- leaks`: a thousand sandboxes one after the other, twenty at once, and hundreds whose launcher,
 * process 1, command or supervisor is killed at a random moment. Afterwards there is no process, mount, control group
 * or file that was not there before; a namespace lives only as long as one of them. What a killed supervisor left of
 * an agent's folder is gone after its next start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { realDisk } from '../../main/sandbox/disk.ts';
import { planText } from '../../main/sandbox/launch-plan.ts';
import { linuxPlan } from '../../main/sandbox/linux.ts';
import { childrenOf, kill } from '../support/kill-targets.ts';
import { LAUNCHER, LaunchHouse, launcherMissing, STARTERS } from '../support/launcher.ts';
import { killEitherSide } from '../support/leaks-supervised.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '300' },
    supervised: { type: 'string', default: '100' },
  },
});
const missing = launcherMissing();
if (missing !== null) throw new Error(missing);
/** Others make temporary files too: those of this proof have a folder of their own. */
const temporary = mkdtempSync(join(tmpdir(), 'gh-leaks-'));
chmodSync(temporary, 0o755);
process.env['TMPDIR'] = temporary;
const PARALLEL = 20;
const SETTLE_MS = 5000;
let state = Number(values.seed) >>> 0 || 1;

/** The same numbers for the same seed. */
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

const broken: string[] = [];
const counts = {
  sequential: 0,
  parallel: 0,
  killed_launcher: 0,
  killed_first: 0,
  killed_command: 0,
  wrong_codes: 0,
  leaks: 0,
};

for (const starter of STARTERS) {
  const house = new LaunchHouse(starter);
  const plan = house.makeFile('plan', planText(linuxPlan(house.wish({ level: 'strict' }), realDisk).steps));
  const mark = `7${process.pid}${starter === 'root' ? 1 : 2}`;
  const start = (command: readonly string[]): ChildProcess => {
    const words = [LAUNCHER, 'plan', plan, '--', ...command];
    const [program = '', ...args] =
      house.uid === process.getuid?.()
        ? words
        : ['setpriv', '--reuid', String(house.uid), '--regid', String(house.uid), '--clear-groups', ...words];
    return spawn(program, args, { cwd: house.workspace, env: { PATH: '/usr/bin:/bin' }, stdio: 'ignore' });
  };
  const ended = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  await ended(start(['true']));
  const before = census(mark);
  const total = Math.floor(Number(values.runs) / STARTERS.length);
  for (let index = 0; index < total; index++) {
    const code = index % 100;
    if ((await ended(start(['sh', '-c', `sleep ${mark} & exit ${code}`]))) !== code) counts.wrong_codes++;
    counts.sequential++;
  }
  for (let batch = 0; batch < 5; batch++) {
    await Promise.all(
      Array.from({ length: PARALLEL }, () => ended(start(['sh', '-c', `sleep ${mark} & true`]))),
    );
    counts.parallel += PARALLEL;
  }
  for (let index = 0; index < Number(values.kills) / STARTERS.length; index++) {
    const child = start(['sh', '-c', `setsid sleep ${mark} & sleep ${mark}`]);
    const over = ended(child);
    await new Promise((resolve) => setTimeout(resolve, random() * 30));
    const launcher = child.pid ?? 0;
    const [first] = childrenOf(launcher);
    const [command] = first === undefined ? [] : childrenOf(first);
    const target = [launcher, first, command][Math.floor(random() * 3)] ?? launcher;
    if (target === launcher) counts.killed_launcher++;
    else if (target === first) counts.killed_first++;
    else counts.killed_command++;
    kill(target);
    // Where the command or process 1 was killed, the launcher ends by itself; the kill may also have come too early.
    const late = setTimeout(() => kill(launcher), 2000);
    await over;
    clearTimeout(late);
  }
  for (const leak of await leaksSince(before, mark)) broken.push(`${starter}: ${leak}`);
  house.remove();
}
const mark = `7${process.pid}3`;
const before = census(mark);
const supervised = await killEitherSide(Number(values.supervised), mark, random);
broken.push(...supervised.broken, ...(await leaksSince(before, mark)));
counts.leaks = broken.length;
rmSync(temporary, { recursive: true });
process.stdout.write(`${JSON.stringify({ counts: { ...counts, ...supervised.counts }, broken })}\n`);
process.exitCode = broken.length === 0 && counts.wrong_codes === 0 ? 0 : 1;

interface Census {
  readonly processes: number;
  readonly mounts: number;
  readonly groups: number;
  readonly temporary: number;
}

/** What is there now: our processes, mounts, files of ours in /tmp. */
function census(mark: string): Census {
  let processes = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      if (line.includes(mark) || line.includes('gatehouse-sandbox\0plan')) processes++;
    } catch {
      // It ended meanwhile.
    }
  }
  return {
    processes,
    groups: groupsBelow('/sys/fs/cgroup', 4),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length,
    temporary: readdirSync(temporary).length,
  };
}

/** What is more than before once all had time to end. */
async function leaksSince(before: Census, mark: string): Promise<readonly string[]> {
  const since = Date.now();
  let after = census(mark);
  while (differs(before, after).length > 0 && Date.now() - since < SETTLE_MS) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    after = census(mark);
  }
  return differs(before, after);
}

/** Control groups are folders. */
function groupsBelow(folder: string, depth: number): number {
  if (depth === 0) return 0;
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return below.reduce((sum, entry) => sum + 1 + groupsBelow(`${folder}/${entry.name}`, depth - 1), 0);
  } catch {
    return 0;
  }
}

/** Others work on this computer too: only what is more than before counts. */
function differs(before: Census, after: Census): string[] {
  return (['processes', 'mounts', 'groups', 'temporary'] as const)
    .filter((key) => after[key] > before[key])
    .map((key) => `${key}: ${before[key]} before, ${after[key]} after`);
}
