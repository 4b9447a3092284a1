/**
 * Names as regular expressions that match however they are spelt: on APFS, as it comes, `.MCP.json` and `.mcp.json` are
 * one file, and so are spellings with letters that Unicode folds to the same (`.vſcode`, `hooKs` with the Kelvin sign).
 *
 * Only what Apple's matcher is known to read is used: `^ $ . [ ] ( ) | * ?` and a backslash before a sign. It matches
 * bytes, so a letter of more than one byte stands in an alternation, never in brackets.
 */

/** Letters beyond ASCII that fold to one of it, and ligatures that fold to two (Unicode CaseFolding.txt, C and F). */
const FOLDED: Readonly<Record<string, readonly string[]>> = { s: ['\u017f'], k: ['\u212a'] };
const LIGATURES: Readonly<Record<string, readonly string[]>> = {
  ff: ['\ufb00'],
  fi: ['\ufb01'],
  fl: ['\ufb02'],
  ss: ['\u00df', '\u1e9e'],
  st: ['\ufb05', '\ufb06'],
};

/** `name` in every spelling that a file system which folds letters takes for it. ASCII names only. */
export function foldedName(name: string): string {
  if (!/^[\x21-\x7e]+$/.test(name)) throw new Error(`not a name to fold: ${JSON.stringify(name)}`);
  let pattern = '';
  for (let at = 0; at < name.length; at++) {
    const pair = name.slice(at, at + 2).toLowerCase();
    const ligatures = LIGATURES[pair];
    if (ligatures !== undefined) {
      pattern += `(${letter(pair[0] ?? '')}${letter(pair[1] ?? '')}|${ligatures.join('|')})`;
      at += 1;
    } else pattern += letter(name[at] ?? '');
  }
  return pattern;
}

function letter(sign: string): string {
  const lower = sign.toLowerCase();
  const upper = sign.toUpperCase();
  if (lower === upper) return escaped(sign);
  const others = FOLDED[lower];
  return others === undefined ? `[${lower}${upper}]` : `(${[lower, upper, ...others].join('|')})`;
}

/** A sign that means nothing but itself. */
function escaped(text: string): string {
  return text.replace(/[.[\]{}()*+?^$|\\]/g, '\\$&');
}

/**
 * What matches a name in a folder.
 *
 * @param folder  as the kernel spells it: exactly this
 * @param name    parts with slashes between; a star is any one part
 * @param deep    at any depth, not only at its top
 * @param whole   with all that is in it
 * @param exact   in this spelling only
 */
export function namedIn(
  folder: string,
  name: string,
  { deep, whole, exact }: { readonly deep: boolean; readonly whole: boolean; readonly exact?: true },
): string {
  const spelt = exact === true ? escaped : foldedName;
  const parts = name.split('/').map((part) => (part === '*' ? '[^/]*' : spelt(part)));
  return `^${escaped(folder)}${deep ? '(/.*)?' : ''}/${parts.join('/')}${whole ? '(/.*)?' : ''}$`;
}
