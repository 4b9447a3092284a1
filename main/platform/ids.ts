import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new random identifier: `prefix_` and 26 characters of Crockford base 32, 130 bits.
 * Not ordered by time; order comes from the log's sequence numbers.
 */
export function newId(prefix: string): string {
  let id = '';
  for (const byte of randomBytes(26)) id += ALPHABET[byte & 31];
  return `${prefix}_${id}`;
}
