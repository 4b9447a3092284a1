/** Reviews of sessions that are over and cannot be compared: the real desk and launcher, on folders of the test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReviewDesk } from '../../main/app/reviews/review-desk.ts';
import { ReviewFolder } from '../../main/app/reviews/review-record.ts';
import { UNDO_DAYS, whereItStands } from '../../main/app/reviews/review-words.ts';
import type { AuditEvent } from '../../main/audit/event.ts';
import { reviewSentence } from '../../main/audit/review-words.ts';
import { isRoot, LaunchHouse, launcherMissing } from '../support/launcher.ts';
import { startDesk } from '../support/review-desk.ts';

const missing = launcherMissing();
/** Of a process that never was. */
const GONE = 2 ** 30;
let house: LaunchHouse;
let folder: string;
let now: number;
let log: AuditEvent[];
let defects: unknown[];
let desk: ReviewDesk;

const start = async () => {
  desk = await startDesk(folder, log, { wallMs: () => now, defect: (error) => defects.push(error) });
};
const rows = () => log.flatMap((event) => (event.type === 'review.changed' ? [event] : []));
const only = () => {
  const [record, ...others] = desk.list();
  if (record === undefined || others.length > 0) throw new Error('there is not one review');
  return record;
};
const facts = () => ({ run: 'run_1', app: house.workspace, client: 'codex' });

beforeEach(async (context) => {
  if (missing !== null) return context.skip(missing);
  house = new LaunchHouse(isRoot ? 'root' : 'user');
  folder = join(house.makeFolder('gh'), 'reviews');
  house.makeFile('home/proj/a', 'a\n');
  now = Date.now();
  [log, defects] = [[], []];
  await start();
});
afterEach(async () => {
  if (missing !== null) return;
  await desk.close();
  house.remove();
});

it('says why when what was kept is damaged, once, and can be thrown away', async () => {
  const kept = await desk.keep(facts(), false);
  kept.stands('session_1', GONE);
  writeFileSync(join(house.workspace, 'a'), 'other\n');
  const { id } = only();
  const place = new ReviewFolder(folder, id).path('facts');
  truncateSync(place, readFileSync(place).length - 5);
  for (let starts = 0; starts < 3; starts += 1) {
    await start();
    await desk.sweep();
  }
  expect(only().now.state).toBe('uncompared');
  expect(whereItStands(only())).toMatch(
    /^Its session is over; it cannot be compared: .*the list of what was kept is damaged or cut off\. .*Nothing of it can be taken back\.$/,
  );
  expect(defects).toMatchObject([{ code: 'not_compared' }]);
  await expect(desk.content(id)).rejects.toMatchObject({ code: 'not_compared' });
  await desk.discard(id, 'page');
  expect([desk.list(), readdirSync(folder)]).toEqual([[], []]);
  expect(rows().map(({ change, via }) => [change, via])).toEqual([
    ['uncompared', null],
    ['discarded', 'page'],
  ]);
  expect(rows().map((row) => reviewSentence(row).summary)).toEqual([
    'Changes of a session that cannot be compared cannot be taken back',
    'Changes of a session that cannot be compared cannot be taken back any more',
  ]);
});

it('keeps the copy of a project that is gone, and compares it when the project is there again', async () => {
  const copy = await desk.begin(facts());
  house.run({ layers: copy.layers }, ['sh', '-c', 'echo more >> a; head -c 50000 /dev/urandom > big']);
  copy.stands('session_1', GONE);
  renameSync(house.workspace, `${house.workspace}-was`);
  await start();
  const { id, now: uncompared, bytes } = only();
  expect(uncompared.state).toBe('uncompared');
  expect(whereItStands(only())).toMatch(/proj: No such file or directory\. .*until you discard it\.$/);
  // It takes its room, and does not go by itself.
  expect(bytes).toBeGreaterThanOrEqual(50_000);
  now += (UNDO_DAYS + 1) * 86_400_000;
  await desk.sweep();
  expect(readFileSync(join(new ReviewFolder(folder, id).upper, 'a'), 'utf8')).toBe('a\nmore\n');

  renameSync(`${house.workspace}-was`, house.workspace);
  await start();
  expect(only().now.state).toBe('waits');
  await desk.apply(id, (await desk.content(id)).found.digest, null, 'page');
  expect(readFileSync(join(house.workspace, 'a'), 'utf8')).toBe('a\nmore\n');
  expect([rows().map(({ change }) => change), defects.length]).toEqual([
    ['uncompared', 'waits', 'applied'],
    1,
  ]);
});

it('tells whoever ran it, when that is known at its end already', async () => {
  const kept = await desk.keep(facts(), false);
  kept.stands('session_1', GONE);
  truncateSync(new ReviewFolder(folder, only().id).path('facts'), 0);
  expect((await kept.ended()).lines).toEqual([
    expect.stringMatching(/^what it changed cannot be reviewed: .*damaged or cut off$/),
  ]);
  now += UNDO_DAYS * 86_400_000;
  await desk.sweep();
  // Nobody could do anything with it.
  expect([desk.list(), readdirSync(folder)]).toEqual([[], []]);
});

it('is looked at later when its last process takes long to end', async () => {
  const last = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    const kept = await desk.keep(facts(), false);
    kept.stands('session_1', last.pid ?? 0);
    writeFileSync(join(house.workspace, 'a'), 'other\n');
    await expect(kept.ended()).rejects.toMatchObject({ code: 'still_runs' });
    await desk.sweep();
    expect(only().now.state).toBe('running');
    last.kill('SIGKILL');
    await once(last, 'exit');
    await desk.sweep();
    expect([only().now.state, defects]).toEqual(['waits', []]);
  } finally {
    last.kill('SIGKILL');
  }
}, 180_000);

it('is looked at when a person asks, though no sweep came by since its last process ended', async () => {
  const last = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    const kept = await desk.keep(facts(), false);
    kept.stands('session_1', last.pid ?? 0);
    writeFileSync(join(house.workspace, 'a'), 'other\n');
    const { id } = only();
    await expect(desk.content(id)).rejects.toMatchObject({ code: 'still_runs' });
    await expect(kept.ended()).rejects.toMatchObject({ code: 'still_runs' });
    last.kill('SIGKILL');
    await once(last, 'exit');
    expect((await desk.content(id)).found.files).toBe(1);
    expect([only().now.state, defects]).toEqual(['waits', []]);
  } finally {
    last.kill('SIGKILL');
  }
}, 60_000);

it('is not said of a session that runs, which is not thrown away', async () => {
  const copy = await desk.begin(facts());
  copy.stands('session_1', process.pid);
  renameSync(house.workspace, `${house.workspace}-was`);
  await start();
  await desk.sweep();
  const { id, now: running } = only();
  expect(running.state).toBe('running');
  await expect(desk.discard(id, 'page')).rejects.toMatchObject({ code: 'still_runs' });
  expect([existsSync(join(folder, id)), log, defects]).toEqual([true, [], []]);
});
