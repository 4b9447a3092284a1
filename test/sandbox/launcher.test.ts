import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realDisk } from '../../main/sandbox/disk.ts';
import { planHash, planText } from '../../main/sandbox/launch-plan.ts';
import { enforced, neededFor } from '../../main/sandbox/levels.ts';
import { linuxPlan } from '../../main/sandbox/linux.ts';
import { LAUNCHER, LaunchHouse, launcherMissing, STARTERS } from '../support/launcher.ts';
import { disk, wish } from './wish.ts';

const missing = launcherMissing();
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

function explain(text: string) {
  return spawnSync(LAUNCHER, ['--explain', '-'], { input: text, encoding: 'utf8' });
}

describe('the launcher reads a plan', () => {
  const text = planText(linuxPlan(wish, disk).steps);

  it('that the supervisor wrote, whole, and names it the same', () => {
    const { status, stdout } = explain(text);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(linuxPlan(wish, disk).steps.length + 1);
    expect(stdout).toContain(`hash  ${planHash(text)}`);
  });

  it.each([
    ['nothing', ''],
    ['another version', text.replace('launch 1', 'launch 2')],
    ['an unknown verb', text.replace('\nnet empty', '\nfly away')],
    ['a word that the verb does not know', text.replace('\nnet empty', '\nnet wide')],
    ['a missing word', text.replace('\nnet empty', '\nnet')],
    ['a word too many', text.replace('\nnet empty', '\nnet empty host')],
    ['a path with .. in it', text.replace('tree ro /usr /usr', 'tree ro /usr /usr/../etc')],
    ['a path that is not absolute', text.replace('tree ro /usr /usr', 'tree ro usr /usr')],
    ['the root as a path', text.replace('tree ro /usr /usr', 'tree ro / /usr')],
    ['an encoded zero byte', text.replace('tree ro /usr /usr', 'tree ro /us%00r /usr')],
    ['a broken encoding', text.replace('tree ro /usr /usr', 'tree ro /us%GG /usr')],
    ['a number that is none', text.replace('limit core 1', 'limit core 1x')],
    ['no end', text.replace(/end\n$/, '')],
    ['something after its end', `${text}net host\n`],
    ['more than it may hold', `${'x'.repeat(1024 * 1024 + 1)}`],
  ])('and refuses %s', (_what, plan) => {
    const { status, stdout } = explain(plan);
    expect(status).toBeGreaterThan(0);
    expect(stdout).toBe('');
  });
});

