import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeOf, SCOPES } from '../../main/vault/scope.ts';
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
beforeEach(async () => {
  house = await vaultHouse();
});
afterEach(() => house.end());

const SECRET = 'sk-live-4f9c2d7e8b1a';

describe('a credential', () => {
  it('comes back after a restart, and only when the vault is open', async () => {
    const { id } = house.vault.credentials.add(draft('openai'), values(SECRET));
    await house.restart();
    expect(house.vault.credentials.list().map(({ name, state }) => [name, state])).toEqual([
      ['openai', 'filled'],
    ]);
    expect(await codeOf(() => house.vault.credentials.open(id))).toBe('vault_locked');
    await house.unlock();
    expect(textOf(house.vault, id)).toBe(SECRET);
    house.vault.lock();
    expect(await codeOf(() => house.vault.credentials.open(id))).toBe('vault_locked');
  });

  it('leaves nothing of its value in the files', async () => {
    const { id } = house.vault.credentials.add(draft('openai'), values(SECRET));
    house.vault.credentials.replace(id, values(`${SECRET}-new`));
    house.vault.credentials.remove(id);
    house.vault.credentials.add(draft('other'), values(SECRET));
    for (const name of ['vault.db', 'vault.db-wal', 'vault.key'])
      expect(readFileSync(join(house.folder, name)).includes(SECRET)).toBe(false);
    expect(statSync(join(house.folder, 'vault.key')).mode & 0o777).toBe(0o600);
    expect(statSync(house.file).mode & 0o777).toBe(0o600);
  });

  it('is replaced, staged, put in force and discarded; a version number is never used twice', async () => {
    const { id } = house.vault.credentials.add(draft('npm'), values('first-value'));
    expect(house.vault.credentials.stage(id, values('second-value'))).toMatchObject({ current: 1, next: 2 });
    expect([textOf(house.vault, id), textOf(house.vault, id, 'next')]).toEqual([
      'first-value',
      'second-value',
    ]);
    expect(house.vault.credentials.discard(id)).toMatchObject({ current: 1, next: null });
    expect(house.vault.credentials.stage(id, values('third-value'))).toMatchObject({ next: 3 });
    expect(house.vault.credentials.promote(id)).toMatchObject({ current: 3, next: null });
    expect(textOf(house.vault, id)).toBe('third-value');
    expect(house.sql((db) => db.prepare('SELECT version FROM versions').pluck().all())).toEqual([3]);
    // A value that waited is older than one that is put in force at once: it does not come after it.
    house.vault.credentials.stage(id, values('fourth-value'));
    expect(house.vault.credentials.replace(id, values('fifth-value'))).toMatchObject({
      current: 5,
      next: null,
    });
    expect(await codeOf(() => house.vault.credentials.promote(id))).toBe('nothing_staged');
    expect(textOf(house.vault, id)).toBe('fifth-value');
    expect(house.sql((db) => db.prepare('SELECT version FROM versions').pluck().all())).toEqual([5]);
  });

  it('40 is found in its own scope and in no other, whatever stands next to it', () => {
    const here = { app: '/home/dev/web', user: 'dev' };
    for (const scope of SCOPES)
      house.vault.credentials.add(draft('token', placeOf(scope, here)), values(`of ${scope}`));
    for (const scope of SCOPES) {
      const found = house.vault.credentials.find('token', placeOf(scope, here));
      expect(textOf(house.vault, found?.id ?? '')).toBe(`of ${scope}`);
      house.vault.credentials.remove(found?.id ?? '');
      expect(house.vault.credentials.find('token', placeOf(scope, here))).toBeNull();
    }
    house.vault.credentials.add(draft('other', placeOf('per_app_per_user', here)), values('x-value-x'));
    expect(
      house.vault.credentials.find('other', placeOf('per_app_per_user', { app: '/else', user: 'dev' })),
    ).toBeNull();
    expect(
      house.vault.credentials.find('other', placeOf('per_app_per_user', { ...here, user: 'eve' })),
    ).toBeNull();
    expect(() => placeOf('per_app_shared', { app: null, user: 'dev' })).toThrow(/needs a project/);
  });

  it.each(['__proto__', 'a b', '', '-x', 'x'.repeat(200), 'a\n'])('is not named %j', async (name) => {
    expect(await codeOf(() => house.vault.credentials.add(draft(name), values('value-value')))).toBe(
      'bad_name',
    );
    expect(house.vault.credentials.list()).toEqual([]);
  });

  it('is named once in a place', async () => {
    house.vault.credentials.add(draft('openai'), values(SECRET));
    expect(await codeOf(() => house.vault.credentials.add(draft('openai'), values('x')))).toBe('name_taken');
  });

  it('with a field named __proto__ is a field like any other', () => {
    const { id } = house.vault.credentials.add(draft('odd'), values('value-value', '__proto__'));
    expect(textOf(house.vault, id, 'current', '__proto__')).toBe('value-value');
    expect(({} as Record<string, unknown>)['value-value']).toBeUndefined();
  });
});

