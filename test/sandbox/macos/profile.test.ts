/** Seatbelt profiles: their text at each level, and what they would answer. Never run on a Mac: see SECURITY.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Level } from '../../../main/sandbox/launch-plan.ts';
import type { Acts } from './acts.ts';
import * as act from './acts.ts';
import { ALLOWED_AT_STANDARD, COUNTERPARTS, NO_COUNTERPART } from './counterparts.ts';
import { beltOf, DOOR, HOME, MAC_DISK, macWish, PROJECT, planOf, profileOf, SCRATCH } from './mac-wish.ts';
import { Seatbelt } from './seatbelt.ts';

const LEVELS: readonly Level[] = ['standard', 'strict', 'maximum'];
const goes = (belt: Seatbelt, acts: Acts, rules = belt.rules) => acts.every((ask) => belt.allows(ask, rules));
const ws = (name: string) => `${PROJECT}/${name}`;

describe.each(LEVELS)('a profile of %s', (level) => {
  const belt = beltOf(level);

  it('is what it was', async () => {
    const { text, params } = profileOf(planOf({ level }).steps);
    const values = [...params].map(([name, value]) => `; ${name} = ${value}`).join('\n');
    await expect(`${text}\n${values}\n`).toMatchFileSnapshot(`${level}.sb`);
  });

  it('holds no path of the computer, and uses every value that comes with it', () => {
    const { text } = profileOf(planOf({ level }).steps);
    expect(text).not.toContain('/Users');
    expect(belt.unused).toEqual([]);
  });

  it('denies what Linux denies', () => {
    const open = Object.entries(COUNTERPARTS)
      .filter(([, ways]) => ways.some((acts) => goes(belt, acts)))
      .map(([name]) => name);
    expect(open).toEqual(level === 'standard' ? ALLOWED_AT_STANDARD : []);
  });

  it('answers the same in whatever order its rules stand', () => {
    const backwards = [...belt.rules.slice(0, 1), ...belt.rules.slice(1).reverse()];
    for (const acts of [...Object.values(COUNTERPARTS).flat(), ...Object.values(ORDINARY)])
      expect(goes(belt, acts, backwards)).toBe(goes(belt, acts));
    expect(belt.rules.filter(({ action }) => action === 'deny')).toHaveLength(1);
  });

  it('lets ordinary work be done', () => {
    const refused = Object.entries(ORDINARY).filter(([, acts]) => !goes(belt, acts));
    expect(refused.map(([name]) => name)).toEqual([]);
  });

  it.each([
    '.MCP.json',
    '.Claude/settings.local.json',
    '.v\u017fcode/tasks.json',
    '.VSCODE/tasks.json',
    '.hu\u017f\u212ay/pre-commit',
    '.pre-commit-con\ufb01g.yaml',
    'GateHouse.YAML',
    '.github/Hooks/x.json',
  ])('keeps %s from being made, however it is spelt', (name) => {
    for (const where of [name, `sub/dir/${name}`]) {
      const made = [act.create(ws(where)), act.rename(ws('src/x'), ws(where)), act.change(ws(where))];
      expect(made.map((acts) => goes(belt, acts))).toEqual(
        made.map(() => level === 'standard' && where !== name),
      );
    }
  });

  it.each([
    '.mcp.json.md',
    'mcp.json',
    '.claudette/x',
    'my.envrc',
    'src/.vscodeignore',
    'gatehouse.yaml.txt',
    '.idea2',
  ])('lets %s be, which only looks like one', (name) => expect(goes(belt, act.create(ws(name)))).toBe(true));
});

/** What an agent does all day. */
const ORDINARY: Readonly<Record<string, Acts>> = {
  'node is started': [
    ...act.exec(`${HOME}/.nvm/versions/node/v24/bin/node`),
    ...act.read('/usr/lib/libSystem.B.dylib'),
  ],
  'the agent is started by its link': [
    ...act.read(`${HOME}/.local/bin/claude`),
    ...act.exec(`${HOME}/.local/share/claude/versions/2.1`),
  ],
  'libraries are mapped': [
    { operation: 'file-map-executable', path: '/System/Library/Frameworks/Security.framework/Security' },
    { operation: 'file-map-executable', path: ws('node_modules/x/build/x.node') },
  ],
  'a process is forked and told to end': [
    { operation: 'process-fork' },
    { operation: 'signal', target: 'same-sandbox' },
    { operation: 'process-info-pidinfo', target: 'same-sandbox' },
  ],
  'a file is written': [
    ...act.create(ws('src/a.ts')),
    ...act.change(ws('src/a.ts')),
    ...act.read(ws('src/a.ts')),
  ],
  'a folder is moved': act.rename(ws('src/old'), ws('src/new')),
  'a program is built and run': [...act.create(ws('out')), ...act.chmod(ws('out')), ...act.exec(ws('out'))],
  'git writes a commit': [
    ...act.create(ws('.git/index.lock')),
    ...act.rename(ws('.git/index.lock'), ws('.git/index'), true),
    ...act.create(ws('.git/objects/ab/cdef')),
    ...act.link(ws('.git/objects/ab/tmp_obj'), ws('.git/objects/ab/cdef')),
    ...act.create(ws('.git/refs/heads/main.lock')),
    ...act.create(ws('.git/COMMIT_EDITMSG')),
    ...act.create(ws('.git/logs/HEAD')),
  ],
  'git reads its settings': [
    ...act.read(ws('.git/config')),
    ...act.read(ws('.git/hooks/existing')),
    ...act.read(`${HOME}/dotfiles/gitconfig`),
  ],
  'npm installs': [
    ...act.create(ws('node_modules/.bin/x')),
    ...act.rename(ws('node_modules/.x-abc'), ws('node_modules/x')),
    ...act.create(`${SCRATCH}/.npm/_cacache/x`),
    ...act.clone(`${SCRATCH}/.npm/_cacache/x`, ws('node_modules/x/y')),
  ],
  'the temporary folder is used': [
    ...act.create(`${SCRATCH}/tmp/x`),
    ...act.change(`${SCRATCH}/tmp/x`),
    ...act.remove(`${SCRATCH}/tmp/x`),
  ],
  'the agent keeps its state': act.create(`${SCRATCH}/.claude/projects/p/s.jsonl`),
  'a data set is written': act.create(`${HOME}/datasets/x.csv`),
  'the proxies are reached': [...act.connect('127.0.0.1:49152'), ...act.connect('::1:49153')],
  'a hook asks at the door': act.connectSocket(DOOR),
  'the machine is asked about': [...act.sysctl('hw.ncpu'), ...act.sysctl('kern.osproductversion')],
  'users are looked up': act.lookup('com.apple.system.opendirectoryd.libinfo'),
  'random numbers are read': [
    { operation: 'file-read-data', path: '/dev/urandom', vnode: 'CHARACTER-DEVICE' },
  ],
  'output is thrown away': [{ operation: 'file-write-data', path: '/dev/null', vnode: 'CHARACTER-DEVICE' }],
  'a terminal is opened': [
    { operation: 'pseudo-tty' },
    { operation: 'file-read-data', path: '/dev/ttys009', extension: 'com.apple.sandbox.pty' },
  ],
  'its own settings of a terminal are asked': [{ operation: 'file-ioctl', path: '/dev/ttys001' }],
  'the door is looked up': act.stat(DOOR),
  'the way to the project is looked up': [
    ...act.stat('/'),
    ...act.stat('/Users'),
    ...act.stat(HOME),
    ...act.stat(PROJECT),
  ],
};

