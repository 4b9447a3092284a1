/**
 * JSON text read strictly, with the place of every value in it.
 *
 * Stricter than JSON.parse where two readers could understand a text differently: a key that stands twice in
 * one object and the key `__proto__` are errors, and depth and number of values are bounded. The ranges let a
 * settings file be edited without touching a byte of what is not ours.
 */
import type { JsonObject, JsonValue } from './canonical-json.ts';
import { GatehouseError } from './errors.ts';

/** Offsets are UTF-16 code units into the text; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type JsonNode = Range &
  (
    | { readonly kind: 'scalar'; readonly value: null | boolean | number | string }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  );

/** `keyStart` is the key's opening quote. */
export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly value: JsonNode;
}

export interface JsonDocument {
  readonly root: JsonNode;
  /** A string or key somewhere holds U+0000. */
  readonly hasNul: boolean;
  /** A string or key somewhere is not well-formed UTF-16, so that it has no UTF-8 bytes. */
  readonly hasLoneSurrogate: boolean;
  /** Comments, and commas behind a last member or item, in their order; none unless they were accepted. */
  readonly extras: readonly Range[];
}

export interface JsonLimits {
  readonly maxDepth: number;
  /** Values of every kind, keys not counted. */
  readonly maxValues: number;
  /** Accepts comments, and a comma behind the last member or item, as files that people keep by hand have them. */
  readonly comments?: boolean;
}

/** Text that is not the JSON we accept. `line` and `column` count from 1, columns in UTF-16 code units. */
export class JsonSyntaxError extends GatehouseError {
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the place. */
  readonly problem: string;

  constructor(problem: string, text: string, offset: number) {
    const before = text.slice(0, offset).split(/\r\n|\n|\r/);
    const line = before.length;
    const column = (before.at(-1) ?? '').length + 1;
    super('bad_json', `JSON line ${line} column ${column}: ${problem}`);
    this.line = line;
    this.column = column;
    this.problem = problem;
  }
}

const DEFAULT_LIMITS: JsonLimits = { maxDepth: 100, maxValues: 200_000 };

/**
 * Reads one JSON value (RFC 8259) that fills the whole text; with `comments` in the limits also JSON with comments.
 *
 * @throws JsonSyntaxError with the place, for anything else
 */
export function parseJson(text: string, limits: JsonLimits = DEFAULT_LIMITS): JsonDocument {
  return new Reader(text, limits).document();
}

/** The plain value of a node. */
export function jsonValue(node: JsonNode): JsonValue {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'array':
      return node.items.map(jsonValue);
    case 'object': {
      const value: Record<string, JsonValue> = {};
      for (const member of node.members) value[member.key] = jsonValue(member.value);
      return value satisfies JsonObject;
    }
  }
}

/** The member of that name, or null when the node is no object or has none. */
export function memberOf(node: JsonNode, key: string): JsonMember | null {
  if (node.kind !== 'object') return null;
  return node.members.find((member) => member.key === key) ?? null;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANKS = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a JSON string must not hold
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const LINE_COMMENT = /\/\/[^\r\n]*/y;
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y;
const WORDS: readonly (readonly [string, null | boolean])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
];

