/**
 * When no call matches: which single term, taken away, would show the most.
 *
 * Asks the supervisor once for each term (one row each) and never guesses.
 */
import { type Term, termPhrase, toContract } from './filter.ts';
import type { TimelineSource } from './feed.ts';

export interface RemovalHint {
  /** Null: the words in the field. */
  readonly term: Term | null;
  /** In words, for the sentence: `gate 5`. */
  readonly phrase: string;
  /** Lines that match without it. */
  readonly matched: number;
}

/** At most so many questions: someone with more terms sees only "clear the filter". */
const MOST_TERMS = 8;

/** The best term to take away, or null when no single one helps or the supervisor does not answer. */
export async function removalHint(source: TimelineSource, terms: readonly Term[], words: string): Promise<RemovalHint | null> {
  if (terms.length > MOST_TERMS) return null;
  const without = terms.map((term) => ({
    term,
    phrase: termPhrase(term),
    filter: toContract(
      terms.filter((other) => other !== term),
      words,
    ),
  }));
  const asked = words === '' ? without : [...without, { term: null, phrase: words, filter: toContract(terms, '') }];
  const hints = await Promise.all(
    asked.map(async ({ term, phrase, filter }): Promise<RemovalHint> => {
      const answer = await source.timeline(filter, null, 1);
      return { term, phrase, matched: answer.ok ? answer.value.matched : 0 };
    }),
  );
  const best = hints.toSorted((a, b) => b.matched - a.matched)[0];
  return best === undefined || best.matched === 0 ? null : best;
}
