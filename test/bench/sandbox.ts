/**
 * What a sandbox costs: starting one around a program that does nothing, and work inside, beside the same without
 * one and beside bubblewrap, firejail and Anthropic's sandbox-runtime. `bubblewrap` has the mounts of our plan and a
 * filter as long as ours; `bubblewrap_plain` is what one types: the system, a /tmp, the project, no filter. Prints one
 * line of JSON: times, what each adds to bare, and how many times as long as `standard` each takes, round by round;
 * peers that do not run here are named. `--rounds N` for a short look.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { realDisk } from '../../main/sandbox/disk.ts';
import { type LaunchStep, planText } from '../../main/sandbox/launch-plan.ts';
import { linuxPlan } from '../../main/sandbox/linux.ts';
import { isRoot, LAUNCHER, LaunchHouse, launcherMissing } from '../support/launcher.ts';
import { percentile, rounded, sideBySide, summary } from '../support/samples.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } });
const ROUNDS = Number(values.rounds);
const WORK_ROUNDS = Math.ceil(ROUNDS / 4);
const WARM_UP = 5;
/** The kernel takes a network namespace apart after its last process has ended, and makes others wait meanwhile. */
const SETTLE_MS = 15;
/** As many calls as our filter tells apart, with numbers that no kernel has. */
const FILTERED = Array.from({ length: 110 }, (_, index) => 4000 + index);
/** Firejail serves nobody whom the system does not know: `games` of every Debian. */
const KNOWN_USER = 5;
/** As `npm --prefix test/agents install` puts it; it needs bubblewrap, socat and ripgrep. */
const SRT = join(import.meta.dirname, '../agents/node_modules/@anthropic-ai/sandbox-runtime/dist/cli.js');

const missing = launcherMissing();
if (missing !== null) {
  process.stderr.write(`sandbox: ${missing}\n`);
  process.stdout.write(`${JSON.stringify({ name: 'sandbox', skipped: missing })}\n`);
  process.exit();
}
const house = new LaunchHouse('user');
try {
  process.stdout.write(`${JSON.stringify({ name: 'sandbox', ...(await measure()) })}\n`);
} finally {
  house.remove();
}

type Words = readonly string[];

async function measure(): Promise<object> {
  const steps = (level: 'standard' | 'strict') => linuxPlan(house.wish({ level }), realDisk).steps;
  const plans = Object.fromEntries(
    (['standard', 'strict'] as const).map((level) => [
      level,
      house.makeFile(`${level}.plan`, planText(steps(level))),
    ]),
  );
  const filter = house.makeFile('filter', filterProgram(FILTERED));
  const ours = (level: string, command: Words): Words => [
    LAUNCHER,
    'plan',
    plans[level] ?? '',
    '--',
    ...command,
  ];
  const namespaces = ['--unshare-all', '--die-with-parent', '--new-session', '--chdir', house.workspace];
  const bwrap = (command: Words): Words => [
    ...['bwrap', '--proc', '/proc', '--dev', '/dev', ...steps('strict').flatMap(asBubblewrap)],
    ...['--remount-ro', '/', '--seccomp', '3', ...namespaces, ...command],
  ];
  const plain = (command: Words): Words => [
    'bwrap',
    ...['/usr', '/etc'].flatMap((path) => ['--ro-bind', path, path]),
    ...['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--bind', house.workspace, house.workspace],
    ...[...namespaces, ...command],
  ];
  const firejail = (command: Words): Words => [
    'firejail',
    ...['--quiet', '--noprofile', '--net=none', '--seccomp', '--caps.drop=all', ...command],
  ];
  const settings = house.makeFile(
    'srt.json',
    JSON.stringify({
      network: { allowedDomains: [], deniedDomains: [] },
      filesystem: { denyRead: [], allowWrite: [house.workspace, '/tmp'], denyWrite: [] },
    }),
  );
  const runtime = (command: Words): Words => [
    ...[process.execPath, SRT, '--settings', settings, '-c'],
    command.map((word) => `'${word}'`).join(' '),
  ];
  const peers = {
    ...(runs(bwrap(['true']), filter) ? { bubblewrap: bwrap, bubblewrap_plain: plain } : {}),
    ...(runs(firejail(['true'])) ? { firejail } : {}),
    ...(runs(runtime(['true'])) ? { sandbox_runtime: runtime } : {}),
  };
  const all = (command: Words): Record<string, () => void> => ({
    bare: () => go(command),
    standard: () => go(ours('standard', command)),
    strict: () => go(ours('strict', command)),
    ...Object.fromEntries(
      Object.entries(peers).map(([name, words]) => [name, () => go(words(command), filter)]),
    ),
  });
  prepareWork();
  const start = await sideBySide(all(['true']), ROUNDS, WARM_UP, () => sleep(SETTLE_MS));
  const git = await sideBySide(all(['git', 'status', '--short']), WORK_ROUNDS, 2);
  const gcc = await sideBySide(
    all(['sh', '-c', 'for i in 1 2 3 4 5; do cc -O1 -c -o /dev/null work.c; done']),
    WORK_ROUNDS,
    1,
  );
  const told = (times: Record<string, readonly number[]>) => ({
    ...Object.fromEntries(Object.entries(times).map(([name, samples]) => [name, summary(samples)])),
    over_standard_p50: overStandard(times),
    above_bare_p50_ms: above(times, 0.5),
    above_bare_min_ms: above(times, 0),
  });
  return {
    does_not_run_here: ['bubblewrap', 'firejail', 'sandbox_runtime'].filter(
      (name) => !Object.hasOwn(peers, name),
    ),
    start_true: told(start),
    git_status: told(git),
    gcc_5_times: told(gcc),
  };
}

