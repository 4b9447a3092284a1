import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runPrivately } from '../../main/app/private.ts';
import { claudeCall } from '../support/door-hook.ts';
import { LETTING, RealApp, soon } from '../support/real-app.ts';

let real: RealApp;

const read = () => real.ask(claudeCall('Read', { file_path: '/tmp/x' }));
const page = () => real.page('first');
const rowsNow = async () => (await page().value('overview')).log.rows;

/** The files of a log that is closed, as one value. */
function snapshot(): () => void {
  const files = ['', '-wal', '-shm'].map((suffix) => `${real.paths.auditDb}${suffix}`);
  const bytes = files.map((file) => (existsSync(file) ? readFileSync(file) : null));
  return () => {
    for (const [index, file] of files.entries()) {
      const before = bytes[index] ?? null;
      rmSync(file, { force: true });
      if (before !== null) writeFileSync(file, before);
    }
  };
}

/** Everybody is told, nothing runs, and it stays so at every later look. */
async function expectBroken(seq: number, words: RegExp, kind: string): Promise<void> {
  const { log, enforcement } = await page().value('overview');
  expect(log).toMatchObject({
    state: 'broken',
    sentence: expect.stringMatching(new RegExp(`^The log is broken at row ${seq}: `)),
  });
  expect(log.sentence).toMatch(words);
  expect(enforcement.state).toBe('deny_all');
  const { decision, reason } = await read();
  expect([decision, reason]).toEqual(['deny', expect.stringMatching(`The log is broken at row ${seq}`)]);
  expect(await page().value('verifyLog')).toMatchObject({ ok: false, problem: { seq, kind } });
  expect(await real.command(['audit', 'verify'])).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(new RegExp(`^gatehouse: the log does not verify: row ${seq}: ${kind}: `)),
  });
}

beforeEach(async () => {
  real = await RealApp.start(LETTING);
});
afterEach(() => real.remove());

describe('a log that ends too early', () => {
  it('because its last rows were deleted, is found at the start', async () => {
    for (let call = 0; call < 5; call += 1) await read();
    await real.stop();
    const database = new Database(real.paths.auditDb);
    const last = database.prepare('SELECT max(seq) FROM rows').pluck().get() as number;
    database.exec(`DROP TRIGGER rows_no_delete; DELETE FROM rows WHERE seq > ${last - 3};
      CREATE TRIGGER rows_no_delete BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;`);
    database.close();
    expect(await runPrivately(['audit', 'verify'], real.env)).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(
        new RegExp(
          `^gatehouse: the log does not verify: row ${last - 2}: truncated: rows ${last - 2} to ${last} were there`,
        ),
      ),
    });
    await real.start();
    await expectBroken(last - 2, /cut off/, 'truncated');
    // Another start forgets nothing.
    await real.restart();
    await expectBroken(last - 2, /cut off/, 'truncated');
  });

  it('because an older file was put back, is found at the start', async () => {
    await read();
    // The row that says that it was stopped is the last one of the copy.
    const kept = (await rowsNow()) + 1;
    await real.stop();
    const putBack = snapshot();
    await real.start();
    for (let call = 0; call < 4; call += 1) await read();
    await real.stop();
    putBack();
    await real.start();
    await expectBroken(kept + 1, /older/, 'rolled_back');
  });

  it('because another file stands in its place while it runs, is found when it is checked', async () => {
    for (let call = 0; call < 4; call += 1) await read();
    const known = await rowsNow();
    const older = `${real.paths.auditDb}.older`;
    const database = new Database(real.paths.auditDb, { readonly: true });
    await database.backup(older);
    database.close();
    for (let call = 0; call < 4; call += 1) await read();
    for (const suffix of ['', '-wal', '-shm'])
      renameSync(`${real.paths.auditDb}${suffix}`, `${real.paths.auditDb}.away${suffix}`);
    copyFileSync(older, real.paths.auditDb);
    const report = await page().value('verifyLog');
    expect(report).toMatchObject({ ok: false, problem: { seq: known + 1, kind: 'rolled_back' } });
    expect((await page().value('overview')).enforcement.state).toBe('deny_all');
    expect((await read()).decision).toBe('deny');
  });
});

describe('a log that was moved away', () => {
  it('is begun anew, which is told where everybody sees it', async () => {
    for (let call = 0; call < 3; call += 1) await read();
    const last = (await rowsNow()) + 1;
    await real.stop();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${real.paths.auditDb}${suffix}`, { force: true });
    await real.start();
    const alarm = await soon(
      async () => (await page().value('timeline', { action: ['security'] }, null, 5)).rows[0],
    );
    expect(alarm).toMatchObject({
      alarm: true,
      reason: 'log_replaced',
      summary: expect.stringMatching(`ended at row ${last} and was moved away or removed`),
    });
    expect((await read()).decision).toBe('allow');
    expect(await page().value('verifyLog')).toMatchObject({ ok: true });
    // It is told once: from now on this is the log.
    await real.restart();
    const again = await page().value('timeline', { action: ['security'] }, null, 5);
    expect(again.rows).toHaveLength(1);
    expect((await page().value('overview')).log.state).toBe('intact');
  });
});

describe('a log in order', () => {
  it('stays so over restarts and checks, with and without a supervisor', async () => {
    for (let round = 0; round < 3; round += 1) {
      await read();
      expect(await page().value('verifyLog')).toMatchObject({ ok: true });
      await real.stop();
      expect(await runPrivately(['audit', 'verify'], real.env)).toMatchObject({ exit: 0 });
      await real.start();
    }
    const { rows } = await page().value('timeline', { action: ['log.verified'] }, null, 20);
    expect(rows).toHaveLength(6);
    expect((await page().value('overview')).log.state).toBe('intact');
  });

  it('whose state file is older than it is fine: only a log that is behind is not', async () => {
    await real.stop();
    const state = readFileSync(real.paths.stateDb);
    await real.start();
    await read();
    await real.stop();
    writeFileSync(real.paths.stateDb, state);
    await real.start();
    expect((await page().value('overview')).log.state).toBe('intact');
    expect(await page().value('verifyLog')).toMatchObject({ ok: true });
  });
});
