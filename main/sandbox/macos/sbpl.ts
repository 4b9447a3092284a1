/**
 * The little of Apple's sandbox profile language (SBPL) that profiles are written in.
 *
 * A profile is `(deny default)` and rules that allow. What a rule excepts stands inside it (`require-not`), and no rule
 * denies: so nothing hangs on which of two rules wins, of which measurements of others say different things for
 * different filters. What comes from outside is a parameter's value, never a word of the text.
 */

/** A symbol is a string; text in quotes is `{ text }`; `{ param }` is the value that comes with the profile. */
export type Term = string | { readonly text: string } | { readonly param: string } | readonly Term[];
/** A filter: one list. */
export type Filter = readonly Term[];

export interface AllowRule {
  /** Said above it. */
  readonly why: string;
  readonly operations: readonly string[];
  /** Any of them is enough. Empty allows the operation wherever it goes: said with `anywhere`. */
  readonly filters: readonly Filter[] | 'anywhere';
}

export const text = (value: string): Term => ({ text: value });
export const not = (filter: Filter): Filter => ['require-not', filter];

/** One filter for all of them: `filters` is not empty. */
export function all(filters: readonly Filter[]): Filter {
  const [only, ...more] = filters;
  if (only === undefined) throw new Error('a filter of nothing would let everything through');
  return more.length === 0 ? only : ['require-all', ...filters];
}

/** The profile's text. Rules without a filter are left out: they would allow everything. */
export function profileText(rules: readonly AllowRule[]): string {
  const written = rules.filter(({ filters }) => filters === 'anywhere' || filters.length > 0).map(ruleText);
  return ['(version 1)', '(deny default)', ...written, ''].join('\n');
}

function ruleText({ why, operations, filters }: AllowRule): string {
  const head = `; ${why}\n(allow ${operations.join(' ')}`;
  if (filters === 'anywhere') return `${head})`;
  return `${head}\n${filters.map((filter) => `  ${termText(filter)}`).join('\n')})`;
}

function termText(term: Term): string {
  if (typeof term === 'string') return term;
  if ('text' in term) return quoted(term.text);
  if ('param' in term) return `(param ${quoted(term.param)})`;
  return `(${term.map(termText).join(' ')})`;
}

/** Constants of ours only. A sign that would end the string, or mean something in it, is a mistake here. */
function quoted(value: string): string {
  if (!/^[\x20-\x7e]*$/.test(value) || /["\\]/.test(value))
    throw new Error(`not a constant for a profile: ${JSON.stringify(value)}`);
  return `"${value}"`;
}
