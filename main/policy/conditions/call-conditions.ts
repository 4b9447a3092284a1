/** Conditions on a call's parameters, its result and the agent's text. */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import type { Field } from '../document.ts';
import { compilePattern, type Pattern } from '../pattern.ts';
import { isSet, type Reader } from '../reader.ts';
import type { ConditionCompiler } from './compile-condition.ts';
import { type Condition, condition, negated, saying } from './condition.ts';
import { readingsOf, valuesOf } from './parameters.ts';
import { type ConditionScope, enough } from './scope.ts';

/** The values of a mapping whose keys are all there; null when one is not, which has been reported. */
export function requiredFields(
  reader: Reader,
  field: Field,
  names: readonly string[],
  optional: readonly string[] = [],
): ReadonlyMap<string, Field> | null {
  const fields = reader.known(field, [...names, ...optional]);
  if (fields === null) return null;
  const missing = names.filter((name) => !isSet(fields.get(name)));
  for (const name of missing)
    reader.problems.error(field, `${name} is missing; write { ${names.join(': …, ')}: … }`);
  const unknown = [...fields.keys()].some((key) => !names.includes(key) && !optional.includes(key));
  return missing.length > 0 || unknown ? null : fields;
}

/** A text that is there and not empty. */
export function nonEmptyText(reader: Reader, field: Field | undefined): string | null {
  if (field === undefined) return null;
  const text = reader.text(field);
  if (text !== '') return text;
  reader.problems.error(field, 'is empty, and would hold for everything');
  return null;
}

/** A regular expression, reported where it is none. */
export function patternOf(reader: Reader, field: Field | undefined): Pattern | null {
  const text = nonEmptyText(reader, field);
  if (text === null || field === undefined) return null;
  const compiled = compilePattern(text);
  if (compiled.ok) return compiled.pattern;
  reader.problems.error(field, `not a regular expression (RE2 syntax): ${compiled.problem}`);
  return null;
}

/** A condition that is written `name: true`; `false` asks for the opposite. */
export function flagOf(when: Condition): ConditionCompiler {
  return (reader, field) => {
    const wanted = reader.flag(field);
    return wanted === null ? null : wanted ? when : negated(when);
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Findings of severity `error` in what a tool reports of its linter. */
function hasLintErrors(result: JsonValue): boolean {
  if (!isObject(result)) return false;
  const inner = result['data'];
  return [result['lint'], isObject(inner) ? inner['lint'] : undefined].some(
    (list) =>
      Array.isArray(list) &&
      list.some((item) => isObject(item) && String(item['severity']).toLowerCase() === 'error'),
  );
}

export const LINT_ERRORS: Condition = saying(
  condition(({ result }) => hasLintErrors(result), { result: true }),
  'the result reports errors of a linter',
);

/** The parameters that a call may have been given, of which one is enough. */
export function hasParam(names: readonly string[]): Condition {
  return saying(
    condition(({ params }) => names.some((name) => valuesOf(params, name).length > 0)),
    `${names.join(' or ')} is given`,
  );
}

function paramPasses(
  { catalog, quantifier }: ConditionScope,
  name: string,
  passes: (text: string) => boolean,
): Condition {
  return condition(
    (subject) =>
      enough(quantifier, readingsOf(subject, catalog.action(subject.module, subject.action), name), passes),
    { disk: true },
  );
}

/** The pattern is found in what the parameter says. */
export function paramMatches(scope: ConditionScope, name: string, pattern: Pattern): Condition {
  return paramPasses(scope, name, pattern.test);
}

/** The parameter says this, in any case. */
export function paramContains(scope: ConditionScope, name: string, value: string): Condition {
  const wanted = value.toLowerCase();
  return paramPasses(scope, name, (text) => text.toLowerCase().includes(wanted));
}

export const callConditions: Readonly<Record<string, ConditionCompiler>> = {
  param_matches: (reader, field, scope) => {
    const fields = requiredFields(reader, field, ['param', 'pattern']);
    const name = nonEmptyText(reader, fields?.get('param'));
    const pattern = patternOf(reader, fields?.get('pattern'));
    return name === null || pattern === null ? null : paramMatches(scope, name, pattern);
  },
  param_contains: (reader, field, scope) => {
    const fields = requiredFields(reader, field, ['param', 'value']);
    const name = nonEmptyText(reader, fields?.get('param'));
    const value = nonEmptyText(reader, fields?.get('value'));
    return name === null || value === null ? null : paramContains(scope, name, value);
  },
  param_has_any: (reader, field) => {
    const names = reader.texts(field);
    if (names === null) return null;
    if (names.length === 0) {
      reader.problems.error(field, 'names no parameter');
      return null;
    }
    return hasParam(names.map(({ value }) => value));
  },
  text_matches: (reader, field) => {
    const pattern = patternOf(reader, field);
    return pattern === null
      ? null
      : condition(({ text }) => (text === null ? null : pattern.test(text)), { text: true });
  },
  result_has_lint_errors: flagOf(LINT_ERRORS),
};
