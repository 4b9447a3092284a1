/**
 * Secrets and personal data in texts: what, how sure, and where.
 *
 * A net, not a proof: what is encoded, split or encrypted is not seen. Nothing found is ever repeated in a
 * message; findings carry places, not values.
 */
import type { Confidence, Finding } from './content-class.ts';
import { CONTENT_RULES, type ContentRule } from './content-rules.ts';

export type { ContentClass, Finding } from './content-class.ts';

/** Finding that many, a text is full of them; looking on tells nothing new. */
const MOST_FINDINGS = 256;
const RANK: Readonly<Record<Confidence, number>> = { high: 2, medium: 1, low: 0 };

const WITH_KEYWORDS = CONTENT_RULES.filter((rule) => rule.keywords.length > 0);
const ALWAYS = CONTENT_RULES.filter((rule) => rule.keywords.length === 0);
/** Four digits in a row: without them there is neither a card nor an account number. */
const DIGITS = /\d\d\d\d/;

/** All that is found in a text, in its order, none overlapping another: the surer one stays, then the longer. */
export function scanText(text: string): readonly Finding[] {
  // The shortest secret that a rule takes, with its name, is longer than this.
  if (text.length < 8) return NOTHING;
  const lower = text.toLowerCase();
  let found: Finding[] | null = null;
  for (const rule of WITH_KEYWORDS) {
    if (!rule.keywords.some((keyword) => lower.includes(keyword))) continue;
    found = collect(rule, text, found);
  }
  if (DIGITS.test(text)) for (const rule of ALWAYS) found = collect(rule, text, found);
  return found === null ? NOTHING : withoutOverlaps(found);
}

const NOTHING: readonly Finding[] = Object.freeze([]);

function collect(rule: ContentRule, text: string, before: Finding[] | null): Finding[] | null {
  let found = before;
  for (const match of text.matchAll(rule.pattern)) {
    const [start, end] = spanOf(match);
    const value = text.slice(start, end);
    if (rule.check?.(value) === false) continue;
    found ??= [];
    if (found.length >= MOST_FINDINGS) return found;
    found.push({ class: rule.class, confidence: rule.confidence, rule: rule.name, start, end });
  }
  return found;
}

/** The first group that took part, else the whole match. */
function spanOf(match: RegExpMatchArray): readonly [number, number] {
  const groups = match.indices ?? [];
  return groups.slice(1).find((span) => span !== undefined && span[1] - span[0] > 1) ?? groups[0] ?? [0, 0];
}

function withoutOverlaps(found: Finding[]): readonly Finding[] {
  found.sort(
    (a, b) =>
      RANK[b.confidence] - RANK[a.confidence] || b.end - b.start - (a.end - a.start) || a.start - b.start,
  );
  const kept: Finding[] = [];
  for (const finding of found)
    if (!kept.some((other) => finding.start < other.end && other.start < finding.end)) kept.push(finding);
  return kept.sort((a, b) => a.start - b.start);
}
