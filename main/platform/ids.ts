import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new random identifier: `prefix_` and 26 characters of Crockford base 32, 130 bits.
 * Not ordered by time; order comes from the log's sequence numbers.
 */
export function newId(prefix: string): string {
  return idOf(prefix, '', 26);
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
  return idOf(prefix, time, 26 - TIME_CHARACTERS);
}

/** As one piece: text put together letter by letter is kept as its letters, at ten times the room. */
function idOf(prefix: string, time: string, count: number): string {
  const letters = Buffer.from(`${prefix}_${time}${' '.repeat(count)}`, 'latin1');
  const random = randomBytes(count);
  for (let at = 0; at < count; at += 1)
    letters[letters.length - count + at] = ALPHABET.charCodeAt((random[at] ?? 0) & 31);
  return letters.toString('latin1');
}
