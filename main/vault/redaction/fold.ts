/**
 * A text as it reads without its escapes: percent, backslash and HTML escapes decoded, white space, soft line
 * breaks, terminal colours and invisible characters left out. Secrets are looked for in it too, so that a line
 * break, a colour or an escape in the middle hides nothing.
 */

export const PLAIN = 0;
export const DROPPED = 1;
const PERCENT = 2;
const BACKSLASH = 3;
const ESCAPE = 4;
const AMPERSAND = 5;
const EQUALS = 6;

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
KIND[0x26] = AMPERSAND;
KIND[0x3d] = EQUALS;
KIND[0x5c] = BACKSLASH;

const HEX = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 10; digit += 1) HEX[0x30 + digit] = digit;
for (let digit = 0; digit < 6; digit += 1) {
  HEX[0x41 + digit] = 10 + digit;
  HEX[0x61 + digit] = 10 + digit;
}

/** Escapes of white space and controls: `\n` and the like are nothing. */
const SPACE_ESCAPES = new Set([...'nrtfvab0'].map((letter) => letter.charCodeAt(0)));

/** The names of HTML for what stands for itself nowhere in it. */
const ENTITIES: readonly (readonly [string, number])[] = [
  ['lt;', 0x3c],
  ['gt;', 0x3e],
  ['quot;', 0x22],
  ['apos;', 0x27],
];

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
    switch (kind) {
      case ESCAPE:
        return this.#drop(this.#sequence());
      case PERCENT:
        return this.#percent(unit);
      case AMPERSAND:
        return this.#entity(unit);
      case EQUALS:
        return this.#equals(unit);
      default:
        return this.#backslashes();
    }
  }

  #percent(unit: number): number {
    // Percent in percent: `%2541` is `%41` is `A`.
    let digits = this.at + 1;
    while (this.#hex(digits, 2) === 0x25 && this.#hex(digits + 2, 2) >= 0) digits += 2;
    const value = this.#hex(digits, 2);
    if (value >= 0) return this.#decoded(value, digits + 2 - this.at);
    // As JavaScript's old escape() writes it: `%u00fc`.
    const wide = this.#text.charCodeAt(this.at + 1) === 0x75 ? this.#hex(this.at + 2, 4) : -1;
    return wide < 0 ? this.#take(unit, 1) : this.#decoded(wide, 6);
  }

  /** `&#103;`, `&#x67;`, `&lt;`, also escaped again: `&amp;lt;`. */
  #entity(unit: number): number {
    const text = this.#text;
    let at = this.at + 1;
    while (text.startsWith('amp;', at)) at += 4;
    if (text.charCodeAt(at) === 0x23) {
      const isHex = (text.charCodeAt(at + 1) | 0x20) === 0x78;
      const first = at + (isHex ? 2 : 1);
      let end = first;
      let value = 0;
      for (; end < first + 7; end += 1) {
        const digit = this.#digit(end);
        if (digit < 0 || (!isHex && digit > 9)) break;
        value = value * (isHex ? 16 : 10) + digit;
      }
      if (end > first && value <= 0xffff && text.charCodeAt(end) === 0x3b)
        return this.#decoded(value, end + 1 - this.at);
    }
    for (const [name, value] of ENTITIES)
      if (text.startsWith(name, at)) return this.#take(value, at + name.length - this.at);
    return this.#take(unit, at - this.at);
  }

  /** At the end of a line it is the soft break of quoted-printable. */
  #equals(unit: number): number {
    const next = this.#text.charCodeAt(this.at + 1);
    if (next === 0x0a) return this.#drop(2);
    if (next === 0x0d && this.#text.charCodeAt(this.at + 2) === 0x0a) return this.#drop(3);
    return this.#take(unit, 1);
  }

  #backslashes(): number {
    const text = this.#text;
    let end = this.at;
    while (text.charCodeAt(end) === 0x5c) end += 1;
    const letter = text.charCodeAt(end);
    const length = letter === 0x75 ? 4 : letter === 0x78 ? 2 : 0;
    if (length > 0) {
      const value = this.#hex(end + 1, length);
      if (value >= 0) return this.#decoded(value, end + 1 + length - this.at);
      if (text.charCodeAt(end + 1) === 0x7b) {
        // As in newer JavaScript: `\u{67}`.
        let close = end + 2;
        while (close < end + 8 && this.#digit(close) >= 0) close += 1;
        const braced = close === end + 2 ? -1 : this.#hex(end + 2, close - end - 2);
        if (braced >= 0 && braced <= 0xffff && text.charCodeAt(close) === 0x7d)
          return this.#decoded(braced, close + 1 - this.at);
      }
    }
    const octal = this.#octal(end);
    if (octal >= 0) return this.#decoded(octal, end + 3 - this.at);
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

  /** Three digits that make a byte, as shells and Python write one; -1: they do not. */
  #octal(from: number): number {
    let value = 0;
    for (let at = from; at < from + 3; at += 1) {
      const digit = this.#digit(at);
      if (digit < 0 || digit > 7) return -1;
      value = value * 8 + digit;
    }
    return value > 0xff ? -1 : value;
  }

  #hex(from: number, digits: number): number {
    let value = 0;
    for (let at = from; at < from + digits; at += 1) {
      const digit = this.#digit(at);
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  #digit(at: number): number {
    const unit = this.#text.charCodeAt(at);
    return unit < 128 ? (HEX[unit] ?? -1) : -1;
  }
}

/** Texts that are folded already: most spellings are. */
const FOLDED = /^[0-9A-Za-z+/_-]*$/;

/** The whole text folded. */
export function fold(text: string): string {
  if (FOLDED.test(text)) return text;
  const folder = new Folder();
  folder.begin(text, 0);
  const units: number[] = [];
  for (let unit = folder.next(); unit >= 0; unit = folder.next()) units.push(unit);
  let folded = '';
  for (let at = 0; at < units.length; at += 8192)
    folded += String.fromCharCode(...units.slice(at, at + 8192));
  return folded;
}
