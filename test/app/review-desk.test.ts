/** Reviews over restarts of Gatehouse and over time: the real desk and launcher, on folders of the test. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReviewDesk } from '../../main/app/reviews/review-desk.ts';
import { ReviewFolder, type ReviewState } from '../../main/app/reviews/review-record.ts';
import { UNDO_DAYS } from '../../main/app/reviews/review-words.ts';
import type { AuditEvent } from '../../main/audit/event.ts';
import { tree } from '../support/copy-house.ts';
import { isRoot, LaunchHouse, launcherMissing } from '../support/launcher.ts';
import { startDesk } from '../support/review-desk.ts';

const missing = launcherMissing();
let house: LaunchHouse;
let folder: string;
let now: number;
let log: AuditEvent[];
let desk: ReviewDesk;
let id: string;

/** Gatehouse starts. */
const start = () => startDesk(folder, log, { wallMs: () => now });
const changes = () => log.flatMap((event) => (event.type === 'review.changed' ? [event.change] : []));
const state = () => desk.list().map((record) => record.now.state);
/** Gatehouse ends in the middle of something. */
async function endsAs(change: (was: ReviewState) => ReviewState): Promise<void> {
  const place = new ReviewFolder(folder, id);
  const record = place.read();
  if (record === null) throw new Error('there is no record');
  place.write({ ...record, now: change(record.now) });
  desk = await start();
}

beforeEach(async (context) => {
  if (missing !== null) return context.skip(missing);
  house = new LaunchHouse(isRoot ? 'root' : 'user');
  folder = join(house.makeFolder('gh'), 'reviews');
  house.makeFile('home/proj/a', 'a\n');
  house.makeFile('home/proj/b', 'b\n');
  now = Date.now();
  log = [];
  desk = await start();
  const copy = await desk.begin({ run: 'run_1', app: house.workspace, client: 'codex' });
  house.run({ layers: copy.layers }, ['sh', '-c', 'echo more >> a; rm b; echo c > c']);
  await copy.ended();
  id = desk.list()[0]?.id ?? '';
});
afterEach(async () => {
  if (missing !== null) return;
  await desk.close();
  house.remove();
});

const AFTER = { a: '644 a\nmore\n', c: '644 c\n' };
const BEFORE = { a: '644 a\n', b: '644 b\n' };
const digest = async () => (await desk.content(id)).found.digest;

it('stays carried over when Gatehouse ended after the last step', async () => {
  await desk.apply(id, await digest(), null, 'page');
  await endsAs((was) => (was.state === 'applied' ? { ...was, state: 'applying' } : was));
  expect(state()).toEqual(['applied']);
  expect(tree(house.workspace)).toEqual(AFTER);
  await desk.undo(id, 'page');
  expect(tree(house.workspace)).toEqual(BEFORE);
});

it('waits again when Gatehouse ended before the first step, and says so', async () => {
  const was = desk.list()[0]?.now;
  if (was?.state !== 'waits') throw new Error('it does not wait');
  mkdirSync(new ReviewFolder(folder, id).backup);
  await endsAs(({ ...rest }) => ({
    ...rest,
    ...was,
    state: 'applying',
    picked: null,
    via: 'page',
    files: 3,
    first: [],
  }));
  expect(state()).toEqual(['waits']);
  expect(tree(house.workspace)).toEqual(BEFORE);
  expect(changes()).toEqual(['waits', 'cut_off']);
  await desk.apply(id, await digest(), null, 'page');
  expect(tree(house.workspace)).toEqual(AFTER);
});

it('stays as it is when Gatehouse ended before the first step of an undo', async () => {
  await desk.apply(id, await digest(), null, 'page');
  mkdirSync(new ReviewFolder(folder, id).undo, { recursive: true });
  await endsAs((was) => (was.state === 'applied' ? { ...was, state: 'undoing' } : was));
  expect(state()).toEqual(['applied']);
  expect(tree(house.workspace)).toEqual(AFTER);
});

it('changes nothing, and says so, when its first step cannot be written down', async () => {
  const shown = await digest();
  const record = join(folder, id, 'review.json');
  renameSync(record, `${record}.was`);
  mkdirSync(record);
  await expect(desk.apply(id, shown, null, 'page')).rejects.toMatchObject({
    code: 'not_applied',
    message: expect.stringMatching(/^nothing was changed: .*review\.json was not written/),
  });
  expect([state(), tree(house.workspace)]).toEqual([['waits'], BEFORE]);
  rmdirSync(record);
  renameSync(`${record}.was`, record);
  await desk.apply(id, shown, null, 'page');
  expect(tree(house.workspace)).toEqual(AFTER);
});

