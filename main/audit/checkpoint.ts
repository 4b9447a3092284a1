/**
 * Signed statements about the log, outside of it: how far it reached, and under which key.
 *
 * A bare chain can be cut at its end, put back to an older copy, or made anew by anyone. The records here are a
 * chain of their own, one line of canonical JSON (RFC 8785) each, signed with Ed25519:
 *
 * - `begin` (day 0) names the log and its first public key;
 * - `key` closes a day: row `seq` has the hash `head`, and the next day signs with the key `next`; the old key is
 *   destroyed, so that who steals a key can sign from then on and not before;
 * - `checkpoint` says the same within a day. They are dropped when the day is closed, which vouches for all of it.
 *
 * signature = Ed25519( "gatehouse-audit-sign-v1\n", length of the body in bytes, "\n", body ), where body is the
 * record without `sig`. A record's hash is SHA-256( "gatehouse-audit-record-v1\n", length, "\n", line ). A
 * checkpoint holds the hash of the record before it; `key` holds that of the `begin` or `key` before it.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type JsonValue } from '../platform/canonical-json.ts';

const SIGN_DOMAIN = 'gatehouse-audit-sign-v1\n';
const RECORD_DOMAIN = 'gatehouse-audit-record-v1\n';
const NO_RECORD = 'gatehouse-audit-records-v1\n';
/** DER of a SubjectPublicKeyInfo for Ed25519, before the 32 bytes of the key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
/** 32 bytes of a public key in base64url. */
const Key = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const common = {
  v: z.literal(1),
  /** Names the log: what its first row follows. */
  log: Hash,
  /** The day it stands in or begins, from 0, and its place in there: 0 for `begin` and `key`. */
  day: z.number().int().nonnegative(),
  i: z.number().int().nonnegative(),
  /** Hash of the record that it follows. */
  prev: Hash,
  /** Wall time, microseconds since 1970. */
  at: z.number().int(),
  /** The key that signs this record. */
  key: Key,
  sig: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
};
const reached = { seq: z.number().int().positive(), head: Hash };

export const CheckpointRecord = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('begin'), ...common }),
  z.strictObject({ kind: z.literal('checkpoint'), ...common, ...reached }),
  z.strictObject({ kind: z.literal('key'), ...common, ...reached, next: Key }),
]);
export type CheckpointRecord = z.infer<typeof CheckpointRecord>;
export type Unsigned = CheckpointRecord extends infer R
  ? R extends CheckpointRecord
    ? Omit<R, 'sig'>
    : never
  : never;

/** What the first record of a log's file follows. */
export function noRecordHash(log: string): string {
  return createHash('sha256').update(NO_RECORD).update(log).digest('hex');
}

/** Hex SHA-256 of a record's line. */
export function recordHash(line: string): string {
  return createHash('sha256')
    .update(`${RECORD_DOMAIN}${Buffer.byteLength(line)}\n`)
    .update(line)
    .digest('hex');
}

/** A record as a line, signed with the private key that belongs to its `key`. */
export function signedLine(record: Unsigned, privateKey: KeyObject): string {
  const sig = sign(null, signedBytes(record), privateKey).toString('base64url');
  return canonicalJson({ ...record, sig } as unknown as JsonValue);
}

/** Whether the signature is that of the record's own key. */
export function isSignedByItsKey(record: CheckpointRecord): boolean {
  const { sig, ...unsigned } = record;
  return verify(
    null,
    signedBytes(unsigned as Unsigned),
    publicKeyOf(record.key),
    Buffer.from(sig, 'base64url'),
  );
}

/** A line as a record; null when it is none, or is not in its one canonical form. */
export function readRecord(line: string): CheckpointRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = CheckpointRecord.safeParse(value);
  if (!parsed.success) return null;
  return canonicalJson(parsed.data as unknown as JsonValue) === line ? parsed.data : null;
}

/** The public half of a key as records name it: 32 bytes in base64url. */
export function keyName(key: KeyObject): string {
  return createPublicKey(key)
    .export({ format: 'der', type: 'spki' })
    .subarray(SPKI.length)
    .toString('base64url');
}

function publicKeyOf(name: string): KeyObject {
  return createPublicKey({
    key: Buffer.concat([SPKI, Buffer.from(name, 'base64url')]),
    format: 'der',
    type: 'spki',
  });
}

function signedBytes(record: Unsigned): Buffer {
  const body = canonicalJson(record as unknown as JsonValue);
  return Buffer.from(`${SIGN_DOMAIN}${Buffer.byteLength(body)}\n${body}`);
}