describe.each(STARTERS)('a command started by %s', (starter) => {
  let house: LaunchHouse;
  beforeEach(() => {
    house = new LaunchHouse(starter);
  });
  afterEach(() => house?.remove());

  it.each(['standard', 'strict'] as const)('is confined as %s needs it', (level) => {
    const { code, report } = house.run({ level, require: level }, ['true']);
    expect(code).toBe(0);
    expect(enforced(level, report, { memory: false, cpu: false })).toEqual({
      asked: level,
      reached: level,
      lacking: [],
    });
  });

  it('is refused, and does not run, where something required cannot be had', () => {
    const { code, stderr } = house.run({ level: 'maximum', require: 'maximum' }, ['touch', 'ran']);
    expect(code).toBe(126);
    expect(stderr).toContain('snapshot');
    expect(existsSync(join(house.workspace, 'ran'))).toBe(false);
    expect(neededFor('maximum')).toContain('snapshot');
  });

  it('ends as it ends', () => {
    expect(house.run({}, ['sh', '-c', 'exit 7']).code).toBe(7);
    expect(house.run({}, ['sh', '-c', 'kill -TERM $$']).code).toBe(143);
    expect(house.run({}, ['/no/such/program'])).toMatchObject({ code: 127, stdout: '' });
  });

  it('writes into the project, as its owner outside', () => {
    house.run({}, ['sh', '-c', 'echo made > made; mkdir -p a/b; cp made a/b/']);
    const made = join(house.workspace, 'made');
    expect(readFileSync(made, 'utf8')).toBe('made\n');
    expect(statSync(made).uid).toBe(house.uid);
  });

  it('keeps what tools obey in a project that lies below a writable folder', () => {
    const file = house.makeFile('home/code/proj/.envrc', 'as it was\n');
    const workspace = join(house.home, 'code/proj');
    const allowPaths = [{ path: join(house.home, 'code'), writable: true }];
    const script =
      'echo x > ../beside; echo x > here; echo x >> .envrc; mv -f here .envrc; cd ..; mv proj away';
    house.run({ workspace, cwd: workspace, allowPaths }, ['sh', '-c', script]);
    expect(readFileSync(file, 'utf8')).toBe('as it was\n');
    expect(existsSync(join(house.home, 'code/beside'))).toBe(true);
  });

  it('has its standard streams', () => {
    expect(house.run({}, ['sh', '-c', 'cat; echo no >&2'], { input: 'hello' })).toMatchObject({
      stdout: 'hello',
      stderr: 'no\n',
    });
  });

  it('is not given a folder as one of them, by which it would climb out', () => {
    const folder = openSync('/usr', 'r');
    for (const stdio of [
      [folder, 'pipe', 'pipe'],
      ['ignore', 'pipe', folder],
    ] as const) {
      const ran = house.run({}, ['true'], { stdio });
      expect(ran.code).toBe(125);
      expect(ran.report).toEqual({});
    }
    closeSync(folder);
    const mine = house.makeFile('outside-file', 'mine\n', 0o600);
    const file = openSync(mine, 'r');
    const again = ['sh', '-c', 'cat; echo more >> /proc/self/fd/0; echo $?'];
    const ran = house.run({}, again, { stdio: [file, 'pipe', 'pipe'] });
    closeSync(file);
    expect(ran.stdout).toMatch(/^mine\n[1-9]/);
    expect(readFileSync(mine, 'utf8')).toBe('mine\n');
  });

  if (starter === 'root')
    it('has none of the groups of whoever started it', () => {
      const theirs = statSync('/etc/shadow').gid;
      const plan = house.makeFile('grouped-plan', planText(linuxPlan(house.wish({}), realDisk).steps));
      const words = [LAUNCHER, 'plan', plan, '--', 'sh', '-c', 'cat /etc/shadow; id -G'];
      const ran = spawnSync('setpriv', ['--groups', `${theirs},61777`, ...words], {
        cwd: house.workspace,
        encoding: 'utf8',
      });
      expect(ran.stdout).toMatch(/^\d+\n$/);
      expect(ran.stderr).toContain('/etc/shadow');
    });

  it('leaves nobody behind', () => {
    const mark = `31${process.pid}`;
    house.run({}, ['sh', '-c', `setsid sleep ${mark} & sleep ${mark} & exit 0`]);
    const found = spawnSync('pgrep', ['-f', `sleep ${mark}( |$)`], { encoding: 'utf8' });
    expect(found.stdout).toBe('');
  });

  it('does not pass for done when its first process is killed', async () => {
    const plan = house.makeFile('killed-plan', planText(linuxPlan(house.wish({}), realDisk).steps));
    const child = spawn(LAUNCHER, ['plan', plan, '--', 'sh', '-c', 'echo up; sleep 60'], {
      cwd: house.workspace,
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(house.uid === process.getuid?.() ? {} : { uid: house.uid, gid: house.uid }),
    });
    await once(child.stdout, 'data');
    const first = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    process.kill(Number(first), 'SIGKILL');
    expect(await once(child, 'close')).toEqual([125, null]);
  });

  it('ends when its time is over', () => {
    const { code, stderr } = house.run({ sessionTimeout: 1 }, ['sleep', '60']);
    expect(code).toBe(125);
    expect(stderr).toContain('its session was over');
  });
});
