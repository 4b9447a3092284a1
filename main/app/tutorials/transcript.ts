/**
 * The transcript's layout. A line with a number is that row of the log; a line without one is what the script
 * did, or what was seen in the agent's folder.
 */
import type { AuditRow } from '../../audit/event.ts';
import { rowWords } from './row-words.ts';

/** Who a line without a number is about. */
export type Speaker =
  | 'You'
  | 'Agent'
  | 'Folder'
  | 'Time'
  | 'Note'
  | 'Shown'
  | 'Decided'
  | 'Program'
  | 'Review'
  | 'Server'
  | 'Timeline'
  | 'Copy'
  | 'Stranger';

const NUMBER_WIDTH = 4;
const MARK_WIDTH = 9;
const MARGIN = NUMBER_WIDTH + 2;
/** Words go on below the words, not below the mark. */
const INDENT = ' '.repeat(MARGIN + MARK_WIDTH + 1);
const WIDTH = 100;

export class Transcript {
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  heading(text: string): void {
    this.#print('');
    this.#print(text);
    this.#print('');
  }

  /** One line as it is. */
  plain(text: string): void {
    this.#print(text);
  }

  row(row: AuditRow): void {
    const { mark, lines } = rowWords(row);
    this.#lines(String(row.seq).padStart(NUMBER_WIDTH), mark, lines);
  }

  says(who: Speaker, text: string): void {
    this.#lines(' '.repeat(NUMBER_WIDTH), who, [text]);
  }

  #lines(number: string, mark: string, lines: readonly string[]): void {
    const [first = '', ...rest] = lines.flatMap((line) => wrapped(line, WIDTH - INDENT.length));
    this.#print(`${number}  ${mark.padEnd(MARK_WIDTH)} ${first}`.trimEnd());
    for (const line of rest) this.#print(`${INDENT}${line}`);
  }
}

/** Cuts between words where one line is too long; a word that is too long stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
