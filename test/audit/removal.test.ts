/** Rows that somebody else removed and claims to have been past their time: named, though the chain can be walked. */
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gapsDigest } from '../../main/audit/pruned.ts';
import { rowHash, type StoredRow } from '../../main/audit/row.ts';
import { canonicalJson } from '../../main/platform/canonical-json.ts';
import { DAY_MS, SealedFolder } from '../support/sealed-folder.ts';

vi.setConfig({ testTimeout: 180_000 });

let folder: SealedFolder;
beforeEach(() => {
  folder = new SealedFolder();
});
afterEach(() => folder.remove());

/** Takes rows out as the program itself would, without its key: the hashes of the chain are nobody's secret. */
function forgeRemoval(first: number, last: number, written = canonicalJson): void {
  folder.sql((database: Database.Database) => {
    const at = (seq: number) => database.prepare('SELECT * FROM rows WHERE seq = ?').get(seq) as StoredRow;
    const gap = { first, last, prev_hash: at(first).prev_hash, last_hash: at(last).hash };
    database.prepare('DELETE FROM rows WHERE seq BETWEEN ? AND ?').run(first, last);
    database.prepare('DELETE FROM lines WHERE id BETWEEN ? AND ?').run(first, last);
    database
      .prepare('INSERT INTO pruned VALUES (?, ?, ?, ?, ?)')
      .run(first, last, gap.prev_hash, gap.last_hash, 'forged');
    const end = database.prepare('SELECT * FROM rows ORDER BY seq DESC LIMIT 1').get() as StoredRow;
    const event = {
      ...{ type: 'log.pruned', v: 1, id: 'forged', rows: last - first + 1, from: first, to: last },
      ...{ digest: gapsDigest([gap]), by: 'retention' },
    };
    const row = { ...end, seq: end.seq + 1, event: written(event), prev_hash: end.hash };
    database
      .prepare(
        'INSERT INTO rows VALUES (@seq, @wall_micros, @monotonic_ms, @boot_id, @event, @prev_hash, @hash)',
      )
      .run({ ...row, hash: rowHash(row) });
  });
}

describe('a removal that somebody else made', () => {
  it('is named when the log is signed on, and once', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    forgeRemoval(4, 6);
    await folder.session(async (kept) => {
      await kept.seal.tick();
      expect(kept.seal.takeAlarms()).toEqual([
        {
          what: 'log_rows_removed',
          detail: expect.stringMatching(/^Rows between 4 and 6 are gone, .*\(11\)/),
        },
      ]);
    });
    await folder.session(async (kept) => {
      await kept.write(1, 'b');
      expect(kept.seal.takeAlarms()).toEqual([]);
    });
  });

  it('is named also where the program itself removes rows right after', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    forgeRemoval(4, 6);
    folder.clock.advance(40 * DAY_MS);
    await folder.session(async (kept) => {
      expect(await kept.seal.prune(folder.clock.wallMicros() - 30 * DAY_MS * 1000, 'retention')).toBe(7);
      expect(kept.seal.takeAlarms().map(({ what }) => what)).toEqual(['log_rows_removed']);
    });
  });

  it('does not count where its row is read in two ways', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    // A database takes the first of two equal names, a parser the last.
    forgeRemoval(4, 6, (event) => canonicalJson(event).replace('{', '{"type":"security",'));
    expect(await folder.verified()).toMatchObject({ ok: false, problem: { seq: 4, kind: 'deleted' } });
  });
});

describe('a removal of its own', () => {
  it('is signed at once, and named by no later start', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.clock.advance(40 * DAY_MS);
    // It ends right after, without a signature at its end.
    await folder.session(async (kept) => {
      expect(await kept.seal.prune(folder.clock.wallMicros() - 30 * DAY_MS * 1000, 'retention')).toBe(10);
      expect(kept.seal.state().signedTo).toBe(11);
    });
    await folder.session(async (kept) => {
      await kept.write(3, 'b');
      expect(kept.seal.takeAlarms()).toEqual([]);
    });
    expect(await folder.verified()).toMatchObject({ ok: true, signedTo: 14 });
  });

  it('is not named by a person who takes the log as it is', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    folder.clock.advance(40 * DAY_MS);
    await folder.session(async (kept) => {
      await kept.seal.prune(folder.clock.wallMicros() - 30 * DAY_MS * 1000, 'person');
      await kept.seal.reseal();
      expect(kept.seal.takeAlarms()).toEqual([]);
    });
    expect(await folder.verified()).toMatchObject({ ok: true });
  });

  it('is refused while the log cannot be signed', async () => {
    await folder.session((kept) => kept.write(10, 'a'));
    const kept = await folder.open();
    // Nothing was opened to sign with.
    await expect(kept.seal.prune(folder.clock.wallMicros(), 'person')).rejects.toMatchObject({
      code: 'not_sealed',
    });
    await kept.log.close();
  });
});
