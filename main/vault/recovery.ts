/**
 * The recovery key: 256 random bits, shown once as text, kept nowhere.
 *
 * It is the seed of an X25519 key. The vault keeps the public half, so that every new master key can be wrapped
 * for it without the text being there; only who has the text can unwrap one.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../platform/canonical-json.ts';
import { GatehouseError } from '../platform/errors.ts';
import { seal, subkey, unseal, wipe } from './seal.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SEED_BYTES = 32;
const CHECK_BYTES = 3;
/** The fixed head of an X25519 private key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** A master key wrapped for the recovery key. Base64. */
export const RecoverySlot = z.strictObject({ ephemeral: z.string(), sealed: z.string() });
export type RecoverySlot = z.infer<typeof RecoverySlot>;

/** A new recovery key: its text, 14 groups of four, and its public half (base64, SPKI). */
export function newRecoveryKey(): { readonly text: string; readonly publicKey: string } {
  const seed = randomBytes(SEED_BYTES);
  const made = { text: textOf(seed), publicKey: encode(createPublicKey(privateKey(seed))) };
  wipe(seed);
  return made;
}

/** Wraps a master key for whoever holds the recovery key. */
export function wrapForRecovery(publicKey: string, masterKey: Buffer, bound: JsonObject): RecoverySlot {
  const pair = generateKeyPairSync('x25519');
  const ephemeral = encode(pair.publicKey);
  const key = agreed(pair.privateKey, decode(publicKey), ephemeral);
  const sealed = seal(key, masterKey, { ...bound, ephemeral }).toString('base64');
  wipe(key);
  return { ephemeral, sealed };
}

/**
 * Unwraps a master key with the text of the recovery key.
 *
 * @throws GatehouseError `bad_recovery_key` (mistyped), `not_authentic` (of another vault)
 */
export function unwrapWithRecovery(text: string, slot: RecoverySlot, bound: JsonObject): Buffer {
  const seed = seedOf(text);
  const key = agreed(privateKey(seed), decode(slot.ephemeral), slot.ephemeral);
  try {
    return unseal(key, Buffer.from(slot.sealed, 'base64'), { ...bound, ephemeral: slot.ephemeral });
  } finally {
    wipe(seed, key);
  }
}

function agreed(own: KeyObject, other: KeyObject, ephemeral: string): Buffer {
  const secret = diffieHellman({ privateKey: own, publicKey: other });
  const key = subkey(secret, 'recovery', ephemeral);
  wipe(secret);
  return key;
}

function privateKey(seed: Buffer): KeyObject {
  const der = Buffer.concat([PKCS8_HEAD, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  wipe(der);
  return key;
}

function encode(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}

function decode(text: string): KeyObject {
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}

function checkOf(seed: Buffer): Buffer {
  return createHash('sha256').update('gatehouse/recovery/1').update(seed).digest().subarray(0, CHECK_BYTES);
}

/** Base 32 (RFC 4648) of seed and check: 56 characters, none of them to be mistaken for another. */
function textOf(seed: Buffer): string {
  let bits = 0n;
  for (const byte of Buffer.concat([seed, checkOf(seed)])) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let place = 0; place < 56; place += 1) {
    text = (ALPHABET[Number(bits & 31n)] ?? '') + text;
    bits >>= 5n;
  }
  return (text.match(/.{4}/g) ?? []).join('-');
}

function seedOf(text: string): Buffer {
  const letters = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('0', 'O').replaceAll('1', 'I');
  if (!/^[A-Z2-7]{56}$/.test(letters)) throw mistyped('it is not 56 letters and digits');
  let bits = 0n;
  for (const letter of letters) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(letter));
  const bytes = Buffer.from(bits.toString(16).padStart(70, '0'), 'hex');
  const seed = bytes.subarray(0, SEED_BYTES);
  if (!checkOf(seed).equals(bytes.subarray(SEED_BYTES))) throw mistyped('a letter is wrong');
  return seed;
}

function mistyped(why: string): GatehouseError {
  return new GatehouseError('bad_recovery_key', `the recovery key was not taken: ${why}`, {
    hint: 'type it as it was shown',
  });
}
