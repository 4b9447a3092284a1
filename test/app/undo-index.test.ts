/** An undo after git wrote its index anew, as `git status` and editors do: the real desk, launcher and git. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReviewDesk } from '../../main/app/reviews/review-desk.ts';
import { ReviewFolder } from '../../main/app/reviews/review-record.ts';
import type { AuditEvent } from '../../main/audit/event.ts';
import { indexMeaning, isGitIndex } from '../../main/sandbox/review/git-index.ts';
import { isRoot, LaunchHouse, launcherMissing } from '../support/launcher.ts';
import { startDesk } from '../support/review-desk.ts';

const missing = launcherMissing();
let house: LaunchHouse;
let folder: string;
let log: AuditEvent[];
let desk: ReviewDesk;

const CONFIG = ['user.name=a', 'user.email=a@b', 'gc.auto=0'].flatMap((one) => ['-c', one]);
const git = (...words: string[]) =>
  execFileSync('git', [...CONFIG, ...words], {
    cwd: house.workspace,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: house.workspace, GIT_CONFIG_NOSYSTEM: '1' },
  });
const inProject = (path: string) => join(house.workspace, path);
const index = () => readFileSync(inProject('.git/index'));
/** `git status` as after a while: another time of a file makes git write its index anew. */
let second = 1_600_000_000;
function gitStatus(path: string): string {
  const was = index();
  second += 1;
  utimesSync(inProject(path), second, second);
  const told = git('status', '--porcelain');
  expect(index().equals(was)).toBe(false);
  return told;
}

/** Carries what a session did in its copy over into the project. @returns the review's id */
async function applied(script: string): Promise<string> {
  const copy = await desk.begin({ run: 'run_1', app: house.workspace, client: 'codex' });
  const done = house.run({ layers: copy.layers }, ['sh', '-ec', script]);
  expect(done.stderr).toBe('');
  await copy.ended();
  const id = desk.list()[0]?.id ?? '';
  await desk.apply(id, (await desk.content(id)).found.digest, null, 'page');
  return id;
}

beforeEach(async (context) => {
  if (missing !== null) return context.skip(missing);
  house = new LaunchHouse(isRoot ? 'root' : 'user');
  folder = join(house.makeFolder('gh'), 'reviews');
  for (const name of ['a', 'b', 'src/deep/c']) house.makeFile(`home/proj/${name}`, `${name}\n`);
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'one');
  log = [];
  desk = await startDesk(folder, log);
});
afterEach(async () => {
  if (missing !== null) return;
  await desk.close();
  house.remove();
});

describe('an undo', () => {
  it.each([
    ['moved a file', 'git mv b moved'],
    ['committed', `echo 2 > b; git ${CONFIG.join(' ')} commit -qam two`],
  ])('of a session that %s is done after a look by git', async (_what, script) => {
    const staged = git('ls-files', '-s');
    const head = git('rev-parse', 'HEAD');
    const id = await applied(script);
    expect(git('ls-files', '-s')).not.toBe(staged);
    gitStatus('a');
    await desk.undo(id, 'page');
    expect([git('ls-files', '-s'), git('rev-parse', 'HEAD'), git('status', '--porcelain')]).toEqual([
      ...[staged, head, ''],
    ]);
    expect([readFileSync(inProject('b'), 'utf8'), existsSync(inProject('moved'))]).toEqual(['b\n', false]);
    expect(desk.list()[0]?.now.state).toBe('waits');
    git('fsck', '--strict');
  });

  it('is refused where a person staged something since, and done when that is unstaged', async () => {
    const id = await applied('git mv b moved');
    appendFileSync(inProject('a'), 'mine\n');
    git('add', 'a');
    const was = index();
    await expect(desk.undo(id, 'page')).rejects.toMatchObject({
      code: 'changed_meanwhile',
      message: expect.stringContaining('.git/index: it changed meanwhile'),
      hint: expect.stringContaining('unstage'),
    });
    expect([index().equals(was), existsSync(inProject('moved'))]).toEqual([true, true]);
    expect(desk.list()[0]?.now.state).toBe('applied');
    git('reset', '-q', '--', 'a');
    await desk.undo(id, 'page');
    expect(git('status', '--porcelain')).toBe(' M a\n');
    expect(readFileSync(inProject('a'), 'utf8')).toBe('a\nmine\n');
  });

  it('never overwrites a reviewed file that a person changed since', async () => {
    const id = await applied('git mv b moved; echo 2 > a');
    gitStatus('src/deep/c');
    appendFileSync(inProject('a'), 'mine\n');
    const was = index();
    await expect(desk.undo(id, 'page')).rejects.toMatchObject({ code: 'changed_meanwhile' });
    expect([readFileSync(inProject('a'), 'utf8'), index().equals(was)]).toEqual(['2\nmine\n', true]);
  });

  it('that was cut off is put back with the index that git had written', async () => {
    const id = await applied('git rm -q --cached b');
    gitStatus('a');
    const place = new ReviewFolder(folder, id);
    const now = place.read()?.now;
    if (now?.state !== 'applied') throw new Error('it is not in the project');
    const left = index();
    await desk.undo(id, 'page');
    expect(index().equals(left)).toBe(false);
    // As if it had ended after its last step, and before the mark of its end.
    const record = place.read();
    if (record === null) throw new Error('there is no record');
    rmSync(join(place.undo, 'done'));
    const hash = createHash('sha256').update(left).digest('hex');
    const since = [{ path: '.git/index', size: left.length, hash }];
    place.write({ ...record, now: { ...now, state: 'undoing', since } });
    await desk.close();
    desk = await startDesk(folder, log);
    expect([index().equals(left), desk.list()[0]?.now.state]).toEqual([true, 'applied']);
  });
});

