/** A project's copy from `gatehouse run` to a person's answer: a real supervisor, the real client, launcher and kernel. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launcherMissing } from '../support/launcher.ts';
import { RealApp } from '../support/real-app.ts';
import { run, startRun } from '../support/run-client.ts';

const missing = launcherMissing();
const PIN = 'granite-7';
const policy = (sandbox: string) => `tools:
  modules: { filesystem: {}, shell: {} }
  capabilities: { default_policy: approve }
security:
  sandbox: { ${sandbox} }
`;

let real: RealApp;
let project: string;
const git = (...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
    cwd: project,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: real.home },
  });

beforeAll(async () => {
  if (missing !== null) return;
  real = await RealApp.start(policy('level: standard, workspace_snapshot: true'));
  await real.page('first').value('setPin', { pin: PIN, current: null });
});
afterAll(async () => {
  await real?.remove();
});
let made = 0;
beforeEach((context) => {
  if (missing !== null) return context.skip(missing);
  made += 1;
  project = join(real.home, `proj-${made}`);
  mkdirSync(join(project, 'src'), { recursive: true });
  writeFileSync(join(project, 'src/a.ts'), 'one\ntwo\n');
  writeFileSync(join(project, 'src/b.ts'), 'b\n');
  writeFileSync(join(project, 'package.json'), '{ "scripts": {} }\n');
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'one');
});

/** Runs a script of the shell as `gatehouse run` does. */
const script = (text: string) =>
  run(real.paths.agentDoor, ['--', 'sh', '-ec', text], { cwd: project, env: { HOME: real.home } });
const review = (...words: string[]) => real.command(['review', ...words], words[0] === 'list' ? [] : [PIN]);
interface Row {
  readonly app: string;
  readonly id: string;
  readonly state: string;
  readonly files: number;
  readonly digest: string;
}
async function rows(): Promise<readonly Row[]> {
  const all = JSON.parse((await review('list', '--json')).stdout) as readonly Row[];
  return all.filter(({ app }) => app === project);
}
async function only(): Promise<Row> {
  const all = await rows();
  expect(all).toHaveLength(1);
  return all[0] as Row;
}
/** The log's lines that are about reviews, the oldest first. */
async function logged(): Promise<readonly string[]> {
  const { stdout } = await real.command(['audit', 'query', '--limit', '200', '--json']);
  return stdout
    .split('\n')
    .filter((line) => line.includes('review.changed') && line.includes(`proj-${made}"`))
    .map((line) => /Changes to \d+ paths? ([^"]+)/.exec(line)?.[1] ?? line);
}

describe('a session that goes wrong', () => {
  it('is discarded, and nothing of the project has changed', async () => {
    const { code, stderr } = await script('rm -rf src package.json .git/objects; ls');
    expect(code).toBe(0);
    expect(stderr).toContain('nothing in the project changed');
    expect(git('status', '--porcelain')).toBe('');
    const { id, state } = await only();
    expect(state).toBe('waits');
    const { stdout } = await review('show', id);
    expect(stdout).toContain('deleted  src/a.ts');
    expect(await review('discard', id)).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('Discarded'),
    });
    expect(await rows()).toEqual([]);
    expect(git('status', '--porcelain')).toBe('');
    git('fsck', '--no-progress');
    expect(readdirSync(join(real.paths.data, 'reviews'))).toEqual([]);
    expect((await logged()).toSorted()).toEqual(['wait for a review', 'were discarded']);
  });

  it('leaves nothing to review when nothing changed', async () => {
    const { stderr } = await script('cat src/a.ts > /dev/null; touch src/a.ts');
    expect(stderr).toContain('nothing of the project changed in its copy');
    expect(await rows()).toEqual([]);
  });

  it('waits also when its launcher was killed, and after a restart', async () => {
    const running = startRun(
      real.paths.agentDoor,
      ['--', 'sh', '-c', 'echo x > made; echo ready; sleep 600'],
      { cwd: project, env: { HOME: real.home } },
    );
    await running.printed('ready');
    running.kill('SIGKILL');
    await running.ended;
    await expect.poll(async () => (await only()).state).toBe('waits');
    await real.restart();
    expect(await only()).toMatchObject({ state: 'waits', files: 1 });
    expect(existsSync(join(project, 'made'))).toBe(false);
  });

  it('waits also when Gatehouse itself ended first', async () => {
    const running = startRun(
      real.paths.agentDoor,
      ['--', 'sh', '-c', 'echo x > made; echo ready; sleep 600'],
      { cwd: project, env: { HOME: real.home } },
    );
    await running.printed('ready');
    await real.restart();
    await running.ended;
    expect(await only()).toMatchObject({ state: 'waits', files: 1 });
  });
});

describe('a session that goes well', () => {
  it('is carried over: git sees exactly what was reviewed, and undo takes it back', async () => {
    await script(
      'echo three >> src/a.ts; git rm -q src/b.ts; mkdir lib out; echo l > lib/l.ts; echo {} > package.json',
    );
    const { id, digest } = await only();
    const shown = await review('show', id);
    // What tools run comes first, git's own records last.
    expect(shown.stdout.split('\n')[1]).toContain('changed  package.json   (tools run what it says)');
    // A folder with nothing in it looks like a file by its name; one that comes with a file has no row.
    expect(shown.stdout.split('\n')).toContain('  added    out   (a folder)');
    expect(shown.stdout).not.toMatch(/added +lib\b(?!\/)/);
    expect((await review('show', id, 'src/a.ts')).stdout).toContain('+ three');
    expect(await review('apply', id, '--digest', digest)).toMatchObject({ exit: 0 });
    expect(git('status', '--porcelain').split('\n').toSorted()).toEqual(
      ['', ' M package.json', ' M src/a.ts', '?? lib/', 'D  src/b.ts'].toSorted(),
    );
    expect(readdirSync(project).filter((name) => name.startsWith('.gatehouse'))).toEqual([]);
    expect(await only()).toMatchObject({ state: 'applied' });
    expect(await review('undo', id)).toMatchObject({ exit: 0 });
    expect(git('status', '--porcelain')).toBe('');
    expect(await only()).toMatchObject({ state: 'waits', digest });
    expect((await logged()).toSorted()).toEqual([
      'wait for a review',
      'were carried over into the project',
      'were taken out of the project again',
    ]);
  });

  it('is carried over in part', async () => {
    await script('echo three >> src/a.ts; echo b2 >> src/b.ts');
    const { id } = await only();
    expect(await review('apply', id, 'src/b.ts')).toMatchObject({ exit: 0 });
    expect(git('status', '--porcelain')).toBe(' M src/b.ts\n');
  });

  it('is refused without the PIN, with a wrong one, and with another list than was shown', async () => {
    await script('echo x > made');
    const { id } = await only();
    expect(await real.command(['review', 'apply', id])).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('there is no terminal'),
    });
    expect(await real.command(['review', 'discard', id], ['wrong'])).toMatchObject({ exit: 1 });
    expect(await review('apply', id, '--digest', '0'.repeat(64))).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('not the list of changes that was shown'),
    });
    expect(existsSync(join(project, 'made'))).toBe(false);
    expect(await only()).toMatchObject({ state: 'waits' });
  });

  it('refuses what a second session, or the person, changed meanwhile', async () => {
    await script('echo first >> src/a.ts');
    await script('echo second >> src/a.ts; echo other >> src/b.ts');
    const [second, first] = await rows();
    expect(await review('apply', first?.id ?? '')).toMatchObject({ exit: 0 });
    expect(await review('apply', second?.id ?? '')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('src/a.ts: it changed meanwhile'),
    });
    expect(readFileSync(join(project, 'src/a.ts'), 'utf8')).toBe('one\ntwo\nfirst\n');
    expect(git('status', '--porcelain')).toBe(' M src/a.ts\n');
    // The other path is not held up by it.
    expect(await review('apply', second?.id ?? '', 'src/b.ts')).toMatchObject({ exit: 0 });
  });

  it('refuses what the person changed while the session ran', async () => {
    const running = startRun(
      real.paths.agentDoor,
      ['--', 'sh', '-c', 'echo agent >> src/a.ts; echo ready; read line'],
      { cwd: project, env: { HOME: real.home } },
    );
    await running.printed('ready');
    writeFileSync(join(project, 'src/a.ts'), 'the person\n');
    running.write('on\n');
    await running.ended;
    const { id } = await only();
    expect((await review('apply', id)).stderr).toContain('while the session ran');
    expect(readFileSync(join(project, 'src/a.ts'), 'utf8')).toBe('the person\n');
  });
});

