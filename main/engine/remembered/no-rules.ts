/** A store of remembered answers that keeps nothing: what is remembered ends with the process. */
import type { RuleStore } from './book.ts';

export const NO_RULES: RuleStore = {
  list: () => [],
  insert: () => undefined,
  used: () => undefined,
  remove: () => undefined,
};
