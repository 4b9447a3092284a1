/** A vault in a folder of its own, with a passphrase that costs little to derive. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { GatehouseError } from '../../main/platform/errors.ts';
import { openVaultStore, type VaultStore } from '../../main/store/vault-store.ts';
import type { VaultOptions } from '../../main/vault/core.ts';
import type { CredentialDraft } from '../../main/vault/credentials.ts';
import { newKdf } from '../../main/vault/kdf.ts';
import { keyFile } from '../../main/vault/key-file.ts';
import type { SecretSource } from '../../main/vault/key-ring.ts';
import { Vault } from '../../main/vault/vault.ts';
import { FakeClock } from './fake-clock.ts';

export const PASSPHRASE = 'correct horse 7 battery';
export const cheapKdf = () => newKdf({ N: 1024, r: 8, p: 1 });

export interface VaultHouse {
  readonly folder: string;
  readonly file: string;
  readonly clock: FakeClock;
  readonly source: SecretSource;
  store: VaultStore;
  vault: Vault;
  /** Closes it and opens the files again, as a new process would. */
  restart(options?: Partial<VaultOptions>): Promise<void>;
  unlock(): Promise<void>;
  /** Works on the file past the vault. */
  sql<T>(work: (database: Database.Database) => T): T;
  end(): void;
}

/** Makes the folder; `made` false: no vault in it yet. */
export async function vaultHouse(made = true, source?: SecretSource): Promise<VaultHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-vault-'));
  const file = join(folder, 'vault.db');
  const clock = new FakeClock();
  const own = source ?? keyFile(join(folder, 'vault.key'));
  const store = openVaultStore(file);
  const house: VaultHouse = {
    folder,
    file,
    clock,
    source: own,
    store,
    vault: new Vault({ store, clock }),
    restart: async (options = {}) => {
      house.store.close();
      house.store = openVaultStore(file);
      house.vault = new Vault({ store: house.store, clock, ...options });
    },
    unlock: () => house.vault.unlock({ by: 'source', source: own, passphrase: PASSPHRASE }),
    sql: (work) => {
      const database = new Database(file);
      try {
        return work(database);
      } finally {
        database.close();
      }
    },
    end: () => {
      house.store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (made)
    await house.vault.create({ source: own, passphrase: PASSPHRASE, kdf: cheapKdf(), recovery: true });
  return house;
}

export function draft(name: string, over: Partial<CredentialDraft> = {}): CredentialDraft {
  return {
    name,
    label: name,
    type: 'api_key',
    provider: null,
    scope: 'per_user',
    app: '',
    user: 'dev',
    expires: null,
    state: 'filled',
    ...over,
  };
}

export const values = (text: string, field = 'api_key') => new Map([[field, Buffer.from(text)]]);

/** What is in the vault under a field, as text. */
export function textOf(vault: Vault, id: string, which: 'current' | 'next' = 'current', field = 'api_key') {
  return vault.credentials.open(id, which).get(field)?.toString();
}

/** The code that something ended with; `done` when it did not fail. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'done';
  } catch (error) {
    return error instanceof GatehouseError ? error.code : `no GatehouseError: ${String(error)}`;
  }
}