/** Changes of a session to the project itself, kept for an undo. @returns the review's id */
async function kept(change: () => void): Promise<string> {
  const keeping = await desk.keep({ run: 'run_1', app: house.workspace, client: 'codex' }, true);
  keeping.stands('session_1', 2 ** 30);
  change();
  await keeping.ended();
  return desk.list()[0]?.id ?? '';
}
const carry = async (id: string) => desk.apply(id, (await desk.content(id)).found.digest, null, 'page');
const seen = () => [git('ls-files', '-s'), git('rev-parse', 'HEAD'), git('status', '--porcelain')];

describe('what a session did to the project itself', () => {
  const commits = () => {
    appendFileSync(inProject('b'), '2\n');
    git('commit', '-qam', 'two');
  };
  it.each<[string, () => void]>([
    ['staged', () => git('mv', 'b', 'moved')],
    ['committed', commits],
  ])(
    'and %s is taken back after a look by git, put in again and taken back once more',
    async (_what, change) => {
      const before = seen();
      const id = await kept(change);
      const after = seen();
      expect(after).not.toEqual(before);
      for (const path of ['a', 'src/deep/c']) {
        gitStatus(path);
        await carry(id);
        expect(seen()).toEqual(before);
        gitStatus(path);
        await desk.undo(id, 'page');
        expect(seen()).toEqual(after);
      }
      git('fsck', '--strict');
      expect(log.filter((row) => row.type === 'review.changed').map(({ change }) => change)).toEqual([
        ...['waits', 'applied', 'undone', 'applied', 'undone'],
      ]);
    },
  );

  it('is not taken back where a person staged something since', async () => {
    const id = await kept(() => git('mv', 'b', 'moved'));
    appendFileSync(inProject('a'), 'mine\n');
    git('add', 'a');
    const was = index();
    await expect(carry(id)).rejects.toMatchObject({ code: 'changed_meanwhile' });
    expect([index().equals(was), existsSync(inProject('moved'))]).toEqual([true, true]);
    expect(desk.list()[0]?.now.state).toBe('waits');
    git('reset', '-q', '--', 'a');
    await carry(id);
    expect(git('status', '--porcelain')).toBe(' M a\n');
  });

  it('that was cut off while it was taken back is put back with the index that git had written', async () => {
    const id = await kept(() => git('rm', '-q', '--cached', 'b'));
    gitStatus('a');
    const left = index();
    await carry(id);
    expect(index().equals(left)).toBe(false);
    const place = new ReviewFolder(folder, id);
    const record = place.read();
    if (record?.now.state !== 'applied') throw new Error('it was not taken back');
    // As if it had ended after its last step, and before the mark of its end.
    rmSync(join(place.backup, 'done'));
    const { found, picked, via, files, first, lay } = record.now;
    expect(lay).toHaveLength(1);
    place.write({ ...record, now: { state: 'applying', found, picked, via, files, first, lay } });
    await desk.close();
    desk = await startDesk(folder, log);
    expect([index().equals(left), desk.list()[0]?.now.state]).toEqual([true, 'waits']);
    await carry(id);
    expect(git('status', '--porcelain')).toBe('');
  });
});