class Reader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #values = 0;
  #hasNul = false;
  #hasLoneSurrogate = false;
  readonly #extras: Range[] = [];
  /** Where the last comma between members or items stands. */
  #comma = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): JsonDocument {
    const root = this.#value(1);
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#error(`unexpected ${this.#here()} after the value`);
    return {
      root,
      hasNul: this.#hasNul,
      hasLoneSurrogate: this.#hasLoneSurrogate,
      extras: this.#extras.toSorted((a, b) => a.start - b.start),
    };
  }

  #value(depth: number): JsonNode {
    this.#skipBlanks();
    if (depth > this.#limits.maxDepth)
      throw this.#error(`nested deeper than ${this.#limits.maxDepth} levels`);
    this.#values += 1;
    if (this.#values > this.#limits.maxValues)
      throw this.#error(`more than ${this.#limits.maxValues} values`);
    const start = this.#at;
    switch (this.#text[start]) {
      case '{': {
        const members = this.#members(depth);
        return { kind: 'object', members, start, end: this.#at };
      }
      case '[': {
        const items = this.#items(depth);
        return { kind: 'array', items, start, end: this.#at };
      }
      case '"': {
        const value = this.#string();
        return { kind: 'scalar', value, start, end: this.#at };
      }
      default:
        return this.#wordOrNumber(start);
    }
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    const keys = new Set<string>();
    this.#at += 1;
    this.#skipBlanks();
    if (this.#take('}')) return members;
    for (;;) {
      this.#skipBlanks();
      const keyStart = this.#at;
      if (members.length > 0 && this.#endsAfterComma('}')) return members;
      if (this.#text[keyStart] !== '"') throw this.#error(`expected a key in quotes, found ${this.#here()}`);
      const key = this.#string();
      if (key === '__proto__') throw this.#error('the key "__proto__" is not accepted', keyStart);
      if (keys.has(key)) throw this.#error(`the key ${quoted(key)} stands twice in one object`, keyStart);
      keys.add(key);
      this.#skipBlanks();
      if (!this.#take(':')) throw this.#error(`expected ':' after the key, found ${this.#here()}`);
      members.push({ key, keyStart, value: this.#value(depth + 1) });
      this.#skipBlanks();
      if (this.#take('}')) return members;
      this.#comma = this.#at;
      if (!this.#take(',')) throw this.#error(`expected ',' or '}', found ${this.#here()}`);
    }
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#at += 1;
    this.#skipBlanks();
    if (this.#take(']')) return items;
    for (;;) {
      this.#skipBlanks();
      if (items.length > 0 && this.#endsAfterComma(']')) return items;
      items.push(this.#value(depth + 1));
      this.#skipBlanks();
      if (this.#take(']')) return items;
      this.#comma = this.#at;
      if (!this.#take(',')) throw this.#error(`expected ',' or ']', found ${this.#here()}`);
    }
  }

  #string(): string {
    const start = this.#at;
    let escaped = false;
    this.#at += 1;
    for (;;) {
      this.#match(PLAIN);
      const stop = this.#text[this.#at];
      if (stop === '"') break;
      if (stop !== '\\') {
        if (stop === undefined) throw this.#error('the text ends inside a string', start);
        throw this.#error(`${this.#here()} must be escaped in a string`);
      }
      escaped = true;
      this.#at += 2;
    }
    this.#at += 1;
    const value = escaped ? this.#unescape(start) : this.#text.slice(start + 1, this.#at - 1);
    if (value.includes('\0')) this.#hasNul = true;
    if (!value.isWellFormed()) this.#hasLoneSurrogate = true;
    return value;
  }

  #unescape(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      throw this.#error('a string with an escape that JSON does not know', start);
    }
  }

  #wordOrNumber(start: number): JsonNode {
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, start)) continue;
      this.#at += word.length;
      return { kind: 'scalar', value, start, end: this.#at };
    }
    const digits = this.#match(NUMBER);
    if (digits === '') throw this.#error(`expected a value, found ${this.#here()}`);
    const value = Number(digits);
    if (!Number.isFinite(value)) throw this.#error('a number out of range', start);
    return { kind: 'scalar', value, start, end: this.#at };
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #skipBlanks(): void {
    this.#match(BLANKS);
    if (this.#limits.comments !== true) return;
    for (let start = this.#at; this.#text[start] === '/'; start = this.#at) {
      if (this.#match(LINE_COMMENT) === '' && this.#match(BLOCK_COMMENT) === '')
        throw this.#error('a comment that does not end, or is none');
      this.#extras.push({ start, end: this.#at });
      this.#match(BLANKS);
    }
  }

  /** A comma behind the last member or item, where that is accepted. */
  #endsAfterComma(close: string): boolean {
    const comma = this.#comma;
    if (this.#limits.comments !== true || !this.#take(close)) return false;
    this.#extras.push({ start: comma, end: comma + 1 });
    return true;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #here(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? 'the end of the text' : quoted(String.fromCodePoint(code));
  }

  #error(problem: string, offset = this.#at): JsonSyntaxError {
    return new JsonSyntaxError(problem, this.#text, Math.min(offset, this.#text.length));
  }
}

function quoted(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(shown).replace(
    /[^\x20-\x7e…]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
