/** kill -9 between any two steps of what changes many rows: the old state or the new one, and nothing lost. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/platform/clock.ts';
import { openVaultStore } from '../../main/store/vault-store.ts';
import { keyFile } from '../../main/vault/key-file.ts';
import { exportVault, openExport } from '../../main/vault/transfer.ts';
import { Vault } from '../../main/vault/vault.ts';
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

const ROWS = 230;
const AFTER = 'the passphrase after 2';
let house: VaultHouse;
beforeEach(async () => {
  house = await vaultHouse();
  house.vault.credentials.together(() => {
    for (let at = 0; at < ROWS; at += 1)
      house.vault.credentials.add(draft(`c${at}`), values(`value-of-${at}`));
  });
});
afterEach(() => house.end());

/** The steps that an act has, and what is found after a kill at each of them. */
async function killAtEach(
  act: string,
  check: (vault: Vault, killedAt: string) => void | Promise<void>,
): Promise<string[]> {
  house.store.settle();
  house.store.close();
  const steps: string[] = [];
  for (let step = 1; ; step += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'));
    try {
      cpSync(house.folder, folder, { recursive: true });
      const child = spawnSync(
        process.execPath,
        [join(import.meta.dirname, 'crash-child.ts'), folder, act, PASSPHRASE, String(step)],
        { encoding: 'utf8' },
      );
      const told = child.stdout.trim().split('\n');
      if (child.signal === null) {
        expect([child.status, child.stderr, told.at(-1)]).toEqual([0, '', 'done']);
        return steps;
      }
      expect(child.signal).toBe('SIGKILL');
      steps.push(told.at(-1) ?? '');
      const store = openVaultStore(join(folder, 'vault.db'));
      const vault = new Vault({ store, clock: systemClock });
      const source = keyFile(join(folder, 'vault.key'));
      const codes: string[] = [];
      for (const passphrase of [PASSPHRASE, AFTER])
        codes.push(await codeOf(() => vault.unlock({ by: 'source', source, passphrase })));
      expect([steps.at(-1), codes.includes('done')]).toEqual([steps.at(-1), true]);
      expect(store.rotation()).toBeNull();
      expect(store.keys()).toHaveLength(1);
      await check(vault, steps.at(-1) ?? '');
      store.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

const allOf = (vault: Vault) =>
  vault.credentials
    .list()
    .map(({ id, name }) => [name, textOf(vault, id)])
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
const expected = Array.from({ length: ROWS }, (_, at) => [`c${at}`, `value-of-${at}`]).toSorted(
  ([a = ''], [b = '']) => (a < b ? -1 : 1),
);

describe('a kill', () => {
  it('17 at any step of a rotation leaves every value readable, under the old passphrase or the new one', async () => {
    const steps = await killAtEach('rotate', (vault) => expect(allOf(vault)).toEqual(expected));
    expect(steps).toEqual([
      'secret written',
      'before begun',
      'begun',
      ...['before batch 1', 'batch 1', 'before batch 2', 'batch 2', 'before batch 3', 'batch 3'],
      'before ended',
      'ended',
      'secret removed',
    ]);
  }, 180_000);

  it('18 at any step of an import takes in all of it or nothing', async () => {
    const file = await exportVault(house.vault, PASSPHRASE, house.clock, cheapKdf());
    const [first] = house.vault.credentials.list();
    house.vault.credentials.replace(first?.id ?? '', values('changed-since'));
    house.vault.credentials.remove(house.vault.credentials.list().at(-1)?.id ?? '');
    const before = allOf(house.vault);
    writeFileSync(join(house.folder, 'export'), file);
    const steps = await killAtEach('import', (vault, step) =>
      expect(allOf(vault)).toEqual(step.startsWith('before') ? before : expected),
    );
    expect(steps).toEqual(['before change', 'change']);
  }, 180_000);

  it('18 at any moment of an export leaves a whole file, the one before or the new one', async () => {
    house.store.settle();
    house.store.close();
    const script = join(import.meta.dirname, 'crash-child.ts');
    const cut: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      const child = spawn(process.execPath, [script, house.folder, 'export', PASSPHRASE], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      // Anywhere in the one that follows.
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const file = readFileSync(join(house.folder, 'export'));
      expect(await openExport(file, PASSPHRASE, 'dev')).toHaveLength(ROWS);
      cut.push(...readdirSync(house.folder).filter((name) => name.startsWith('.export.')));
    }
    // What a kill cut off lies beside it, is no export, and stands in nobody's way.
    for (const name of new Set(cut)) expect(name).toMatch(/^\.export\.[0-9a-f]{12}$/);
  }, 180_000);

  it.each(['replace', 'stage', 'remove'])('at any step of %s leaves one whole state', async (act) => {
    const steps = await killAtEach(act, (vault, step) => {
      const [first] = vault.credentials.list();
      const id = first?.id ?? '';
      const stands = step.startsWith('before')
        ? 'value-of-0'
        : act === 'replace'
          ? 'new-value-of-it'
          : act === 'stage'
            ? 'value-of-0'
            : 'value-of-1';
      expect(textOf(vault, id)).toBe(stands);
      expect(first?.next).toBe(act === 'stage' && !step.startsWith('before') ? 2 : null);
    });
    expect(steps).toEqual(['before change', 'change']);
  });
});

describe('a lock', () => {
  // Between these steps others have their turn; within them nothing of the process but the change runs.
  it.each([
    ['secret written', 'vault_locked', PASSPHRASE],
    ['begun', 'key_change_unfinished', AFTER],
    ['batch 1', 'key_change_unfinished', AFTER],
    ['batch 2', 'key_change_unfinished', AFTER],
    ['batch 3', 'key_change_unfinished', AFTER],
    ['ended', 'done', AFTER],
    ['secret removed', 'done', AFTER],
  ])(
    'in a change of the key at %s: it is told which passphrase opens, and nothing is lost',
    async (at, code, opens) => {
      let passed = 0;
      await house.restart({
        onStep: (step) => {
          if (step !== at) return;
          passed += 1;
          house.vault.lock();
        },
      });
      await house.unlock();
      expect(await codeOf(() => house.vault.rotate(house.source, AFTER, cheapKdf()))).toBe(code);
      expect(passed).toBe(1);
      expect(house.vault.isOpen).toBe(false);
      await house.restart();
      const shut = opens === AFTER ? PASSPHRASE : AFTER;
      const unlock = (passphrase: string) =>
        codeOf(() => house.vault.unlock({ by: 'source', source: house.source, passphrase }));
      expect([await unlock(shut), await unlock(opens)]).toEqual(['wrong_passphrase', 'done']);
      expect(house.store.rotation()).toBeNull();
      expect(house.store.keys()).toHaveLength(1);
      expect(allOf(house.vault)).toEqual(expected);
      expect(await codeOf(() => house.vault.rotate(house.source, 'a third passphrase 3', cheapKdf()))).toBe(
        'done',
      );
      expect(allOf(house.vault)).toEqual(expected);
    },
  );

  it('while what was cut off is carried on at the next unlock leaves it to the one after', async () => {
    let steps: string[] = [];
    const lockAt = (at: string) => ({
      onStep: (step: string) => {
        steps.push(step);
        if (step === at) house.vault.lock();
      },
    });
    await house.restart(lockAt('batch 1'));
    await house.unlock();
    await expect(house.vault.rotate(house.source, AFTER, cheapKdf())).rejects.toThrow(
      /the key was changed.* not finished.*hint: the new passphrase opens the vault, the old one does not/,
    );
    for (const at of ['batch 1', 'ended']) {
      steps = [];
      await house.restart(lockAt(at));
      const how = { by: 'source', source: house.source, passphrase: AFTER } as const;
      await codeOf(() => house.vault.unlock(how));
      expect([at, steps.includes(at), house.vault.isOpen]).toEqual([at, true, false]);
    }
    await house.restart();
    await house.vault.unlock({ by: 'source', source: house.source, passphrase: AFTER });
    expect(allOf(house.vault)).toEqual(expected);
  });
});