it('a copy is carried over after a look by git at the project, and out again', async () => {
  const before = seen();
  const copy = await desk.begin({ run: 'run_1', app: house.workspace, client: 'codex' });
  house.run({ layers: copy.layers }, ['sh', '-ec', 'git mv b moved']);
  await copy.ended();
  const id = desk.list()[0]?.id ?? '';
  gitStatus('a');
  const looked = index();
  await carry(id);
  expect(git('status', '--porcelain')).toBe('R  b -> moved\n');
  gitStatus('src/deep/c');
  await desk.undo(id, 'page');
  expect([index().equals(looked), ...seen()]).toEqual([true, ...before]);
});

describe('what an index says', () => {
  const meaning = () => indexMeaning(index());
  it.each(['2', '4'])(
    'is the same after a look, and another one after a change, in version %s',
    async (version) => {
      git('update-index', '--index-version', version);
      const was = await meaning();
      expect(was).not.toBeNull();
      gitStatus('a');
      expect(await meaning()).toBe(was);
      git('update-index', '--index-version', version === '2' ? '4' : '2');
      expect(await meaning()).toBe(was);
      for (const change of [
        ['update-index', '--chmod=+x', 'a'],
        ['update-index', '--assume-unchanged', 'b'],
        ['update-index', '--skip-worktree', 'b'],
        ['rm', '-q', '--cached', 'src/deep/c'],
      ]) {
        const before = await meaning();
        git(...change);
        expect(await meaning()).not.toBe(before);
        expect(await meaning()).not.toBeNull();
      }
    },
  );

  it('is not told of one that is split, cut off or no index', async () => {
    const whole = index();
    expect(await indexMeaning(whole.subarray(0, whole.length - 1))).toBeNull();
    expect(await indexMeaning(Buffer.from('DIRC'))).toBeNull();
    expect(await indexMeaning(Buffer.alloc(0))).toBeNull();
    git('update-index', '--split-index');
    expect(await meaning()).toBeNull();
  });

  it('is not told of one in which git would read other names than these, or that has no end of them', async () => {
    /** Version 4: each entry keeps what is told of the name before it. */
    const made = (entries: readonly (readonly [length: number, stripped: number, name: string])[]) => {
      const head = Buffer.alloc(12);
      head.write('DIRC');
      head.writeUInt32BE(4, 4);
      head.writeUInt32BE(entries.length, 8);
      const body = entries.map(([length, stripped, name]) => {
        const notes = Buffer.alloc(62);
        notes.writeUInt16BE(Math.min(length, 0xfff), 60);
        return Buffer.concat([notes, Buffer.from([stripped]), Buffer.from(`${name}\0`)]);
      });
      const bytes = Buffer.concat([head, ...body]);
      return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()]);
    };
    const long = 'x'.repeat(4096);
    const few = Array.from({ length: 10 }, () => [4096, 1, 'x'] as const);
    expect(await indexMeaning(made([[3, 0, 'a/b'], [3, 1, 'c'], [4096, 3, long], ...few]))).not.toBeNull();
    expect(await indexMeaning(made([[2, 0, 'a/b']]))).toBeNull();
    expect(
      await indexMeaning(
        made([
          [3, 0, 'a/b'],
          [4, 1, 'c'],
        ]),
      ),
    ).toBeNull();
    expect(await indexMeaning(made([[4097, 0, `${long}x`]]))).toBeNull();
    const endless = Array.from({ length: 70_000 }, () => [4096, 0, ''] as const);
    expect(await indexMeaning(made([[4096, 0, long], ...endless]))).toBeNull();
  });

  it('lies where git keeps one', () => {
    for (const path of ['.git/index', 'sub/.git/index', '.git/modules/x/y/index', '.git/worktrees/w/index'])
      expect(isGitIndex(path)).toBe(true);
    for (const path of ['index', 'git/index', '.git/hooks/index', '.git/index.lock', '.git/refs/heads/index'])
      expect(isGitIndex(path)).toBe(false);
  });
});
