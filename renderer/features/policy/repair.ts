/** A repair that an error itself proposes: `did you mean X`, where a word of the file stands. */
import type { PolicyProblem } from '../../../preload/contract.ts';

export interface Repair {
  readonly from: number;
  readonly to: number;
  readonly word: string;
}

/** Null when the error proposes nothing, or nothing that could be put in the place of one word. */
export function repairOf(text: string, problem: PolicyProblem): Repair | null {
  const word = /; did you mean ([\w.:*-]+)$/.exec(problem.message)?.[1];
  const span = spanOf(text, problem);
  return word === undefined || span === null ? null : { ...span, word };
}

/** The word that an error stands at; null at the end of a line. */
export function spanOf(text: string, { line, column }: PolicyProblem): { from: number; to: number } | null {
  const lines = text.split('\n');
  const content = lines[line - 1];
  if (content === undefined) return null;
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const rest = content.slice(column - 1);
  const quote = /^["']/.exec(rest)?.[0] ?? '';
  const length = /^[\w.*<>-]+/.exec(rest.slice(quote.length))?.[0].length ?? 0;
  const from = start + column - 1 + quote.length;
  return length === 0 ? null : { from, to: from + length };
}
