/**
 * What the timeline may be narrowed by, taken apart into clauses.
 *
 * A clause is carried out in two ways that mean the same: as SQL over the lines (`filter-sql.ts`), and over the
 * columns that a worker keeps in memory (`filter-columns.ts`). Page, terminal and API all come through here.
 */

/** Empty lists and nulls narrow nothing. Within a list any may fit, lists among one another must all fit. */
export interface TimelineFilter {
  readonly text: string;
  readonly outcome: readonly string[];
  /** What the gates said first: `allowed`, `denied`, `approval_required`. */
  readonly decision: readonly string[];
  /** The program, as `claude-code`. */
  readonly client: readonly string[];
  /** The program, or the agent within it, as `main`. */
  readonly agent: readonly string[];
  /** A project's root, or its name. */
  readonly app: readonly string[];
  readonly session: readonly string[];
  readonly turn: readonly number[];
  /** A module, `module.action`, or the beginning of one and `*`. An event's type stands where a call has its action. */
  readonly action: readonly string[];
  readonly gate: readonly number[];
  /** What decided: its path, its path and place, or the beginning of one and `*`. */
  readonly rule: readonly string[];
  readonly risk: readonly string[];
  /** After it ran: whether it went well. */
  readonly success: boolean | null;
  /** Milliseconds since 1970, inclusive. */
  readonly since: number | null;
  readonly until: number | null;
  /** Also lines that are no calls. */
  readonly events: boolean;
}

export const EVERYTHING: TimelineFilter = {
  text: '',
  outcome: [],
  decision: [],
  client: [],
  agent: [],
  app: [],
  session: [],
  turn: [],
  action: [],
  gate: [],
  rule: [],
  risk: [],
  success: null,
  since: null,
  until: null,
  events: true,
};

export type TextColumn =
  | 'outcome'
  | 'client'
  | 'agent'
  | 'app'
  | 'app_name'
  | 'session'
  | 'module'
  | 'action'
  | 'rule'
  | 'risk';

export type Clause =
  | { readonly kind: 'is'; readonly column: TextColumn; readonly values: readonly string[] }
  | { readonly kind: 'starts'; readonly column: TextColumn; readonly prefix: string }
  | { readonly kind: 'number'; readonly column: 'gate' | 'turn'; readonly values: readonly number[] }
  | { readonly kind: 'flag'; readonly column: 'asked' | 'success'; readonly value: boolean }
  | { readonly kind: 'call' }
  /** Microseconds since 1970, inclusive. */
  | { readonly kind: 'since' | 'until'; readonly micros: number }
  /** A query of FTS5. */
  | { readonly kind: 'text'; readonly query: string }
  | { readonly kind: 'any' | 'all'; readonly of: readonly Clause[] }
  | { readonly kind: 'never' };

/** All of these must hold. None for a filter that narrows nothing. */
export function clausesOf(filter: TimelineFilter): readonly Clause[] {
  return [
    ...is('outcome', filter.outcome),
    ...any(filter.decision, decision),
    ...is('client', filter.client),
    ...either(is('client', filter.agent), is('agent', filter.agent)),
    ...either(is('app', filter.app), is('app_name', filter.app)),
    ...is('session', filter.session),
    ...numbers('turn', filter.turn),
    ...any(filter.action, action),
    ...numbers('gate', filter.gate),
    ...any(filter.rule, rule),
    ...is('risk', filter.risk),
    ...(filter.success === null ? [] : [{ kind: 'flag', column: 'success', value: filter.success } as const]),
    ...(filter.since === null ? [] : [{ kind: 'since', micros: Math.floor(filter.since * 1000) } as const]),
    ...(filter.until === null
      ? []
      : [{ kind: 'until', micros: Math.floor(filter.until * 1000) + 999 } as const]),
    ...(filter.events ? [] : [{ kind: 'call' } as const]),
    ...words(filter.text),
  ];
}

function is(column: TextColumn, values: readonly string[]): readonly Clause[] {
  return values.length === 0 ? [] : [{ kind: 'is', column, values }];
}

function numbers(column: 'gate' | 'turn', values: readonly number[]): readonly Clause[] {
  return values.length === 0 ? [] : [{ kind: 'number', column, values }];
}

function any(values: readonly string[], clause: (value: string) => Clause): readonly Clause[] {
  return values.length === 0 ? [] : [{ kind: 'any', of: values.map(clause) }];
}

function either(one: readonly Clause[], other: readonly Clause[]): readonly Clause[] {
  return one.length === 0 ? [] : [{ kind: 'any', of: [...one, ...other] }];
}

function decision(value: string): Clause {
  const asked = { kind: 'flag', column: 'asked', value: value === 'approval_required' } as const;
  if (value === 'approval_required') return asked;
  const outcome = { allowed: 'allowed', denied: 'refused' }[value];
  if (outcome === undefined) return { kind: 'never' };
  return { kind: 'all', of: [{ kind: 'is', column: 'outcome', values: [outcome] }, asked] };
}

function action(value: string): Clause {
  if (value.endsWith('*')) return { kind: 'starts', column: 'action', prefix: value.slice(0, -1) };
  return value.includes('.')
    ? { kind: 'is', column: 'action', values: [value] }
    : {
        kind: 'any',
        of: [
          { kind: 'is', column: 'module', values: [value] },
          { kind: 'is', column: 'action', values: [value] },
        ],
      };
}

function rule(value: string): Clause {
  if (value.endsWith('*')) return { kind: 'starts', column: 'rule', prefix: value.slice(0, -1) };
  return {
    kind: 'any',
    of: [
      { kind: 'is', column: 'rule', values: [value] },
      { kind: 'starts', column: 'rule', prefix: `${value} at ` },
    ],
  };
}

/** Every word of the text must occur, as a whole or as a beginning. Quoted for FTS5, so that no character is syntax. */
function words(text: string): readonly Clause[] {
  if (text.trim() === '') return [];
  const found = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  if (found.length === 0) return [{ kind: 'never' }];
  const query = found
    .slice(0, 32)
    .map((word) => `"${word}"*`)
    .join(' AND ');
  return [{ kind: 'text', query }];
}
