/**
 * Checks a value against a JSON Schema (2020-12), for the part of it that the API's document uses.
 *
 * A keyword it does not know is a fault of the test, not a pass.
 */

type Json = { readonly [key: string]: unknown };

/** Keywords that say something about a schema and ask nothing of a value. */
const WORDS: ReadonlySet<string> = new Set([
  'description',
  'title',
  'default',
  'examples',
  '$schema',
  '$defs',
]);

/** What is wrong, one entry a place; empty when the value fits. `root` holds what references point into. */
export function schemaProblems(schema: unknown, value: unknown, root: unknown, at = '$'): readonly string[] {
  if (schema === true) return [];
  if (typeof schema !== 'object' || schema === null) return [`${at}: no schema`];
  const problems: string[] = [];
  for (const [keyword, rule] of Object.entries(schema)) {
    const check = CHECKS[keyword];
    if (check !== undefined) problems.push(...check(rule, value, { root, at, schema: schema as Json }));
    else if (!WORDS.has(keyword)) throw new Error(`${at}: the keyword ${keyword} is not known here`);
  }
  return problems;
}

interface Place {
  readonly root: unknown;
  readonly at: string;
  readonly schema: Json;
}

type Check = (rule: unknown, value: unknown, place: Place) => readonly string[];

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

const unless = (fits: boolean, at: string, text: string) => (fits ? [] : [`${at}: ${text}`]);
const limit =
  (fits: (value: number, rule: number) => boolean): Check =>
  (rule, value, { at }) =>
    unless(
      typeof value !== 'number' || fits(value, rule as number),
      at,
      `${String(value)} is out of ${rule}`,
    );
const length =
  (fits: (size: number, rule: number) => boolean): Check =>
  (rule, value, { at }) =>
    unless(
      typeof value !== 'string' || fits([...value].length, rule as number),
      at,
      'a length out of bounds',
    );

const items =
  (fits: (size: number, rule: number) => boolean): Check =>
  (rule, value, { at }) =>
    unless(!Array.isArray(value) || fits(value.length, rule as number), at, 'too few or too many');

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (rule, value, { root, at }) => schemaProblems(resolve(root, String(rule)), value, root, at),
  type: (rule, value, { at }) => {
    const names = Array.isArray(rule) ? rule : [rule];
    const fits = names.some((name) => TYPES[String(name)]?.(value) ?? false);
    return unless(fits, at, `${JSON.stringify(value)} is no ${names.join(' or ')}`);
  },
  enum: (rule, value, { at }) =>
    unless((rule as unknown[]).includes(value), at, `${JSON.stringify(value)} is not among ${String(rule)}`),
  const: (rule, value, { at }) =>
    unless(rule === value, at, `${JSON.stringify(value)} is not ${String(rule)}`),
  required: (rule, value, { at }) =>
    !isObject(value)
      ? []
      : (rule as string[]).flatMap((name) => unless(Object.hasOwn(value, name), at, `${name} is missing`)),
  properties: (rule, value, { root, at }) =>
    !isObject(value)
      ? []
      : Object.entries(rule as Json).flatMap(([name, part]) =>
          Object.hasOwn(value, name) ? schemaProblems(part, value[name], root, `${at}.${name}`) : [],
        ),
  patternProperties: (rule, value, { root, at }) =>
    !isObject(value)
      ? []
      : Object.entries(rule as Json).flatMap(([pattern, part]) =>
          Object.keys(value)
            .filter((name) => new RegExp(pattern, 'u').test(name))
            .flatMap((name) => schemaProblems(part, value[name], root, `${at}.${name}`)),
        ),
  additionalProperties: (rule, value, { root, at, schema }) => {
    if (!isObject(value)) return [];
    const known = Object.keys((schema['properties'] as Json | undefined) ?? {});
    return Object.keys(value)
      .filter((name) => !known.includes(name))
      .flatMap((name) =>
        rule === false
          ? [`${at}: ${name} is not told of`]
          : schemaProblems(rule, value[name], root, `${at}.${name}`),
      );
  },
  propertyNames: (rule, value, { root, at }) =>
    isObject(value) ? Object.keys(value).flatMap((name) => schemaProblems(rule, name, root, at)) : [],
  items: (rule, value, { root, at }) =>
    Array.isArray(value) ? value.flatMap((item, i) => schemaProblems(rule, item, root, `${at}[${i}]`)) : [],
  anyOf: (rule, value, { root, at }) => {
    const all = (rule as unknown[]).map((part) => schemaProblems(part, value, root, at));
    return all.some((problems) => problems.length === 0)
      ? []
      : [`${at}: fits none of ${all.length}`, ...(all.toSorted((a, b) => a.length - b.length)[0] ?? [])];
  },
  oneOf: (rule, value, { root, at }) => {
    const all = (rule as unknown[]).map((part) => schemaProblems(part, value, root, at));
    const fitting = all.filter((problems) => problems.length === 0).length;
    return fitting === 1
      ? []
      : [
          `${at}: fits ${fitting} of ${all.length}`,
          ...(all.toSorted((a, b) => a.length - b.length)[0] ?? []),
        ];
  },
  minItems: items((size, rule) => size >= rule),
  maxItems: items((size, rule) => size <= rule),
  maxProperties: (rule, value, { at }) =>
    unless(!isObject(value) || Object.keys(value).length <= (rule as number), at, 'too many keys'),
  minimum: limit((value, rule) => value >= rule),
  maximum: limit((value, rule) => value <= rule),
  exclusiveMinimum: limit((value, rule) => value > rule),
  minLength: length((size, rule) => size >= rule),
  maxLength: length((size, rule) => size <= rule),
  pattern: (rule, value, { at }) =>
    unless(typeof value !== 'string' || new RegExp(String(rule), 'u').test(value), at, 'does not match'),
};

function resolve(root: unknown, reference: string): unknown {
  if (!reference.startsWith('#/')) throw new Error(`the reference ${reference} leads out`);
  let found: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    if (!isObject(found) || !Object.hasOwn(found, part)) throw new Error(`${reference} leads nowhere`);
    found = found[part];
  }
  return found;
}
