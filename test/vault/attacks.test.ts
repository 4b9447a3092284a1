/** Somebody who can write the vault's file but holds no key. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newKdf } from '../../main/vault/kdf.ts';
import type { SecretSource } from '../../main/vault/key-ring.ts';
import { seal, unseal } from '../../main/vault/seal.ts';
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

let house: VaultHouse;
let a: string;
let b: string;
beforeEach(async () => {
  house = await vaultHouse();
  a = house.vault.credentials.add(draft('a'), values('value-of-a')).id;
  b = house.vault.credentials.add(
    draft('b', { scope: 'per_app_per_user', app: '/web' }),
    values('value-of-b'),
  ).id;
});
afterEach(() => house.end());

const caught = ['vault_tampered', 'not_authentic', 'vault_damaged'];

/** Changes the file while the vault is open, and again before it is opened: neither gives a value. */
async function finds(attack: (sql: (text: string, ...given: unknown[]) => void) => void): Promise<void> {
  house.sql((database) => attack((text, ...given) => void database.prepare(text).run(...given)));
  const ids = [a, b];
  const open = await Promise.all(ids.map((id) => codeOf(() => house.vault.credentials.open(id))));
  expect(
    open.some((code) => caught.includes(code) || code === 'not_found' || code === 'nothing_filled'),
  ).toBe(true);
  await house.restart();
  expect(caught).toContain(await codeOf(() => house.unlock()));
  expect(house.vault.isOpen).toBe(false);
}

