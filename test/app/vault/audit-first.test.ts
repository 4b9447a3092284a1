/** 47 What is not on the log is not done: each change of the vault, with a log that cannot be written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VaultKeeper } from '../../../main/app/vault/vault-keeper.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { Redactor } from '../../../main/vault/redaction/redactor.ts';
import { draft, values } from '../../support/vault-house.ts';

const PASSPHRASE = 'correct horse 7 battery';
let folder: string;
let keeper: VaultKeeper;
let full: boolean;
let rows: { change?: string; detail?: string }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-first-'));
  full = false;
  rows = [];
  keeper = new VaultKeeper({
    ...{ file: join(folder, 'vault.db'), keyFile: join(folder, 'vault.key'), clock: systemClock },
    log: {
      append: async (event: object) => {
        if (full) throw new Error('the log cannot be written');
        rows.push(event);
      },
    } as never,
    keychain: { probe: async () => ({ kind: 'no_service', why: '' }), close: () => undefined } as never,
    ...{ redactor: new Redactor(), away: null, onProblem: () => undefined },
    anchor: { read: () => null, write: () => undefined },
  });
});
afterEach(() => {
  keeper.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('47 without its row', () => {
  it('no vault is made', async () => {
    full = true;
    await expect(keeper.make(PASSPHRASE, 'page')).rejects.toThrow('cannot be written');
    expect(keeper.state).toBe('none');
  });

  it('nothing is changed, taken in, or put under another key, and it is not opened', async () => {
    await keeper.make(PASSPHRASE, 'page');
    const add = () =>
      keeper.change({ change: 'added', credential: { name: 'a', scope: 'per_user' }, via: 'page' }, () =>
        keeper.vault.credentials.add(draft('a'), values('value-of-a')),
      );
    await add();
    const { generation } = keeper.vault;
    const [credential] = keeper.vault.credentials.list();
    full = true;
    await expect(
      keeper.change({ change: 'removed', credential: credential ?? null, via: 'page' }, () =>
        keeper.vault.credentials.remove(credential?.id ?? ''),
      ),
    ).rejects.toThrow('cannot be written');
    await expect(keeper.imported('a file', 'terminal', async () => expect.fail())).rejects.toThrow(
      'cannot be written',
    );
    await expect(keeper.changeKey('another passphrase 9', 'page')).rejects.toThrow('cannot be written');
    expect(keeper.vault.generation).toBe(generation);
    await expect(keeper.lock('asked to', 'page')).rejects.toThrow('cannot be written');
    // Locking takes away: it is done whatever the log says.
    expect(keeper.state).toBe('locked');
    await expect(keeper.unlock({ passphrase: PASSPHRASE, recovery: null }, 'page')).rejects.toThrow(
      'cannot be written',
    );
    expect(keeper.state).toBe('locked');
    full = false;
    await keeper.unlock({ passphrase: PASSPHRASE, recovery: null }, 'page');
    expect(keeper.vault.credentials.list()).toHaveLength(1);
    await expect(add()).rejects.toThrow('there is a credential a');
    expect(rows.at(-1)).toMatchObject({ change: 'failed', detail: 'added: name_taken' });
  });
});
