import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planHash, planText } from '../../../main/sandbox/launch-plan.ts';
import { linuxPlan } from '../../../main/sandbox/linux.ts';
import { enforcedOnWindows } from '../../../main/sandbox/windows/levels.ts';
import { type WindowsStep, windowsPlan } from '../../../main/sandbox/windows/plan.ts';
import { disk, wish as linuxWish } from '../wish.ts';
import { environmentInside } from './evaluate.ts';
import { ON_WINDOWS, VERSION, WINE_TAKES_ANYTHING, WindowsRig, windowsMissing } from './rig.ts';

const missing = windowsMissing();
let rig: WindowsRig;
beforeAll(async () => {
  if (missing === null) rig = await WindowsRig.make();
}, 180_000);
afterAll(() => rig?.close());
beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

/** What the supervisor would plan for a command in the rig's home. */
const planned = (level: 'standard' | 'strict') =>
  windowsPlan({
    level,
    require: null,
    home: rig.home,
    cwd: rig.home,
    path: rig.named(''),
    preset: null,
    memory: 2 ** 30,
    cpu: 1,
    processes: 3,
    sessionTimeout: null,
    idleTimeout: null,
  }).steps.filter(([verb]) => verb !== 'dir');

it('the Windows launcher starts, and says which version it is', async () => {
  expect((await rig.version()).stdout.trim()).toBe(`gatehouse-sandbox ${VERSION}`);
});

describe('the Windows launcher reads a plan', () => {
  const text = planText(
    windowsPlan({
      level: 'strict',
      require: 'standard',
      home: 'C:\\Users\\ü',
      cwd: 'C:\\Users\\ü\\a b',
      path: 'C:\\Windows',
      preset: null,
      memory: 1,
      cpu: 1,
      processes: 1,
      sessionTimeout: 1,
      idleTimeout: null,
    }).steps,
  );

  it('that the supervisor wrote, whole, and names it the same', async () => {
    const { code, stdout } = await rig.explain(text);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(text.split('\n').length - 2);
    expect(stdout).toContain('starts in C:\\Users\\ü\\a b');
    expect(stdout).toContain(`hash  ${planHash(text)}`);
  });

  it.each([
    ['nothing', ''],
    ['a plan for Linux', planText(linuxPlan(linuxWish, disk).steps)],
    ['another version', text.replace('launch 1', 'launch 2')],
    ['an unknown verb', text.replace('\ntoken low', '\nfly low')],
    ['a word that the verb does not know', text.replace('\ntoken low', '\ntoken high')],
    ['a missing word', text.replace('\ntoken low', '\ntoken')],
    ['a word too many', text.replace('\ntoken low', '\ntoken low low')],
    ['a path with .. in it', text.replace('cwd C:\\Users', 'cwd C:\\Users\\..')],
    ['a path that is not absolute', text.replace('cwd C:\\Users', 'cwd Users')],
    ['a path of the current drive', text.replace('cwd C:\\Users', 'cwd \\Users')],
    ['a share', text.replace('cwd C:\\Users', 'cwd \\\\server\\share')],
    ['a device', text.replace('cwd C:\\Users', 'cwd \\\\.\\PhysicalDrive0')],
    ['a stream of a file', text.replace('cwd C:\\Users', 'cwd C:\\Users:x')],
    ['a part that Windows reads as another', text.replace('cwd C:\\Users', 'cwd C:\\Users.\\u')],
    ['a drive alone', text.replace(/cwd \S+/, 'cwd C:\\')],
    ['an encoded zero byte', text.replace('cwd C:\\Users', 'cwd C:\\Us%00ers')],
    ['a broken encoding', text.replace('cwd C:\\Users', 'cwd C:\\Us%GGers')],
    ['a number that is none', text.replace('session 1', 'session 1x')],
    ['a limit of nothing', text.replace('session 1', 'session 0')],
    ['a number too long to count with', text.replace('session 1', `session ${'9'.repeat(16)}`)],
    ['a variable with = in its name', text.replace('\nset PATH', '\nset PA=TH')],
    ['no end', text.replace(/end\n$/, '')],
    ['something after its end', `${text}token low\n`],
    ['more than it may hold', 'x'.repeat(1024 * 1024 + 1)],
  ])('and refuses %s', async (_what, plan) => {
    const { code, stdout, stderr } = await rig.explain(plan);
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('plan');
  });
});

