/**
 * The parts of a text that a pattern is after: of each match the first group that is there.
 *
 * @param pattern global
 * @param most of them at the most
 */
export function matchedTexts(pattern: RegExp, text: string, most: number): readonly string[] {
  const out: string[] = [];
  for (const found of text.matchAll(pattern)) {
    if (out.length >= most) break;
    const one = found.slice(1).find((group) => group !== undefined);
    if (one !== undefined) out.push(one);
  }
  return out;
}
