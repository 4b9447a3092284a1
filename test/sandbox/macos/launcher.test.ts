/** The launcher of macOS, as far as it is the same everywhere: on Linux, with a stand-in for the calls of macOS. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { realDisk } from '../../../main/sandbox/disk.ts';
import { type LaunchStep, planText } from '../../../main/sandbox/launch-plan.ts';
import { enforced, LaunchReport } from '../../../main/sandbox/levels.ts';
import { type MacosWish, macosPlan } from '../../../main/sandbox/macos/plan.ts';
import { isRoot, LAUNCHER, launcherMissing } from '../../support/launcher.ts';
import { complaintsAsOnMacos, MacLauncher, macLauncherMissing } from '../../support/mac-launcher.ts';
import { macWish, profileOf } from './mac-wish.ts';

const missing = macLauncherMissing();
let launcher: MacLauncher;
let wish: MacosWish;
let number = 0;

beforeAll(() => {
  if (missing !== null) return;
  launcher = new MacLauncher();
  const at = (name: string) => join(launcher.folder, name);
  for (const name of ['home', 'home/proj', 'home/proj/src', 'gh', 'gh/bin', 'gh/run', 'gh/s', 'gh/s/tmp']) {
    mkdirSync(at(name));
    launcher.give(at(name));
  }
  wish = {
    ...macWish,
    level: 'strict',
    require: 'strict',
    home: at('home'),
    workspace: at('home/proj'),
    cwd: at('home/proj/src'),
    path: '/usr/bin:/bin',
    program: null,
    preset: null,
    settings: [],
    allowPaths: [],
    state: [],
    gatehouse: { own: [at('gh')], bin: at('gh/bin'), run: at('gh/run') },
    agentDoor: at('gh/run/agent.sock'),
    scratch: at('gh/s'),
  };
});
afterAll(() => launcher?.remove());
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

const stepsOf = (change: Partial<MacosWish> = {}) => macosPlan({ ...wish, ...change }, realDisk).steps;

function planFile(plan: readonly LaunchStep[] | string): string {
  const file = join(launcher.folder, `plan-${++number}`);
  writeFileSync(file, typeof plan === 'string' ? plan : planText(plan));
  return file;
}

function run(plan: readonly LaunchStep[] | string, command: readonly string[], more: object = {}) {
  const report = join(launcher.folder, `report-${++number}`);
  writeFileSync(report, '');
  launcher.give(report);
  const [program, ...args] = launcher.words(
    launcher.program,
    'plan',
    planFile(plan),
    '--report',
    report,
    '--',
    ...command,
  );
  const ran = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, ...more });
  const told = readFileSync(report, 'utf8');
  return { ...ran, report: told === '' ? {} : LaunchReport.parse(JSON.parse(told)) };
}

/** Without the steps of a verb, or with other words for it. */
const changed = (verb: string, ...instead: readonly LaunchStep[]) => [
  ...stepsOf().filter((step) => step[0] !== verb),
  ...instead,
];
/** A process that has ended and was reaped by nobody yet is gone, too. */
const lives = (pid: string) =>
  existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('the launcher of macOS', () => {
  it('compiles without a warning where macOS has it otherwise', () => {
    expect(complaintsAsOnMacos('native/linux/watch.c')).toBe('');
    expect(complaintsAsOnMacos('native/linux/environment.c')).toBe('');
  });

  it('hands the kernel the plan’s profile and values, and tells what is enforced', () => {
    const steps = stepsOf();
    const { status, report, stderr } = run(steps, ['true']);
    expect([status, stderr]).toEqual([0, '']);
    const { text, params } = profileOf(steps);
    expect(launcher.applied()).toBe(
      text + [...params].map(([name, value]) => `; ${name} = ${value}\n`).join(''),
    );
    expect(enforced('strict', report, { memory: false, cpu: false }, 'darwin')).toEqual({
      asked: 'strict',
      reached: 'strict',
      lacking: [],
    });
    expect(report['memory']?.on).toBe(false);
    expect(report['processes']?.on).toBe(false);
  });

  it('is said to reach no more than strict, and less with the network of this computer', () => {
    const most = run(stepsOf({ level: 'maximum' }), ['true']).report;
    expect(enforced('maximum', most, { memory: true, cpu: true }, 'darwin')).toMatchObject({
      reached: 'strict',
      lacking: [
        expect.stringContaining('record of denied'),
        expect.stringContaining('copy-on-write'),
        expect.stringContaining('cpu'),
        expect.stringContaining('memory'),
      ],
    });
    const open = run(stepsOf({ network: null, require: null }), ['true']).report;
    expect(enforced('strict', open, { memory: false, cpu: false }, 'darwin').reached).toBeNull();
  });

  it('leaves the command nothing of its own: descriptors, session, variables, dumps', () => {
    const secret = openSync('/etc/hostname', 'r');
    const { stdout, status } = run(
      stepsOf(),
      [
        'sh',
        '-c',
        'pwd; ls -l /proc/self/fd | wc -l; cut -d" " -f5-7 /proc/$$/stat; echo $$; ulimit -c; env',
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe', secret, secret],
        env: {
          PATH: '/usr/bin:/bin',
          AWS_SECRET_ACCESS_KEY: 'x',
          DYLD_INSERT_LIBRARIES: 'x',
          LANG: 'C',
          NODE_OPTIONS: 'x',
        },
      },
    );
    closeSync(secret);
    const [cwd, descriptors, group, pid, core, ...variables] = stdout.trim().split('\n');
    expect([status, cwd, core]).toEqual([0, wish.cwd, '0']);
    // A heading, the three, and the folder that ls itself reads.
    expect(Number(descriptors)).toBe(5);
    // Process group, session, terminal.
    expect(group).toBe(`${pid} ${pid} 0`);
    const names = variables.map((line) => line.split('=')[0]);
    expect(names).toContain('LANG');
    for (const name of ['AWS_SECRET_ACCESS_KEY', 'DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS'])
      expect(names).not.toContain(name);
    expect(variables).toContain(`TMPDIR=${wish.scratch}/tmp`);
    expect(variables).toContain(`HOME=${wish.scratch}`);
  });

  it('ends as the command ended', () => {
    expect(run(stepsOf(), ['sh', '-c', 'exit 7']).status).toBe(7);
    expect(run(stepsOf(), ['sh', '-c', 'kill -9 $$']).status).toBe(137);
    expect(run(stepsOf(), ['no-such-program'])).toMatchObject({
      status: 127,
      stderr: expect.stringContaining('there is no such program in the sandbox'),
    });
    expect(run(stepsOf(), ['/etc/hostname']).status).toBe(125);
  });

  it.each<[string, () => readonly LaunchStep[] | string, RegExp]>([
    ['no profile', () => changed('profile'), /no profile/],
    [
      'a profile that the kernel does not read',
      () => changed('profile', ['profile', '(syntax-error)']),
      /syntax-error/,
    ],
    [
      'a profile without effect',
      () => changed('profile', ['profile', '(without-effect)']),
      /does not say that the profile/,
    ],
    ['no mark', () => changed('param', ['param', 'READ_0', '/x']), /no mark/],
    [
      'a need that nobody knows',
      () => [...stepsOf(), ['need', 'user']],
      /cannot enforce what is required: user/,
    ],
    [
      'a need that is not met',
      () => [...stepsOf({ network: null, require: null }), ['need', 'net']],
      /required: net/,
    ],
    ['a folder that is not there', () => changed('cwd', ['cwd', '/nowhere']), /cannot start in its folder/],
    [
      'a broken plan',
      () => planText(stepsOf()).replace('\nprofile ', '\nprofiles '),
      /verb that this launcher/,
    ],
  ])('runs nothing with %s', (_name, plan, why) => {
    const marker = join(wish.workspace, 'ran');
    const { status, stderr } = run(plan(), ['touch', marker]);
    expect(status).toBe(126);
    expect(stderr).toMatch(why);
    expect(existsSync(marker)).toBe(false);
  });

  it('runs nothing as root', (context) => {
    if (!isRoot) context.skip('Linux only: as root');
    const { status, stderr } = spawnSync(launcher.program, ['plan', planFile(stepsOf()), '--', 'true'], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([126, expect.stringContaining('never runs as root')]);
  });

  it('ends what left its session and lost its parent', () => {
    const told = join(wish.scratch, 'tmp/told');
    const script = [
      `(setsid sh -c 'sleep 1000 & echo $! $$ > ${told}.new; mv ${told}.new ${told}; wait' &)`,
      `while [ ! -e ${told} ]; do sleep 0.05; done`,
      `(sleep 1000 & echo $!)`,
      `cat ${told}`,
    ].join('\n');
    const { stdout, status } = run(stepsOf(), ['sh', '-c', script]);
    const pids = stdout.trim().split(/\s+/);
    expect(status).toBe(0);
    expect(pids).toHaveLength(3);
    expect(pids.filter(lives)).toEqual([]);
  });

  it('ends all when the session is over', () => {
    const { status, stderr, stdout } = run(stepsOf({ sessionTimeout: 1 }), [
      'sh',
      '-c',
      'echo $$; sleep 1000',
    ]);
    expect([status, stderr]).toEqual([125, expect.stringContaining('its session was over')]);
    expect(lives(stdout.trim())).toBe(false);
  });

  it('passes signals on, and ends all when its terminal closes', async () => {
    const [program, ...args] = launcher.words(
      launcher.program,
      'plan',
      planFile(stepsOf()),
      '--',
      'sh',
      '-c',
      'trap "echo got" USR1; trap "exit 9" TERM; echo ready $$; while :; do sleep 0.05; done',
    );
    for (const [signal, code] of [
      ['SIGTERM', 9],
      ['SIGHUP', 129],
    ] as const) {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
      let said = '';
      child.stdout.setEncoding('utf8');
      const heard = async (word: string) => {
        while (!said.includes(word)) said += String((await once(child.stdout, 'data'))[0]);
      };
      await heard('ready');
      const pid = /ready (\d+)/.exec(said)?.[1] ?? '';
      child.kill('SIGUSR1');
      await heard('got');
      const ended = once(child, 'exit');
      child.kill(signal);
      expect(await ended).toEqual([code, null]);
      expect(lives(pid)).toBe(false);
    }
  });
});

it('is refused by the launcher of Linux, which knows no profile', (context) => {
  const reason = launcherMissing();
  if (reason !== null) context.skip(reason);
  const { status, stderr } = spawnSync(LAUNCHER, ['--explain', '-'], {
    input: planText(stepsOf()),
    encoding: 'utf8',
  });
  expect(status).toBe(126);
  expect(stderr).toContain('a verb that this launcher does not know');
});
