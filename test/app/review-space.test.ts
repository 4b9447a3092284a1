/** The room that reviews take: what is settled goes, what waits stays. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReviewRecord } from '../../main/app/reviews/review-record.ts';
import { spaceWarning, tooMuch } from '../../main/app/reviews/review-space.ts';
import type { AuditEvent } from '../../main/audit/event.ts';
import { isRoot, LaunchHouse, launcherMissing } from '../support/launcher.ts';
import { startDesk } from '../support/review-desk.ts';

const found = { endedMs: 0, digest: 'd', files: 1, first: [], whole: true, left: [], leftAll: 0 };
function record(
  id: string,
  kind: 'copy' | 'undo',
  state: 'waits' | 'applied' | 'uncompared',
  bytes: number,
): ReviewRecord {
  const carried = { found, picked: null, via: 'page' as const, files: 1, first: [] };
  return {
    ...{ version: 1, kind, bytes, id, run: 'run_1', session: '', client: 'codex', app: '/p' },
    ...{ device: '1', inode: '1', beganMs: Number(id) },
    now:
      state === 'uncompared'
        ? { state, why: 'it is damaged', endedMs: 0 }
        : state === 'waits'
          ? { state, found }
          : { state, ...carried, atMs: 0, untilMs: 1 },
  };
}

describe('what takes too much', () => {
  const all = [
    record('1', 'copy', 'waits', 50),
    record('2', 'copy', 'applied', 50),
    record('3', 'undo', 'waits', 50),
    record('4', 'undo', 'applied', 50),
  ];
  const going = (limits: { bytes: number; reviews: number }) => tooMuch(all, limits).map(({ id }) => id);

  it('goes from the oldest settled one on, by bytes and by number, and never what waits', () => {
    expect(going({ bytes: 200, reviews: 4 })).toEqual([]);
    expect(going({ bytes: 199, reviews: 4 })).toEqual(['2']);
    expect(going({ bytes: 1000, reviews: 2 })).toEqual(['2', '3']);
    expect(going({ bytes: 0, reviews: 0 })).toEqual(['2', '3', '4']);
  });

  it('is what an undo takes that cannot be done, and never a copy that cannot be compared', () => {
    const those = [record('1', 'copy', 'uncompared', 50), record('2', 'undo', 'uncompared', 50)];
    expect(tooMuch(those, { bytes: 0, reviews: 0 }).map(({ id }) => id)).toEqual(['2']);
    expect(spaceWarning(those, { bytes: 50, reviews: 1 })).toBeNull();
    expect(spaceWarning(those, { bytes: 49, reviews: 1 })).toMatch(/1 reviews? that/);
  });

  it('is told to the person when what waits alone is too much', () => {
    expect(spaceWarning(all, { bytes: 50, reviews: 1 })).toBeNull();
    expect(spaceWarning(all, { bytes: 49, reviews: 1 })).toMatch(/1 reviews? that/);
  });
});

describe('a desk with little room', () => {
  const missing = launcherMissing();
  let house: LaunchHouse;
  beforeEach((context) => {
    if (missing !== null) return context.skip(missing);
    house = new LaunchHouse(isRoot ? 'root' : 'user');
    mkdirSync(join(house.workspace, 'src'));
  });
  afterEach(() => house?.remove());

  it('lets the oldest undo go when a session ends, and says so on the log', async () => {
    const log: AuditEvent[] = [];
    const folder = join(house.makeFolder('gh'), 'reviews');
    const desk = await startDesk(folder, log, { limits: { bytes: 2 ** 40, reviews: 2 } });
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const kept = await desk.keep({ run: 'run_1', app: house.workspace, client: 'codex' }, false);
      kept.stands('session_1', 2 ** 30);
      writeFileSync(join(house.workspace, 'src', name), name);
      await kept.ended();
      ids.push(desk.list()[0]?.id ?? '');
    }
    await desk.sweep();
    expect(desk.list().map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect(existsSync(join(folder, ids[0] ?? ''))).toBe(false);
    expect(
      log.flatMap((event) => (event.type === 'review.changed' ? [[event.change, event.why]] : [])),
    ).toContainEqual(['discarded', 'to make room for newer ones: its undo is gone']);
    // What is left still works.
    expect(
      await desk.apply(ids[1] ?? '', (await desk.content(ids[1] ?? '')).found.digest, null, 'page'),
    ).toBe(1);
    expect(existsSync(join(house.workspace, 'src/b'))).toBe(false);
    await desk.close();
  });
});
