/** What may stand at a place of a policy file, as its JSON Schema says. */
import type { YamlPlace } from './yaml-place.ts';

export type Schema = { readonly [key: string]: unknown };

export interface Word {
  readonly label: string;
  readonly detail: string;
}

/** Words that fit where the cursor stands; none where the schema says nothing. */
export function wordsAt(root: Schema, place: YamlPlace): readonly Word[] {
  let here: readonly Schema[] = spread(root, root);
  for (const step of place.path)
    here = here.flatMap((schema) => below(schema, step).flatMap((next) => spread(next, root)));
  const words = place.writes === 'key' ? here.flatMap(keysOf) : here.flatMap(valuesOf);
  // An item of a list that is begun with a key: a mapping; or a plain word.
  const also = place.writes === 'key' && place.path.at(-1) === '[]' ? here.flatMap(valuesOf) : [];
  return [...new Map([...words, ...also].map((word) => [word.label, word])).values()];
}

/** A schema with all that it may be instead of itself. */
function spread(schema: Schema, root: Schema): readonly Schema[] {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const found = reference
      .replace('#/', '')
      .split('/')
      .reduce<unknown>((part, name) => (isSchema(part) ? part[name] : undefined), root);
    return isSchema(found) ? spread(found, root) : [];
  }
  const options = Array.isArray(schema['anyOf']) ? schema['anyOf'].filter(isSchema) : [];
  return [schema, ...options.flatMap((option) => spread(option, root))];
}

function below(schema: Schema, step: string): readonly Schema[] {
  if (step === '[]') return [schema['items']].filter(isSchema);
  const properties = schema['properties'];
  if (isSchema(properties) && Object.hasOwn(properties, step)) return [properties[step]].filter(isSchema);
  return [schema['additionalProperties']].filter(isSchema);
}

function keysOf(schema: Schema): readonly Word[] {
  const properties = schema['properties'];
  if (!isSchema(properties)) return [];
  return Object.entries(properties).map(([label, part]) => ({ label, detail: descriptionOf(part) }));
}

function valuesOf(schema: Schema): readonly Word[] {
  const values = [schema['enum'], schema['examples']].flatMap((list) => (Array.isArray(list) ? list : []));
  const flags = schema['type'] === 'boolean' ? ['true', 'false'] : [];
  return [...values.map(String), ...flags].map((label) => ({ label, detail: '' }));
}

function descriptionOf(part: unknown): string {
  const text = isSchema(part) ? part['description'] : undefined;
  return typeof text === 'string' ? text : '';
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
