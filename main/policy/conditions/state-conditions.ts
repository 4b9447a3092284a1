/** Conditions on what the session has done: sets, counters, flags, its turns, and what it has read. */

import type { Catalog } from '../catalog.ts';
import { explain, quoted } from '../diagnostic.ts';
import type { Field } from '../document.ts';
import { isSet, type Reader } from '../reader.ts';
import { suggest } from '../suggest.ts';
import { flagOf, requiredFields } from './call-conditions.ts';
import type { ConditionCompiler } from './compile-condition.ts';
import { type Condition, condition, saying } from './condition.ts';
import { compileDataSource } from './data-source.ts';
import { textOfValue } from './parameters.ts';
import { enough, type Quantifier } from './scope.ts';
import type { Subject } from './subject.ts';
import { type TargetNames, targetKeys } from './targets.ts';

/** A name that `state_tracking` declares. */
function declared(
  reader: Reader,
  field: Field | undefined,
  names: Iterable<string>,
  kind: 'set' | 'counter' | 'flag',
): string | null {
  const name = field === undefined ? null : reader.text(field);
  if (name === null || field === undefined) return null;
  const known = [...names];
  if (known.includes(name)) return name;
  reader.problems.error(
    field,
    explain(`no ${kind} ${quoted(name)} is tracked (see state_tracking)`, known, suggest(name, known)),
  );
  return null;
}

function wholeNumber(reader: Reader, field: Field | undefined, least: number): number | null {
  const value = field === undefined ? null : reader.integer(field);
  if (value === null || field === undefined || value >= least) return value;
  reader.problems.error(field, `must be at least ${least} (got ${value})`);
  return null;
}

/** A target of the call is, or is not, in a set. */
export function targetStands(
  catalog: Catalog,
  set: string,
  names: TargetNames | null,
  quantifier: Quantifier,
  wanted: boolean,
): Condition {
  return saying(
    condition(
      (subject) =>
        enough(
          quantifier,
          targetKeys(catalog, subject, names),
          (key) => subject.state.has(set, key) === wanted,
        ),
      { disk: true },
    ),
    `the target is ${wanted ? '' : 'not '}in ${set}`,
  );
}

export function counterAtLeast(name: string, value: number): Condition {
  return saying(
    condition(({ state }) => state.counter(name) >= value),
    `${name} is at least ${value}`,
  );
}

export function inARowAtLeast(value: number): Condition {
  return saying(
    condition((subject) => inARow(subject) >= value),
    `this tool is called ${value} times in a row`,
  );
}

export function callsThisTurnAre(value: number): Condition {
  return saying(
    condition(({ state }) => state.callsThisTurn === value),
    `it is call ${value} of the turn`,
  );
}

/** The agent has said nothing since the prompt. */
export const SAID_NOTHING: Condition = saying(
  condition(({ text }) => (text === null ? null : text.trim() === ''), { text: true }),
  'the agent has said nothing since the prompt',
);

export const FIRST_TOOL: Condition = saying(
  condition(({ state, phase }) => state.callsThisTurn === (phase === 'post' ? 1 : 0)),
  'it is the first call of the turn',
);

function targetCondition(wanted: boolean): ConditionCompiler {
  return (reader, field, { catalog, names, quantifier }) => {
    const set = declared(reader, field, names.sets.keys(), 'set');
    return set === null ? null : targetStands(catalog, set, names.sets.get(set) ?? null, quantifier, wanted);
  };
}

function toolOf({ module, action }: Subject): string {
  return action === '' ? module : `${module}.${action}`;
}

/** Calls in a row to this tool, the one that is asked about counted. */
function inARow(subject: Subject): number {
  const { state } = subject;
  const before = state.lastTool === toolOf(subject) ? state.consecutive : 0;
  return subject.phase === 'pre' ? before + 1 : before;
}

export const stateConditions: Readonly<Record<string, ConditionCompiler>> = {
  target_in_set: targetCondition(true),
  target_not_in_set: targetCondition(false),
  counter_gte: (reader, field, { names }) => {
    const fields = requiredFields(reader, field, ['name', 'value']);
    if (fields === null) return null;
    const name = declared(reader, fields.get('name'), names.counters, 'counter');
    const value = wholeNumber(reader, fields.get('value'), 1);
    return name === null || value === null ? null : counterAtLeast(name, value);
  },
  flag_is: (reader, field, { names }) => {
    const fields = requiredFields(reader, field, ['name'], ['value']);
    if (fields === null) return null;
    const name = declared(reader, fields.get('name'), names.flags, 'flag');
    const given = fields.get('value');
    const value = isSet(given) ? reader.flag(given) : true;
    return name === null || value === null ? null : condition(({ state }) => state.flag(name) === value);
  },
  consecutive_gte: (reader, field) => {
    const value = wholeNumber(reader, field, 1);
    return value === null ? null : inARowAtLeast(value);
  },
  tool_calls_this_turn_eq: (reader, field) => {
    const value = wholeNumber(reader, field, 0);
    return value === null ? null : callsThisTurnAre(value);
  },
  first_tool_this_turn: flagOf(FIRST_TOOL),
  no_text_before_tools: flagOf(SAID_NOTHING),
  data_from: (reader, field, scope) => {
    const source = compileDataSource(reader, field, scope.catalog);
    if (source === null) return null;
    scope.sources.push(source);
    return condition(({ params, state }) =>
      Object.values(params).some((value) => state.flows(source.label, textOfValue(value))),
    );
  },
};
