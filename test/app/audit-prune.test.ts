/** `audit prune` of a person who showed that they ask, where no supervisor runs. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { audit } from '../../main/app/commands/audit.ts';
import type { CommandParts, CommandRequest } from '../../main/app/commands/command.ts';
import { decided } from '../support/audit-events.ts';
import { SealedFolder } from '../support/sealed-folder.ts';

let folder: SealedFolder;
beforeEach(() => {
  folder = new SealedFolder();
});
afterEach(() => folder.remove());

it('tells and keeps what signing brought to light', {
  timeout: 60_000,
}, async () => {
  await folder.session((kept) => kept.write(3, 'a'));
  await folder.session(async (kept) => {
    // Who else wrote it does not matter: this program did not remove a row.
    await kept.log.append({
      ...{ type: 'log.pruned', v: 1, id: 'foreign', rows: 1, from: 2, to: 2, digest: '00', by: 'retention' },
    } as const);
    await kept.log.append(decided('b'));
    const parts = {
      log: async () => kept.log,
      seal: async () => kept.seal,
      presence: { isSet: () => true, check: async () => undefined },
      presenceRecord: { refused: async () => undefined, tried: async () => undefined },
    } as unknown as CommandParts;
    const argv = ['audit', 'prune', '--older-than', '30d'];
    const request: CommandRequest = { argv, cwd: '/', peer: null, ask: async () => 'pin' };
    const { exit, stdout } = await audit.run(request, parts);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^Nothing is that old\.\nRows between 2 and 2 are gone, /);
    const security = await kept.log.rowsSince(0, 10, 'security');
    expect(security.map(({ event }) => 'what' in event && event.what)).toEqual(['log_rows_removed']);
  });
});
