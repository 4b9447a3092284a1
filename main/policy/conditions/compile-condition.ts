/**
 * The condition language: one key a mapping, each with its own form. Behaviour rules and `when:` on grants speak
 * it. A key, type, name or pattern that is wrong is an error with its place; nothing is guessed.
 */
import { explain } from '../diagnostic.ts';
import type { Field } from '../document.ts';
import { oneLine } from '../one-line.ts';
import { isSet, type Reader } from '../reader.ts';
import { suggest } from '../suggest.ts';
import { callConditions } from './call-conditions.ts';
import { ALWAYS, allOf, anyOf, type Condition, negated, saying } from './condition.ts';
import { placeConditions } from './place-conditions.ts';
import { type ConditionScope, inverted } from './scope.ts';
import { stateConditions } from './state-conditions.ts';

export type { Condition, Needs, Truth } from './condition.ts';
export type { ConditionScope, Quantifier, StateNames } from './scope.ts';

/** Compiles the value of one key; null when it was wrong, which has then been reported. */
export type ConditionCompiler = (reader: Reader, field: Field, scope: ConditionScope) => Condition | null;

const JOINED: Readonly<Record<string, ConditionCompiler>> = {
  all: (reader, field, scope) => joined(reader, field, scope, allOf),
  any: (reader, field, scope) => joined(reader, field, scope, anyOf),
  not: (reader, field, scope) => {
    const part = required(reader, field, inverted(scope));
    return part === null ? null : negated(part);
  },
};

const COMPILERS: ReadonlyMap<string, ConditionCompiler> = new Map(
  Object.entries({ ...JOINED, ...callConditions, ...stateConditions, ...placeConditions }),
);

/** Every key of the language, for messages, completion and the editor's schema. */
export const CONDITION_KEYS: readonly string[] = [...COMPILERS.keys()];

/**
 * Compiles a condition.
 *
 * @param field a mapping with one key; an empty one holds always
 * @returns null when it is wrong; then there is an error in `reader.problems`
 */
export function compileCondition(reader: Reader, field: Field, scope: ConditionScope): Condition | null {
  const members = reader.members(field);
  if (members === null) return null;
  if (members.size === 0) return ALWAYS;
  let compiled: Condition | null = null;
  for (const [key, value] of members) {
    const place = { ...value, node: value.keyNode };
    const compiler = COMPILERS.get(key);
    if (compiler === undefined) {
      reader.problems.error(
        place,
        explain(
          `unknown condition ${JSON.stringify(key.slice(0, 60))}`,
          CONDITION_KEYS,
          suggest(key, CONDITION_KEYS),
        ),
      );
      continue;
    }
    if (!isSet(value)) {
      reader.problems.error(place, `the condition ${key} says nothing`);
      continue;
    }
    const made = compiler(reader, value, scope);
    compiled =
      made === null || Object.hasOwn(JOINED, key)
        ? made
        : saying(made, shownOf(key, value), reader.problems.ref(place, value.path));
  }
  if (members.size === 1) return compiled;
  reader.problems.error(
    field,
    `a condition has one key, and here are ${members.size} (${[...members.keys()].slice(0, 6).join(', ')}); join them with all or any`,
  );
  return null;
}

/** A condition as it is written, on one line, cut where it is long. */
function shownOf(key: string, { node }: Field): string {
  const text = oneLine(JSON.stringify(node ?? null).replaceAll('"', ''));
  return `${key} ${text.length > 120 ? `${text.slice(0, 119)}…` : text}`;
}

/** A part of another condition: a mapping, never left out. */
function required(reader: Reader, field: Field, scope: ConditionScope): Condition | null {
  if (isSet(field)) return compileCondition(reader, field, scope);
  reader.problems.error(field, 'expected a condition, and nothing stands here');
  return null;
}

function joined(
  reader: Reader,
  field: Field,
  scope: ConditionScope,
  join: (parts: readonly Condition[]) => Condition,
): Condition | null {
  const items = reader.items(field);
  if (items === null) return null;
  const parts = items.map((item) => required(reader, item, scope));
  return parts.some((part) => part === null) ? null : join(parts.flatMap((part) => part ?? []));
}
