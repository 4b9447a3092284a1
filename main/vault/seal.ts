/**
 * The primitives of the vault, all from node:crypto: AES-256-GCM with a fresh nonce and a full tag, and keys
 * derived by HKDF-SHA256 under a label each, so that no key is used for two things.
 *
 * A sealed value is `nonce (12) | tag (16) | ciphertext`. What it is bound to is canonical JSON (RFC 8785): one
 * meaning, one byte string.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { canonicalJson, type JsonObject } from '../platform/canonical-json.ts';
import { GatehouseError } from '../platform/errors.ts';

export const FORMAT = 'gatehouse/vault/1';
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a key may be used for. */
export type KeyUse = 'unlock' | 'wrap' | 'header' | 'manifest' | 'recovery';

/**
 * Encrypts and binds to `bound`.
 *
 * @param key 32 bytes
 */
export function seal(key: Buffer, value: Buffer, bound: JsonObject): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(canonicalJson(bound)));
  const text = Buffer.concat([cipher.update(value), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/**
 * Decrypts what `seal` made with the same key and the same `bound`.
 *
 * @throws GatehouseError `not_authentic` for everything else: another key, another place, a changed or a missing byte
 */
export function unseal(key: Buffer, sealed: Buffer, bound: JsonObject): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw notAuthentic();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(canonicalJson(bound)));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    throw notAuthentic();
  }
}

/** The key for one use, made from another. `salt` tells vaults and parties apart. */
export function subkey(key: Buffer, use: KeyUse, salt: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, `${FORMAT}/${use}`, KEY_BYTES));
}

/** HMAC-SHA256 over canonical JSON. */
export function mac(key: Buffer, value: JsonObject): Buffer {
  return createHmac('sha256', key).update(canonicalJson(value)).digest();
}

/** Compares without telling by its time where they differ. */
export function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Overwrites keys and values that are not needed any more. Copies that the runtime made are out of reach. */
export function wipe(...buffers: readonly (Buffer | null)[]): void {
  for (const buffer of buffers) buffer?.fill(0);
}

function notAuthentic(): GatehouseError {
  return new GatehouseError(
    'not_authentic',
    'the value cannot be opened: authentication failed, so it was changed, moved or put back',
  );
}
