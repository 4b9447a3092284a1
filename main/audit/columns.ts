/**
 * The lines' short columns in memory, oldest first: what it takes to filter, count and place a million lines in
 * milliseconds. Texts that repeat are numbers with a list of words; nothing that is shown as text is kept.
 *
 * Read in one pass when first asked, then kept up with the log: a new row adds a line or changes one.
 */
import { basename } from 'node:path';
import type { Database } from '../store/database.ts';
import type { AuditEvent } from './event.ts';
import type { TextColumn } from './filter.ts';

/** Texts of one column as numbers, in the order in which they were first met. */
export class Words {
  readonly #codes = new Map<string, number>();
  readonly list: string[] = [];

  code(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, this.list.length);
    this.list.push(text);
    return this.list.length - 1;
  }
}

type WordColumn = Exclude<TextColumn, 'app_name'>;
const WORD_COLUMNS: readonly WordColumn[] = [
  'outcome',
  'client',
  'agent',
  'app',
  'session',
  'module',
  'action',
  'rule',
  'risk',
];
/** Stands for null among the words of a column: no filter can name it. */
const NULL_WORD = '\0';
const NO_NUMBER = 0xffff;
/** Bits of `flags`. */
export const FLAGS = { asked: 1, call: 2, failed: 4, succeeded: 8 } as const;
/** Values of `kind`: no call; let through without a question; asked and not stopped; stopped. */
export const KINDS = { event: 0, through: 1, asked: 2, stopped: 3 } as const;
const STOPPED: ReadonlySet<string> = new Set(['denied', 'refused', 'expired', 'cancelled']);
const FIRST_SIZE = 4096;
/** Lines that are read at a time. */
const PORTION = 2000;

const SELECT = `SELECT id, at, gate, turn, asked, call_id IS NOT NULL, success, ${WORD_COLUMNS.join(', ')} FROM lines`;
type Raw = readonly (number | string | null)[];

/** What came of keeping up. */
export type Change =
  | { readonly kind: 'same' }
  /** Lines from `from` on are new; those at `changed` have other values than before. */
  | { readonly kind: 'grown'; readonly from: number; readonly changed: readonly number[] }
  /** Nothing stands where it stood. */
  | { readonly kind: 'reloaded' };

export class Columns {
  readonly #database: Database;
  #size = 0;
  #done = -1;
  ids = new Float64Array(FIRST_SIZE);
  /** Microseconds since 1970. */
  at = new Float64Array(FIRST_SIZE);
  gate = new Uint16Array(FIRST_SIZE);
  turn = new Uint16Array(FIRST_SIZE);
  flags = new Uint8Array(FIRST_SIZE);
  kind = new Uint8Array(FIRST_SIZE);
  codes = Object.fromEntries(WORD_COLUMNS.map((name) => [name, new Uint32Array(FIRST_SIZE)])) as Record<
    WordColumn,
    Uint32Array
  >;
  words = newWords();

  /** @param database the log's, opened for reading */
  constructor(database: Database) {
    this.#database = database;
  }

  get size(): number {
    return this.#size;
  }

