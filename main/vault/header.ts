/**
 * What is known of a vault before it is open, and how each master key is kept.
 *
 * The header names the master key in force and sums up every row. It carries a MAC under that key: when the key
 * is there, what the header says is either what this vault wrote or refused.
 */
import { z } from 'zod';
import { GatehouseError } from '../platform/errors.ts';
import { Kdf } from './kdf.ts';
import { RecoverySlot } from './recovery.ts';

/** Where the random secret lies from which a master key's wrapping is derived. */
export const SourceKind = z.enum(['keychain', 'file']);
export type SourceKind = z.infer<typeof SourceKind>;

export const Header = z.strictObject({
  vault: z.string().min(1).max(64),
  /** The master key in force. */
  master: z.string().min(1).max(64),
  /** How many secrets there were so far; names the next one. */
  epoch: z.number().int().positive(),
  /** Public half of the recovery key, base64; null when there is none. */
  recovery: z.string().nullable(),
  /** Sum over every row, hex. */
  rows: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Header = z.infer<typeof Header>;

/** A master key at rest. `secret` is the account under which the source keeps its secret. */
export const KeySlots = z.strictObject({
  source: SourceKind,
  secret: z.string().min(1).max(200),
  /** How the passphrase goes into it; null: it does not. */
  kdf: Kdf.nullable(),
  /** The master key, wrapped by secret and passphrase. Base64. */
  unlock: z.string(),
  recovery: RecoverySlot.nullable(),
  /** The key that this one replaces, wrapped by this one; while rows are still under it. Base64. */
  previous: z.string().nullable(),
});
export type KeySlots = z.infer<typeof KeySlots>;

/** @throws GatehouseError `vault_damaged` */
export function readHeader(text: string): Header {
  return parsed(Header, text, 'header');
}

/** @throws GatehouseError `vault_damaged` */
export function readSlots(text: string): KeySlots {
  return parsed(KeySlots, text, 'keys');
}

function parsed<S extends z.ZodType>(schema: S, text: string, what: string): z.output<S> {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below, like every other thing that is not a header.
  }
  const result = schema.safeParse(value);
  if (!result.success)
    throw new GatehouseError(
      'vault_damaged',
      `the vault cannot be read: its ${what} are damaged or of a later version`,
      {
        hint: 'put a backup of vault.db in its place, or import an export',
      },
    );
  return result.data;
}
