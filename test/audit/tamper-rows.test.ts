/**
 * Whoever can write the log's database: each thing that they may do to its rows is found, and called by its name.
 * The other halves: tamper-checkpoints.test.ts, and tamper-copies.test.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { rowHash, type StoredRow } from '../../main/audit/row.ts';
import { DAY_MS, makeThreeDays, PARTS, rechain, SealedFolder } from '../support/sealed-folder.ts';

vi.setConfig({ testTimeout: 300_000 });

let ready: SealedFolder;
let folder: SealedFolder;
beforeAll(async () => {
  ready = await makeThreeDays();
}, 300_000);
afterAll(() => ready.remove());
beforeEach(() => {
  folder = new SealedFolder(ready.clock);
});
afterEach(() => folder.remove());

/** The three days, made once. */
const threeDays = () => folder.fillFrom(ready);

const run = (text: string) => () => folder.sql((database) => database.exec(text));

describe('a log that nobody touched', () => {
  it('verifies, and is signed to its end', async () => {
    threeDays();
    expect(await folder.verified()).toEqual({ ok: true, rows: 60, problem: null, last: 60, signedTo: 60 });
    expect(await folder.started()).toEqual({ kind: 'in_order' });
    // Each day begins with a hand-over; only the checkpoints of the last day are kept.
    expect(folder.lines().map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
      'begin',
      'key',
      'key',
      'checkpoint',
    ]);
  });

  it('keeps nothing of the key of the day before', async () => {
    await folder.session((kept) => kept.write(3, 'a'));
    const before = (JSON.parse(readFileSync(folder.path('key'), 'utf8')) as { current: string }).current;
    folder.clock.advance(DAY_MS);
    await folder.session((kept) => kept.write(3, 'b'));
    expect(readFileSync(folder.path('key'), 'utf8')).not.toContain(before);
    expect(await folder.verified()).toMatchObject({ ok: true, signedTo: 6 });
  });

  it('goes on when the supervisor died between any two steps of a hand-over', async () => {
    await folder.session((kept) => kept.write(3, 'a'));
    folder.save('before');
    folder.clock.advance(DAY_MS);
    await folder.session((kept) => kept.write(3, 'b'));
    const after = readFileSync(folder.path('key'), 'utf8');
    const { current } = JSON.parse(readFileSync(folder.path('key.before'), 'utf8')) as { current: string };
    const { current: next } = JSON.parse(after) as { current: string };
    // The old key was not forgotten yet, the file already says so.
    writeFileSync(folder.path('key'), JSON.stringify({ v: 1, current, next }));
    await folder.session((kept) => kept.write(1, 'c'));
    expect(await folder.verified()).toMatchObject({ ok: true, last: 7, signedTo: 7 });
    // The next key was kept, and the file does not say so yet.
    folder.putBack('before', PARTS);
    writeFileSync(folder.path('key'), JSON.stringify({ v: 1, current, next }));
    await folder.session((kept) => kept.write(2, 'd'));
    expect(await folder.verified()).toMatchObject({ ok: true, last: 5, signedTo: 5 });
  });

  it('goes on after a record was half written', async () => {
    threeDays();
    writeFileSync(folder.path('checkpoints'), `${readFileSync(folder.path('checkpoints'), 'utf8')}{"at":17`);
    await folder.session((kept) => kept.write(2, 'after'));
    expect(await folder.verified()).toMatchObject({ ok: true, last: 62, signedTo: 62 });
  });

  it('is not called broken when its notes are older than it is', async () => {
    await folder.session((kept) => kept.write(3, 'a'));
    folder.save('older');
    folder.clock.advance(DAY_MS);
    await folder.session((kept) => kept.write(3, 'b'));
    folder.putBack('older', ['anchor']);
    expect(await folder.verified()).toMatchObject({ ok: true });
    expect(await folder.started()).toEqual({ kind: 'in_order' });
  });
});

