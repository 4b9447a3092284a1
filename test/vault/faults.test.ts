/** What the vault does when the system takes away what it needs, and when its files are not its own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrivateFile } from '../../main/platform/private-file.ts';
import { exportVault } from '../../main/vault/transfer.ts';
import {
  cheapKdf,
  codeOf,
  draft,
  PASSPHRASE,
  textOf,
  type VaultHouse,
  values,
  vaultHouse,
} from '../support/vault-house.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const ROWS = 150;
const AFTER = 'the passphrase after 2';
let house: VaultHouse;
beforeEach(async () => {
  house = await vaultHouse();
  house.vault.credentials.together(() => {
    for (let at = 0; at < ROWS; at += 1)
      house.vault.credentials.add(draft(`c${at}`), values(`value-of-${at}`));
  });
  writeFileSync(
    join(house.folder, 'export'),
    await exportVault(house.vault, PASSPHRASE, house.clock, cheapKdf()),
  );
  for (const { id } of house.vault.credentials.list()) house.vault.credentials.replace(id, values('changed'));
  house.store.settle();
});
afterEach(() => house.end());

const all = () => house.vault.credentials.list().map(({ id, name }) => [name, textOf(house.vault, id)]);

/** Starts the child with a fault; how it ended, as it said. */
function ends(fault: string, act: string): string[] {
  const limits = fault === 'disk full' ? "trap '' XFSZ; ulimit -f 66;" : 'ulimit -n 256;';
  const child = spawnSync(
    'sh',
    [
      '-c',
      `${limits} exec "$@"`,
      'sh',
      process.execPath,
      join(import.meta.dirname, 'fault-child.ts'),
      house.folder,
      fault,
      act,
      PASSPHRASE,
    ],
    { encoding: 'utf8' },
  );
  expect([child.signal, child.status, child.stderr]).toEqual([null, 0, '']);
  return child.stdout.trim().split('\n');
}

describe('19 the system refuses to write', () => {
  it.each(
    ['disk full', 'no files left'].flatMap((fault) =>
      ['rotate', 'import', 'replace'].map((act) => [fault, act] as const),
    ),
  )(
    '%s during %s: told, nothing lost, nothing half',
    async (fault, act) => {
      const before = all();
      house.store.close();
      const said = ends(fault, act);
      expect(said).toHaveLength(2);
      expect(said[0]).toBe('open');
      await house.restart();
      // A change of the key that is cut off after it began ends under the new passphrase, as after a kill.
      if ((await codeOf(() => house.unlock())) !== 'done') {
        expect(act).toBe('rotate');
        await house.vault.unlock({ by: 'source', source: house.source, passphrase: AFTER });
      }
      const after = all();
      // What had all its files open may have been done whole; what failed has changed nothing.
      if (said[1] === 'done') expect(fault).toBe('no files left');
      else expect(after).toEqual(before);
      if (fault === 'disk full') expect(said[1]).not.toBe('done');
      expect(
        new Set(after.map(([, value]) => value?.replace(/\d+$/, '').slice(0, 9))).size,
      ).toBeLessThanOrEqual(2);
      expect(readdirSync(house.folder).filter((name) => name.startsWith('.vault'))).toEqual([]);
    },
    60_000,
  );

  it('a folder that may only be read: the vault says so and is as it was', async () => {
    const before = all();
    house.store.close();
    if (isRoot)
      for (const name of readdirSync(house.folder)) chownSync(join(house.folder, name), NOBODY, NOBODY);
    if (isRoot) chownSync(house.folder, NOBODY, NOBODY);
    for (const name of readdirSync(house.folder)) chmodSync(join(house.folder, name), 0o400);
    chmodSync(house.folder, 0o500);
    const said = ends('read-only', 'replace');
    chmodSync(house.folder, 0o700);
    for (const name of readdirSync(house.folder)) chmodSync(join(house.folder, name), 0o600);
    if (isRoot) for (const name of readdirSync(house.folder)) chownSync(join(house.folder, name), 0, 0);
    expect(said.at(-1)).not.toBe('done');
    await house.restart();
    await house.unlock();
    expect(all()).toEqual(before);
  });
});

describe('44 a key file', () => {
  it.each([
    ['that others may read', (file: string) => chmodSync(file, 0o644)],
    ['that others may write', (file: string) => chmodSync(file, 0o620)],
    [
      'that is a link to itself elsewhere',
      (file: string) => {
        copyFileSync(file, `${file}.elsewhere`);
        rmSync(file);
        symlinkSync(`${file}.elsewhere`, file);
      },
    ],
  ])('%s opens nothing', async (_what, spoil) => {
    await house.restart();
    spoil(join(house.folder, 'vault.key'));
    expect(await codeOf(() => house.unlock())).toBe('unsafe_file');
    expect(house.vault.isOpen).toBe(false);
  });

  it('of somebody else opens nothing', async () => {
    await house.restart();
    const key = join(house.folder, 'vault.key');
    if (isRoot) {
      chownSync(key, NOBODY, NOBODY);
      expect(await codeOf(() => house.unlock())).toBe('unsafe_file');
      return;
    }
    expect(await codeOf(() => readPrivateFile('/etc/hostname', 4096))).toBe('unsafe_file');
  });
});
