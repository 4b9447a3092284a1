/** Master keys: how they are made, wrapped by secret and passphrase, and opened again. */
import { randomBytes } from 'node:crypto';
import { GatehouseError } from '../platform/errors.ts';
import type { KeySlots, SourceKind } from './header.ts';
import type { Kdf } from './kdf.ts';
import { unwrapWithRecovery, wrapForRecovery } from './recovery.ts';
import { FORMAT, KEY_BYTES, seal, subkey, unseal, wipe } from './seal.ts';

/**
 * Where random secrets are kept: the keychain, or a file that the passphrase opens.
 *
 * `passphrase` is the key derived from it. Rejects with a GatehouseError whose code tells why it cannot.
 */
export interface SecretSource {
  readonly kind: SourceKind;
  read(account: string, passphrase: Buffer | null): Promise<Buffer>;
  write(account: string, secret: Buffer, passphrase: Buffer | null, kdf: Kdf | null): Promise<void>;
  remove(account: string): Promise<void>;
}

/** An open master key. */
export interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
  /** Wraps data keys. */
  readonly wrap: Buffer;
}

export interface UnlockFactors {
  readonly secret: Buffer;
  readonly passphrase: Buffer | null;
}

export function newMasterKey(vault: string): MasterKey {
  return masterKey(vault, `mk_${randomBytes(9).toString('hex')}`, randomBytes(KEY_BYTES));
}

function masterKey(vault: string, id: string, key: Buffer): MasterKey {
  return { id, key, wrap: subkey(key, 'wrap', vault) };
}

export interface SlotFacts {
  readonly source: SourceKind;
  readonly secret: string;
  readonly kdf: Kdf | null;
}

/** A master key as it is kept. */
export function wrapMaster(
  vault: string,
  master: MasterKey,
  facts: SlotFacts,
  factors: UnlockFactors,
  recovery: string | null,
  previous: MasterKey | null,
): KeySlots {
  const key = unlockKey(vault, factors);
  const unlock = seal(key, master.key, boundTo(vault, master.id, 'unlock')).toString('base64');
  wipe(key);
  return {
    ...facts,
    unlock,
    recovery:
      recovery === null ? null : wrapForRecovery(recovery, master.key, boundTo(vault, master.id, 'recovery')),
    previous:
      previous === null
        ? null
        : seal(master.wrap, previous.key, {
            ...boundTo(vault, master.id, 'previous'),
            previous: previous.id,
          }).toString('base64'),
  };
}

/** @throws GatehouseError `wrong_passphrase`, `wrong_secret` */
export function openMaster(vault: string, id: string, slots: KeySlots, factors: UnlockFactors): MasterKey {
  const key = unlockKey(vault, factors);
  try {
    const opened = unseal(key, Buffer.from(slots.unlock, 'base64'), boundTo(vault, id, 'unlock'));
    return masterKey(vault, id, opened);
  } catch {
    throw slots.kdf === null
      ? new GatehouseError(
          'wrong_secret',
          'the vault stays locked: the secret in the keychain is not the one of this vault',
          { hint: 'unlock it with the recovery key' },
        )
      : new GatehouseError('wrong_passphrase', 'the vault stays locked: the passphrase is not right');
  } finally {
    wipe(key);
  }
}

/** @throws GatehouseError `no_recovery_key`, `bad_recovery_key`, `not_authentic` */
export function openMasterByRecovery(vault: string, id: string, slots: KeySlots, text: string): MasterKey {
  if (slots.recovery === null)
    throw new GatehouseError('no_recovery_key', 'this vault was made without a recovery key');
  return masterKey(vault, id, unwrapWithRecovery(text, slots.recovery, boundTo(vault, id, 'recovery')));
}

/** The key that `master` replaces. @throws GatehouseError `not_authentic` */
export function openPrevious(vault: string, master: MasterKey, previous: string, slots: KeySlots): MasterKey {
  const bound = { ...boundTo(vault, master.id, 'previous'), previous };
  return masterKey(vault, previous, unseal(master.wrap, Buffer.from(slots.previous ?? '', 'base64'), bound));
}

export function wipeMaster(master: MasterKey): void {
  wipe(master.key, master.wrap);
}

function unlockKey(vault: string, { secret, passphrase }: UnlockFactors): Buffer {
  const both = passphrase === null ? Buffer.from(secret) : Buffer.concat([secret, passphrase]);
  const key = subkey(both, 'unlock', vault);
  wipe(both);
  return key;
}

function boundTo(vault: string, master: string, slot: string) {
  return { fmt: FORMAT, what: 'master-key', vault, master, slot };
}
