/** What an expansion needs from the shell that runs, and the parts of words that it makes. */
import type { Syntax } from './grammar.ts';
import type { ShellState } from './state.ts';
import type { Stream, Taint, Word } from './text.ts';

/** What the expansion needs from the shell that runs. */
export interface Expander {
  readonly source: string;
  readonly state: ShellState;
  /** Runs what stands in `$(…)` and gives what it prints. */
  substitute(node: Syntax): Stream;
  /** Runs what stands in `<(…)` or `>(…)`. */
  process(node: Syntax): Stream;
  /** Text in backticks that the grammar left as text. */
  backticks(text: string): Stream;
  /** What nodes become as one word, without splitting. */
  single(nodes: readonly Syntax[]): Word;
  /** Runs every substitution at or below a node whose own value does not matter. */
  visit(node: Syntax): void;
  /** The parser and a shell may read this differently. */
  doubt(why: string): void;
}

/** Part of a word. */
export interface Piece {
  readonly text: string;
  /** The result of an unquoted expansion: split at blanks. */
  readonly splits: boolean;
  readonly quoted: boolean;
  readonly taint: Taint;
  readonly stream?: Stream;
  /** Several words, from `"$@"`. */
  readonly words?: readonly Word[];
}
