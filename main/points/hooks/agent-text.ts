/**
 * Text on its way to an agent or a terminal: one line, bounded, with nothing in it that acts.
 *
 * Reasons quote what a model or a file wrote. Control characters, terminal escapes, bidirectional overrides and
 * invisible characters are shown as `\u{…}`, so that nobody is shown something else than what is there.
 */
import { HIDDEN_CHARACTERS } from '../../../preload/contract/hidden-characters.ts';

const MAX_REASON = 4000;

const BLANKS = /[\t\n\r\v\f\u0085\u2028\u2029]+/g;
const ACTING = new RegExp(String.raw`[${HIDDEN_CHARACTERS}\p{Cs}\p{Co}]`, 'gu');

/** One line of at most `limit` UTF-16 code units; a cut is marked with `…`. */
export function agentText(text: string, limit = MAX_REASON): string {
  // Cut first: a message of megabytes must not be scanned to the end.
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  const plain = cut
    .toWellFormed()
    .replace(BLANKS, ' ')
    .replace(ACTING, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`)
    .trim();
  return plain.length > limit ? `${plain.slice(0, limit - 1).toWellFormed()}…` : plain;
}

/** The text of a behaviour rule, which has up to three lines, each harmless; null for any other text. */
export function behaviorText(text: string): string | null {
  if (!text.startsWith('[BEHAVIOR ')) return null;
  return text
    .split('\n', 3)
    .map((line) => agentText(line))
    .join('\n');
}
