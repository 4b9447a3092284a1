/**
 * A compiled condition, and how conditions are joined.
 *
 * A condition holds, does not hold, or is unavailable: what it asks about is not told in this session. The third
 * survives `not`, so that a rule never fires, and a grant never opens, because nobody could tell.
 */
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

export interface Condition {
  readonly needs: Needs;
  readonly test: (subject: Subject) => Truth;
}

const NOTHING: Needs = Object.freeze({ disk: false, text: false, result: false });

export function condition(test: (subject: Subject) => Truth, needs: Partial<Needs> = NOTHING): Condition {
  return Object.freeze({ needs: Object.freeze({ ...NOTHING, ...needs }), test });
}

/** Holds always: an empty condition. */
export const ALWAYS: Condition = condition(() => true);

function joinedNeeds(parts: readonly Condition[]): Needs {
  return {
    disk: parts.some(({ needs }) => needs.disk),
    text: parts.some(({ needs }) => needs.text),
    result: parts.some(({ needs }) => needs.result),
  };
}

/** Every part holds; of none, it holds. One that does not hold settles it, whatever else is unavailable. */
export function allOf(parts: readonly Condition[]): Condition {
  return condition((subject) => {
    let truth: Truth = true;
    for (const { test } of parts) {
      const found = test(subject);
      if (found === false) return false;
      if (found === null) truth = null;
    }
    return truth;
  }, joinedNeeds(parts));
}

/** At least one part holds; of none, it does not. */
export function anyOf(parts: readonly Condition[]): Condition {
  return condition((subject) => {
    let truth: Truth = false;
    for (const { test } of parts) {
      const found = test(subject);
      if (found === true) return true;
      if (found === null) truth = null;
    }
    return truth;
  }, joinedNeeds(parts));
}

export function negated(part: Condition): Condition {
  return condition((subject) => {
    const found = part.test(subject);
    return found === null ? null : !found;
  }, part.needs);
}
