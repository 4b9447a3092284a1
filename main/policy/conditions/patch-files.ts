/**
 * The files that a patch names in its text: of the form agents write (`*** Update File: a`), of `diff -u` and of
 * git. A line of content that happens to look like a header names one file too many, never one too few. Agents take
 * their own headers also with blanks before them (Codex' parser trims the line).
 */
const HEADER =
  /^(?:[^\S\r\n\u2028\u2029]*\*\*\* (?:(?:Add|Update|Delete) File|Move to):|---|\+\+\+|(?:rename|copy) (?:from|to)|Index:)[ \t]+(.+)$/gm;
const GIT_HEADER = /^diff --git (.+)$/gm;

/** Paths as they stand there, and without the `a/` and `b/` that diff puts before them. */
export function filesOfPatch(patch: string): readonly string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    const bare = name
      .replace(/\t.*$/, '')
      .trim()
      .replace(/^"(.*)"$/, '$1');
    found.add(bare).add(bare.replace(/^[a-z]\//, ''));
  };
  for (const [, name] of patch.matchAll(HEADER)) add(name ?? '');
  // Two names on one line: a blank in one of them leaves more than two parts, each looked at.
  for (const [, names] of patch.matchAll(GIT_HEADER)) for (const name of (names ?? '').split(' ')) add(name);
  found.delete('');
  found.delete('/dev/null');
  return [...found];
}
