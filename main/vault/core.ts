/**
 * The open vault's state and the one way to change it: a transaction that also writes the header.
 *
 * For the parts of the vault alone. A change that another process made meanwhile is never overwritten, and what
 * is kept in memory follows the file only after it was written.
 */
import type { Clock } from '../platform/clock.ts';
import { GatehouseError } from '../platform/errors.ts';
import type { StoredCredential, StoredVersion, VaultStore } from '../store/vault-store.ts';
import { keyBound } from './bounds.ts';
import { type Header, type KeySlots, readHeader, readSlots } from './header.ts';
import { type MasterKey, wipeMaster } from './key-ring.ts';
import { Manifest, tampered } from './manifest.ts';
import { mac, subkey, unseal, wipe } from './seal.ts';

/** Decrypted fields by name. Whoever takes one wipes it when done. */
export type Values = ReadonlyMap<string, Buffer>;

export interface VaultOptions {
  readonly store: VaultStore;
  readonly clock: Clock;
  /** Told of each value in the moment in which it is decrypted or taken in, before anybody else has it. */
  readonly onPlain?: (credential: StoredCredential, values: Values) => void;
  /** Told when it was locked: what was decrypted is to be forgotten. */
  readonly onLock?: () => void;
  /** Called between the steps of what must survive a kill; tests kill there. */
  readonly onStep?: (step: string) => void;
}

export interface Open {
  readonly masters: Map<string, MasterKey>;
  header: Header;
  generation: number;
  manifest: Manifest;
  readonly headerKey: Buffer;
}

export class VaultCore {
  readonly options: VaultOptions;
  #open: Open | null = null;
  #changing: Manifest | null = null;

  constructor(options: VaultOptions) {
    this.options = options;
  }

  get current(): Open | null {
    return this.#open;
  }

  /** Forgets every key. */
  close(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    for (const master of open.masters.values()) wipeMaster(master);
    wipe(open.headerKey);
  }

  opened(header: Header, generation: number, masters: Map<string, MasterKey>): void {
    const master = masters.get(header.master);
    if (master === undefined) throw new GatehouseError('internal', 'the master key in force is not open');
    const manifest = Manifest.of(this.options.store, subkey(master.key, 'manifest', header.vault));
    const rows = header.rows === '' ? manifest.sum : header.rows;
    const headerKey = subkey(master.key, 'header', header.vault);
    this.#open = { masters, header: { ...header, rows }, generation, manifest, headerKey };
  }

  /** Runs a change and writes the header with it. What another process wrote meanwhile is never overwritten. */
  change<T>(work: (manifest: Manifest, open: Open) => T): T {
    const { store } = this.options;
    const open = this.needOpen();
    if (this.#changing !== null) return work(this.#changing, open);
    const manifest = open.manifest.copy();
    this.#changing = manifest;
    try {
      const [result, header] = store.transaction((): [T, Header] => {
        const worked = work(manifest, open);
        const next = { ...open.header, rows: manifest.sum };
        this.writeHeader(next, open.headerKey, open.generation);
        this.options.onStep?.('before change');
        return [worked, next];
      });
      open.header = header;
      open.generation += 1;
      open.manifest = manifest;
      this.options.onStep?.('change');
      return result;
    } finally {
      this.#changing = null;
    }
  }

  writeHeader(header: Header, key: Buffer, expected: number | null): void {
    const generation = (expected ?? 0) + 1;
    const text = JSON.stringify(header);
    const written = this.options.store.writeHeader(
      { generation, text, mac: mac(key, { generation, text }) },
      expected,
    );
    if (!written)
      throw new GatehouseError(
        'vault_changed',
        'nothing was changed: another process changed the vault meanwhile',
        {
          hint: 'lock and unlock it',
        },
      );
  }

  masterOf(open: Open, id: string): MasterKey {
    const master = open.masters.get(id);
    if (master === undefined) throw tampered(`a row names a key that is not of this vault`);
    return master;
  }

  slots(id: string): KeySlots {
    const found = this.options.store.keys().find((key) => key.id === id);
    if (found === undefined) throw tampered('the key in force is missing');
    return readSlots(found.slots);
  }

  storedHeader(): Header {
    const stored = this.options.store.header();
    if (stored === null) throw new GatehouseError('no_vault', 'there is no vault yet');
    return readHeader(stored.text);
  }

  known(id: string): StoredCredential {
    const credential = this.options.store.get(id);
    if (credential === null) throw new GatehouseError('not_found', 'there is no such credential');
    return credential;
  }

  needOpen(): Open {
    if (this.#open === null)
      throw new GatehouseError('vault_locked', 'the vault is locked', { hint: 'gatehouse vault unlock' });
    return this.#open;
  }

  unwrap(
    open: Open,
    version: Pick<StoredVersion, 'credential' | 'version' | 'dataKey' | 'masterKey' | 'wrapped'>,
  ): Buffer {
    const { wrap } = this.masterOf(open, version.masterKey);
    return unseal(wrap, version.wrapped, keyBound(open.header.vault, version));
  }
}
