/** Older copies of the log put back, and copies that were continued: found, and called by their name. */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoredRow } from '../../main/audit/row.ts';
import { DATABASE, PARTS, SealedFolder } from '../support/sealed-folder.ts';

vi.setConfig({ testTimeout: 300_000 });

let folder: SealedFolder;
beforeEach(() => {
  folder = new SealedFolder();
});
afterEach(() => folder.remove());

describe('older copies and copies that were continued', () => {
  it('21 an older database', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.putBack('older', DATABASE);
    expect((await folder.verified()).problem).toMatchObject({ kind: 'rolled_back', seq: 11 });
    expect(await folder.started()).toMatchObject({
      kind: 'broken',
      problem: { kind: 'rolled_back', seq: 11 },
    });
  });

  it('an older file of checkpoints', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.putBack('older', ['checkpoints']);
    expect((await folder.verified()).problem).toMatchObject({ kind: 'checkpoints_cut', seq: 10 });
  });

  it('22 both of them', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.putBack('older', [...DATABASE, 'checkpoints']);
    expect((await folder.verified()).problem).toMatchObject({ kind: 'rolled_back', seq: 11 });
  });

  it('both of them with their key, and continued', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.save('noted', ['anchor']);
    folder.putBack('older', PARTS);
    await folder.session((kept) => kept.write(15, 'c'));
    // What was noted elsewhere of the first continuation is still known.
    folder.putBack('noted', ['anchor']);
    expect((await folder.verified()).problem).toMatchObject({ kind: 'forked' });
  });

  it('30 two continuations merged', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.save('one');
    folder.putBack('older', PARTS);
    await folder.session((kept) => kept.write(15, 'c'));
    const others = new Database(folder.path('audit.db'), { readonly: true });
    const rows = others.prepare<[], StoredRow>('SELECT * FROM rows WHERE seq > 15').all();
    others.close();
    folder.putBack('one', PARTS);
    folder.sql((database) => {
      database.exec('DELETE FROM rows WHERE seq > 15');
      const insert = database.prepare('INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)');
      for (const { seq, wall_micros, monotonic_ms, boot_id, event, prev_hash, hash } of rows)
        insert.run(seq, wall_micros, monotonic_ms, boot_id, event, prev_hash, hash);
    });
    expect((await folder.verified()).problem).toMatchObject({ kind: 'forked', seq: 16 });
  });

  it('the records of two continuations merged', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.save('older');
    await folder.session((kept) => kept.write(10, 'b'));
    folder.save('one');
    const one = folder.lines();
    folder.putBack('older', PARTS);
    await folder.session(async (kept) => {
      await kept.write(5, 'c');
      await kept.write(15, 'c2');
    });
    const other = folder.lines();
    folder.putBack('one', PARTS);
    folder.setLines([...one, ...other.slice(one.length)]);
    expect((await folder.verified()).problem).toMatchObject({ kind: 'forked' });
  });
});
