/**
 * What a session did to a project itself, taken back: a real supervisor, the real client, launcher and kernel. Without a
 * word in the policy for it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tree } from '../support/copy-house.ts';
import { launcherMissing } from '../support/launcher.ts';
import { RealApp } from '../support/real-app.ts';
import { startRun } from '../support/run-client.ts';
import { PIN, policy, UndoStage, WORK } from '../support/undo-stage.ts';

const missing = launcherMissing();

describe('a session without a word in the policy', () => {
  let stage: UndoStage;
  beforeAll(async () => {
    if (missing !== null) return;
    stage = new UndoStage(await RealApp.start(policy('level: standard')));
    await stage.real.page('first').value('setPin', { pin: PIN, current: null });
  });
  afterAll(() => stage?.real.remove());
  beforeEach((context) => {
    if (missing !== null) return context.skip(missing);
    stage.begin();
  });

  it('can be taken back, in part or whole, and put in again', async () => {
    const before = tree(stage.project);
    const { code, stderr } = await stage.script(WORK);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('can be taken back for a week'),
    });
    const after = tree(stage.project);
    expect(after).not.toEqual(before);
    const { id, kind, state } = await stage.only();
    expect({ kind, state }).toEqual({ kind: 'undo', state: 'waits' });
    const { stdout } = await stage.review('show', id);
    for (const line of ['changed  src/a.ts', 'deleted  src/deep/b.ts', 'added    new.txt', 'mode     run.sh'])
      expect(stdout).toContain(line);
    expect(stdout).toContain('node_modules: it was not kept');
    expect((await stage.review('show', id, 'src/a.ts')).stdout).toContain('+ two');

    expect(await stage.review('undo', id, 'src')).toMatchObject({ exit: 0 });
    expect(tree(stage.project)).toEqual({
      ...after,
      'src/a.ts': before['src/a.ts'],
      'src/deep': before['src/deep'],
      'src/deep/b.ts': before['src/deep/b.ts'],
    });
    // The difference is still what the session did, of what was taken back and of what was not.
    expect((await stage.review('show', id, 'src/a.ts')).stdout).toContain('+ two');
    expect((await stage.review('show', id, 'new.txt')).stdout).toContain('+ new');
    expect(await stage.review('apply', id)).toMatchObject({ exit: 0 });
    expect(tree(stage.project)).toEqual(after);
    expect(await stage.review('undo', id)).toMatchObject({ exit: 0 });
    expect(tree(stage.project)).toEqual(before);
    expect(await stage.review('discard', id)).toMatchObject({ exit: 0 });
    expect(await stage.rows()).toEqual([]);
    expect(tree(stage.project)).toEqual(before);
  });

  it('is not taken back at all when one path changed since', async () => {
    await stage.script(WORK);
    writeFileSync(join(stage.project, 'new.txt'), 'mine now\n');
    const now = tree(stage.project);
    const { id } = await stage.only();
    const { exit, stderr } = await stage.review('undo', id);
    expect({ exit, stderr }).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('new.txt: it changed meanwhile'),
    });
    expect(tree(stage.project)).toEqual(now);
    expect(await stage.review('undo', id, 'src/a.ts', 'keep.txt')).toMatchObject({ exit: 0 });
    expect(readFileSync(join(stage.project, 'new.txt'), 'utf8')).toBe('mine now\n');
    expect(readFileSync(join(stage.project, 'src/a.ts'), 'utf8')).toBe('one\n');
  });

  it('leaves nothing when it changed nothing', async () => {
    const { stderr } = await stage.script('cat src/a.ts; touch src/a.ts; echo x > new; rm new');
    expect(stderr).not.toContain('taken back');
    expect(await stage.rows()).toEqual([]);
  });

  it('says why it cannot be compared, and is thrown away', async () => {
    const running = startRun(stage.real.paths.agentDoor, ['--', 'sh', '-c', 'echo ready; read -r line'], {
      cwd: stage.project,
      env: { HOME: stage.real.home },
    });
    await running.printed('ready');
    const { id } = await stage.only();
    expect((await stage.review('discard', id)).stderr).toContain('its session still runs');
    truncateSync(join(stage.real.paths.data, 'reviews', id, 'facts'), 30);
    running.write('\n');
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        'cannot be reviewed: the project cannot be compared with what was kept',
      ),
    });
    expect((await stage.review('list')).stdout).toContain('Its session is over; it cannot be compared: ');
    expect((await stage.review('show', id)).stderr).toContain('what was kept is damaged or cut off');
    expect(await stage.review('discard', id)).toMatchObject({ exit: 0 });
    expect(await stage.rows()).toEqual([]);
  });

  it('is thrown away also when its list of changes is another one', async () => {
    await stage.script('echo two >> src/a.ts');
    const { id } = await stage.only();
    truncateSync(join(stage.real.paths.data, 'reviews', id, 'changes'), 5);
    expect((await stage.review('show', id)).stderr).toContain('is not the one that was made');
    expect(await stage.review('discard', id)).toMatchObject({ exit: 0 });
    expect(await stage.rows()).toEqual([]);
  });

  it('leaves alone what was made around what is not kept', async () => {
    await stage.script('mkdir -p made/node_modules/y; echo y > made/node_modules/y/i; echo m > made/m');
    const { id } = await stage.only();
    expect(await stage.review('undo', id)).toMatchObject({ exit: 0 });
    expect(readdirSync(join(stage.project, 'made'))).toEqual(['node_modules']);
  });

  it('cannot hide what it did: unreadable files and folders, other times, links out', async () => {
    const secret = join(stage.real.home, 'secret');
    writeFileSync(secret, 'outside\n');
    const before = tree(stage.project);
    await stage.script(
      [
        'touch -r src/a.ts /tmp/stamp; printf "ONE\\n" > src/a.ts; touch -r /tmp/stamp src/a.ts',
        'printf "B\\n" > src/deep/b.ts; chmod 000 src/deep/b.ts; chmod 000 src/deep',
        `rm -r node_modules; ln -s ${stage.real.home} node_modules; rm link; ln -s ${secret} link`,
      ].join('; '),
    );
    const { id } = await stage.only();
    const { stdout } = await stage.review('show', id);
    for (const path of ['src/a.ts', 'src/deep/b.ts', 'link', 'node_modules']) expect(stdout).toContain(path);
    expect((await stage.review('show', id, 'link')).stdout).not.toContain('outside');
    expect(await stage.review('undo', id)).toMatchObject({ exit: 0 });
    const { node_modules: link, ...rest } = tree(stage.project);
    const { node_modules: _, 'node_modules/x': __, 'node_modules/x/index.js': ___, ...kept } = before;
    // What was not kept stays as the session left it.
    expect(link).toBe(`-> ${stage.real.home}`);
    expect(rest).toEqual(kept);
    expect(readFileSync(secret, 'utf8')).toBe('outside\n');
  });

  it('takes commits back and leaves git whole, also when git packed its objects anew', async () => {
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
        cwd: stage.project,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: stage.real.home },
      });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-qm', 'one');
    const head = git('rev-parse', 'HEAD');
    const { code } = await stage.script(
      [
        'export HOME=/tmp; git() { command git -c user.name=a -c user.email=a@b "$@"; }',
        'echo two >> src/a.ts; git commit -qam two; git branch extra; git gc -q --prune=now; rm -rf .git/logs',
        'git init -q sub; cd sub; echo s > s; git add s; git commit -qm sub',
      ].join('; '),
    );
    expect(code).toBe(0);
    const { id } = await stage.only();
    expect(await stage.review('undo', id)).toMatchObject({ exit: 0 });
    expect(git('rev-parse', 'HEAD')).toBe(head);
    expect(git('branch', '--format=%(refname:short)').trim()).toBe('main');
    expect(git('status', '--porcelain')).toBe('');
    expect(git('fsck', '--full')).not.toMatch(/missing|broken|corrupt/);
    expect(existsSync(join(stage.project, 'sub'))).toBe(false);
  });

  it('ends soon when it leaves holes that would take hours to read', async () => {
    const { code, stderr } = await stage.script(
      'for n in 1 2 3 4 5; do truncate -s 900G hole-$n 2> /dev/null || exit 7; done',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { id } = await stage.only();
    expect((await stage.review('show', id)).stdout).toContain('left out hole-1');
  });

  it('follows no link that another one puts in a path while it is taken back', async () => {
    await stage.script('echo two >> src/a.ts');
    const { id } = await stage.only();
    const outside = join(stage.real.home, 'elsewhere');
    mkdirSync(outside, { recursive: true });
    writeFileSync(join(outside, 'a.ts'), readFileSync(join(stage.project, 'src/a.ts')));
    rmSync(join(stage.project, 'src'), { recursive: true });
    symlinkSync(outside, join(stage.project, 'src'));
    const { exit, stderr } = await stage.review('undo', id);
    expect({ exit, stderr }).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('a link is on the way to it'),
    });
    expect(readFileSync(join(outside, 'a.ts'), 'utf8')).toBe('one\ntwo\n');
  });

  it('is kept for each project once: what did not change since is a second name of what was kept before', async () => {
    writeFileSync(join(stage.project, 'large.bin'), Buffer.alloc(300_000, 7));
    await new Promise((resolve) => setTimeout(resolve, 3100));
    await stage.script('echo 1 > one');
    await stage.script('echo 2 > two');
    const kept = readdirSync(join(stage.real.paths.data, 'reviews'))
      .map((name) => join(stage.real.paths.data, 'reviews', name, 'before/large.bin'))
      .filter((path) => existsSync(path));
    const stats = kept.map((path) =>
      spawnSync('stat', ['-c', '%i %h', path], { encoding: 'utf8' }).stdout.trim(),
    );
    expect(stats).toHaveLength(2);
    expect(new Set(stats).size).toBe(1);
    // Each stands for itself.
    const [second, first] = await stage.rows();
    await stage.review('discard', first?.id ?? '');
    expect(await stage.review('undo', second?.id ?? '')).toMatchObject({ exit: 0 });
    expect(existsSync(join(stage.project, 'one'))).toBe(true);
    expect(existsSync(join(stage.project, 'two'))).toBe(false);
  });
});

describe('a policy that wants no snapshot', () => {
  it('has none', async (context) => {
    if (missing !== null) return context.skip(missing);
    const real = await RealApp.start(policy('level: standard, workspace_snapshot: false'));
    try {
      const stage = new UndoStage(real);
      stage.begin();
      const { code, stderr } = await stage.script('echo two >> src/a.ts');
      expect(code).toBe(0);
      expect(stderr).not.toContain('taken back');
      expect(await stage.rows()).toEqual([]);
    } finally {
      await real.remove();
    }
  });
});
