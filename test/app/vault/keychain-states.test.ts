/** The keeper of a vault whose secret lies in a keychain: what it says of each answer, and what the keychain remembers. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VaultKeeper } from '../../../main/app/vault/vault-keeper.ts';
import type { KeychainAnswer, KeychainTrouble } from '../../../main/platform/keychain/answers.ts';
import type { Keychain } from '../../../main/platform/keychain/keychain.ts';
import { Redactor } from '../../../main/vault/redaction/redactor.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { codeOf, draft, values } from '../../support/vault-house.ts';

let folder: string;
let items: Map<string, Buffer>;
let trouble: KeychainTrouble | null;
let noted: string | null;
let keeper: VaultKeeper;

/** Keeps bytes as they are, or answers what is wrong with it. */
const answering = (work: () => KeychainAnswer): Promise<KeychainAnswer> =>
  Promise.resolve(trouble === null ? work() : { kind: trouble, why: 'a test' });
const chain = {
  get: (account: string) =>
    answering(() => {
      const secret = items.get(account);
      return secret === undefined ? { kind: 'missing' } : { kind: 'found', secret: Buffer.from(secret) };
    }),
  set: (account: string, secret: Buffer) =>
    answering(() => {
      items.set(account, Buffer.from(secret));
      return { kind: 'done' };
    }),
  remove: (account: string) =>
    answering(() => {
      items.delete(account);
      return { kind: 'done' };
    }),
  probe: () => answering(() => ({ kind: 'done' })),
  close: () => undefined,
} as unknown as Keychain;

const open = () =>
  new VaultKeeper({
    ...{ file: join(folder, 'vault.db'), keyFile: join(folder, 'vault.key') },
    ...{ clock: new FakeClock(), keychain: chain, redactor: new Redactor(), away: null },
    log: { append: async () => 1 } as never,
    anchor: {
      read: () => noted,
      write: (text) => {
        noted = text;
      },
    },
    onProblem: () => undefined,
  });
const unlock = () => codeOf(() => keeper.unlock({ passphrase: null, recovery: null }, 'page'));
const add = (name: string) =>
  keeper.change({ change: 'added', credential: { name, scope: 'per_user' }, via: 'page' }, () =>
    keeper.vault.credentials.add(draft(name), values(`value-of-${name}`)),
  );

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-keeper-'));
  items = new Map();
  trouble = null;
  noted = null;
  keeper = open();
});
afterEach(() => {
  keeper.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the keychain', () => {
  it.each(['locked', 'denied', 'no_service', 'timed_out', 'failed'] as const)(
    'that is %s keeps the vault locked and says so, until it answers again',
    async (kind) => {
      await keeper.make(null, 'page');
      await keeper.lock('asked to', 'page');
      trouble = kind;
      expect(await unlock()).toBe(`keychain_${kind}`);
      expect([keeper.state, keeper.trouble]).toEqual(['locked', kind]);
      trouble = null;
      expect(await unlock()).toBe('done');
      expect([keeper.state, keeper.trouble, keeper.problem]).toEqual(['open', null, null]);
    },
  );

  it('that forgot the secret is told from one that is away; the recovery key opens without it', async () => {
    const { recoveryKey } = await keeper.make(null, 'page');
    await keeper.lock('asked to', 'page');
    items.clear();
    expect(await unlock()).toBe('no_secret');
    expect(keeper.trouble).toBe('no_secret');
    await keeper.unlock({ passphrase: null, recovery: recoveryKey }, 'page');
    expect(keeper.state).toBe('open');
  });

  it('that goes while the vault is open is told, closes nothing and loses nothing', async () => {
    await keeper.make(null, 'page');
    trouble = 'no_service';
    await add('a');
    await expect.poll(() => keeper.trouble).toBe('no_service');
    expect(keeper.state).toBe('open');
    trouble = null;
    await add('b');
    await expect.poll(() => keeper.trouble).toBeNull();
    expect(keeper.vault.credentials.list()).toHaveLength(2);
  });

  it('that is locked when there is no vault yet is not called missing', async () => {
    trouble = 'locked';
    expect(await keeper.keychainWorks()).toBe(false);
    expect(keeper.keptBy()).toMatch(/^The keychain is locked, so it is left out: /);
    trouble = null;
    expect(await keeper.keychainWorks()).toBe(true);
    expect([keeper.trouble, keeper.keptBy()]).toEqual([null, 'The key will lie in the keychain.']);
  });
});

it('22 an older vault put back with the older note beside it is refused by what the keychain remembers', async () => {
  await keeper.make(null, 'page');
  await add('a');
  await keeper.lock('asked to', 'page');
  keeper.close();
  copyFileSync(join(folder, 'vault.db'), join(folder, 'older.db'));
  const older = noted;
  keeper = open();
  expect(await unlock()).toBe('done');
  await add('b');
  await keeper.lock('asked to', 'page');
  keeper.close();
  copyFileSync(join(folder, 'older.db'), join(folder, 'vault.db'));
  for (const beside of ['-wal', '-shm']) rmSync(join(folder, `vault.db${beside}`), { force: true });
  noted = older;
  keeper = open();
  expect(await unlock()).toBe('vault_older');
  expect(keeper.state).toBe('locked');
  // Only a person who knows goes on with it.
  await keeper.unlock({ passphrase: null, recovery: null }, 'page', true);
  expect(keeper.vault.credentials.list().map(({ name }) => name)).toEqual(['a']);
});

it('22 a note in the keychain that is no number takes nothing from the one beside the vault', async () => {
  await keeper.make(null, 'page');
  await keeper.lock('asked to', 'page');
  keeper.close();
  copyFileSync(join(folder, 'vault.db'), join(folder, 'older.db'));
  keeper = open();
  expect(await unlock()).toBe('done');
  await add('a');
  const { id } = keeper.vault;
  await keeper.lock('asked to', 'page');
  keeper.close();
  copyFileSync(join(folder, 'older.db'), join(folder, 'vault.db'));
  for (const beside of ['-wal', '-shm']) rmSync(join(folder, `vault.db${beside}`), { force: true });
  for (const note of ['none', '', '1e3x', '-1']) {
    items.set('newest', Buffer.from(`${id} ${note}`));
    keeper = open();
    expect([note, await unlock()]).toEqual([note, 'vault_older']);
    keeper.close();
  }
  keeper = open();
});
