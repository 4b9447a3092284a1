/**
 * The filter field's language: words are full text, `key:value` narrows, values may be quoted.
 *
 * Pure: text in, terms or a problem out. A term keeps the text it came from, so that a chip can be taken back
 * into the field, and its value as the contract wants it, so that nothing is parsed twice.
 */
import { moduleActions } from '../../../preload/contract/module-actions.ts';
import type { TimelineFilter } from '../../../preload/contract.ts';
import { parseMoment } from './moment.ts';

const OUTCOMES = ['waits', 'allowed', 'denied', 'refused', 'expired', 'cancelled'] as const;
const DECISIONS = ['allowed', 'denied', 'approval_required'] as const;
const RISKS = ['low', 'medium', 'high', 'unknown'] as const;
/** Gates 0 to 6 by name, as the track names them. */
export const GATE_NAMES = ['Active', 'Module', 'Risk', 'Permission', 'Policy', 'Data', 'Rate'] as const;

type Outcome = (typeof OUTCOMES)[number];
type Decision = (typeof DECISIONS)[number];
type RiskName = (typeof RISKS)[number];

/** One narrowing of the timeline; in the field it is `key:value`, beside it a chip. */
export type Term =
  | { readonly key: 'outcome'; readonly value: Outcome }
  | { readonly key: 'risk'; readonly value: RiskName }
  | { readonly key: 'decision'; readonly value: Decision }
  | { readonly key: 'gate' | 'turn'; readonly value: number }
  | {
      readonly key: 'agent' | 'app' | 'session' | 'module' | 'action' | 'rule';
      readonly value: string;
    }
  /** `at` is wall time in milliseconds, `value` what was typed. */
  | { readonly key: 'since' | 'until'; readonly value: string; readonly at: number }
  | { readonly key: 'events' | 'success'; readonly value: 'yes' | 'no' };

export type FilterKey = Term['key'];

export const FILTER_KEYS: readonly FilterKey[] = [
  'outcome',
  'decision',
  'agent',
  'app',
  'module',
  'action',
  'session',
  'turn',
  'gate',
  'rule',
  'risk',
  'success',
  'since',
  'until',
  'events',
];

/** What was typed and cannot be used: the token itself and a sentence that says what can. */
export interface FilterProblem {
  readonly token: string;
  readonly text: string;
}

export interface ParsedFilter {
  readonly terms: readonly Term[];
  /** The words that are left, separated by single spaces. */
  readonly words: string;
  /** What is not a term, as typed: words with their quotes, and tokens with a problem. */
  readonly rest: string;
  readonly problems: readonly FilterProblem[];
}

/** How long a value may be: the contract's limits, so that the reader hears it here and not from a failed call. */
const LIMITS = {
  agent: 64,
  app: 4096,
  session: 64,
  module: 126,
  action: 128,
  rule: 1000,
  words: 400,
} as const;

interface Token {
  /** As typed. */
  readonly raw: string;
  /** Lower case; null for a word. */
  readonly key: string | null;
  readonly values: readonly string[];
  readonly open: boolean;
}

/**
 * Reads the text of the filter field.
 *
 * @param now wall time in milliseconds that `since:1h` and `since:13:04` are counted from
 */
export function parseFilter(text: string, now: number): ParsedFilter {
  const terms: Term[] = [];
  const words: string[] = [];
  const rest: string[] = [];
  const problems: FilterProblem[] = [];
  for (const token of tokens(text)) {
    const problemsBefore = problems.length;
    if (token.open) {
      problems.push({ token: token.raw, text: `The quote in ${token.raw} is not closed.` });
    } else if (token.key === null) {
      words.push(...token.values);
    } else if (!isKey(token.key)) {
      problems.push({ token: token.raw, text: unknownKey(token) });
    } else {
      for (const value of token.values) {
        const term = termOf(token.key, value, now);
        if (typeof term === 'string') problems.push({ token: token.raw, text: term });
        else if (!terms.some((known) => sameTerm(known, term))) terms.push(term);
      }
    }
    if (token.key === null || problems.length > problemsBefore) rest.push(token.raw);
  }
  const joined = words.join(' ').replace(/\s+/gu, ' ').trim();
  if (joined.length > LIMITS.words) {
    problems.push({
      token: joined,
      text: `The words are ${joined.length} characters long; at most ${LIMITS.words} can be searched for.`,
    });
  }
  return { terms, words: joined, rest: rest.join(' '), problems };
}