describe('a changed file', () => {
  it('1 swapped ciphertexts', () =>
    finds((sql) =>
      sql(
        'UPDATE fields SET sealed = (SELECT sealed FROM fields WHERE credential = ?) WHERE credential = ?',
        b,
        a,
      ),
    ));

  it('2 swapped wrapped keys', async () => {
    house.sql((db) =>
      db
        .prepare(
          'UPDATE versions SET wrapped = (SELECT wrapped FROM versions WHERE credential = ?) WHERE credential = ?',
        )
        .run(b, a),
    );
    expect(await codeOf(() => house.vault.credentials.open(a))).toBe('not_authentic');
    await house.restart();
    await house.unlock();
    expect(await codeOf(() => house.vault.credentials.open(a))).toBe('not_authentic');
    expect(textOf(house.vault, b)).toBe('value-of-b');
  });

  it.each([
    "scope = 'system_wide', user = ''",
    "scope = 'per_app_per_user', app = '/evil'",
    "user = 'eve'",
    "name = 'c'",
    "type = 'custom'",
    "provider = 'evil'",
    'current = NULL',
  ])('3 another owner or meaning: %s', (change) =>
    finds((sql) => sql(`UPDATE credentials SET ${change} WHERE id = ?`, a)),
  );

  it('3 a whole row under the name of another', () =>
    finds((sql) => {
      sql("UPDATE credentials SET name = 'x' WHERE id = ?", a);
      sql("UPDATE credentials SET name = 'a', scope = 'per_user', app = '' WHERE id = ?", b);
    }));

  it('4 an older version put back', async () => {
    const rows = house.sql((db) => ({
      credential: db.prepare('SELECT * FROM credentials WHERE id = ?').get(a) as Record<string, unknown>,
      version: db.prepare('SELECT * FROM versions WHERE credential = ?').get(a) as Record<string, unknown>,
      field: db.prepare('SELECT * FROM fields WHERE credential = ?').get(a) as Record<string, unknown>,
    }));
    house.vault.credentials.replace(a, values('newer-value'));
    await finds((sql) => {
      sql('DELETE FROM versions WHERE credential = ?', a);
      const put = (table: string, row: Record<string, unknown>) =>
        sql(
          `INSERT OR REPLACE INTO ${table} (${Object.keys(row).join()}) VALUES (${Object.keys(row)
            .map(() => '?')
            .join()})`,
          ...Object.values(row),
        );
      put('versions', rows.version);
      put('fields', rows.field);
      sql('UPDATE credentials SET current = 1, last_version = 1 WHERE id = ?', a);
    });
  });

  it('a row removed, with all that belongs to it', () =>
    finds((sql) => sql('DELETE FROM credentials WHERE id = ?', a)));

  it('another header, and another key', async () => {
    await house.restart();
    house.sql((db) =>
      db.prepare("UPDATE header SET text = json_set(text, '$.recovery', 'MCowBQYDK2VuAyEA')").run(),
    );
    expect(await codeOf(() => house.unlock())).toBe('vault_tampered');
    house.sql((db) => db.prepare("UPDATE header SET text = '{}'").run());
    expect(await codeOf(() => house.unlock())).toBe('vault_damaged');
    house.sql((db) => db.prepare('DELETE FROM keys').run());
    expect(caught).toContain(await codeOf(() => house.unlock()));
  });

  it('21 an older file in its place is refused, unless the person takes it', async () => {
    house.store.settle();
    copyFileSync(house.file, `${house.file}.old`);
    house.vault.credentials.replace(a, values('newer-value'));
    const written = house.vault.generation;
    house.store.close();
    copyFileSync(`${house.file}.old`, house.file);
    for (const beside of ['-wal', '-shm']) writeFileSync(house.file + beside, '');
    const { openVaultStore } = await import('../../main/store/vault-store.ts');
    const { Vault } = await import('../../main/vault/vault.ts');
    house.store = openVaultStore(house.file);
    house.vault = new Vault({ store: house.store, clock: house.clock });
    const how = { by: 'source', source: house.source, passphrase: 'correct horse 7 battery' } as const;
    expect(await codeOf(() => house.vault.unlock(how, written))).toBe('vault_older');
    expect(house.vault.isOpen).toBe(false);
    await house.vault.unlock(how);
    expect(textOf(house.vault, a)).toBe('value-of-a');
  });

  it('20 a damaged page is told, not believed', async () => {
    house.store.settle();
    house.store.close();
    const bytes = readFileSync(house.file);
    for (let at = 4096; at < bytes.length; at += 7) bytes[at] = 0x5a;
    writeFileSync(house.file, bytes);
    const outcome = await codeOf(async () => {
      await house.restart();
      await house.unlock();
    });
    expect(outcome).not.toBe('done');
  });

  it('20 21 what was last written is gone with its file of changes: an older vault, and refused as one', async () => {
    house.store.settle();
    house.vault.credentials.replace(a, values('newer-value'));
    const written = house.vault.generation;
    // As after a kill: the change stands beside the file only, and that is lost.
    const main = readFileSync(house.file);
    house.store.close();
    writeFileSync(house.file, main);
    for (const beside of ['-wal', '-shm']) rmSync(house.file + beside, { force: true });
    await house.restart();
    const how = { by: 'source', source: house.source, passphrase: PASSPHRASE } as const;
    expect(await codeOf(() => house.vault.unlock(how, written))).toBe('vault_older');
    await house.vault.unlock(how);
    expect(textOf(house.vault, a)).toBe('value-of-a');
  });

  it('20 a stale index of the file of changes is made anew', async () => {
    house.vault.credentials.replace(a, values('newer-value'));
    const changes = readFileSync(`${house.file}-wal`);
    const main = readFileSync(house.file);
    house.store.close();
    writeFileSync(house.file, main);
    writeFileSync(`${house.file}-wal`, changes);
    writeFileSync(`${house.file}-shm`, Buffer.alloc(32_768, 0x5a));
    await house.restart();
    await house.unlock();
    expect(textOf(house.vault, a)).toBe('newer-value');
  });

  it('29 two writers: the second notices and changes nothing', async () => {
    const { openVaultStore } = await import('../../main/store/vault-store.ts');
    const { Vault } = await import('../../main/vault/vault.ts');
    const store = openVaultStore(house.file);
    const other = new Vault({ store, clock: house.clock });
    await other.unlock({ by: 'source', source: house.source, passphrase: 'correct horse 7 battery' });
    other.credentials.add(draft('theirs'), values('their-value'));
    expect(await codeOf(() => house.vault.credentials.add(draft('ours'), values('our-value')))).toBe(
      'vault_changed',
    );
    expect(other.credentials.list().map(({ name }) => name)).toEqual(['a', 'b', 'theirs']);
    store.close();
  });
});

