/**
 * Typed access to a parsed policy file. Every accessor reports what does not fit, with its place, and answers
 * null, so that one run finds all mistakes. A value that is not there, or is YAML's null, is simply unset.
 */
import { isCollection, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { JsonObject, JsonValue } from '../platform/canonical-json.ts';
import { explain, quoted } from './diagnostic.ts';
import type { Field, Problems } from './document.ts';
import { suggest } from './suggest.ts';

export type Fields = ReadonlyMap<string, Field>;

/** True when there is a value other than null. */
export function isSet(field: Field | undefined): field is Field {
  return field !== undefined && field.node !== null && !(isScalar(field.node) && field.node.value === null);
}

export class Reader {
  readonly problems: Problems;

  constructor(problems: Problems) {
    this.problems = problems;
  }

  /** The members of a mapping; every key is kept, whatever it is. Empty when unset, null when it is no mapping. */
  members(field: Field): Fields | null {
    if (!isSet(field)) return new Map();
    const { node } = field;
    if (!isMap(node)) return this.#wrongType(field, 'a mapping (key: value)');
    const members = new Map<string, Field>();
    for (const pair of node.items) {
      const keyNode = isScalar(pair.key) ? pair.key : null;
      if (keyNode === null || typeof keyNode.value !== 'string') continue;
      const key = keyNode.value;
      members.set(key, { node: asNode(pair.value), keyNode, path: childPath(field.path, key) });
    }
    return members;
  }

  /** The members of a mapping whose keys are known; any other key is an error. */
  known(
    field: Field,
    allowed: readonly string[],
    hints: Readonly<Record<string, string>> = {},
  ): Fields | null {
    const members = this.members(field);
    if (members === null) return null;
    for (const [key, member] of members) {
      if (allowed.includes(key)) continue;
      const place = { ...member, node: member.keyNode };
      const hint = Object.hasOwn(hints, key) ? hints[key] : undefined;
      this.problems.error(
        place,
        hint === undefined
          ? explain(`unknown field ${quoted(key)}`, allowed, suggest(key, allowed))
          : `unknown field ${quoted(key)}; ${hint}`,
      );
    }
    return members;
  }

  /** The items of a list. Empty when unset, null when it is no list. */
  items(field: Field): readonly Field[] | null {
    if (!isSet(field)) return [];
    if (!isSeq(field.node)) return this.#wrongType(field, 'a list ([a, b])');
    return field.node.items.map((item, index) => ({
      node: asNode(item),
      keyNode: field.node,
      path: `${field.path}[${index}]`,
    }));
  }

  text(field: Field): string | null {
    if (!isSet(field)) return null;
    const value = isScalar(field.node) ? field.node.value : undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') {
      this.problems.error(
        field,
        `must be text, not ${typeof value === 'number' ? 'a number' : 'yes or no'}; put it in quotes`,
      );
      return null;
    }
    return this.#wrongType(field, 'text');
  }

  /** A list of texts, each not empty. */
  texts(field: Field): readonly { readonly value: string; readonly field: Field }[] | null {
    const items = this.items(field);
    if (items === null) return null;
    return items.flatMap((item) => {
      if (!isSet(item)) this.problems.error(item, 'must be text, and nothing stands here');
      const value = this.text(item);
      return value === null ? [] : [{ value, field: item }];
    });
  }

  integer(field: Field): number | null {
    if (!isSet(field)) return null;
    const value = isScalar(field.node) ? field.node.value : undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return this.#wrongType(field, 'a whole number');
  }

  /** A number, whole or not. */
  number(field: Field): number | null {
    if (!isSet(field)) return null;
    const value = isScalar(field.node) ? field.node.value : undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return this.#wrongType(field, 'a number');
  }

  flag(field: Field): boolean | null {
    if (!isSet(field)) return null;
    const value = isScalar(field.node) ? field.node.value : undefined;
    if (typeof value === 'boolean') return value;
    return this.#wrongType(field, 'true or false');
  }

  /** Text, or a number or flag as its text. */
  scalarText(field: Field): string | null {
    if (!isSet(field)) return null;
    const value = isScalar(field.node) ? field.node.value : undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value);
    return this.#wrongType(field, 'text');
  }

  /** One of a few words, as they are written; empty text counts as unset. */
  choice<T extends string>(
    field: Field,
    allowed: readonly T[],
    normalise: (text: string) => string = (text) => text,
  ): T | null {
    if (!isSet(field)) return null;
    const value = isScalar(field.node) ? field.node.value : undefined;
    if (value === '') return null;
    const found = typeof value === 'string' ? allowed.find((word) => word === normalise(value)) : undefined;
    if (found !== undefined) return found;
    const shown = isScalar(field.node) ? quoted(String(value)) : 'a list or mapping';
    this.problems.error(
      field,
      explain(`invalid value ${shown}`, allowed, typeof value === 'string' ? suggest(value, allowed) : null),
    );
    return null;
  }

  /** A part of the file as plain JSON, for what is kept and not looked into. */
  plain(field: Field): JsonObject | null {
    if (!isSet(field)) return null;
    if (!isMap(field.node)) return this.#wrongType(field, 'a mapping (key: value)');
    return plainValue(field.node) as JsonObject;
  }

  #wrongType(field: Field, wanted: string): null {
    this.problems.error(field, `expected ${wanted}, found ${kindOf(field.node)}`);
    return null;
  }
}

function asNode(value: unknown): Node | null {
  return isScalar(value) || isCollection(value) ? (value as Node) : null;
}

/** The path of a member; a key that could be mistaken for several stands in brackets. */
function childPath(parent: string, key: string): string {
  if (!/^[\w*-]{1,64}$/.test(key)) return `${parent}[${quoted(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

function kindOf(node: Node | null): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node)) return 'something else';
  if (typeof node.value === 'string') return `the text ${quoted(node.value)}`;
  return quoted(String(node.value)).slice(1, -1);
}

function plainValue(node: unknown): JsonValue {
  if (isMap(node)) {
    const object: Record<string, JsonValue> = {};
    for (const { key, value } of node.items) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : null;
      // checkNodes has refused the file already; a name that sets the prototype must not get here all the same.
      if (name !== null && name !== '__proto__') object[name] = plainValue(value);
    }
    return Object.freeze(object);
  }
  if (isSeq(node)) return Object.freeze(node.items.map(plainValue));
  const value = isScalar(node) ? node.value : null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
