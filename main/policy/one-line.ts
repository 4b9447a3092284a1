/** Text on one line, with nothing in it that could make it look like another text. */

import { HIDDEN_CHARACTERS } from '../../preload/contract/hidden-characters.ts';

const LIMIT = 400;

/** Shown as escapes; what no font knows as well. */
const INVISIBLE = new RegExp(String.raw`[${HIDDEN_CHARACTERS}\p{Co}\p{Cn}]`, 'gu');

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
