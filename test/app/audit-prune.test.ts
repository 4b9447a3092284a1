/** `audit prune` of a person who showed that they ask, where no supervisor runs. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { audit } from '../../main/app/commands/audit.ts';
import type { CommandAnswer, CommandParts, CommandRequest } from '../../main/app/commands/command.ts';
import { DAY_MS, type Kept, SealedFolder } from '../support/sealed-folder.ts';

vi.setConfig({ testTimeout: 180_000 });

let folder: SealedFolder;
beforeEach(() => {
  folder = new SealedFolder();
});
afterEach(() => {
  vi.restoreAllMocks();
  folder.remove();
});

/** Typed so many days after the rows were written. */
async function pruned(kept: Kept, days: number): Promise<CommandAnswer> {
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + days * DAY_MS);
  const parts = {
    log: async () => kept.log,
    seal: async () => kept.seal,
    verifyLog: () => kept.seal.verify(),
    presence: { isSet: () => true, check: async () => undefined },
    presenceRecord: { refused: async () => undefined, tried: async () => undefined },
  } as unknown as CommandParts;
  const argv = ['audit', 'prune', '--older-than', '30d'];
  const request: CommandRequest = { argv, cwd: '/', peer: null, ask: async () => 'pin' };
  return audit.run(request, parts);
}

it('removes what is older, and the log verifies', async () => {
  await folder.session((kept) => kept.write(3, 'a'));
  await folder.session(async (kept) => {
    expect(await pruned(kept, 40)).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/^Removed 3 rows/),
    });
    expect(await kept.seal.verify()).toMatchObject({ ok: true, rows: 1 });
  });
});

it('tells and keeps what signing brought to light', async () => {
  await folder.session((kept) => kept.write(3, 'a'));
  await folder.session(async (kept) => {
    // Past the seal, as another program would: nothing signs it at once.
    expect(await kept.log.prune(folder.clock.wallMicros() + 1, 'retention')).toBe(3);
    const { exit, stdout } = await pruned(kept, 0);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^Nothing is that old\.\nRows between 1 and 3 are gone, /);
    const security = await kept.log.rowsSince(0, 10, 'security');
    expect(security.map(({ event }) => 'what' in event && event.what)).toEqual(['log_rows_removed']);
  });
});

it('takes nothing out of a log that does not verify, though a start looks at its end alone', async () => {
  await folder.session((kept) => kept.write(300, 'a'));
  folder.sql((database) =>
    database.exec(`UPDATE rows SET event = replace(event, '"a_5"', '"a_x"') WHERE seq = 6`),
  );
  await folder.session(async (kept) => {
    const { exit, stderr } = await pruned(kept, 40);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/no row was removed: the log does not verify: row 6: edited/);
    expect(await kept.log.row(1)).not.toBeNull();
  });
});