describe('a sealed value', () => {
  const key = Buffer.alloc(32, 7);
  const bound = { row: 'r', field: 'f' };

  it('5 does not open with any byte changed', () => {
    const sealed = seal(key, Buffer.from('value'), bound);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => unseal(key, changed, bound)).toThrow(/authentication failed/);
    }
    expect(unseal(key, sealed, bound).toString()).toBe('value');
  });

  it('6 does not open when it is cut, down to nothing', () => {
    const sealed = seal(key, Buffer.from('value'), bound);
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => unseal(key, sealed.subarray(0, length), bound)).toThrow(/authentication failed/);
  });

  it('8 does not open with another key or for another place', () => {
    const sealed = seal(key, Buffer.from('value'), bound);
    expect(() => unseal(Buffer.alloc(32, 8), sealed, bound)).toThrow(/authentication failed/);
    expect(() => unseal(key, sealed, { ...bound, field: 'g' })).toThrow(/authentication failed/);
  });

  it('never takes the same nonce or data key twice', () => {
    const nonces = new Set(
      Array.from({ length: 2000 }, () => seal(key, Buffer.from('v'), bound).subarray(0, 12).toString('hex')),
    );
    expect(nonces.size).toBe(2000);
  });
});

describe('where the secret is kept', () => {
  const memory = (over: Partial<SecretSource> = {}): SecretSource => {
    const kept = new Map<string, Buffer>();
    return {
      kind: 'keychain',
      read: async (account) => Buffer.from(kept.get(account) ?? Buffer.alloc(32)),
      write: async (account, secret) => void kept.set(account, Buffer.from(secret)),
      remove: async (account) => void kept.delete(account),
      ...over,
    };
  };

  it('9 the secret of another vault opens nothing', async () => {
    const source = memory();
    const own = await vaultHouse(false, source);
    await own.vault.create({ source, passphrase: null, recovery: false });
    await own.restart();
    await source.write(
      `${JSON.parse(own.store.header()?.text ?? '{}').vault}/1`,
      Buffer.alloc(32, 9),
      null,
      null,
    );
    expect(await codeOf(() => own.vault.unlock({ by: 'source', source, passphrase: null }))).toBe(
      'wrong_secret',
    );
    own.end();
  });

  it('14 a keychain that gives back another value than it was given is not used', async () => {
    const source = memory({ read: async () => Buffer.alloc(32, 1) });
    const own = await vaultHouse(false, source);
    const made = { source, passphrase: 'correct horse 7 battery', kdf: cheapKdf(), recovery: false };
    expect(await codeOf(() => own.vault.create(made))).toBe('keychain_unreliable');
    expect(own.vault.exists).toBe(false);
    own.end();
  });

  it('7 a key derivation that is not known, or would cost everything, is refused', async () => {
    const { readKdf } = await import('../../main/vault/kdf.ts');
    const good = newKdf();
    expect(readKdf(good)).toEqual(good);
    const bad = [
      { ...good, id: 'argon2id' },
      { ...good, N: 2 ** 30 },
      { ...good, N: 3 },
      { ...good, r: 2 ** 20 },
      { ...good, p: 0 },
      { ...good, salt: 'AA==' },
      null,
      7,
    ];
    for (const each of bad) expect(await codeOf(() => readKdf(each))).toBe('unknown_kdf');
  });
});
