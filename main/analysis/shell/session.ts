/** One analysis of one text: what has been found so far, and how much more may be looked at. */
import type { Place } from '../place.ts';
import type { SimpleCommand } from '../result.ts';
import type { Program } from './call.ts';
import type { Grammar, Parsed } from './grammar.ts';
import { withMarksLast } from './heredoc-marks.ts';
import { hasReservedName, withoutPrefixes } from './reserved-words.ts';
import type { Stream } from './text.ts';
import { WrittenFiles } from './written-files.ts';

/** More commands than a person could read. */
const MOST_COMMANDS = 600;
/** The same for what may go otherwise where a branch decides. */
const MOST_BESIDES = 3000;
/** Statements of every kind, each time that they run: loops in loops run theirs many times over. */
const MOST_STATEMENTS = 30_000;
const MOST_SCRIPTS = 200;
const MOST_BYTES = 256 * 1024;
/** Scripts inside scripts. */
export const DEEPEST = 10;

/** Finds what is known of a program; null when nothing is. */
export type ProgramFinder = (name: string) => Program | null;

export class Session {
  readonly commands: SimpleCommand[] = [];
  readonly files = new WrittenFiles();
  /** Names of variables that are set. */
  readonly sets = new Set<string>();
  readonly place: Place;
  readonly find: ProgramFinder;
  /** What is thought of a program that nothing is known of. */
  readonly stranger: Program;
  opaque: string | null = null;
  readonly #grammar: Grammar;
  #scripts = 0;
  #bytes = 0;
  #steps = 0;
  /** Commands of what may go otherwise, and how deeply that lies in one another. */
  #besides = 0;
  #depth = 0;
  #statements = 0;

  constructor(grammar: Grammar, place: Place, find: ProgramFinder, stranger: Program) {
    this.#grammar = grammar;
    this.place = place;
    this.find = find;
    this.stranger = stranger;
  }

  doubt(why: string): void {
    this.opaque ??= why;
  }

  /** The tree of a text, and the text as it was read. */
  parse(text: string): (Parsed & { readonly source: string }) | null {
    this.#scripts += 1;
    this.#bytes += text.length;
    if (this.#scripts > MOST_SCRIPTS || this.#bytes > MOST_BYTES) {
      this.doubt('it holds more scripts than are taken apart');
      return null;
    }
    const parsed = this.#grammar.parse(text);
    if (parsed?.broken === true) {
      const same = withMarksLast(text);
      const better = same === text ? null : this.#grammar.parse(same);
      if (better !== null && !better.broken && !hasReservedName(better.root, same))
        return { ...better, source: same };
    }
    if (parsed === null) this.doubt('it is too long or too deeply nested to take apart');
    if (parsed === null) return null;
    if (!hasReservedName(parsed.root, text)) return this.#checked(parsed, text);
    const plain = withoutPrefixes(text);
    const again = plain === text ? parsed : this.#grammar.parse(plain);
    if (again === null || hasReservedName(again.root, plain))
      this.doubt('the parser and a shell read it differently');
    return again === null ? null : this.#checked(again, plain);
  }

  #checked(parsed: Parsed, source: string): Parsed & { readonly source: string } {
    if (parsed.broken) this.doubt('it does not read as shell text');
    return { ...parsed, source };
  }

  /** Runs what goes otherwise as well: what speaks against it is put to the first of the commands since `from`. */
  besides(from: number, run: () => Stream): Stream {
    const kept = this.commands.length;
    this.#depth += 1;
    const out = run();
    this.#depth -= 1;
    const more = this.commands.splice(kept);
    const first = this.commands[from];
    if (first === undefined)
      this.commands.push(...more.filter(({ concerns, effects }) => concerns.length + effects.length > 0));
    else
      this.commands[from] = {
        ...first,
        effects: unlike(
          first.effects,
          more.flatMap(({ effects }) => effects),
        ),
        concerns: unlike(
          first.concerns,
          more.flatMap(({ concerns }) => concerns),
        ),
      };
    return out;
  }

  /** Counts one more statement; false when there are too many, and nothing more of the call needs to be gone through. */
  goesOn(): boolean {
    this.#statements += 1;
    if (this.#statements > MOST_STATEMENTS) this.doubt('it runs more statements than are gone through');
    return this.#statements <= MOST_STATEMENTS;
  }

  /** Counts one more command; false when there are too many. */
  step(): boolean {
    if (this.#depth > 0) this.#besides += 1;
    else this.#steps += 1;
    if (this.#steps <= MOST_COMMANDS && this.#besides <= MOST_BESIDES) return true;
    this.doubt('it holds more commands than are taken apart');
    return false;
  }
}

/** Those known and what is not among them. */
function unlike<T extends object>(known: readonly T[], more: readonly T[]): readonly T[] {
  const all = new Map([...known, ...more].map((one): [string, T] => [JSON.stringify(one), one]));
  return all.size === known.length ? known : [...all.values()];
}
