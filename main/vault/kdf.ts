/** Keys from passphrases: scrypt, with its name and cost written beside what it protects. */
import { randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';
import { GatehouseError } from '../platform/errors.ts';

export const MIN_PASSPHRASE = 10;

/** How a key was derived. `N`, `r`, `p` as in RFC 7914; the salt in base64. */
export const Kdf = z.strictObject({
  id: z.literal('scrypt'),
  N: z.number().int(),
  r: z.number().int(),
  p: z.number().int(),
  salt: z.string(),
});
export type Kdf = z.infer<typeof Kdf>;

/** 128 MiB and about half a second. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** A file from elsewhere must not choose how much memory is taken. */
const LARGEST = { N: 2 ** 20, memory: 1024 * 1024 * 1024, p: 16 } as const;

/** A new salt with the cost of today. */
export function newKdf(cost: { readonly N: number; readonly r: number; readonly p: number } = COST): Kdf {
  return { id: 'scrypt', ...cost, salt: randomBytes(16).toString('base64') };
}

/**
 * Reads how a key was derived, from a file that may be damaged or foreign.
 *
 * @throws GatehouseError `unknown_kdf`
 */
export function readKdf(value: unknown): Kdf {
  const parsed = Kdf.safeParse(value);
  if (!parsed.success) throw unknownKdf('it is not one that this version knows');
  const { N, r, p, salt } = parsed.data;
  const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0;
  if (!isPowerOfTwo || N > LARGEST.N || r < 1 || p < 1 || p > LARGEST.p || 128 * N * r > LARGEST.memory)
    throw unknownKdf('its cost is out of bounds');
  if (Buffer.from(salt, 'base64').length < 16) throw unknownKdf('its salt is too short');
  return parsed.data;
}

/** The 32-byte key of a passphrase. Takes about half a second, on another thread. */
export function deriveKey(passphrase: string, kdf: Kdf): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const { N, r, p, salt } = kdf;
  scrypt(
    passphrase.normalize('NFC'),
    Buffer.from(salt, 'base64'),
    32,
    { N, r, p, maxmem: 256 * N * r + 1024 * 1024 },
    (error, key) => (error === null ? resolve(key) : reject(error)),
  );
  return promise;
}

/** @throws GatehouseError `weak_passphrase` */
export function checkPassphrase(passphrase: string): void {
  if ([...passphrase].length < MIN_PASSPHRASE)
    throw new GatehouseError(
      'weak_passphrase',
      `the passphrase was not taken: it is shorter than ${MIN_PASSPHRASE} characters`,
    );
  if (new Set(passphrase).size < 5)
    throw new GatehouseError('weak_passphrase', 'the passphrase was not taken: it repeats a few characters');
}

function unknownKdf(why: string): GatehouseError {
  return new GatehouseError('unknown_kdf', `the key derivation cannot be used: ${why}`, {
    hint: 'open it with the version of Gatehouse that made it',
  });
}
