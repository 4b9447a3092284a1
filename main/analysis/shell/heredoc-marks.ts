/** A form of here-document that the grammar does not know: further redirections behind its mark, as in `<<'E' 2>&1`. */

const BEHIND =
  /(<<-?[ \t]*(?:'[\w.-]+'|"[\w.-]+"|\\?[\w.-]+))((?:[ \t]+\d?>&\d(?![\w-]))+)(?=[ \t]*(?:[|&;)\n]|$))/g;

/**
 * The same text with those redirections before the mark, which means the same. It keeps its length.
 *
 * @returns the text itself where there are none
 */
export function withMarksLast(text: string): string {
  return text.replace(BEHIND, (_, mark: string, behind: string) =>
    `${behind.trimStart()} ${mark}`.padEnd(mark.length + behind.length),
  );
}
