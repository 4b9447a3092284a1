/** Temporary folders that a program makes and takes away again. */

const MADE = /^\s*=\s*(?:(?:tempfile|fs|os)\s*\.\s*)?(?:mkdtemp|mkdtempSync)\s*\(/;

/**
 * Whether what is deleted is a folder that the same program has made among the temporary files.
 *
 * @param code text of the program, in Python or JavaScript, its strings blanked
 * @param argument what the deletion is given: from its bracket on
 * @param at where the deletion stands. The name must be given a value once, before that: by making the folder.
 */
export function isOwnScratch(code: string, argument: string, at: number): boolean {
  const name = /^\(\s*([A-Za-z_]\w*)\s*(?:[,)]|$)/.exec(argument)?.[1];
  if (name === undefined) return false;
  const gets = [...code.matchAll(new RegExp(`(?<![\\w.])${name}\\s*(?:[-+*/|&%]?=(?!=)|:=)`, 'g'))];
  const [only] = gets;
  if (only === undefined || gets.length > 1 || only.index > at) return false;
  const otherwise = new RegExp(
    `\\b(?:for|as|import|del|def|global|nonlocal)\\s+[^\\n:;]*\\b${name}\\b|,\\s*${name}\\s*=|\\b${name}\\s*,[^()\\n;]*=(?!=)`,
  );
  return !otherwise.test(code) && MADE.test(code.slice(only.index + name.length));
}
