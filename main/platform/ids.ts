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

const TIME_CHARACTERS = 9;

/**
 * Like newId, but one made in a later millisecond sorts after it: 9 characters of time, 17 random ones (85 bits).
 *
 * For what is made by the million and indexed: neighbours in time share a page of the index, where ids without an
 * order would touch a page each. The order proves nothing; the clock may jump.
 *
 * @param wallMillis  milliseconds since 1970
 */
export function newTimedId(prefix: string, wallMillis: number): string {
  let time = '';
  let rest = Math.max(0, Math.floor(wallMillis));
  for (let place = 0; place < TIME_CHARACTERS; place += 1) {
    time = `${ALPHABET[rest % 32]}${time}`;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  for (const byte of randomBytes(26 - TIME_CHARACTERS)) random += ALPHABET[byte & 31];
  return `${prefix}_${time}${random}`;
}