describe('in a page', () => {
  it('is answered by a page that may decide, and by no other', async () => {
    await script('echo three >> src/a.ts; echo x > made; mkfifo pipe');
    const { id, digest } = await only();
    const other = real.page('other');
    const look = await other.value('reviewRows', id, 0, 10);
    expect(look).toMatchObject({ total: 3, leftOut: 1, whole: true, review: { state: 'waits', digest } });
    expect(look.rows.map(({ path, change }) => `${change} ${path}`)).toEqual([
      'left out pipe',
      'added made',
      'changed src/a.ts',
    ]);
    expect((await other.value('reviewDiff', id, 'src/a.ts')).lines?.at(-1)).toEqual({
      kind: 'add',
      text: 'three',
    });
    expect(await other.code('applyReview', { id, digest, pick: { kind: 'all' } })).toBe('locked');
    expect(await other.code('discardReview', id)).toBe('locked');
    await other.value('unlock', PIN);
    expect(await other.code('applyReview', { id, digest: 'x', pick: { kind: 'all' } })).toBe('changed');
    expect(
      await other.code('applyReview', { id, digest, pick: { kind: 'only', keys: ['../../etc/passwd'] } }),
    ).toBe('not_found');
    expect(git('status', '--porcelain')).toBe('');
    await other.value('applyReview', { id, digest, pick: { kind: 'without', keys: ['made'] } });
    expect(git('status', '--porcelain')).toBe(' M src/a.ts\n');
    expect(other.sent.reviews.at(-1)?.find((review) => review.id === id)).toMatchObject({ state: 'applied' });
    expect(await other.code('applyReview', { id, digest, pick: { kind: 'all' } })).toBe('already_decided');
    await other.value('undoReview', id);
    expect(git('status', '--porcelain')).toBe('');
    await other.value('discardReview', id);
    expect(await rows()).toEqual([]);
  });
});

describe('levels', () => {
  it('reaches maximum with it, and says so when it was not asked for', async () => {
    const all = await run(real.paths.agentDoor, ['--level', 'maximum', '--', 'sh', '-c', 'echo x > made'], {
      cwd: project,
      env: { HOME: real.home },
    });
    expect(all.code).toBe(0);
    const { stdout } = await real.command(['audit', 'query', '--limit', '200', '--json']);
    expect(stdout).toContain('in a sandbox: maximum"');
  });
});