describe('tampering with the rows', () => {
  const cases: readonly [string, () => void, string, number][] = [
    [
      'an event edited',
      run("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 7"),
      'edited',
      7,
    ],
    [
      '28 a wall time edited: a wrong clock',
      run('UPDATE rows SET wall_micros = wall_micros - 3600000000 WHERE seq = 7'),
      'edited',
      7,
    ],
    [
      'a monotonic time edited',
      run('UPDATE rows SET monotonic_ms = monotonic_ms + 1 WHERE seq = 7'),
      'edited',
      7,
    ],
    ['a boot id edited', run("UPDATE rows SET boot_id = 'x' WHERE seq = 7"), 'edited', 7],
    ['a hash edited', run(`UPDATE rows SET hash = '${'0'.repeat(64)}' WHERE seq = 7`), 'edited', 7],
    [
      'an event edited together with its hash',
      () =>
        folder.sql((database) => {
          database.exec("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 7");
          const row = database.prepare('SELECT * FROM rows WHERE seq = 7').get() as StoredRow;
          database.prepare('UPDATE rows SET hash = ? WHERE seq = 7').run(rowHash(row));
        }),
      'edited',
      7,
    ],
    [
      'the newest row edited',
      run("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 60"),
      'edited',
      60,
    ],
    ['24 a row in the middle deleted', run('DELETE FROM rows WHERE seq = 7'), 'deleted', 7],
    ['the first row deleted', run('DELETE FROM rows WHERE seq = 1'), 'deleted', 1],
    [
      '27 a gap in the numbers: many rows deleted',
      run('DELETE FROM rows WHERE seq BETWEEN 5 AND 40'),
      'deleted',
      5,
    ],
    [
      'a row deleted and the rest numbered anew',
      run(
        'DELETE FROM rows WHERE seq = 7; UPDATE rows SET seq = -seq WHERE seq > 7; UPDATE rows SET seq = -seq - 1 WHERE seq < 0',
      ),
      'reordered',
      7,
    ],
    [
      '25 two rows exchanged',
      run(
        'UPDATE rows SET seq = -seq WHERE seq IN (7, 8); UPDATE rows SET seq = 8 WHERE seq = -7; UPDATE rows SET seq = 7 WHERE seq = -8',
      ),
      'reordered',
      7,
    ],
    ['23 the end cut off', run('DELETE FROM rows WHERE seq > 55'), 'truncated', 56],
    ['the newest row cut off', run('DELETE FROM rows WHERE seq = 60'), 'truncated', 60],
    [
      'a removal claimed for rows that were deleted',
      () =>
        folder.sql((database) => {
          const hash = (seq: number) =>
            database.prepare('SELECT hash FROM rows WHERE seq = ?').pluck().get(seq) as string;
          database.prepare('INSERT INTO pruned VALUES (7, 9, ?, ?, ?)').run(hash(6), hash(9), 'made-up');
          database.exec('DELETE FROM rows WHERE seq BETWEEN 7 AND 9');
        }),
      'deleted',
      7,
    ],
    [
      '26 the whole chain made anew with right hashes',
      () =>
        folder.sql((database) => {
          database.exec("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 7");
          rechain(database, 7);
        }),
      'rewritten',
      30,
    ],
    [
      'rows of the newest day made anew with right hashes',
      () =>
        folder.sql((database) => {
          database.exec("UPDATE rows SET event = replace(event, 'npm test', 'npm tess') WHERE seq = 58");
          rechain(database, 58);
        }),
      'rewritten',
      60,
    ],
    [
      'the log given another identity',
      run("UPDATE meta SET value = 'other' WHERE key = 'log_id'"),
      'forked',
      1,
    ],
  ];
  it.each(cases)('%s', async (_name, tamper, kind, seq) => {
    threeDays();
    tamper();
    expect((await folder.verified()).problem).toMatchObject({ kind, seq });
  });
});