it('is said of every attempt of Linux what becomes of it on a Mac', () => {
  const folder = join(import.meta.dirname, '../../escape');
  const names = ['attempts.h', 'attempts-more.h'].flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/^ATTEMPT\((\w+),/gm)].map(([, name = '']) => name),
  );
  const known = [...Object.keys(COUNTERPARTS), ...Object.keys(NO_COUNTERPART)].filter((name) => name !== '');
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
  expect(known.filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(known).size).toBe(known.length);
});

describe('a profile', () => {
  it('lets git begin a project at standard only, and guards the one that is there at every level', () => {
    for (const level of LEVELS) {
      const belt = beltOf(level);
      expect(goes(belt, act.create(ws('vendor/x/.git')))).toBe(level === 'standard');
      expect(goes(belt, act.create(ws('vendor/x/.git/hooks/pre-commit')))).toBe(level === 'standard');
      expect(goes(belt, act.create(ws('.git/hooks/pre-commit')))).toBe(false);
      expect(goes(belt, act.create(ws('.git/objects/x')))).toBe(true);
    }
  });

  it('lets git’s names be written in their own spelling only', () => {
    for (const level of LEVELS) {
      const belt = beltOf(level);
      for (const name of [
        '.GIT/hooks/x',
        'sub/.Git',
        '.git/HOOKS/x',
        '.git/hoo\u212as/x',
        'sub/.git/Con\ufb01g',
      ])
        expect([level, name, goes(belt, act.create(ws(name)))]).toEqual([level, name, false]);
      expect(goes(belt, act.create(ws('.git/refs/heads/Config')))).toBe(true);
      expect(goes(belt, act.create(ws('src/hooks/x')))).toBe(true);
    }
  });

  it('pins every folder between a writable one and what is kept deep in it', () => {
    const outer = `${HOME}/code`;
    const workspace = `${outer}/a/b/proj`;
    const belt = beltOf(
      'standard',
      { workspace, cwd: workspace, allowPaths: [{ path: outer, writable: true }] },
      [...MAC_DISK, `${workspace}/.git/hooks/`, `${workspace}/.envrc`],
    );
    for (const folder of [outer, `${outer}/a`, `${outer}/a/b`, workspace, `${workspace}/.git`])
      expect([folder, goes(belt, act.rename(folder, `${outer}/moved`))]).toEqual([folder, false]);
    expect(goes(belt, act.create(`${workspace}/.git/hooks/pre-commit`))).toBe(false);
    expect(goes(belt, act.create(`${outer}/a/b/other`))).toBe(true);
    expect(goes(belt, act.rename(`${outer}/a/x`, `${outer}/a/y`))).toBe(true);
  });

  it('keeps what is shown read-only inside what is writable', () => {
    const belt = beltOf('standard', {
      allowPaths: [
        { path: `${HOME}/datasets`, writable: true },
        { path: `${PROJECT}/src`, writable: false },
      ],
    });
    expect(goes(belt, act.create(ws('src/x')))).toBe(false);
    expect(goes(belt, act.rename(ws('src'), ws('src2')))).toBe(false);
    expect(goes(belt, act.create(ws('lib/x')))).toBe(true);
  });

  it('takes a name with signs of the language for a name', () => {
    const workspace = `${HOME}/a") (allow file-write* (subpath "x`;
    const disk = [...MAC_DISK, `${workspace}/.git/config`];
    const belt = beltOf('standard', { workspace, cwd: workspace }, disk);
    expect(goes(belt, act.create('/usr/x'))).toBe(false);
    expect(goes(belt, act.create(`${workspace}/x`))).toBe(true);
    expect(goes(belt, act.create(`${workspace}/.mcp.json`))).toBe(false);
    expect(goes(belt, act.change(`${workspace}/.git/config`))).toBe(false);
  });

  it('takes a folder with signs of a pattern for a folder', () => {
    for (const name of ['a[b]*', 'a.b', 'a|b', '(a)', 'a$', '^a', 'a\\b', 'a{2}', 'a+?']) {
      const workspace = `${HOME}/${name}`;
      const belt = beltOf('strict', { workspace, cwd: workspace }, [...MAC_DISK, `${workspace}/`]);
      expect([name, goes(belt, act.create(`${workspace}/x/.mcp.json`))]).toEqual([name, false]);
      expect([name, goes(belt, act.create(`${workspace}/x/mcp.json`))]).toEqual([name, true]);
    }
  });

  it('opens the network only where the policy gives this computer’s', () => {
    const open = beltOf('standard', { network: null });
    expect(goes(open, act.connect('1.1.1.1:443'))).toBe(true);
    const none = beltOf('standard', { network: { listen: [] } });
    for (const acts of [act.connect('127.0.0.1:49152'), act.connectSocket(DOOR), act.connect('1.1.1.1:443')])
      expect(goes(none, acts)).toBe(false);
  });

  it('lets Unix sockets be only at standard, and only where nobody outside has one', () => {
    for (const level of LEVELS) {
      const belt = beltOf(level);
      expect(goes(belt, act.bindSocket(`${SCRATCH}/tmp/s`))).toBe(level === 'standard');
      expect(goes(belt, act.connectSocket(ws('s')))).toBe(false);
    }
  });

  it('holds the session’s own settings of the agent still', () => {
    const belt = beltOf('standard');
    expect(goes(belt, act.change(`${SCRATCH}/.claude/settings.json`))).toBe(false);
    expect(goes(belt, act.rename(`${SCRATCH}/.claude`, `${SCRATCH}/.claude2`))).toBe(false);
    expect(goes(belt, act.rename(SCRATCH, `${SCRATCH}2`))).toBe(false);
  });
});