it('has no place on a disk that may only be read, and says that', () => {
  const place = house.makeFolder('read-only');
  const source = new URL('../../main/app/reviews/review-record.ts', import.meta.url).href;
  const script = `const { ReviewFolder } = await import(${JSON.stringify(source)});
    try { new ReviewFolder(process.argv[1] + '/reviews', 'review_1').make('undo'); } catch (error) { console.log(error.code); }
    try { new ReviewFolder(process.argv[1], 'review_1').make('undo'); } catch (error) { console.log(error.code); }`;
  const mount = 'mount -t tmpfs -o ro none "$1" && exec "$2" --input-type=module -e "$3" "$1"';
  const { stdout, stderr } = spawnSync(
    'unshare',
    [isRoot ? '-m' : '-rm', 'sh', '-c', mount, 'sh', place, process.execPath, script],
    { encoding: 'utf8' },
  );
  expect({ stdout, stderr }).toEqual({ stdout: 'EROFS\nEROFS\n', stderr: '' });
});

it('is gone when Gatehouse ended while it was thrown away', async () => {
  await endsAs(() => ({ state: 'discarding' }));
  expect([state(), readdirSync(folder)]).toEqual([[], []]);
});

it('undoes nothing when one of the files was changed since', async () => {
  await desk.apply(id, await digest(), null, 'terminal');
  appendFileSync(join(house.workspace, 'a'), 'mine\n');
  await expect(desk.undo(id, 'terminal')).rejects.toMatchObject({ code: 'changed_meanwhile' });
  expect(tree(house.workspace)).toEqual({ ...AFTER, a: '644 a\nmore\nmine\n' });
  expect([state(), changes()]).toEqual([['applied'], ['waits', 'applied', 'refused']]);
});

it('keeps what was replaced for some days, and no longer', async () => {
  await desk.apply(id, await digest(), null, 'terminal');
  now += (UNDO_DAYS * 86_400 - 1) * 1000;
  await desk.sweep();
  expect(state()).toEqual(['applied']);
  now += 2000;
  await desk.sweep();
  expect([state(), readdirSync(folder)]).toEqual([[], []]);
  expect(tree(house.workspace)).toEqual(AFTER);
});

it('carries nothing over by a list that was changed on disk', async () => {
  const { changes: file } = new ReviewFolder(folder, id);
  writeFileSync(file, readFileSync(file, 'latin1').replace('entry c ', 'entry d '));
  const known = desk.list()[0]?.now;
  const shown = known?.state === 'waits' ? known.found.digest : '';
  await expect(desk.apply(id, shown, null, 'terminal')).rejects.toMatchObject({ code: 'not_the_list' });
  expect(tree(house.workspace)).toEqual(BEFORE);
  await desk.discard(id, 'terminal');
  expect(existsSync(join(folder, id))).toBe(false);
});

it('carries nothing over into another folder in the project’s place', async () => {
  renameSync(house.workspace, `${house.workspace}-was`);
  house.makeFile('home/proj/a', 'a\n');
  house.makeFile('home/proj/b', 'b\n');
  await expect(desk.apply(id, await digest(), null, 'terminal')).rejects.toMatchObject({
    code: 'not_applied',
  });
  expect([tree(house.workspace), state()]).toEqual([BEFORE, ['waits']]);
});

it('keeps a copy whose record it does not understand', async () => {
  const place = new ReviewFolder(folder, id);
  const written = readFileSync(place.path('review.json'), 'utf8');
  writeFileSync(place.path('review.json'), written.replace('"version":1', '"version":2'));
  await expect(start()).rejects.toThrow(/is not understood/);
  expect(readFileSync(join(place.upper, 'c'), 'utf8')).toBe('c\n');
  writeFileSync(place.path('review.json'), written);
  desk = await start();
  expect(state()).toEqual(['waits']);
});

it('takes off the disk what an earlier start had begun to throw away, and is out of sight before', async () => {
  const going = `${folder}.going`;
  mkdirSync(join(going, 'going_1/some/folder'), { recursive: true, mode: 0o700 });
  writeFileSync(join(going, 'going_1/some/folder/file'), 'x');
  desk = await start();
  await desk.discard(id, 'page');
  expect([state(), readdirSync(folder)]).toEqual([[], []]);
  await expect.poll(() => existsSync(going)).toBe(false);
});

it('shows the same difference before and after it was carried over', async () => {
  const sides = async () => {
    const { before, after } = await desk.sides(id, 'a', 100);
    return [before?.toString(), after?.toString()];
  };
  expect(await sides()).toEqual(['a\n', 'a\nmore\n']);
  await desk.apply(id, await digest(), null, 'page');
  expect(await sides()).toEqual(['a\n', 'a\nmore\n']);
  await desk.undo(id, 'page');
  expect(await sides()).toEqual(['a\n', 'a\nmore\n']);
});