describe('a command in a job', () => {
  it('gets every word as it was given', async () => {
    const words = [
      'a',
      'b c',
      '',
      'q"uo\\te',
      'back\\',
      'tr ail\\',
      '\\\\"',
      '*',
      '%PATH%',
      'ü\u{1F600}',
      '\t',
    ];
    for (let seed = 1, made = 0; made < 150; made++) {
      let word = '';
      for (let size = 0; size < made % 9; size++) {
        seed = (seed * 48_271) % 2_147_483_647;
        word += '\\" a^&'[seed % 6];
      }
      words.push(word);
    }
    const { code, stdout } = await rig.run(rig.steps(), ['probe', 'words', ...words]);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, -1)).toEqual(words);
  });

  it.each([0, 7, 259, 3_221_225_477])('ends as it ends: %d', async (code) => {
    expect((await rig.run(rig.steps(), ['probe', 'exit', String(code)])).code).toBe(rig.code(code));
  });

  it('starts in its folder, and has its standard streams', async () => {
    expect((await rig.run(rig.steps(), ['probe', 'folder'])).stdout.trim()).toBe(rig.home);
    expect((await rig.run(rig.steps(), ['probe', 'copy'], { input: 'hello' })).stdout).toBe('hello');
  });

  it('has the variables that its plan names, and no other', async () => {
    const env = { LC_ALL: 'C', SECRET: 'x', Path: 'y', TERMINAL: 'z' };
    const steps = rig.steps(['keep', 'lc_*'], ['keep', 'TERM'], ['set', 'GREETING', 'hi ü = %']);
    const { stdout } = await rig.run(steps, ['probe', 'environment'], { env });
    const caller = { ...env, SystemRoot: process.env['SystemRoot'] ?? 'C:\\windows' };
    // Wine puts some of its own in.
    const seen = stdout.split('\n').filter((line) => line !== '' && !/^(?:WINE|SystemDrive=|=)/.test(line));
    expect(Object.fromEntries(seen.map((line) => splitOnce(line)))).toEqual(environmentInside(steps, caller));
  });

  it('is looked for on its own path, in absolute folders only', async () => {
    rig.file('here.exe', 'no program');
    const nowhere: readonly WindowsStep[] = [
      ['cwd', rig.named('')],
      ['set', 'PATH', '.;;sub'],
    ];
    expect(await rig.run(nowhere, ['here'])).toMatchObject({ code: 127, stdout: '' });
    expect(await rig.run(nowhere, ['probe', 'words'])).toMatchObject({ code: 127, report: {} });
    expect((await rig.run(nowhere, [rig.named('probe.exe'), 'words', 'x'])).stdout).toBe('x\n');
  });

  it('is no batch file, which would read its words as commands', async () => {
    rig.file('tool.cmd', '@echo ran %1\r\n');
    const { code, stdout, stderr } = await rig.run(rig.steps(), ['tool', '&calc']);
    expect(code).toBe(126);
    expect(stdout).toBe('');
    expect(stderr).toContain('batch file');
  });

  it('inherits no handle but its streams', async () => {
    const plan = rig.file('held.plan', planText(rig.steps())).slice(rig.folder.length + 1);
    const line = `"${rig.named('gatehouse-sandbox.exe')}" plan "${rig.named(plan)}" -- probe handle`;
    expect((await rig.outside(['holding', `"${rig.named('probe.exe')}" handle`])).stdout).toBe('open\n');
    expect((await rig.outside(['holding', line])).stdout).toBe('closed\n');
  });

  it('is not given a folder as a standard stream', async () => {
    const plan = rig.file('folder.plan', planText(rig.steps())).slice(rig.folder.length + 1);
    const line = `"${rig.named('gatehouse-sandbox.exe')}" plan "${rig.named(plan)}" -- probe words ran`;
    const { code, stdout, stderr } = await rig.outside(['holding', line, rig.home]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: '' });
    expect(stderr).toContain('is a folder');
  });

  it('cannot start a process outside of it', async () => {
    expect((await rig.run(rig.steps(), ['probe', 'breakaway'])).stdout).toBe('breakaway 5\n');
  });

  it('cannot open the launcher, as it could another program', async () => {
    const line = `"${rig.named('probe.exe')}" launcher`;
    expect((await rig.outside(['holding', line])).stdout).toBe('opened\n');
    expect((await rig.run(rig.steps(), ['probe', 'launcher'])).stdout).toBe('refused\n');
  });

  // What outlives the launcher would hold the pipe of its output, and the end of that is what is waited for.
  it('leaves nobody behind when it ends', async () => {
    const { code } = await rig.run(rig.steps(), ['probe', 'child']);
    expect(code).toBe(0);
  });

  it('goes with everything it started, a detached process too, when the launcher is killed', async () => {
    const child = rig.start(rig.steps(), ['probe', 'tree']);
    let said = '';
    while ((said.match(/up/g) ?? []).length < 3)
      said += String((await once(child.stdout ?? child, 'data'))[0]);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(child.signalCode).toBe('SIGKILL');
  });

  it('ends when its time is over, with everything it started', async () => {
    const { code, stderr } = await rig.run(rig.steps(['session', 1]), ['probe', 'tree']);
    expect(code).toBe(125);
    expect(stderr).toContain('its session was over');
  });

  it.each(['fs', 'net', 'no-such-thing'])('does not run where %s is required', async (feature) => {
    const steps = rig.steps(['need', feature]);
    const { code, stderr } = await rig.run(steps, ['probe', 'put', rig.named(`ran-${feature}`)]);
    expect(code).toBe(126);
    expect(stderr).toContain(feature);
    expect(existsSync(join(rig.folder, `ran-${feature}`))).toBe(false);
  });

  it('is said to reach no level, and what is not enforced is named', async () => {
    const { code, report } = await rig.run(planned('strict'), ['probe', 'exit', '0']);
    expect(code).toBe(0);
    const { reached, lacking } = enforcedOnWindows('strict', report);
    expect(reached).toBeNull();
    expect(lacking).toEqual(
      expect.arrayContaining([expect.stringMatching(/^files: /), expect.stringMatching(/^network: /)]),
    );
    const off = Object.keys(report).filter((name) => report[name]?.on !== true);
    // Wine takes these without enforcing them, and does not say that they hold; Windows does both.
    const taken = ['cpu', 'integrity', 'job', 'memory', 'mitigations', 'privileges', 'processes', 'ui'];
    if (!ON_WINDOWS) expect(off).toEqual(expect.arrayContaining(taken));
    else
      expect(off.filter((name) => !['desktop', 'station', 'ui'].includes(name)).sort()).toEqual([
        'fs',
        'net',
      ]);
  });
});

