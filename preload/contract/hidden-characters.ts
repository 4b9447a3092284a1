/**
 * Characters that do not show, or that act on what stands beside them, as the inside of a character class for the
 * flag `u`: controls, formats and bidi, line and paragraph separators, and letters, marks and selectors that are
 * drawn as nothing or as a blank (Unicode's Default_Ignorable_Code_Point and the empty Braille cell). U+FE0F stays:
 * it stands behind every second emoji.
 */
export const HIDDEN_CHARACTERS = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\u{e0100}-\u{e01ef}`;

/** How a character that does not show is named: `U+200B`. */
export function codeName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
