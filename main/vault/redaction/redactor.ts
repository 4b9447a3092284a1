/**
 * Finds the vault's own values in texts and takes them out, however they are spelt.
 *
 * A rolling hash over windows of eight units, of the text as it is and of the text folded, is looked up in a
 * table; what is found there is compared. So the time is the same for one value and for a thousand, also where a
 * text repeats what many of them begin with (`pattern-tree.ts`).
 */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { DROPPED, Folder, fold, KIND, PLAIN } from './fold.ts';
import { PatternTree, PlainReader } from './pattern-tree.ts';
import { SHORTEST, spellingsOf } from './spellings.ts';

export const REDACTED = '[REDACTED]';
const MULTIPLIER = 0x9e3779b1 | 0;
/** The multiplier to the eighth: what the unit that leaves the window was multiplied by. */
const LEAVING = ((): number => {
  let product = 1;
  for (let at = 0; at < SHORTEST; at += 1) product = Math.imul(product, MULTIPLIER);
  return product;
})();
const SMALL_TABLE_BITS = 16;
const LARGE_TABLE_BITS = 22;
const MANY = 4000;
/** A stream holds back no more than this, whatever it is made of. */
const MOST_HELD = 64 * 1024;

interface Pattern {
  /** As it stands in the text. */
  readonly plain: string;
  /** As it stands in the folded text. */
  readonly folded: string;
}

export class Redactor {
  #patterns = new Set<string>();
  #plain = new Map<number, PatternTree>();
  #folded = new Map<number, PatternTree>();
  #shift = 32 - SMALL_TABLE_BITS;
  #table = new Uint8Array(2 ** SMALL_TABLE_BITS);
  #longest = 0;
  readonly #folder = new Folder();
  readonly #ahead = new Folder();
  readonly #plainAhead = new PlainReader();
  readonly #units = new Uint16Array(SHORTEST);
  readonly #starts = new Int32Array(SHORTEST);

