/**
 * The vault: credentials sealed under a data key per version, data keys under a master key, the master key under
 * what the keychain and the person hold.
 *
 * Every change is one transaction that also writes the header, so that a kill at any moment leaves the old state
 * or the new one.
 */
import { randomBytes } from 'node:crypto';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import { keyBound } from './bounds.ts';
import { VaultCore, type VaultOptions } from './core.ts';
import { Credentials } from './credentials.ts';
import type { Header, KeySlots, SourceKind } from './header.ts';
import { Inbox } from './inbox.ts';
import { checkPassphrase, deriveKey, type Kdf, newKdf } from './kdf.ts';
import {
  type MasterKey,
  newMasterKey,
  openMaster,
  openMasterByRecovery,
  openPrevious,
  type SecretSource,
  wipeMaster,
  wrapMaster,
} from './key-ring.ts';
import { EMPTY_SUM, Manifest, tampered } from './manifest.ts';
import { newRecoveryKey } from './recovery.ts';
import { KEY_BYTES, mac, sameBytes, seal, subkey, wipe } from './seal.ts';

const REWRAP_BATCH = 100;

export interface NewVault {
  readonly source: SecretSource;
  /** Null: the secret of the source alone opens it. */
  readonly passphrase: string | null;
  readonly kdf?: Kdf;
  readonly recovery: boolean;
}

/** What opens a vault: the source and the passphrase, or the recovery key. */
export type Unlocking =
  | { readonly by: 'source'; readonly source: SecretSource; readonly passphrase: string | null }
  | { readonly by: 'recovery'; readonly text: string };

export class Vault {
  readonly credentials: Credentials;
  readonly inbox: Inbox;
  readonly #core: VaultCore;

