/**
 * What the timeline is narrowed to. Outlives the page, so that a look at the inbox does not lose it, and lets
 * other pages open the timeline on something.
 */
import { create } from 'zustand';
import { type FilterProblem, parseFilter, sameTerm, splitComplete, type Term, withTerm } from './filter.ts';

interface FilterState {
  /** Chips, in the order they were made. */
  readonly terms: readonly Term[];
  /** What stands in the field. */
  readonly draft: string;
  /** Words of the draft that count: a `key:` that is still being typed does not. */
  readonly words: string;
  readonly problems: readonly FilterProblem[];
  /** Typing: finished `key:value` tokens become chips, words count at once. */
  type(draft: string, now: number): void;
  /** Enter or leaving the field: the last token counts as finished, and its problems are told. */
  commit(now: number): void;
  add(term: Term): void;
  /** Puts these in place of all times. */
  replaceTimes(times: readonly Term[]): void;
  remove(term: Term): void;
  removeLast(): void;
  clearWords(): void;
  clear(): void;
  /** Shows exactly this filter, for example `session:s_1`. */
  show(text: string, now: number): void;
}

const EMPTY = { terms: [], draft: '', words: '', problems: [] } as const;

export const useFilter = create<FilterState>()((set) => ({
  ...EMPTY,
  type: (draft, now) =>
    set(({ terms }) => {
      const { complete, rest } = splitComplete(draft);
      return taken(terms, complete, rest, now, false);
    }),
  commit: (now) => set(({ terms, draft }) => taken(terms, draft, '', now, true)),
  add: (term) => set(({ terms }) => ({ terms: withTerm(terms, term) })),
  replaceTimes: (times) =>
    set(({ terms }) => ({
      terms: [...terms.filter(({ key }) => key !== 'since' && key !== 'until'), ...times],
    })),
  remove: (term) => set(({ terms }) => ({ terms: terms.filter((known) => !sameTerm(known, term)) })),
  removeLast: () => set(({ terms }) => ({ terms: terms.slice(0, -1) })),
  clearWords: () => set({ draft: '', words: '', problems: [] }),
  clear: () => set(EMPTY),
  show: (text, now) => set(taken([], text, '', now, true)),
}));

/**
 * Takes the finished tokens out of a draft. Words stay in the field, tokens with a problem too, so that they can
 * be put right where they stand.
 */
function taken(terms: readonly Term[], complete: string, rest: string, now: number, finished: boolean) {
  const parsed = parseFilter(complete, now);
  const next = parsed.terms.reduce(withTerm, terms);
  const changed = parsed.terms.length > 0 || finished;
  const draft = changed ? [parsed.rest, rest].filter((part) => part !== '').join(' ') : complete + rest;
  const tail = parseFilter(rest, now);
  const words = [parsed.words, tail.terms.length > 0 || tail.problems.length > 0 ? '' : tail.words]
    .filter((part) => part !== '')
    .join(' ');
  return { terms: next, draft, words, problems: parsed.problems };
}