  /** Looks for this value from now on. Values under eight characters are not looked for. */
  add(value: Buffer): void {
    for (const spelling of spellingsOf(value)) {
      if (this.#patterns.has(spelling)) continue;
      this.#patterns.add(spelling);
      this.#enter({ plain: spelling, folded: fold(spelling) });
    }
  }

  /** Forgets all of them. */
  forget(): void {
    this.#patterns = new Set();
    this.#plain = new Map();
    this.#folded = new Map();
    this.#shift = 32 - SMALL_TABLE_BITS;
    this.#table = new Uint8Array(2 ** SMALL_TABLE_BITS);
    this.#longest = 0;
  }

  /** Whether there is anything to look for. */
  get isEmpty(): boolean {
    return this.#patterns.size === 0;
  }

  /** The longest a match can be in folded units. */
  get longest(): number {
    return this.#longest;
  }

  text(text: string): string {
    if (this.isEmpty || text.length < SHORTEST) return text;
    const found = this.find(text);
    return found.length === 0 ? text : replaced(text, found);
  }

  /** A copy with every text in it, names included, redacted; the same value when there is nothing in it. */
  json<T extends JsonValue>(value: T): T {
    return this.isEmpty ? value : (this.#value(value, 0) as T);
  }

  /** Where values stand, as starts and ends in turn, in order and without overlap. */
  find(text: string): readonly number[] {
    const found: number[] = [];
    this.#findPlain(text, found);
    this.#findFolded(text, found);
    return found.length <= 2 ? found : merged(found);
  }

  #value(value: JsonValue, depth: number): JsonValue {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > 200) return REDACTED;
    if (Array.isArray(value)) {
      const list = value as readonly JsonValue[];
      const copy = list.map((item) => this.#value(item, depth + 1));
      return copy.some((item, at) => item !== list[at]) ? copy : value;
    }
    const object = value as JsonObject;
    let changed = false;
    const members = Object.entries(object).map(([name, inner]): [string, JsonValue] => {
      const clean = this.#value(inner, depth + 1);
      const cleanName = this.text(name);
      changed ||= clean !== inner || cleanName !== name;
      return [cleanName, clean];
    });
    // fromEntries makes own properties, also of one named __proto__.
    return changed ? Object.fromEntries(members) : value;
  }

  #enter({ plain, folded }: Pattern): void {
    this.#longest = Math.max(this.#longest, folded.length, plain.length);
    if (this.#patterns.size > MANY && this.#shift === 32 - SMALL_TABLE_BITS) this.#enlarge();
    put(this.#plain, plain, this.#table, this.#shift);
    if (folded.length >= SHORTEST) put(this.#folded, folded, this.#table, this.#shift);
  }

  #enlarge(): void {
    this.#shift = 32 - LARGE_TABLE_BITS;
    this.#table = new Uint8Array(2 ** LARGE_TABLE_BITS);
    for (const map of [this.#plain, this.#folded])
      for (const hash of map.keys()) this.#table[hash >>> this.#shift] = 1;
  }

  #findPlain(text: string, found: number[]): void {
    const table = this.#table;
    const shift = this.#shift;
    const map = this.#plain;
    const { length } = text;
    let hash = 0;
    for (let at = 0; at < SHORTEST - 1 && at < length; at += 1)
      hash = (Math.imul(hash, MULTIPLIER) + text.charCodeAt(at)) | 0;
    for (let at = SHORTEST - 1, leaves = 0; at < length; at += 1) {
      hash = (Math.imul(hash, MULTIPLIER) + text.charCodeAt(at) - leaves) | 0;
      const start = at - SHORTEST + 1;
      leaves = Math.imul(text.charCodeAt(start), LEAVING);
      if (table[hash >>> shift] === 0) continue;
      const patterns = map.get(hash);
      if (patterns === undefined) continue;
      this.#plainAhead.begin(text, start);
      const end = patterns.endOf(this.#plainAhead);
      if (end >= 0) found.push(start, end);
    }
  }

  #findFolded(text: string, found: number[]): void {
    const table = this.#table;
    const shift = this.#shift;
    const map = this.#folded;
    const units = this.#units;
    const starts = this.#starts;
    const folder = this.#folder;
    const { length } = text;
    let hash = 0;
    let count = 0;
    for (let at = 0; at < length; ) {
      let unit = text.charCodeAt(at);
      const kind = KIND[unit];
      let start = at;
      if (kind === PLAIN) at += 1;
      else if (kind === DROPPED) {
        at += 1;
        continue;
      } else {
        folder.begin(text, at);
        unit = folder.next();
        if (unit < 0) break;
        start = folder.start;
        at = folder.at;
      }
      const slot = count & (SHORTEST - 1);
      const leaves = count < SHORTEST ? 0 : Math.imul(units[slot] ?? 0, LEAVING);
      hash = (Math.imul(hash, MULTIPLIER) + unit - leaves) | 0;
      units[slot] = unit;
      starts[slot] = start;
      count += 1;
      if (table[hash >>> shift] === 0 || count < SHORTEST) continue;
      const patterns = map.get(hash);
      if (patterns === undefined) continue;
      const first = starts[count & (SHORTEST - 1)] ?? 0;
      this.#ahead.begin(text, first);
      const end = patterns.endOf(this.#ahead);
      if (end >= 0) found.push(first, end);
    }
  }
}

/** Redacts what comes in pieces: a value that begins in one and ends in another is found. */
export class RedactingStream {
  readonly #redactor: Redactor;
  #held = '';

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** What may go out now. */
  push(chunk: string): string {
    const text = this.#held + chunk;
    const safe = this.#safe(text);
    const found = this.#redactor.find(text);
    let cut = safe;
    for (let at = 0; at < found.length; at += 2)
      if ((found[at] ?? 0) < cut && (found[at + 1] ?? 0) > cut) cut = found[at + 1] ?? cut;
    const inside = found.filter((_place, at) => (found[at - (at % 2)] ?? 0) < cut);
    this.#held = text.slice(cut);
    return replaced(text.slice(0, cut), inside);
  }

  /** The rest. */
  end(): string {
    const rest = this.#redactor.text(this.#held);
    this.#held = '';
    return rest;
  }

  /** No value that is not whole yet begins before this place. */
  #safe(text: string): number {
    const keep = Math.max(this.#redactor.longest, SHORTEST) - 1;
    if (text.length <= keep) return 0;
    const folder = new Folder();
    const from = Math.max(0, text.length - MOST_HELD);
    folder.begin(text, from);
    const starts: number[] = [];
    while (folder.next() >= 0) starts.push(folder.start);
    return starts.length <= keep ? from : (starts[starts.length - keep] ?? from);
  }
}

function put(map: Map<number, PatternTree>, pattern: string, table: Uint8Array, shift: number): void {
  let hash = 0;
  for (let at = 0; at < SHORTEST; at += 1) hash = (Math.imul(hash, MULTIPLIER) + pattern.charCodeAt(at)) | 0;
  const known = map.get(hash) ?? new PatternTree();
  known.add(pattern);
  map.set(hash, known);
  table[hash >>> shift] = 1;
}

function merged(found: readonly number[]): readonly number[] {
  const ranges: [number, number][] = [];
  for (let at = 0; at < found.length; at += 2) ranges.push([found[at] ?? 0, found[at + 1] ?? 0]);
  ranges.sort(([a], [b]) => a - b);
  const result: number[] = [];
  for (const [start, end] of ranges) {
    const last = result.at(-1);
    if (last !== undefined && start <= last) result[result.length - 1] = Math.max(last, end);
    else result.push(start, end);
  }
  return result;
}

function replaced(text: string, found: readonly number[]): string {
  let result = '';
  let from = 0;
  for (let at = 0; at < found.length; at += 2) {
    result += text.slice(from, found[at]) + REDACTED;
    from = found[at + 1] ?? text.length;
  }
  return result + text.slice(from);
}