  constructor(options: VaultOptions) {
    this.#core = new VaultCore(options);
    this.credentials = new Credentials(this.#core);
    this.inbox = new Inbox(this.#core, this.credentials);
  }

  get isOpen(): boolean {
    return this.#core.current !== null;
  }

  /** Whether there is one at all. */
  get exists(): boolean {
    return this.#core.options.store.header() !== null;
  }

  /** Names this vault. @throws GatehouseError `no_vault`, `vault_damaged` */
  get id(): string {
    return this.#core.storedHeader().vault;
  }

  /** Grows with every change; 0 when there is no vault. */
  get generation(): number {
    return this.#core.options.store.header()?.generation ?? 0;
  }

  /** How the master key in force is kept. @throws GatehouseError `no_vault`, `vault_damaged` */
  get keptBy(): { readonly source: SourceKind; readonly passphrase: boolean; readonly recovery: boolean } {
    const header = this.#core.storedHeader();
    const slots = this.#core.slots(header.master);
    return { source: slots.source, passphrase: slots.kdf !== null, recovery: slots.recovery !== null };
  }

  /**
   * Makes the vault and opens it. Answers the text of the recovery key, which is kept nowhere.
   *
   * @throws GatehouseError `vault_exists`, `weak_passphrase`, what the source says
   */
  async create({ source, passphrase, kdf, recovery }: NewVault): Promise<{ recoveryKey: string | null }> {
    const { store, clock } = this.#core.options;
    if (this.exists) throw new GatehouseError('vault_exists', 'there is a vault already');
    if (source.kind === 'file' && passphrase === null)
      throw new GatehouseError(
        'weak_passphrase',
        'the vault was not made: without a keychain it needs a passphrase',
      );
    if (passphrase !== null) checkPassphrase(passphrase);
    const vault = newId('vault');
    const master = newMasterKey(vault);
    const recoveryKey = recovery ? newRecoveryKey() : null;
    const header: Header = {
      vault,
      master: master.id,
      epoch: 1,
      recovery: recoveryKey?.publicKey ?? null,
      rows: EMPTY_SUM,
    };
    const slots = await this.#keep(
      header,
      master,
      source,
      passphrase,
      passphrase === null ? null : (kdf ?? newKdf()),
      null,
    );
    store.transaction(() => {
      store.putKey(master.id, JSON.stringify(slots), clock.wallMicros());
      this.#core.writeHeader(header, subkey(master.key, 'header', vault), null);
    });
    this.#core.opened(header, 1, new Map([[master.id, master]]));
    return { recoveryKey: recoveryKey?.text ?? null };
  }

  /**
   * Opens it, checks every row, and carries on with a rotation that was cut off.
   *
   * @param atLeast the generation that is known to have been written; an older file is refused
   * @throws GatehouseError `no_vault`, `wrong_passphrase`, `wrong_secret`, `bad_recovery_key`, `vault_tampered`,
   *   `vault_older`, `vault_damaged`, what the source says
   */
  async unlock(how: Unlocking, atLeast = 0): Promise<void> {
    if (this.isOpen) return;
    const { store } = this.#core.options;
    const header = this.#core.storedHeader();
    const generation = this.generation;
    const master = await this.#master(header, how);
    const masters = new Map([[master.id, master]]);
    try {
      const stored = store.header();
      const key = subkey(master.key, 'header', header.vault);
      if (
        stored === null ||
        !sameBytes(stored.mac, mac(key, { generation: stored.generation, text: stored.text }))
      )
        throw tampered('its header is not as it was written');
      if (generation < atLeast)
        throw new GatehouseError(
          'vault_older',
          `the vault stays locked: vault.db is an older file (change ${generation}) than the one that was last written (${atLeast})`,
          { hint: 'put the newest file back; to go on with this one: gatehouse vault unlock --accept-older' },
        );
      const rotation = store.rotation();
      if (rotation !== null && rotation.to === master.id)
        masters.set(
          rotation.from,
          openPrevious(header.vault, master, rotation.from, this.#core.slots(master.id)),
        );
      this.#core.opened(header, generation, masters);
      if (this.#core.needOpen().manifest.sum !== header.rows)
        throw tampered('rows were added, removed or put back');
      if (rotation !== null) await this.rewrapAll();
      this.inbox.adoptAll();
    } catch (error) {
      this.lock();
      for (const each of masters.values()) wipeMaster(each);
      throw error;
    }
  }

  /** Forgets every key. Safe to call at any time. */
  lock(): void {
    this.#core.close();
    this.#core.options.onLock?.();
  }

  /**
   * Replaces the master key, and with it secret and passphrase. Rows are wrapped anew, not decrypted.
   *
   * @throws GatehouseError `vault_locked`, `weak_passphrase`, what the source says: nothing was changed then;
   *   `key_change_unfinished`: the new key and passphrase are in force, some rows are still under the old key
   */
  async rotate(source: SecretSource, passphrase: string | null, kdf?: Kdf): Promise<void> {
    const { store, clock, onStep } = this.#core.options;
    const open = this.#core.needOpen();
    if (store.rotation() !== null) await this.rewrapAll();
    if (passphrase !== null) checkPassphrase(passphrase);
    const from = this.#core.masterOf(open, open.header.master);
    const old = this.#core.slots(from.id);
    const to = newMasterKey(open.header.vault);
    const header: Header = { ...open.header, master: to.id, epoch: open.header.epoch + 1 };
    const slots = await this.#keep(
      header,
      to,
      source,
      passphrase,
      passphrase === null ? null : (kdf ?? newKdf()),
      from,
    );
    onStep?.('secret written');
    if (this.#core.current !== open)
      throw new GatehouseError('vault_locked', 'the key was not changed: the vault was locked meanwhile');
    open.masters.set(to.id, to);
    store.transaction(() => {
      store.putKey(to.id, JSON.stringify(slots), clock.wallMicros());
      store.setRotation({ from: from.id, to: to.id });
      const manifest = Manifest.of(store, subkey(to.key, 'manifest', header.vault));
      const next = { ...header, rows: manifest.sum };
      this.#core.writeHeader(next, subkey(to.key, 'header', header.vault), open.generation);
      onStep?.('before begun');
    });
    this.#core.opened({ ...header, rows: '' }, open.generation + 1, open.masters);
    onStep?.('begun');
    try {
      await this.rewrapAll();
    } catch (cause) {
      throw halfChanged(cause, passphrase !== null);
    }
    if (old.secret !== slots.secret || old.source !== slots.source) {
      // A secret that stays behind opens nothing any more.
      await source.remove(old.secret).catch(() => undefined);
    }
    onStep?.('secret removed');
  }

  /** Carries a rotation to its end: every row under the new master key, the old one destroyed. */
  async rewrapAll(): Promise<void> {
    const { store, onStep } = this.#core.options;
    const rotation = store.rotation();
    if (rotation === null) return;
    const open = this.#core.needOpen();
    const to = this.#core.masterOf(open, rotation.to);
    for (let batch = 1; ; batch += 1) {
      const rows = store.wrappedBy(rotation.from, REWRAP_BATCH);
      if (rows.length === 0) break;
      store.transaction(() => {
        for (const row of rows) {
          const dataKey = this.#core.unwrap(open, row);
          const moved = { ...row, masterKey: to.id };
          store.rewrap(
            row.credential,
            row.version,
            to.id,
            seal(to.wrap, dataKey, keyBound(open.header.vault, moved)),
          );
          wipe(dataKey);
        }
        onStep?.(`before batch ${batch}`);
      });
      onStep?.(`batch ${batch}`);
      // Calls wait for nothing that can be done in parts.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#core.current !== open)
        throw new GatehouseError('vault_locked', 'the vault was locked meanwhile');
    }
    if (store.countWrappedBy(rotation.from) > 0)
      throw new GatehouseError('rotation_stuck', 'the key was not changed: rows are left under the old one');
    const slots = this.#core.slots(to.id);
    store.transaction(() => {
      for (const row of store.inbox.list()) {
        if (row.masterKey !== rotation.from) continue;
        const dataKey = this.#core.unwrap(open, row);
        const moved = { ...row, masterKey: to.id };
        store.inbox.rewrap(row.credential, to.id, seal(to.wrap, dataKey, keyBound(open.header.vault, moved)));
        wipe(dataKey);
      }
      store.removeKey(rotation.from);
      store.putKey(
        to.id,
        JSON.stringify({ ...slots, previous: null }),
        this.#core.options.clock.wallMicros(),
      );
      store.setRotation(null);
      onStep?.('before ended');
    });
    const from = open.masters.get(rotation.from);
    open.masters.delete(rotation.from);
    if (from !== undefined) wipeMaster(from);
    store.settle();
    onStep?.('ended');
  }

  async #keep(
    header: Header,
    master: MasterKey,
    source: SecretSource,
    passphrase: string | null,
    kdf: Kdf | null,
    previous: MasterKey | null,
  ): Promise<KeySlots> {
    const account = `${header.vault}/${header.epoch}`;
    const secret = randomBytes(KEY_BYTES);
    const derived = passphrase === null || kdf === null ? null : await deriveKey(passphrase, kdf);
    try {
      await source.write(account, secret, derived, kdf);
      const back = await source.read(account, derived);
      const same = sameBytes(back, secret);
      wipe(back);
      if (!same)
        throw new GatehouseError(
          'keychain_unreliable',
          'the keychain gave back another secret than it was given: it cannot be relied on',
          { hint: 'use the passphrase file instead' },
        );
      const facts = { source: source.kind, secret: account, kdf };
      return wrapMaster(
        header.vault,
        master,
        facts,
        { secret, passphrase: derived },
        header.recovery,
        previous,
      );
    } finally {
      wipe(secret, derived);
    }
  }

  async #master(header: Header, how: Unlocking): Promise<MasterKey> {
    const slots = this.#core.slots(header.master);
    if (how.by === 'recovery') return openMasterByRecovery(header.vault, header.master, slots, how.text);
    if (slots.kdf !== null && how.passphrase === null)
      throw new GatehouseError('wrong_passphrase', 'the vault stays locked: it needs the passphrase');
    const passphrase = slots.kdf === null ? null : await deriveKey(how.passphrase ?? '', slots.kdf);
    let secret: Buffer | null = null;
    try {
      secret = await how.source.read(slots.secret, passphrase);
      return openMaster(header.vault, header.master, slots, { secret, passphrase });
    } finally {
      wipe(secret, passphrase);
    }
  }
}

/** The new key is in force from the moment in which the change has begun, whatever stops it afterwards. */
function halfChanged(cause: unknown, hasPassphrase: boolean): GatehouseError {
  return new GatehouseError(
    'key_change_unfinished',
    `the key was changed, and the change is not finished: ${messageOf(cause)}`,
    {
      hint: `${hasPassphrase ? 'the new passphrase opens the vault, the old one does not; ' : ''}what is left is done at the next unlock`,
      cause,
    },
  );
}
