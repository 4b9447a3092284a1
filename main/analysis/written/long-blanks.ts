/** Blanks without an end: patterns that let some stand between words try every way to share them out. */

/** More than anybody leaves between two words of one statement; lines are indented further at most. */
const LONG_BLANKS = /\s{17,}/g;

/** The same text with its long runs of blanks cut to a few; a run with a line's end in it keeps one. */
export function withoutLongBlanks(text: string): string {
  return text.replace(LONG_BLANKS, (run) =>
    run.includes('\n') ? `\n${run.slice(run.lastIndexOf('\n') + 1).slice(0, 15)}` : run.slice(0, 16),
  );
}
