import { describe, expect, it } from 'vitest';
import { presetOf } from '../../../main/sandbox/agent-presets.ts';
import { type Level, planText } from '../../../main/sandbox/launch-plan.ts';
import { enforcedOnWindows, neededOnWindows } from '../../../main/sandbox/windows/levels.ts';
import { type WindowsWish, windowsPlan } from '../../../main/sandbox/windows/plan.ts';
import { type Attempt, environmentInside, isDenied } from './evaluate.ts';

const wish: WindowsWish = {
  level: 'strict',
  require: null,
  home: 'C:\\Users\\u',
  cwd: 'C:\\Users\\u\\proj\\src',
  path: 'C:\\Windows\\system32;C:\\Users\\u\\AppData\\Roaming\\npm',
  preset: presetOf('claude'),
  memory: 2 ** 31,
  cpu: 1.5,
  processes: 64,
  sessionTimeout: 3600,
  idleTimeout: 300,
};
const LEVELS = ['standard', 'strict', 'maximum'] as const;
const steps = (change: Partial<WindowsWish> = {}) => windowsPlan({ ...wish, ...change }).steps;

describe('a launch plan for Windows', () => {
  it.each(['standard', 'strict'] as const)('of %s is what it was', async (level) => {
    await expect(planText(steps({ level }))).toMatchFileSnapshot(`${level}-claude.plan`);
  });

  it('has a limit of processes that falls with the level, also where the policy has none', () => {
    const most = (level: Level) =>
      steps({ level, processes: null }).find((step) => step[0] === 'limit' && step[1] === 'processes')?.[2];
    expect(LEVELS.map(most)).toEqual([1024, 512, 256]);
  });

  it('counts processors in hundredths, and never to none', () => {
    const cpu = (cpu: number) => steps({ cpu }).find((step) => step[0] === 'limit' && step[1] === 'cpu')?.[2];
    expect([cpu(1.5), cpu(0.001)]).toEqual([150, 1]);
  });

  it('insists on what is required, and then on what no Windows gives', () => {
    const needs = steps({ require: 'standard' }).flatMap((step) => (step[0] === 'need' ? [step[1]] : []));
    expect(needs).toEqual(neededOnWindows('standard'));
    expect(needs).toEqual(expect.arrayContaining(['fs', 'net']));
  });

  it('lets no variable in that was not named, in whatever case', () => {
    const inside = environmentInside(steps(), {
      Path: 'C:\\evil',
      AWS_SECRET_ACCESS_KEY: 'x',
      NODE_OPTIONS: '--require x',
      anthropic_model: 'm',
      SSH_AUTH_SOCK: 'pipe',
      systemroot: 'C:\\Windows',
    });
    expect(Object.keys(inside)).toEqual(expect.arrayContaining(['ANTHROPIC_MODEL', 'SYSTEMROOT', 'TEMP']));
    expect(inside['PATH']).toBe(wish.path);
    for (const name of ['AWS_SECRET_ACCESS_KEY', 'NODE_OPTIONS', 'SSH_AUTH_SOCK'])
      expect(inside).not.toHaveProperty(name);
  });

  it.each<[Attempt, readonly boolean[]]>([
    ['outlive the launcher', [true, true, true]],
    ['leave the tree of processes', [true, true, true]],
    ['start processes without end', [true, true, true]],
    ['use an inherited handle', [true, true, true]],
    ['open the launcher', [true, true, true]],
    ['use a privilege of an administrator', [true, true, true]],
    ['read the clipboard', [true, true, true]],
    ['send keys to a window of the person', [true, true, true]],
    ['open another program of the person', [false, true, true]],
    ['write outside of the project', [false, true, true]],
    ['read a secret of the person', [false, false, false]],
    ['connect to the network', [false, false, false]],
  ])('stands, by level, against: %s', (attempt, denied) => {
    expect(LEVELS.map((level) => isDenied(steps({ level }), attempt))).toEqual(denied);
  });

  it.each(LEVELS)('of %s tells the person what it leaves open', (level) => {
    const notes = windowsPlan({ ...wish, level }).notes.join('\n');
    expect(notes).toContain('neither your files nor the network');
    expect(notes).toContain('idle_timeout is not enforced');
    expect(notes).toMatch(level === 'standard' ? /open other programs of yours/ : /not in the project/);
  });
});

describe('a report of the Windows launcher', () => {
  const on = { on: true, detail: '' };
  const all = (level: Level) => Object.fromEntries(neededOnWindows(level).map((name) => [name, on]));
  const told = { fs: { on: false, detail: 'open' }, net: { on: false, detail: 'open' } };

  it.each(LEVELS)('of which all but files and network holds reaches no level, as %s', (level) => {
    const { reached, lacking } = enforcedOnWindows(level, { ...all(level), snapshot: on, ...told });
    expect(reached).toBeNull();
    expect(lacking).toEqual(['files: open', 'network: open']);
  });

  it('would reach the highest level that it has all of, and no more than was asked for', () => {
    expect(enforcedOnWindows('strict', all('strict')).reached).toBe('strict');
    expect(enforcedOnWindows('standard', all('strict')).reached).toBe('standard');
    expect(enforcedOnWindows('maximum', all('strict'))).toMatchObject({
      reached: 'strict',
      lacking: ['copy-on-write workspace: not made by this version'],
    });
  });

  it('names a limit that was asked for and does not hold', () => {
    const report = { ...all('standard'), memory: { on: false, detail: 'no' } };
    expect(enforcedOnWindows('standard', report)).toMatchObject({
      reached: 'standard',
      lacking: ['memory: no'],
    });
  });
});
