/** Text on one line, with nothing in it that could make it look like another text. */

const LIMIT = 400;

/** Control, bidi, zero-width and line-breaking characters: shown as escapes. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** The first 400 characters, blanks collapsed, line breaks as `⏎`, invisible characters as `\u{…}`. */
export function oneLine(text: string): string {
  const head = text.slice(0, LIMIT * 4).trim();
  const visible = head
    .replace(/\s*\r?\n\s*/g, ' ⏎ ')
    .replace(/\t+/g, ' ')
    .replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/ {2,}/g, ' ');
  const shown = visible.length > LIMIT ? `${visible.slice(0, LIMIT - 1)}…` : visible;
  return shown.toWellFormed();
}
