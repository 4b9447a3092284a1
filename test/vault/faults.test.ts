/** What the vault does when the system takes away what it needs, and when its files are not its own. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
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
function ends(fault: string, act: string, env: NodeJS.ProcessEnv = {}): string[] {
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
    { encoding: 'utf8', env: { ...process.env, ...env } },
  );
  expect([child.signal, child.status, child.stderr]).toEqual([null, 0, '']);
  return child.stdout.trim().split('\n');
}

/**
 * Runs the child with the house's folder on a small disk of its own, in a mount namespace; what is there afterwards
 * comes back, without what filled it.
 */
function smallDisk(context: TestContext): (fault: string, act: string) => string[] {
  if (process.platform !== 'linux') context.skip('Linux only: a disk of its own needs a mount namespace');
  const works = spawnSync('unshare', ['-Urm', 'true']).status === 0;
  if (!works) context.skip('user namespaces are off: sysctl kernel.unprivileged_userns_clone=1');
  const script = `set -e; disk="$1/disk"; mkdir "$disk"; mount -t tmpfs -o size=4m tmpfs "$disk"
    cp -p "$1"/vault.db* "$1"/vault.key "$1"/export "$disk"; shift_to="$1"; shift
    "$@" ; rm -f "$disk/filler"; rm "$shift_to"/vault.db* "$shift_to"/vault.key
    cp -p "$disk"/vault.db* "$disk"/vault.key "$shift_to"; ls -A "$disk" >&2; umount "$disk"; rmdir "$disk"`;
  return (fault, act) => {
    const child = join(import.meta.dirname, 'fault-child.ts');
    const ran = spawnSync(
      'unshare',
      ['-Urm', 'sh', '-c', script, 'sh', house.folder, process.execPath, child].concat(
        join(house.folder, 'disk'),
        fault,
        act,
        PASSPHRASE,
      ),
      { encoding: 'utf8' },
    );
    expect([ran.signal, ran.status]).toEqual([null, 0]);
    // Nothing half is left beside what belongs there.
    expect(
      ran.stderr
        .trim()
        .split('\n')
        .filter((name) => !/^(?:vault\.(?:db(?:-wal|-shm)?|key)|export)$/.test(name)),
    ).toEqual([]);
    return ran.stdout.trim().split('\n');
  };
}

let dying: string | null = null;
afterAll(() => {
  if (dying !== null) rmSync(dying, { recursive: true });
});

/** The library that makes writes fail, built once. */
function dyingDisk(context: TestContext): string {
  if (process.platform !== 'linux') context.skip('Linux only: the library is preloaded');
  if (spawnSync('cc', ['--version']).status !== 0)
    context.skip('no C compiler; to add it: apt-get install gcc libc6-dev');
  if (dying === null) {
    dying = mkdtempSync(join(tmpdir(), 'gatehouse-dying-'));
    const source = join(import.meta.dirname, '..', 'support', 'failing-disk.c');
    execFileSync('cc', ['-shared', '-fPIC', '-o', join(dying, 'disk.so'), source, '-ldl']);
  }
  return join(dying, 'disk.so');
}

/** Opens it with the passphrase that is in force by what was said: of a key change that was cut off, the new one. */
async function unlockAsTold(act: string, said: string): Promise<void> {
  const isNew = act === 'rotate' && (said === 'done' || said === 'key_change_unfinished');
  const opens = (passphrase: string) =>
    codeOf(() => house.vault.unlock({ by: 'source', source: house.source, passphrase }));
  expect(await opens(isNew ? PASSPHRASE : AFTER)).toBe('wrong_passphrase');
  expect(await opens(isNew ? AFTER : PASSPHRASE)).toBe('done');
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
      await unlockAsTold(act, said[1] ?? '');
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
    180_000,
  );

  it.for([
    // Before anything of it was written, and after the new key is in force.
    [0, 'rotate', 'not_written'],
    [60, 'rotate', 'key_change_unfinished'],
    [60, 'import', 'not_written'],
    [0, 'replace', 'not_written'],
  ] as const)(
    'a disk of which %i KiB are left, during %s: the same, with the disk’s own refusal',
    { timeout: 180_000 },
    async ([room, act, code], context) => {
      const disk = smallDisk(context);
      const before = all();
      house.store.close();
      const said = disk(`no space but ${room}`, act);
      expect(said).toEqual(['open', code]);
      await house.restart();
      await unlockAsTold(act, code);
      expect(all()).toEqual(before);
      expect(readdirSync(house.folder).filter((name) => name.startsWith('.vault'))).toEqual([]);
    },
  );

  it.for(['rotate', 'import', 'replace'].flatMap((act) => [0, 1, 4].map((after) => [after, act] as const)))(
    'a disk that dies after %i writes, during %s: told, nothing lost, nothing half',
    { timeout: 180_000 },
    async ([after, act], context) => {
      const library = dyingDisk(context);
      const before = all();
      house.store.close();
      const control = join(dirname(library), 'fault');
      writeFileSync(control, Buffer.alloc(1));
      const [opened, said = ''] = ends('dying disk', act, {
        ...{ LD_PRELOAD: library, GH_FAULT: control },
        ...{ GH_FAULT_ROOT: house.folder, GH_FAULT_AFTER: String(after) },
      });
      expect(opened).toBe('open');
      if (after === 0) expect(said).toBe('not_written');
      else expect(['done', 'not_written', 'key_change_unfinished']).toContain(said);
      await house.restart();
      await unlockAsTold(act, said);
      if (said !== 'done') expect(all()).toEqual(before);
      expect(readdirSync(house.folder).filter((name) => name.startsWith('.vault'))).toEqual([]);
    },
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