describe('what Windows alone enforces', () => {
  beforeEach((context) => {
    if (!ON_WINDOWS) context.skip(WINE_TAKES_ANYTHING);
  });

  it('is how many processes there are', async () => {
    const steps = rig.steps(['limit', 'processes', 3]);
    const { stdout, stderr } = await rig.run(steps, ['probe', 'children', '5']);
    expect(stdout).toContain('children 2');
    expect(stderr).toContain('a limit of processes or memory was met');
  });

  it.each(['memory', 'data'] as const)('is how much memory there is: %s', async (name) => {
    const { stdout } = await rig.run(rig.steps(['limit', name, 64 * 2 ** 20]), ['probe', 'allocate', '200']);
    expect(Number(/megabytes (\d+)/.exec(stdout)?.[1])).toBeLessThan(64);
  });

  it('is a token without privileges, and of low integrity, which writes nothing of the person', async () => {
    const inside = await rig.run(planned('strict'), ['probe', 'privileges']);
    expect(inside.stdout).toBe('privileges 1\nintegrity 4096\n');
    const outside = rig.named('outside');
    expect((await rig.run(planned('strict'), ['probe', 'put', outside])).stdout).toBe('refused\n');
    expect((await rig.run(planned('standard'), ['probe', 'put', outside])).stdout).toBe('written\n');
  });
});

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at).toUpperCase(), line.slice(at + 1)];
}
