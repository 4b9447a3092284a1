/** The filter of `audit query`, `tail` and `export`, from the options of the command line. */
import type { z } from 'zod';
import { moduleActions } from '../../../preload/contract/module-actions.ts';
import { TimelineFilter } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { readMoment } from './moment.ts';

const MANY = { type: 'string', multiple: true } as const;

/** For parseArgs. */
export const FILTER_OPTIONS = {
  text: { type: 'string' },
  outcome: MANY,
  decision: MANY,
  client: MANY,
  agent: MANY,
  app: MANY,
  session: MANY,
  turn: MANY,
  module: MANY,
  action: MANY,
  gate: MANY,
  rule: MANY,
  risk: MANY,
  success: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  calls: { type: 'boolean' },
} as const;

/** What parseArgs makes of them. */
export type FilterValues = {
  readonly [K in keyof typeof FILTER_OPTIONS]?:
    | ((typeof FILTER_OPTIONS)[K] extends { multiple: true }
        ? readonly string[]
        : (typeof FILTER_OPTIONS)[K] extends { type: 'boolean' }
          ? boolean
          : string)
    | undefined;
};

export const FILTER_USAGE = [
  '[--text WORDS] [--outcome O] [--decision D] [--client C] [--agent A] [--app A] [--session S] [--turn N]',
  '[--module M] [--action M.A*] [--gate N] [--rule R*] [--risk R] [--success yes|no] [--since T] [--until T] [--calls]',
] as const;

/** Whether anything is narrowed. */
export function isNarrowed(values: FilterValues): boolean {
  return (Object.keys(FILTER_OPTIONS) as (keyof typeof FILTER_OPTIONS)[]).some(
    (name) => values[name] !== undefined,
  );
}

/**
 * @param command is named in front of what is wrong
 *
 * @throws GatehouseError `usage`
 */
export function readFilter(values: FilterValues, now: number, command: string): TimelineFilter {
  const { success } = values;
  if (success !== undefined && success !== 'yes' && success !== 'no')
    throw new GatehouseError('usage', `${command}: --success: allowed: yes, no`);
  const filter = TimelineFilter.safeParse({
    text: values.text ?? '',
    outcome: values.outcome ?? [],
    decision: values.decision ?? [],
    client: values.client ?? [],
    agent: values.agent ?? [],
    app: values.app ?? [],
    session: values.session ?? [],
    turn: (values.turn ?? []).map(Number),
    action: actionsOf(values, command),
    gate: (values.gate ?? []).map(Number),
    rule: values.rule ?? [],
    risk: values.risk ?? [],
    success: success === undefined ? null : success === 'yes',
    since: readMoment(values.since, now),
    until: readMoment(values.until, now),
    events: !(values.calls ?? false),
  });
  if (filter.success) return filter.data;
  const [issue] = filter.error.issues;
  const name = String(issue?.path[0] ?? 'filter');
  throw new GatehouseError('usage', `${command}: --${name}: ${allowedWords(name, issue)}`);
}

/** What may stand there instead. */
function allowedWords(name: string, issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_value') return `allowed: ${issue.values.map(String).join(', ')}`;
  if (name === 'gate') return 'allowed: 0 to 6';
  if (name === 'turn') return 'allowed: whole numbers from 0';
  return issue?.code === 'too_big' ? `at most ${issue.maximum} characters` : 'it cannot be read';
}

/** @throws GatehouseError `usage` when no action can be of both */
function actionsOf({ module = [], action = [] }: FilterValues, command: string): readonly string[] {
  const both = moduleActions(module, action);
  if (both.length > 0 || module.length === 0) return both;
  throw new GatehouseError('usage', `${command}: --module and --action: no action can be of both`);
}
