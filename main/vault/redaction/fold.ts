/**
 * A text as it reads without its escapes: percent and backslash escapes decoded, white space, terminal colours
 * and invisible characters left out. Secrets are looked for in it too, so that a line break, a colour or an
 * escape in the middle hides nothing.
 */

export const PLAIN = 0;
export const DROPPED = 1;
const PERCENT = 2;
const BACKSLASH = 3;
const ESCAPE = 4;

/** What to do with a code unit. */
export const KIND = new Uint8Array(65_536);
for (let unit = 0; unit <= 0x20; unit += 1) KIND[unit] = DROPPED;
for (const unit of [0x7f, 0x85, 0xa0, 0xad, 0x034f, 0x061c, 0x180e, 0xfeff]) KIND[unit] = DROPPED;
/** Widths of nothing, marks of direction, separators, invisible operators, variation selectors. */
for (const [first, last] of [
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfe00, 0xfe0f],
] as const)
  KIND.fill(DROPPED, first, last + 1);
KIND[0x1b] = ESCAPE;
KIND[0x25] = PERCENT;
KIND[0x5c] = BACKSLASH;

const HEX = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 10; digit += 1) HEX[0x30 + digit] = digit;
for (let digit = 0; digit < 6; digit += 1) {
  HEX[0x41 + digit] = 10 + digit;
  HEX[0x61 + digit] = 10 + digit;
}

/** Escapes of white space and controls: `\n` and the like are nothing. */
const SPACE_ESCAPES = new Set([...'nrtfvab0'].map((letter) => letter.charCodeAt(0)));

/** Reads one unit after the other; `unit` is -1 at the end. No object is made on the way. */
export class Folder {
  #text = '';
  /** Where the next unit is read. */
  at = 0;
  /** Where the unit that was read last began. */
  start = 0;

  begin(text: string, at: number): void {
    this.#text = text;
    this.at = at;
  }

  next(): number {
    const text = this.#text;
    const { length } = text;
    while (this.at < length) {
      const unit = text.charCodeAt(this.at);
      const kind = KIND[unit];
      this.start = this.at;
      if (kind === PLAIN) {
        this.at += 1;
        return unit;
      }
      const read = kind === DROPPED ? this.#drop(1) : this.#special(kind ?? PLAIN, unit);
      if (read >= 0) return read;
    }
    return -1;
  }

  #drop(units: number): number {
    this.at += units;
    return -1;
  }

  #special(kind: number, unit: number): number {
    if (kind === ESCAPE) return this.#drop(this.#sequence());
    if (kind === PERCENT) {
      // Percent in percent: `%2541` is `%41` is `A`.
      let digits = this.at + 1;
      while (this.#hex(digits, 2) === 0x25 && this.#hex(digits + 2, 2) >= 0) digits += 2;
      const value = this.#hex(digits, 2);
      if (value < 0) return this.#take(unit, 1);
      return this.#decoded(value, digits + 2 - this.at);
    }
    let end = this.at;
    while (this.#text.charCodeAt(end) === 0x5c) end += 1;
    const letter = this.#text.charCodeAt(end);
    const length = letter === 0x75 ? 4 : letter === 0x78 ? 2 : 0;
    if (length > 0) {
      const value = this.#hex(end + 1, length);
      if (value >= 0) return this.#decoded(value, end + 1 + length - this.at);
    }
    return this.#drop(end - this.at + (SPACE_ESCAPES.has(letter) ? 1 : 0));
  }

  #take(unit: number, units: number): number {
    this.at += units;
    return unit;
  }

  #decoded(value: number, units: number): number {
    this.at += units;
    const kind = KIND[value];
    if (kind === ESCAPE) this.at += this.#sequence(-1) - 1;
    return kind === DROPPED || kind === ESCAPE || kind === BACKSLASH ? -1 : value;
  }

  /** How many units a terminal's control sequence takes, from the escape character on. */
  #sequence(before = 0): number {
    const text = this.#text;
    let at = this.at + before + 1;
    const second = text.charCodeAt(at);
    if (second === 0x5b) {
      at += 1;
      // Parameters and intermediates, then one final character.
      while (at < text.length && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= 0x3f) at += 1;
      return Math.min(at + 1, text.length) - this.at - before;
    }
    if (second === 0x5d) {
      const limit = Math.min(text.length, at + 512);
      while (at < limit && text.charCodeAt(at) !== 7 && text.charCodeAt(at) !== 0x1b) at += 1;
      return Math.min(at + (text.charCodeAt(at) === 7 ? 1 : 0), text.length) - this.at - before;
    }
    return 1;
  }

  #hex(from: number, digits: number): number {
    let value = 0;
    for (let at = from; at < from + digits; at += 1) {
      const unit = this.#text.charCodeAt(at);
      const digit = unit < 128 ? (HEX[unit] ?? -1) : -1;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }
}

/** The whole text folded. */
export function fold(text: string): string {
  const folder = new Folder();
  folder.begin(text, 0);
  const units: number[] = [];
  for (let unit = folder.next(); unit >= 0; unit = folder.next()) units.push(unit);
  let folded = '';
  for (let at = 0; at < units.length; at += 8192)
    folded += String.fromCharCode(...units.slice(at, at + 8192));
  return folded;
}