it.each(['KEEP', 'PIN', 'NAME', 'WRITE'])(
  'fails these tests without its exceptions of the kind %s',
  (kind) => {
    const { text, params } = profileOf(planOf({ level: 'standard' }).steps);
    const exception = new RegExp(`\\(require-not \\(\\w+ \\(param "${kind}_\\d+"\\)\\)\\)`, 'g');
    const weak = new Seatbelt(text.replaceAll(exception, ''), params);
    const asked = [...Object.values(COUNTERPARTS).flat(), act.create(ws('.MCP.json'))];
    expect(asked.filter((acts) => goes(weak, acts)).length).toBeGreaterThan(0);
  },
);

describe('a plan for macOS', () => {
  const set = (name: string) => planOf().steps.find((step) => step[0] === 'set' && step[1] === name)?.[2];

  it('puts home and temporary folder into the session’s own, and says where tools are', () => {
    expect(set('HOME')).toBe(SCRATCH);
    expect(set('TMPDIR')).toBe(`${SCRATCH}/tmp`);
    expect(set('CLAUDE_CONFIG_DIR')).toBe(`${SCRATCH}/.claude`);
    expect(set('NVM_DIR')).toBe(`${HOME}/.nvm`);
    expect(set('GIT_CONFIG_GLOBAL')).toBe(`${HOME}/dotfiles/gitconfig`);
    expect(set('HTTPS_PROXY')).toBe('http://127.0.0.1:49152');
    expect(set('RUSTUP_HOME')).toBeUndefined();
  });

  it('asks of the launcher what macOS can have', () => {
    const needs = planOf({ require: 'strict' }).steps.filter(([verb]) => verb === 'need');
    expect(needs.map((step) => step[1])).toEqual(['seatbelt', 'net', 'own_session', 'descriptors', 'ipc']);
  });

  it('guards folders that git’s settings name for hooks, and repositories inside', () => {
    const belt = beltOf('standard', { hookFolders: ['tools/hooks'], repositories: [ws('sub/.git')] }, [
      ...MAC_DISK,
      ws('tools/hooks/pre-push'),
      ws('sub/.git/hooks/x'),
      ws('sub/.git/config'),
    ]);
    for (const name of ['tools/hooks/pre-push', 'tools/hooks/new', 'sub/.git/hooks/new', 'sub/.git/config'])
      expect([name, goes(belt, act.create(ws(name)))]).toEqual([name, false]);
    for (const name of ['tools', 'sub', 'sub/.git'])
      expect([name, goes(belt, act.rename(ws(name), ws('moved')))]).toEqual([name, false]);
    expect(goes(belt, act.create(ws('tools/x')))).toBe(true);
  });

  it.each<[string, Parameters<typeof planOf>[0], readonly string[]]>([
    ['a copy of the project to write to', { layers: `${SCRATCH}/layers` }, MAC_DISK],
    [
      'a project in another spelling',
      { workspace: '/Users/u/l' },
      [...MAC_DISK, '/Users/u/l -> /Users/u/proj'],
    ],
    ['a scratch folder that is not there', { scratch: `${HOME}/gone` }, MAC_DISK],
    ['a home through a link', { home: '/home/u' }, [...MAC_DISK, '/home -> /Users']],
    ['the home folder as the project', { workspace: HOME, cwd: HOME }, MAC_DISK],
    [
      'a path of Gatehouse’s own',
      { allowPaths: [{ path: `${macWish.gatehouse.own[0]}`, writable: false }] },
      MAC_DISK,
    ],
  ])('is refused for %s', (_name, change, disk) => {
    expect(() => planOf(change, disk)).toThrow(/sandbox: /);
  });
});

describe('the evaluator', () => {
  const ask = (text: string, params: Record<string, string> = {}) =>
    new Seatbelt(`(version 1)\n(deny default)\n${text}`, new Map(Object.entries(params)));

  it('lets the last rule that matches win', () => {
    const belt = ask(
      '(allow file-read* (subpath "/a"))\n(deny file-read* (literal "/a/b"))\n(allow file-read* (literal "/a/b/c"))',
    );
    expect(['/a', '/a/b', '/a/b/c', '/ab'].map((path) => goes(belt, act.read(path)))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it.each([
    '(allow file-write-everything)',
    '(allow file-read* (mystery "/a"))',
    '(allow file-read* (subpath (param "X")))',
    '(allow network-outbound (remote ip "10.0.0.1:80"))',
    '(allow file-read* (subpath "/a")',
    '(allow file-read* (regex "^/a\\d$"))',
  ])('refuses %s, as a compiler would', (text) => {
    expect(
      () =>
        goes(ask(text), [...act.read('/a/b'), ...act.connect('1.1.1.1:1')]) ||
        goes(ask(text), act.connect('1.1.1.1:1')),
    ).toThrow();
  });
});