function above(times: Record<string, readonly number[]>, share: number): Record<string, number> {
  const bare = percentile(times['bare'] ?? [], share);
  return Object.fromEntries(
    Object.entries(times).map(([name, samples]) => [name, rounded(percentile(samples, share) - bare)]),
  );
}

/** The median of each round's ratio to `standard` in the same round. */
function overStandard(times: Record<string, readonly number[]>): Record<string, number> {
  const standard = times['standard'] ?? [];
  return Object.fromEntries(
    Object.entries(times).map(([name, samples]) => [
      name,
      rounded(
        percentile(
          samples.map((sample, round) => sample / (standard[round] ?? Number.NaN)),
          0.5,
        ),
      ),
    ]),
  );
}

function prepareWork(): void {
  const folder = house.workspace;
  for (let index = 0; index < 200; index++) house.makeFile(`home/proj/src/f${index}.txt`, `${index}\n`);
  house.makeFile('home/proj/work.c', '#include <stdio.h>\nint main(void) { return printf("%d", 1); }\n');
  for (const words of [
    ['init', '-q'],
    ['add', '.'],
  ])
    go(['git', '-C', folder, ...words]);
}

function asUser(words: Words): Words {
  const uid = String(words[0] === 'firejail' ? KNOWN_USER : house.uid);
  const user = ['setpriv', '--reuid', uid, '--regid', uid, '--clear-groups'];
  return isRoot ? [...user, ...words] : words;
}

/** What a step of our plan is for bubblewrap. */
function asBubblewrap(step: LaunchStep): Words {
  const [verb, first, second, third] = step.map(String);
  if (verb === 'tree' || verb === 'own')
    return [first === 'rw' ? '--bind' : '--ro-bind', second ?? '', third ?? ''];
  if (verb === 'link') return ['--symlink', first ?? '', second ?? ''];
  if (verb === 'scratch' || verb === 'closed') return ['--tmpfs', first ?? ''];
  return [];
}

/** A filter that denies calls with these numbers, as the kernel takes it: 8 bytes each instruction. */
function filterProgram(numbers: readonly number[]): Buffer {
  const instruction = (code: number, yes: number, no: number, value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt16LE(code, 0);
    bytes.writeUInt8(yes, 2);
    bytes.writeUInt8(no, 3);
    bytes.writeUInt32LE(value, 4);
    return bytes;
  };
  const load = instruction(0x20, 0, 0, 0);
  const deny = instruction(0x06, 0, 0, 0x0005_0001);
  const allow = instruction(0x06, 0, 0, 0x7fff_0000);
  return Buffer.concat([
    load,
    ...numbers.flatMap((number) => [instruction(0x15, 0, 1, number), deny]),
    allow,
  ]);
}

/** `filter` is opened anew as descriptor 3 for each: it is read to its end. */
function spawn(words: Words, filter: string | null) {
  const [program = '', ...args] = asUser(words);
  const opened = filter === null ? null : openSync(filter, 'r');
  const ran = spawnSync(program, args, {
    cwd: house.workspace,
    env: {
      ...{ PATH: '/usr/bin:/bin', HOME: house.home },
      // The project belongs to another user than firejail's.
      ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
    },
    stdio: ['ignore', 'ignore', 'pipe', ...(opened === null ? [] : [opened])],
    encoding: 'utf8',
  });
  if (opened !== null) closeSync(opened);
  return ran;
}

function runs(words: Words, filter: string | null = null): boolean {
  return spawn(words, filter).status === 0;
}

function go(words: Words, filter: string | null = null): void {
  const { status, stderr } = spawn(words, filter);
  if (status !== 0) throw new Error(`${words.slice(0, 3).join(' ')} ended with ${status}: ${stderr}`);
}
