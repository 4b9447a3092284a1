import { describe, expect, it } from 'vitest';
import { decodeWord, encodeWord, planText } from '../../main/sandbox/launch-plan.ts';
import { linuxPlan } from '../../main/sandbox/linux.ts';
import { fakeDisk } from './fake-disk.ts';
import { DISK, disk, wish } from './wish.ts';

const refusal =
  (change: Partial<typeof wish>, on = disk) =>
  () =>
    linuxPlan({ ...wish, ...change }, on);

describe('a launch plan', () => {
  it('is what it was', async () => {
    await expect(planText(linuxPlan(wish, disk).steps)).toMatchFileSnapshot('strict-claude.plan');
  });

  it('of standard has fewer namespaces and lets Unix sockets through, of maximum tells denied calls', () => {
    const standard = planText(linuxPlan({ ...wish, level: 'standard' }, disk).steps);
    const maximum = planText(linuxPlan({ ...wish, level: 'maximum' }, disk).steps);
    expect(standard).toContain('\nallow unix\n');
    expect(standard).not.toContain('\nns uts');
    expect(maximum).toContain('\nnotify\n');
    expect(maximum).not.toContain('\nallow ');
  });

  it('as root names a stranger to run as', () => {
    const text = planText(linuxPlan({ ...wish, uid: 0 }, disk).steps);
    expect(text).toMatch(/\nuid [1-9]\d{4,}\n/);
  });

  it('shows nothing of the home folder that is not on its list', () => {
    const shown = linuxPlan(wish, disk).steps.filter(([verb]) => verb === 'own' || verb === 'tree');
    expect(shown.map((step) => step[2]).filter((path) => String(path).includes('.ssh'))).toEqual([]);
    expect(shown.some((step) => step[3] === '/home/u' || step[3] === '/home' || step[3] === '/')).toBe(false);
  });

  it('puts every folder before what lies in it, and pins what is above a guarded name', () => {
    const targets = linuxPlan(wish, disk).steps.flatMap((step) =>
      step[0] === 'tree' || step[0] === 'own'
        ? [step[3]]
        : step[0] === 'closed' || step[0] === 'scratch'
          ? [step[1]]
          : [],
    );
    for (const [index, target] of targets.entries())
      for (const later of targets.slice(index + 1)) expect(target.startsWith(`${later}/`)).toBe(false);
    const guards = linuxPlan(wish, disk).steps.filter(([verb]) => verb === 'guard');
    expect(guards).toContainEqual(['guard', 'pin', '/home/u/proj/.git']);
    expect(guards.findIndex(([, how]) => how === 'pin')).toBeLessThan(
      guards.findIndex((step) => step[2] === '/home/u/proj/.git/hooks'),
    );
  });

  it('guards what stands in repositories inside, and pins nothing above it', () => {
    const inner = '/home/u/proj/src/dep/.git';
    const on = fakeDisk([...DISK, `${inner}/hooks/`, `${inner}/config`, `${inner}/commondir -> /etc`]);
    const repositories = [inner, '/home/u/elsewhere/.git'];
    const { steps, notes } = linuxPlan({ ...wish, repositories, hookFolders: ['tools'] }, on);
    expect(steps).toContainEqual(['name', 'tools/']);
    const guards = steps.filter(([verb, , path]) => verb === 'guard' && String(path).includes('/src'));
    expect(guards).toEqual([
      ['guard', 'ro', `${inner}/config`],
      ['guard', 'ro', `${inner}/hooks`],
    ]);
    expect(notes.join()).toContain(`${inner}/commondir is a link`);
  });

  it.each<[string, Parameters<typeof refusal>[0], ReturnType<typeof fakeDisk>, RegExp]>([
    ['the home folder as the project', { workspace: '/home/u' }, disk, /everything of yours/],
    ['a folder above the home folder as the project', { workspace: '/home' }, disk, /everything of yours/],
    ...['/etc', '/usr/lib/x', '/boot', '/usr/src', '/proc/1', '/sys/fs'].map(
      (workspace): [string, Parameters<typeof refusal>[0], ReturnType<typeof fakeDisk>, RegExp] => [
        `a folder of the system as the project: ${workspace}`,
        { workspace },
        fakeDisk([...DISK, `${workspace}/`]),
        /the system’s own/,
      ],
    ),
    ['a project that holds Gatehouse', { workspace: '/home/u/.local/share' }, disk, /Gatehouse's own folder/],
    ['a path that is not there', { allowPaths: [{ path: '~/gone', writable: false }] }, disk, /not there/],
    [
      'a path through a link',
      { allowPaths: [{ path: '~/l/x', writable: false }] },
      fakeDisk([...DISK, '/home/u/l -> /etc', '/etc/x']),
      /link|not there/,
    ],
    ...['/proc', '/proc/sys', '/sys', '/dev/dri'].map(
      (path): [string, Parameters<typeof refusal>[0], ReturnType<typeof fakeDisk>, RegExp] => [
        `what the kernel shows as a path: ${path}`,
        { allowPaths: [{ path, writable: false }] },
        fakeDisk([...DISK, '/proc/sys/', '/sys/', '/dev/dri/']),
        /leads out of a sandbox/,
      ],
    ),
    [
      'one path in two ways',
      {
        allowPaths: [
          { path: '~/datasets', writable: true },
          { path: '/home/u/datasets', writable: false },
        ],
      },
      disk,
      /twice, once writable/,
    ],
    ['the whole home folder as a path', { allowPaths: [{ path: '~', writable: true }] }, disk, /whole home/],
    [
      "Gatehouse's own folder as a path",
      { allowPaths: [{ path: '~/.local/share/gatehouse', writable: true }] },
      disk,
      /own folder/,
    ],
    [
      'a path below a folder that everybody may write',
      { allowPaths: [{ path: '/srv/x', writable: true }] },
      fakeDisk([...DISK, '/srv/x/'], { '/srv': 0o777 }),
      /everybody may write/,
    ],
    [
      'a project below such a folder',
      { workspace: '/srv/x', cwd: '/srv/x' },
      fakeDisk([...DISK, '/srv/x/'], { '/srv': 0o777 }),
      /everybody may write/,
    ],
  ])('is refused for %s', (_name, change, on, why) => {
    expect(refusal(change, on)).toThrow(why);
  });

  it('takes nothing of the kernel’s for a folder of programs', () => {
    const path = '/usr/bin:/proc:/dev:/proc/1/root/bin';
    const { steps } = linuxPlan({ ...wish, path }, fakeDisk([...DISK, '/proc/1/root/bin/', '/dev/']));
    expect(steps.filter((step) => /^\/(?:proc|dev)/.test(String(step[2])) && step[0] !== 'set')).toEqual([]);
  });

  it('leaves no folder between a writable place and a mount in it that could be made anew', () => {
    const home = {
      ...wish,
      home: '/tmp/h/u',
      workspace: '/tmp/w/x',
      cwd: '/tmp/w/x',
      allowPaths: [],
      path: '/usr/bin',
    };
    const steps = linuxPlan(home, fakeDisk([...DISK, '/tmp/h/u/', '/tmp/w/x/'])).steps;
    expect(steps).toContainEqual(['closed', '/tmp/h']);
    expect(steps).toContainEqual(['closed', '/tmp/w']);
  });

  it('guards the project below a writable folder as it does any other', () => {
    const workspace = '/home/u/code/a/proj';
    const below = fakeDisk([...DISK, `${workspace}/.envrc`, `${workspace}/.git/hooks/`]);
    const allowPaths = [{ path: '/home/u/code', writable: true }];
    const { steps, roots } = linuxPlan({ ...wish, workspace, cwd: workspace, allowPaths }, below);
    expect(roots).toEqual(['/home/u/code']);
    for (const name of ['.envrc', '.git/hooks'])
      expect(steps).toContainEqual(['guard', 'ro', `${workspace}/${name}`]);
  });

  it('says which protected name it cannot guard', () => {
    const linked = fakeDisk([...DISK, '/home/u/proj/.envrc -> /etc/passwd', '/etc/passwd']);
    expect(linuxPlan(wish, linked).notes).toEqual([expect.stringContaining('/home/u/proj/.envrc is a link')]);
  });

  it('keeps a word whole through its encoding', () => {
    for (const word of ['/home/ü/a b', 'x\ny', '100%', 'tab\t', '\u{1F600}'])
      expect(decodeWord(encodeWord(word))).toBe(word);
    expect(encodeWord('/a b%')).toBe('/a%20b%25');
  });
});