/** The term that `key:value` means, or a sentence that says why it means nothing. */
export function termOf(key: FilterKey, value: string, now: number): Term | string {
  const lower = value.toLowerCase();
  if (value === '') return `${key}: needs a value${examples(key)}.`;
  switch (key) {
    case 'outcome':
      return isOneOf(OUTCOMES, lower) ? { key, value: lower } : notAllowed(key, value, OUTCOMES);
    case 'risk':
      return isOneOf(RISKS, lower) ? { key, value: lower } : notAllowed(key, value, RISKS);
    case 'gate': {
      const named = GATE_NAMES.findIndex((name) => name.toLowerCase() === lower);
      if (named >= 0) return { key, value: named };
      // Gates 1a and 1b share one tick of the track.
      const number = /^([0-6])$|^(1)[ab]$/u.exec(lower);
      return number === null
        ? notAllowed(key, value, ['0 to 6', ...GATE_NAMES])
        : { key, value: Number(number[1] ?? number[2]) };
    }
    case 'decision':
      return isOneOf(DECISIONS, lower) ? { key, value: lower } : notAllowed(key, value, DECISIONS);
    case 'turn':
      return /^\d{1,6}$/u.test(value) ? { key, value: Number(value) } : notAllowed(key, value, ['a number']);
    case 'module':
      if (value.length > LIMITS.module) return tooLong(key, value);
      return /^[\w-]+$/u.test(lower)
        ? { key, value: lower }
        : `module:${clipped(value)} is not a module. Write a name such as shell or mcp_github.`;
    case 'agent':
    case 'app':
    case 'session':
    case 'rule':
      return value.length <= LIMITS[key] ? { key, value } : tooLong(key, value);
    case 'action':
      if (value.length > LIMITS.action) return tooLong(key, value);
      return /^[\w-]+(\.[\w.-]*)?\*?$/u.test(lower)
        ? { key, value: lower }
        : `action:${value} is not an action. Write a module, module.action, or the beginning of one and *, for example shell.bash.`;
    case 'since':
    case 'until': {
      const at = parseMoment(lower, now, key);
      if (at === null)
        return `${key}:${value} is not a time. Write 1h, 30m, 2d, today, yesterday, 13:04 or 2026-11-23.`;
      return { key, value, at };
    }
    case 'events':
    case 'success':
      return lower === 'yes' || lower === 'no'
        ? { key, value: lower }
        : notAllowed(key, value, ['yes', 'no']);
  }
}

/** No action and no type of an event is called so. */
const NO_ACTION = '-';

function actions(terms: readonly Term[]): string[] {
  const modules = values(terms, 'module');
  const both = moduleActions(modules, values(terms, 'action'));
  return both.length === 0 && modules.length > 0 ? [NO_ACTION] : both;
}

/** The filter as the contract takes it. The same key twice means either; different keys mean both. */
export function toContract(terms: readonly Term[], words: string): TimelineFilter {
  return {
    text: words.slice(0, LIMITS.words),
    outcome: terms.flatMap((term) => (term.key === 'outcome' ? [term.value] : [])),
    decision: terms.flatMap((term) => (term.key === 'decision' ? [term.value] : [])),
    client: [],
    agent: values(terms, 'agent'),
    app: values(terms, 'app'),
    session: values(terms, 'session'),
    turn: terms.flatMap((term) => (term.key === 'turn' ? [term.value] : [])),
    action: actions(terms),
    gate: terms.flatMap((term) => (term.key === 'gate' ? [term.value] : [])),
    rule: values(terms, 'rule'),
    success: terms.flatMap((term) => (term.key === 'success' ? [term.value === 'yes'] : [])).at(-1) ?? null,
    risk: terms.flatMap((term) => (term.key === 'risk' ? [term.value] : [])),
    since: bound(terms, 'since'),
    until: bound(terms, 'until'),
    events: !terms.some((term) => term.key === 'events' && term.value === 'no'),
  };
}

const SINGLE: ReadonlySet<FilterKey> = new Set(['since', 'until', 'events', 'success']);

/** Adds a term. A second time bound, success or events choice takes the place of the first; of others there may be many. */
export function withTerm(terms: readonly Term[], term: Term): readonly Term[] {
  if (terms.some((known) => sameTerm(known, term))) return terms;
  const single = SINGLE.has(term.key);
  return [...(single ? terms.filter((known) => known.key !== term.key) : terms), term];
}

export function sameTerm(a: Term, b: Term): boolean {
  return a.key === b.key && a.value === b.value;
}