describe('what opens it', () => {
  it('is the passphrase, not another', async () => {
    await house.restart();
    const other = { by: 'source', source: house.source, passphrase: 'correct horse 8 battery' } as const;
    expect(await codeOf(() => house.vault.unlock(other))).toBe('wrong_passphrase');
    expect(await codeOf(() => house.vault.unlock({ ...other, passphrase: null }))).toBe('wrong_passphrase');
    expect(house.vault.isOpen).toBe(false);
  });

  it('is the recovery key, as it was shown, and no mistyped or foreign one', async () => {
    const fresh = await vaultHouse(false);
    try {
      const make = { source: fresh.source, passphrase: PASSPHRASE, kdf: cheapKdf(), recovery: true };
      const { recoveryKey } = await fresh.vault.create(make);
      const { id } = fresh.vault.credentials.add(draft('openai'), values(SECRET));
      await fresh.restart();
      const text = recoveryKey ?? '';
      expect(text).toMatch(/^(?:[A-Z2-7]{4}-){13}[A-Z2-7]{4}$/);
      const wrong = `${text[0] === 'A' ? 'B' : 'A'}${text.slice(1)}`;
      expect(await codeOf(() => fresh.vault.unlock({ by: 'recovery', text: wrong }))).toBe(
        'bad_recovery_key',
      );
      await fresh.vault.unlock({ by: 'recovery', text: text.toLowerCase().replaceAll('-', ' ') });
      expect(textOf(fresh.vault, id)).toBe(SECRET);
      await house.restart();
      expect(await codeOf(() => house.vault.unlock({ by: 'recovery', text }))).toBe('not_authentic');
      // It goes on opening the vault after the key was changed.
      await fresh.vault.rotate(fresh.source, 'another passphrase 9', cheapKdf());
      await fresh.restart();
      await fresh.vault.unlock({ by: 'recovery', text });
      expect(textOf(fresh.vault, id)).toBe(SECRET);
    } finally {
      fresh.end();
    }
  });

  it.each(['short', 'aaaaaaaaaaaa', 'abababababab'])('is no weak passphrase: %s', async (passphrase) => {
    const fresh = await vaultHouse(false);
    const made = { source: fresh.source, passphrase, kdf: cheapKdf(), recovery: false };
    expect(await codeOf(() => fresh.vault.create(made))).toBe('weak_passphrase');
    expect(fresh.vault.exists).toBe(false);
    fresh.end();
  });

  it('is no key file that others may read, that is a link, or that is damaged', async () => {
    const key = join(house.folder, 'vault.key');
    await house.restart();
    chmodSync(key, 0o644);
    expect(await codeOf(() => house.unlock())).toBe('unsafe_file');
    chmodSync(key, 0o600);
    const text = readFileSync(key);
    writeFileSync(key, text.subarray(0, 40));
    expect(await codeOf(() => house.unlock())).toBe('vault_damaged');
    writeFileSync(key, JSON.stringify({ ...JSON.parse(text.toString()), secrets: {} }));
    expect(await codeOf(() => house.unlock())).toBe('no_secret');
    const linked = await vaultHouse(false);
    symlinkSync(key, join(linked.folder, 'vault.key'));
    const made = { source: linked.source, passphrase: PASSPHRASE, kdf: cheapKdf(), recovery: false };
    expect(await codeOf(() => linked.vault.create(made))).toBe('unsafe_file');
    linked.end();
    writeFileSync(key, text);
    await house.unlock();
    expect(house.vault.isOpen).toBe(true);
  });
});
