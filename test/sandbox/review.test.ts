/**
 * The copy of a project and what comes of it: told as it is, carried over whole or not at all, and never anywhere
 * else. By the real launcher, as root's stranger and as an ordinary user.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enforced } from '../../main/sandbox/levels.ts';
import { type Change, ownRows, stateWord } from '../../main/sandbox/review/change.ts';
import { ReviewProgram } from '../../main/sandbox/review/review-program.ts';
import { selected, stepsBack, stepsForth } from '../../main/sandbox/review/selection.ts';
import { CopyHouse, tree } from '../support/copy-house.ts';
import { LAUNCHER, launcherMissing, STARTERS } from '../support/launcher.ts';

const missing = launcherMissing();

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

describe.each(STARTERS)('a copy that %s starts', (starter) => {
  let house: CopyHouse;
  beforeEach(() => {
    house = new CopyHouse(starter);
    house.makeFile('home/proj/src/a.ts', 'a\n');
    house.makeFile('home/proj/src/deep/b.ts', 'b\n');
    house.makeFile('home/proj/keep.txt', 'kept\n');
  });
  afterEach(() => house?.remove());

  it('leaves the project alone, whatever the command does', async () => {
    const before = tree(house.workspace);
    house.script('rm -rf src keep.txt; echo new > new; mkdir d; ls; test ! -e src');
    expect(tree(house.workspace)).toEqual(before);
    expect(await house.told()).toEqual([
      'd - d:755',
      'keep.txt f:644:5 -',
      'new - f:644:4',
      'src d:755 -',
      'src/a.ts f:644:2 -',
      'src/deep d:755 -',
      'src/deep/b.ts f:644:2 -',
    ]);
  });

  it('is told apart: content, modes, links, kinds, a folder made anew', async () => {
    house.script(
      [
        'echo more >> src/a.ts',
        'chmod 755 keep.txt',
        'ln -s ../keep.txt src/link',
        'rm -r src/deep; mkdir src/deep; echo c > src/deep/c.ts',
        'mkfifo pipe',
        'cp keep.txt same; rm same',
        'touch src',
      ].join('\n'),
    );
    expect(await house.told()).toEqual([
      'keep.txt f:644:5 f:755:5',
      'pipe - s:',
      'src/a.ts f:644:2 f:644:7',
      'src/deep/b.ts f:644:2 -',
      'src/deep/c.ts - f:644:2',
      'src/link - l:../keep.txt',
    ]);
  });

  it('lets git, mv and Python work in it, also with folders of the project', async () => {
    house.script(
      [
        'export HOME=/tmp; git init -q .; git add .; git -c user.name=a -c user.email=a@b commit -qm one',
        'git mv src lib 2>/dev/null || { mv src lib; git add -A; }',
        'git -c user.name=a -c user.email=a@b commit -qm two',
        'git checkout -q -b other; git status --porcelain | wc -l > /tmp/n; test "$(cat /tmp/n)" -eq 0',
        `python3 -c 'import shutil; shutil.move("lib/deep", "far")'`,
      ].join('\n'),
    );
    const told = (await house.told()).filter((line) => !line.startsWith('.git'));
    expect(told).toEqual([
      'far - d:755',
      'far/b.ts - f:644:2',
      'lib - d:755',
      'lib/a.ts - f:644:2',
      'src d:755 -',
      'src/a.ts f:644:2 -',
      'src/deep d:755 -',
      'src/deep/b.ts f:644:2 -',
    ]);
    expect(await house.apply()).toEqual({ state: 'done' });
    expect(existsSync(join(house.workspace, 'src'))).toBe(false);
    expect(readFileSync(join(house.workspace, 'far/b.ts'), 'utf8')).toBe('b\n');
  });

  it('is carried over, owned by the person, and undone to the last mode', async () => {
    symlinkSync('keep.txt', join(house.workspace, 'old-link'));
    const before = tree(house.workspace);
    house.script(
      [
        'echo more >> src/a.ts',
        'rm -r src/deep; echo now-a-file > src/deep',
        'rm keep.txt; mkdir keep.txt; echo in > keep.txt/in',
        'ln -sf src old-link; ln -s nowhere fresh-link 2>/dev/null',
        'mkdir -p x/y; echo z > x/y/z; chmod 500 x/y; echo run > tool; chmod 755 tool; ln tool twin',
      ].join('\n'),
    );
    // Inside, the filter denies this.
    chmodSync(join(house.layers, 'upper/tool'), 0o4755);
    const { changes } = await house.scan();
    expect(changes.find(({ path }) => path === 'tool')).toMatchObject({ setid: true });
    const chosen = await selected(changes, null);
    expect(await house.program.change(await house.text(stepsForth(chosen)))).toEqual({ state: 'done' });
    expect(tree(house.workspace)).toMatchObject({
      'src/a.ts': '644 a\nmore\n',
      'src/deep': '644 now-a-file\n',
      'keep.txt/in': '644 in\n',
      'x/y': '500',
      'x/y/z': '644 z\n',
      tool: '755 run\n',
      twin: '755 run\n',
    });
    const made = statSync(join(house.workspace, 'tool'));
    expect({ uid: made.uid, links: made.nlink }).toEqual({ uid: house.uid, links: 1 });
    const undo = house.makeFolder('gh/review/undo');
    const text = (await house.text(stepsBack(chosen), 'apply', house.backup)).replace(
      /^backup .*$/m,
      `backup ${undo}`,
    );
    expect(await house.program.change(text)).toEqual({ state: 'done' });
    expect(tree(house.workspace)).toEqual(before);
  });

  it('is carried over and undone where links and folders take each other’s place', async () => {
    symlinkSync('src', join(house.workspace, 'was-link'));
    const before = tree(house.workspace);
    house.script(
      'rm -r src/deep; ln -s /etc src/deep; rm was-link; mkdir -p was-link/in; echo x > was-link/in/x',
    );
    const { changes } = await house.scan();
    const rows = (await ownRows(changes)).map(({ path }) => path);
    expect(rows).toEqual(['src/deep', 'src/deep/b.ts', 'was-link', 'was-link/in/x']);
    const chosen = await selected(changes, null);
    expect(await house.program.change(await house.text(stepsForth(chosen)))).toEqual({ state: 'done' });
    expect(tree(house.workspace)).toMatchObject({ 'src/deep': '-> /etc', 'was-link/in/x': '644 x\n' });
    const undo = house.makeFolder('gh/review/undo');
    const text = (await house.text(stepsBack(chosen), 'apply', house.backup)).replace(
      /^backup .*$/m,
      `backup ${undo}`,
    );
    expect(await house.program.change(text)).toEqual({ state: 'done' });
    expect(tree(house.workspace)).toEqual(before);
  });

  it('carries some over, with the folders that they need', async () => {
    house.script('mkdir -p n/m; echo 1 > n/m/one; echo 2 > n/two; rm -r src; echo t >> keep.txt');
    expect(await house.apply(new Set(['n/m/one', 'src/deep/b.ts']))).toEqual({ state: 'done' });
    expect(Object.keys(tree(house.workspace))).toEqual([
      'keep.txt',
      'n',
      'n/m',
      'n/m/one',
      'src',
      'src/a.ts',
    ]);
  });

  it('refuses all of it when one path changed below, and changes nothing', async () => {
    house.script('echo agent >> src/a.ts; echo new > new');
    const { changes } = await house.scan();
    house.makeFile('home/proj/src/a.ts', 'the person\n');
    house.makeFile('home/proj/new', 'mine\n');
    const before = tree(house.workspace);
    expect(await house.program.change(await house.text(stepsForth(changes)))).toEqual({
      state: 'refused',
      conflicts: [
        { path: 'new', why: 'it is there now' },
        { path: 'src/a.ts', why: 'it changed meanwhile' },
      ],
    });
    expect(tree(house.workspace)).toEqual(before);
  });

  it('notes what the person changed while the session ran', async () => {
    house.script('echo agent >> src/a.ts; echo agent >> src/deep/b.ts');
    const moved = await house.scan(Date.now() + 5000);
    expect(moved.changes.map((change) => change.moved)).toEqual([false, false]);
    const all = await house.scan(0);
    expect(all.changes.map((change) => change.moved)).toEqual([true, true]);
  });

  it('refuses a copy that is not what was reviewed', async () => {
    house.script('echo good > new');
    const { changes } = await house.scan();
    writeFileSync(join(house.layers, 'upper/new'), 'evil\n');
    expect(await house.program.change(await house.text(stepsForth(changes)))).toMatchObject({
      state: 'refused',
      conflicts: [{ path: 'new', why: 'its content is not what was reviewed' }],
    });
    rmSync(join(house.layers, 'upper/new'));
    symlinkSync('/etc/passwd', join(house.layers, 'upper/new'));
    expect(await house.program.change(await house.text(stepsForth(changes)))).toMatchObject({
      state: 'failed',
      whole: true,
    });
    expect(existsSync(join(house.workspace, 'new'))).toBe(false);
  });

  it('follows no link that was planted on the way', async () => {
    house.makeFolder('outside');
    house.script('echo x > src/deep/x; rm src/deep/b.ts');
    const { changes } = await house.scan();
    renameSync(join(house.workspace, 'src/deep'), join(house.workspace, 'src/was'));
    symlinkSync(join(house.folder, 'outside'), join(house.workspace, 'src/deep'));
    const outcome = await house.program.change(await house.text(stepsForth(changes)));
    expect(outcome).toMatchObject({ state: 'refused' });
    expect(readdirSync(join(house.folder, 'outside'))).toEqual([]);
  });

  it.each(['../outside', 'src/../../outside', '/etc/outside', 'src//a.ts', './new', 'src/.'])(
    'takes no path like %s',
    async (path) => {
      house.script('echo x > new');
      const { changes } = await house.scan();
      const [change] = changes as [Change];
      const outcome = await house.program.change(await house.text(stepsForth([{ ...change, path }])));
      expect(outcome).toMatchObject({ state: 'failed', whole: true });
      expect(readdirSync(house.folder)).not.toContain('outside');
    },
  );

  it('takes no path, source or target with a zero byte in it, at which it would be cut', async () => {
    house.script('echo x > new');
    const { changes } = await house.scan();
    const [step] = stepsForth(changes);
    if (step === undefined) throw new Error('nothing changed');
    const link = { kind: 'link', target: 'cut\0off' } as const;
    for (const odd of [{ path: 'cut\0off' }, { source: 'new\0off' }, { after: link, source: null }])
      expect(await house.program.change(await house.text([{ ...step, ...odd }]))).toMatchObject({
        state: 'failed',
        whole: true,
      });
    expect(await house.program.read(house.workspace, 'keep.txt\0off', 10)).toBeNull();
    expect(readdirSync(house.workspace)).not.toContain('cut');
    expect(readdirSync(house.workspace)).not.toContain('new');
  });

  it('never carries pipes, sockets and devices over', async () => {
    house.script('mkfifo pipe; echo x > new');
    const { changes } = await house.scan();
    expect((await selected(changes, null)).map(({ path }) => path)).toEqual(['new']);
    expect(stateWord(changes[1]?.after ?? { kind: 'nothing' })).toBe('s:');
  });

  it('takes another folder in the project’s place for what it is', async () => {
    house.script('echo x > new');
    const { changes } = await house.scan();
    const text = await house.text(stepsForth(changes));
    renameSync(house.workspace, `${house.workspace}-was`);
    house.makeFolder('home/proj');
    expect(await house.program.change(text)).toMatchObject({ state: 'failed' });
    expect(readdirSync(house.workspace)).toEqual([]);
  });

  it('leaves nothing behind, whatever modes are in a copy', async () => {
    house.script('mkdir -p d/e; echo x > d/e/f; chmod 0 d/e/f d/e d');
    const list = await house.scan();
    expect(list.whole).toBe(true);
    expect(list.changes.map(({ path }) => path)).toEqual(['d', 'd/e', 'd/e/f']);
    await house.program.remove(join(house.folder, 'gh/review'), 'layers');
    expect(existsSync(house.layers)).toBe(false);
  });
});

it('is not had where the kernel refuses an overlay; the report says so, and the project is written to', () => {
  const house = new CopyHouse('user');
  try {
    // An overlay needs a folder to work in beside the upper one.
    house.makeFolder('gh/review/layers/upper');
    const { report, code } = house.run({ layers: house.layers }, ['sh', '-c', 'echo x > direct']);
    expect({ code, snapshot: report['snapshot'] }).toMatchObject({
      code: 0,
      snapshot: { on: false, detail: expect.stringContaining('an overlay is refused here') },
    });
    expect(enforced('maximum', report, { memory: false, cpu: false }).lacking).toContainEqual(
      expect.stringContaining('copy-on-write workspace: an overlay is refused'),
    );
    expect(enforced('standard', report, { memory: false, cpu: false })).toMatchObject({
      reached: 'standard',
      lacking: [expect.stringContaining('copy-on-write workspace')],
    });
    expect(readFileSync(join(house.workspace, 'direct'), 'utf8')).toBe('x\n');
  } finally {
    house.remove();
  }
});

it('a copy that is deeper than folders can be held open is thrown away whole', async () => {
  const base = mkdtempSync(join(tmpdir(), 'gh-deep-'));
  try {
    const copy = join(base, 'copy');
    for (const name of ['d', 'e']) mkdirSync(join(copy, 'top', `${name}/`.repeat(700)), { recursive: true });
    writeFileSync(join(copy, 'file'), 'x');
    chmodSync(join(copy, 'top', 'd/'.repeat(300)), 0);
    const program = new ReviewProgram('sh', '-c', 'ulimit -n 64; exec "$0" "$@"', LAUNCHER);
    await program.remove(base, 'copy');
    expect(readdirSync(base)).toEqual([]);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