/** The term as it is typed: `app:"my app"`. */
export function termText(term: Term): string {
  const value = String(term.value);
  return `${term.key}:${/[\s",]/u.test(value) ? `"${value.replaceAll('"', '')}"` : value}`;
}

/** The term in words inside a sentence: `gate 5`, `since 13:04`. */
export function termPhrase(term: Term): string {
  return term.key === 'gate' ? `gate ${term.value}` : Object.values(termWords(term)).join(' ');
}

/** The term in words for a chip: `gate`, `5 Data`. */
export function termWords(term: Term): { readonly label: string; readonly value: string } {
  if (term.key === 'success')
    return { label: 'result', value: term.value === 'yes' ? 'went well' : 'failed' };
  if (term.key === 'events') return { label: 'events', value: term.value === 'no' ? 'hidden' : 'shown' };
  if (term.key === 'gate')
    return { label: 'gate', value: `${term.value} ${GATE_NAMES[term.value] ?? ''}`.trim() };
  return { label: term.key, value: String(term.value) };
}

/**
 * Splits off what is complete in a field that is being typed in: everything up to the last space outside
 * quotes. The rest may still become something else and is left alone.
 */
export function splitComplete(text: string): { readonly complete: string; readonly rest: string } {
  const list = tokens(text);
  const last = list.at(-1);
  if (last === undefined || (/\s$/u.test(text) && !last.open)) return { complete: text, rest: '' };
  const cut = text.lastIndexOf(last.raw);
  return { complete: text.slice(0, cut), rest: text.slice(cut) };
}

const KEYED = /^([A-Za-z_]+):(?!\/\/)/u;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/u.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const start = at;
    const keyed = KEYED.exec(text.slice(at));
    if (keyed !== null) at += keyed[0].length;
    const parts: string[] = [''];
    let open = false;
    while (at < text.length && !/\s/u.test(text.charAt(at))) {
      const character = text.charAt(at);
      at += 1;
      if (character === '"') {
        const close = text.indexOf('"', at);
        open = close < 0;
        const end = open ? text.length : close;
        parts.push(`${parts.pop() ?? ''}${text.slice(at, end)}`);
        at = end + 1;
      } else if (character === ',' && keyed !== null) {
        parts.push('');
      } else {
        parts.push(`${parts.pop() ?? ''}${character}`);
      }
    }
    // `outcome:refused,` is one value and a comma too many, not an empty value.
    const given = parts.length > 1 ? parts.filter((part) => part !== '') : parts;
    const raw = text.slice(start, at);
    found.push({
      raw,
      key: keyed?.[1]?.toLowerCase() ?? null,
      values: given.length === 0 ? [''] : given,
      open,
    });
  }
  return found;
}

function isKey(key: string): key is FilterKey {
  return (FILTER_KEYS as readonly string[]).includes(key);
}

function isOneOf<T extends string>(allowed: readonly T[], value: string): value is T {
  return (allowed as readonly string[]).includes(value);
}

function values(
  terms: readonly Term[],
  key: 'agent' | 'app' | 'session' | 'module' | 'action' | 'rule',
): string[] {
  return terms.flatMap((term) => (term.key === key ? [term.value] : []));
}

function bound(terms: readonly Term[], key: 'since' | 'until'): number | null {
  return terms.flatMap((term) => ('at' in term && term.key === key ? [term.at] : [])).at(-1) ?? null;
}

function unknownKey(token: Token): string {
  return `No filter is called “${token.key ?? ''}”. Allowed: ${FILTER_KEYS.join(', ')}. To search for the text, put it in quotes: "${token.raw.replaceAll('"', '')}".`;
}

function notAllowed(key: FilterKey, value: string, allowed: readonly string[]): string {
  return `${key}:${clipped(value)} is not known. Allowed: ${allowed.join(', ')}.`;
}

function tooLong(key: Exclude<keyof typeof LIMITS, 'words'>, value: string): string {
  return `${key}:${clipped(value)} is too long: ${value.length} characters, at most ${LIMITS[key]}.`;
}

function clipped(value: string): string {
  return value.length <= 24 ? value : `${value.slice(0, 23).toWellFormed()}…`;
}

function examples(key: FilterKey): string {
  const known: Partial<Record<FilterKey, string>> = {
    outcome: 'refused',
    agent: 'claude-code',
    gate: '5',
    risk: 'high',
    action: 'shell.*',
    module: 'shell',
    rule: 'default_policy',
    success: 'no',
    decision: 'denied',
    turn: '3',
    since: '1h',
    until: '13:04',
  };
  const example = known[key];
  return example === undefined ? '' : `, for example ${key}:${example}`;
}
