/** A row that another program puts into the log while it is open: nothing is written on, and what happened is said. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rowHash, type StoredRow } from '../../main/audit/row.ts';
import { decided } from '../support/audit-events.ts';
import { SealedFolder } from '../support/sealed-folder.ts';

let folder: SealedFolder;
beforeEach(() => {
  folder = new SealedFolder();
});
afterEach(() => folder.remove());

it('is told to whoever appends, and the next start goes on behind it', { timeout: 180_000 }, async () => {
  await folder.session(async (kept) => {
    await kept.write(3, 'a');
    folder.sql((database) => {
      const end = database.prepare('SELECT * FROM rows ORDER BY seq DESC LIMIT 1').get() as StoredRow;
      const row = { ...end, seq: end.seq + 1, prev_hash: end.hash };
      database
        .prepare(
          'INSERT INTO rows VALUES (@seq, @wall_micros, @monotonic_ms, @boot_id, @event, @prev_hash, @hash)',
        )
        .run({ ...row, hash: rowHash(row) });
    });
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(kept.log.append(decided('b'))).rejects.toThrow(
        /^the log: another program wrote row 4 into it/,
      );
    expect(kept.log.stats()).toMatchObject({ rows: 3, state: 'unwritable' });
  });
  await folder.session(async (kept) => {
    expect((await kept.log.append(decided('c'))).seq).toBe(5);
  });
});