  /** Reads what is new. Call it in the transaction in which lines are read by what it says. */
  catchUp(): Change {
    const upTo = this.#projected();
    if (upTo === this.#done) return { kind: 'same' };
    if (this.#done < 0 || upTo < this.#done) return this.#load(upTo);
    const from = this.#size;
    const changed = new Set<number>();
    const lineOf = this.#database.prepare<[number], Raw>(`${SELECT} WHERE id = ?`).raw();
    const lineOfCall = this.#database.prepare<[string], Raw>(`${SELECT} WHERE call_id = ?`).raw();
    for (const { seq, event: text } of this.#database
      .prepare<[number, number], { seq: number; event: string }>(
        'SELECT seq, event FROM rows WHERE seq > ? AND seq <= ? ORDER BY seq',
      )
      .iterate(this.#done, upTo)) {
      const event = JSON.parse(text) as AuditEvent;
      if (event.type === 'log.pruned') return this.#load(upTo);
      const made = lineOf.get(seq);
      if (made !== undefined) this.#put(this.#size, made);
      if (event.type !== 'approval.resolved' && event.type !== 'call.completed') continue;
      const line = lineOfCall.get(event.callId);
      const index = line === undefined ? -1 : this.indexOf(Number(line[0]));
      if (line === undefined || index < 0) continue;
      this.#put(index, line);
      if (index < from) changed.add(index);
    }
    this.#done = upTo;
    return { kind: 'grown', from, changed: [...changed] };
  }

  /** Where the line with this id stands; -1 when it is not there. */
  indexOf(id: number): number {
    const index = this.firstFrom(id);
    return this.ids[index] === id && index < this.#size ? index : -1;
  }

  /** The first line with this id or a later one. */
  firstFrom(id: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ids[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  word(column: WordColumn, index: number): string {
    const text = this.words[column].list[this.codes[column][index] ?? 0] ?? '';
    return text === NULL_WORD ? '' : text;
  }

  number(column: 'gate' | 'turn', index: number): number | null {
    const value = this[column][index] ?? NO_NUMBER;
    return value === NO_NUMBER ? null : value;
  }

  /** Whether the lines were read once. */
  get isLoaded(): boolean {
    return this.#done >= 0;
  }

  /** For each code of a column whether its text fits. */
  mask(column: TextColumn, fits: (text: string) => boolean): Uint8Array {
    const list = this.words[column === 'app_name' ? 'app' : column].list;
    const shown = column === 'app_name' ? list.map((app) => basename(app) || app) : list;
    return Uint8Array.from(shown, (text) => (text !== NULL_WORD && fits(text) ? 1 : 0));
  }

  #projected(): number {
    const found = this.#database
      .prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'projected'")
      .get();
    return Number(found?.value ?? 0);
  }

  #load(upTo: number): Change {
    this.#size = 0;
    this.words = newWords();
    const next = this.#database
      .prepare<[number, number], Raw>(`${SELECT} WHERE id > ? ORDER BY id LIMIT ?`)
      .raw();
    for (let last = -1; ; ) {
      const lines = next.all(last, PORTION);
      for (const line of lines) this.#put(this.#size, line);
      if (lines.length < PORTION) break;
      last = this.ids[this.#size - 1] ?? 0;
    }
    this.#done = upTo;
    return { kind: 'reloaded' };
  }

  #put(index: number, line: Raw): void {
    if (index >= this.ids.length) this.#grow();
    const [id, at, gate, turn, asked, call, success, ...texts] = line;
    this.ids[index] = Number(id);
    this.at[index] = Number(at);
    this.gate[index] = gate === null ? NO_NUMBER : Number(gate);
    this.turn[index] = turn === null ? NO_NUMBER : Math.min(Number(turn), NO_NUMBER - 1);
    this.flags[index] =
      (asked === 1 ? FLAGS.asked : 0) |
      (call === 1 ? FLAGS.call : 0) |
      (success === 0 ? FLAGS.failed : success === 1 ? FLAGS.succeeded : 0);
    const [outcome] = texts;
    this.kind[index] =
      call !== 1
        ? KINDS.event
        : typeof outcome === 'string' && STOPPED.has(outcome)
          ? KINDS.stopped
          : asked === 1
            ? KINDS.asked
            : KINDS.through;
    for (let at = 0; at < WORD_COLUMNS.length; at += 1) {
      const column = WORD_COLUMNS[at] as WordColumn;
      const text = texts[at];
      this.codes[column][index] = this.words[column].code(typeof text === 'string' ? text : NULL_WORD);
    }
    if (index === this.#size) this.#size += 1;
  }

  #grow(): void {
    const size = this.ids.length * 2;
    this.ids = grown(this.ids, new Float64Array(size));
    this.at = grown(this.at, new Float64Array(size));
    this.gate = grown(this.gate, new Uint16Array(size));
    this.turn = grown(this.turn, new Uint16Array(size));
    this.flags = grown(this.flags, new Uint8Array(size));
    this.kind = grown(this.kind, new Uint8Array(size));
    for (const column of WORD_COLUMNS) this.codes[column] = grown(this.codes[column], new Uint32Array(size));
  }
}

function grown<T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

function newWords(): Record<WordColumn, Words> {
  return Object.fromEntries(WORD_COLUMNS.map((name) => [name, new Words()])) as Record<WordColumn, Words>;
}
