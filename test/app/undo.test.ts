/**
 * What a session did to a project itself, taken back: a real supervisor, the real client, launcher and kernel. Without a
 * word in the policy for it, and in place of a copy where the kernel refuses one.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
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
import { isRoot, launcherMissing } from '../support/launcher.ts';
import { RealApp, soon } from '../support/real-app.ts';
import { run, startRun } from '../support/run-client.ts';
import { call, ToolsHouse, toolsPolicy } from '../support/tools-house.ts';

const missing = launcherMissing();
const PIN = 'granite-7';
const policy = (sandbox: string) => `tools:
  modules: { filesystem: {}, shell: {} }
  capabilities: { default_policy: approve }
security:
  sandbox: { ${sandbox} }
`;

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly app: string;
}

class Stage {
  readonly real: RealApp;
  #made = 0;
  project = '';

  constructor(real: RealApp) {
    this.real = real;
  }

  /** A new project with a few files. */
  begin(): void {
    this.#made += 1;
    this.project = join(this.real.home, `proj-${this.#made}`);
    mkdirSync(join(this.project, 'src/deep'), { recursive: true });
    mkdirSync(join(this.project, 'node_modules/x'), { recursive: true });
    writeFileSync(join(this.project, 'src/a.ts'), 'one\n');
    writeFileSync(join(this.project, 'src/deep/b.ts'), 'b\n');
    writeFileSync(join(this.project, 'keep.txt'), 'kept\n');
    writeFileSync(join(this.project, 'run.sh'), 'echo\n', { mode: 0o755 });
    writeFileSync(join(this.project, 'node_modules/x/index.js'), 'x\n');
    symlinkSync('keep.txt', join(this.project, 'link'));
  }

  script(text: string, words: readonly string[] = []) {
    return run(this.real.paths.agentDoor, [...words, '--', 'sh', '-ec', text], {
      cwd: this.project,
      env: { HOME: this.real.home },
    });
  }

  review(...words: string[]) {
    return this.real.command(['review', ...words], ['list', 'show'].includes(words[0] ?? '') ? [] : [PIN]);
  }

  async rows(): Promise<readonly Row[]> {
    const all = JSON.parse((await this.review('list', '--json')).stdout) as readonly Row[];
    return all.filter(({ app }) => app === this.project);
  }

  async only(): Promise<Row> {
    const rows = await this.rows();
    expect(rows).toHaveLength(1);
    return rows[0] as Row;
  }
}

const WORK = [
  'echo two >> src/a.ts; rm -r src/deep; echo new > new.txt; mkdir d; echo in > d/in',
  'chmod 644 run.sh; ln -sf src link; rm keep.txt; mkdir keep.txt; echo x > keep.txt/x',
].join('; ');

describe('a session without a word in the policy', () => {
  let stage: Stage;
  beforeAll(async () => {
    if (missing !== null) return;
    stage = new Stage(await RealApp.start(policy('level: standard')));
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
      const stage = new Stage(real);
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

describe('where the kernel refuses an overlay', () => {
  let stage: Stage;
  let reviews: string;
  const missingHere =
    missing ?? (isRoot ? null : 'it mounts what no overlay stands on, as root: run the tests as root');
  beforeAll(async () => {
    if (missingHere !== null) return;
    const real = new RealApp();
    real.writePolicy(policy('level: standard, workspace_snapshot: true'));
    reviews = join(real.paths.data, 'reviews');
    const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(real.folder, name));
    for (const path of [lower, upper, work, real.paths.data, reviews])
      mkdirSync(path as string, { recursive: true, mode: 0o700 });
    chmodSync(reviews, 0o700);
    // No overlay can have its upper layer on another one.
    const words = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const { status, stderr } = spawnSync('mount', ['-t', 'overlay', '-o', words, 'overlay', reviews], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    await real.start();
    stage = new Stage(real);
    await real.page('first').value('setPin', { pin: PIN, current: null });
  });
  afterAll(async () => {
    if (missingHere !== null) return;
    await stage?.real.stop();
    spawnSync('umount', ['-l', reviews]);
    await stage?.real.remove();
  });
  beforeEach((context) => {
    if (missingHere !== null) return context.skip(missingHere);
    stage.begin();
  });

  it('writes to the project, says so, and can be taken back whole, packages too', async () => {
    const before = tree(stage.project);
    const { code } = await stage.script(`${WORK}; rm -r node_modules`);
    expect(code).toBe(0);
    expect(existsSync(join(stage.project, 'new.txt'))).toBe(true);
    const { id, kind } = await stage.only();
    expect(kind).toBe('undo');
    const { stdout } = await stage.real.command(['audit', 'query', '--json', '--limit', '50']);
    expect(stdout).toContain('copy-on-write workspace: ');
    expect(stdout).toContain('it writes to the project, and that can be taken back');
    expect(await stage.review('undo', id)).toMatchObject({ exit: 0 });
    expect(tree(stage.project)).toEqual(before);
  });

  it('is refused at maximum where not even that can be kept, before anything ran', async () => {
    const blocked = join(stage.real.folder, 'upper');
    // Nothing can be written where it would be kept.
    const { status } = spawnSync('mount', ['-o', 'remount,ro', reviews]);
    try {
      expect(status).toBe(0);
      const { code, stderr } = await stage.script('echo x > ran', ['--level', 'maximum']);
      expect({ code, blocked: existsSync(blocked) }).toEqual({ code: 126, blocked: true });
      expect(stderr).toContain('nothing can be kept for an undo');
      expect(existsSync(join(stage.project, 'ran'))).toBe(false);
    } finally {
      spawnSync('mount', ['-o', 'remount,rw', reviews]);
    }
  });

  it('is so for governed tools too, and at maximum no call changes what cannot be kept', async () => {
    const { real, project } = stage;
    real.writePolicy(toolsPolicy('default_policy: auto', 'security:\n  sandbox: { level: maximum }\n'));
    await real.restart();
    const house = ToolsHouse.of(real);
    try {
      const before = tree(project);
      // Deeper than what is kept.
      mkdirSync(join(project, 'd/'.repeat(205)), { recursive: true });
      const refused = await house.client({ cwd: project });
      const told = await call(refused, 'filesystem_write', { file_path: 'new.txt', content: 'x' });
      expect(told).toMatchObject({ failed: true });
      expect(told.text).toContain('nothing can be kept for an undo');
      expect(told.text).toContain('its folders are too deep');
      expect(existsSync(join(project, 'new.txt'))).toBe(false);
      await house.closeClients();
      rmSync(join(project, 'd'), { recursive: true });

      const client = await house.client({ cwd: project });
      const command = 'rm -r node_modules src; echo new > new.txt';
      expect(await call(client, 'shell_bash', { command })).toMatchObject({ failed: false });
      expect(existsSync(join(project, 'new.txt'))).toBe(true);
      await house.closeClients();
      const row = await soon(async () => (await stage.rows()).find(({ state }) => state === 'waits') ?? null);
      expect(row.kind).toBe('undo');
      expect(await stage.review('undo', row.id)).toMatchObject({ exit: 0 });
      expect(tree(project)).toEqual(before);
    } finally {
      await house.closeClients();
    }
  });
});
