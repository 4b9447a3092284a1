/**
 * A compiled condition, and how conditions are joined.
 *
 * A condition holds, does not hold, or is unavailable: what it asks about is not told in this session. The third
 * survives `not`, so that a rule never fires, and a grant never opens, because nobody could tell.
 */
import type { RuleRef } from '../rule-ref.ts';
import type { Subject } from './subject.ts';

/** Null: unavailable. */
export type Truth = boolean | null;

/** What has to be looked up before a condition can be asked. */
export interface Needs {
  /** Paths of the call on the disk. */
  readonly disk: boolean;
  /** The agent's own text. */
  readonly text: boolean;
  /** The result of the call, which there is only after it ran. */
  readonly result: boolean;
}

/** What a condition says, for explanations: in words, or joined of parts. */
export type About =
  | { readonly join: null; readonly words: string; readonly rule: RuleRef | null }
  | { readonly join: 'all' | 'any' | 'not'; readonly parts: readonly Condition[] };

export interface Condition {
  readonly needs: Needs;
  readonly about: About;
  readonly test: (subject: Subject) => Truth;
}

const NOTHING: Needs = Object.freeze({ disk: false, text: false, result: false });

const UNNAMED: About = Object.freeze({ join: null, words: 'its condition', rule: null });

export function condition(
  test: (subject: Subject) => Truth,
  needs: Partial<Needs> = NOTHING,
  about: About = UNNAMED,
): Condition {
  return Object.freeze({ needs: Object.freeze({ ...NOTHING, ...needs }), about, test });
}

/** The same condition with words for explanations; one that is joined of parts has theirs. */
export function saying(part: Condition, words: string, rule: RuleRef | null = null): Condition {
  return part.about.join === null
    ? Object.freeze({ ...part, about: Object.freeze({ join: null, words, rule }) })
    : part;
}

/** Holds always: an empty condition. */
export const ALWAYS: Condition = condition(() => true, NOTHING, {
  join: null,
  words: 'it has no condition',
  rule: null,
});

function joinedNeeds(parts: readonly Condition[]): Needs {
  return {
    disk: parts.some(({ needs }) => needs.disk),
    text: parts.some(({ needs }) => needs.text),
    result: parts.some(({ needs }) => needs.result),
  };
}

/** Every part holds; of none, it holds. One that does not hold settles it, whatever else is unavailable. */
export function allOf(parts: readonly Condition[]): Condition {
  return condition(
    (subject) => {
      let truth: Truth = true;
      for (const { test } of parts) {
        const found = test(subject);
        if (found === false) return false;
        if (found === null) truth = null;
      }
      return truth;
    },
    joinedNeeds(parts),
    { join: 'all', parts },
  );
}

/** At least one part holds; of none, it does not. */
export function anyOf(parts: readonly Condition[]): Condition {
  return condition(
    (subject) => {
      let truth: Truth = false;
      for (const { test } of parts) {
        const found = test(subject);
        if (found === true) return true;
        if (found === null) truth = null;
      }
      return truth;
    },
    joinedNeeds(parts),
    { join: 'any', parts },
  );
}

export function negated(part: Condition): Condition {
  return condition(
    (subject) => {
      const found = part.test(subject);
      return found === null ? null : !found;
    },
    part.needs,
    { join: 'not', parts: [part] },
  );
}
