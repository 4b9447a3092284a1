/**
 * Which texts of a call a server's schema calls paths, addresses or commands, however deep they lie.
 *
 * The schema comes from a party that nobody vouches for: what it says is added to what the names and looks of
 * parameters say, and takes nothing away.
 */
import type { ParameterKind } from './tools.ts';

/** A text, with the name of the property that holds it or holds its list. */
export interface HintedText {
  readonly name: string;
  readonly kind: Exclude<ParameterKind, 'text' | 'json'>;
  readonly text: string;
}

type Json = Readonly<Record<string, unknown>>;

const MOST_STEPS = 5000;
const MOST_TEXTS = 200;
const DEEPEST = 200;
/** Longer words of a schema are none of those that are looked for. */
const LONGEST_WORD = 200;

/** Names of `format`, of the standard and as servers write them. */
const FORMATS: ReadonlyMap<string, HintedText['kind']> = new Map<string, HintedText['kind']>([
  ...['uri', 'uri-reference', 'iri', 'iri-reference', 'uri-template', 'url', 'hostname', 'idn-hostname'].map(
    (name): [string, 'url'] => [name, 'url'],
  ),
  ...['ipv4', 'ipv6', 'ip', 'ws', 'http', 'https', 'webhook'].map((name): [string, 'url'] => [name, 'url']),
  ...[
    'path',
    'file',
    'file-path',
    'filepath',
    'file_path',
    'directory',
    'directory-path',
    'folder',
    'filename',
  ].map((name): [string, 'path'] => [name, 'path']),
  ...['command', 'shell', 'shell-command', 'bash'].map((name): [string, 'command'] => [name, 'command']),
]);

const NAMES: readonly (readonly [RegExp, HintedText['kind']])[] = [
  [/^(?:url|uri|href|link|endpoint|host|hostname|domain|webhook|website|server|address)s?$/, 'url'],
  [/^(?:path|file|filename|filepath|directory|dir|folder|cwd|workdir|root)s?$/, 'path'],
  [/^(?:command|cmd|shell)s?$/, 'command'],
];

const DESCRIPTIONS: readonly (readonly [RegExp, HintedText['kind']])[] = [
  [/\b(?:shell|bash|terminal) commands?\b|\bcommand (?:line )?to (?:run|execute)\b/i, 'command'],
  [
    /\b(?:absolute|relative|full|file|directory|folder|filesystem|output|input|local) ?paths?\b|\bpaths? (?:to|of|from|where|in|on)\b|\b(?:file|directory|folder)(?: ?name)? (?:to|in which|where|that) /i,
    'path',
  ],
  [
    /\b(?:ur[li]s?|hostname|web address|webhook|endpoint)\b|\b(?:address|host|domain|link) (?:to|of|from|where|that)\b/i,
    'url',
  ],
];

/** Kinds that one schema of a text names; several when its parts differ. */
function kindsOf(schema: Json, name: string): ReadonlySet<HintedText['kind']> {
  const kinds = new Set<HintedText['kind']>();
  const format =
    typeof schema['format'] === 'string'
      ? FORMATS.get(schema['format'].slice(0, LONGEST_WORD).toLowerCase())
      : undefined;
  if (format !== undefined) kinds.add(format);
  // `outputDir`, `image_url`: the last word says what it is.
  const last =
    name
      .slice(-LONGEST_WORD)
      .replace(/([a-z\d])([A-Z])/g, '$1_$2')
      .toLowerCase()
      .split(/[^a-z\d]+/)
      .filter(Boolean)
      .at(-1) ?? '';
  for (const [pattern, kind] of NAMES) if (pattern.test(last)) kinds.add(kind);
  const words = `${textOf(schema['title'])}. ${textOf(schema['description'])}`;
  for (const [pattern, kind] of DESCRIPTIONS) if (pattern.test(words)) kinds.add(kind);
  const shape = textOf(schema['pattern']);
  if (/^\^?\(?(?:\?:)?(?:https?|wss?|ftp|ssh|git)\b/.test(shape)) kinds.add('url');
  if (/^\^?\(?(?:\?:)?(?:\\?\/|~|\\?\.\\?\/)/.test(shape)) kinds.add('path');
  for (const one of [
    schema['default'],
    schema['const'],
    ...listOf(schema['examples']),
    ...listOf(schema['enum']),
  ]) {
    if (typeof one !== 'string') continue;
    if (/^[a-z][a-z\d+.-]*:\/\//i.test(one)) kinds.add('url');
    else if (/^(?:~?|\.{1,2})\/\S/.test(one)) kinds.add('path');
  }
  return kinds;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 2000) : '';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, 50) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Texts of a value with what their schema says they hold. Local references are followed; what is too deep or too
 * much is left out.
 *
 * @param schema JSON Schema of the value
 * @param leftOut called once when something was: nobody knows then what it holds
 */
export function hintedTexts(
  schema: unknown,
  value: unknown,
  leftOut: () => void = () => undefined,
): readonly HintedText[] {
  const out: HintedText[] = [];
  /** Told texts, by kind and name: texts may be long, and are not put together with anything. */
  const known = new Map<string, Set<string>>();
  let steps = 0;
  let isCut = false;
  const resolved = (one: Json): unknown => {
    const ref = one['$ref'];
    if (typeof ref !== 'string' || !ref.startsWith('#') || ref.length > LONGEST_WORD * 10) return null;
    let found: unknown = schema;
    for (const part of ref.slice(1).split('/').filter(Boolean)) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (!isObject(found) || !Object.hasOwn(found, name)) return null;
      found = found[name];
    }
    return found;
  };
  const look = (one: unknown, inner: unknown, name: string, depth: number): void => {
    if (isCut || !isObject(one) || inner === '' || inner === null) return;
    steps += 1;
    if (depth > DEEPEST || steps > MOST_STEPS) {
      isCut = true;
      return;
    }
    look(resolved(one), inner, name, depth + 1);
    for (const key of ['anyOf', 'oneOf', 'allOf'])
      for (const part of listOf(one[key])) look(part, inner, name, depth + 1);
    for (const key of ['then', 'else']) look(one[key], inner, name, depth + 1);
    if (typeof inner === 'string') {
      for (const kind of kindsOf(one, name)) {
        const key = `${kind}\n${name}`;
        const told = known.get(key) ?? new Set<string>();
        if (told.has(inner)) continue;
        if (out.length >= MOST_TEXTS) {
          isCut = true;
          return;
        }
        known.set(key, told.add(inner));
        out.push({ name, kind, text: inner });
      }
      return;
    }
    if (Array.isArray(inner)) {
      const first = Array.isArray(one['items']) ? one['items'] : listOf(one['prefixItems']);
      const rest = Array.isArray(one['items']) ? one['additionalItems'] : one['items'];
      // What a list is said to hold, its texts hold.
      const said = { title: one['title'], description: one['description'] };
      for (const [index, item] of inner.entries()) {
        if (isCut) return;
        look(first[index] ?? rest, item, name, depth + 1);
        if (typeof item === 'string') look(said, item, name, depth + 1);
      }
      return;
    }
    if (!isObject(inner)) return;
    const properties = isObject(one['properties']) ? one['properties'] : {};
    const patterns = isObject(one['patternProperties']) ? Object.values(one['patternProperties']) : [];
    const others = [...patterns, one['additionalProperties']].filter(isObject);
    for (const [key, item] of Object.entries(inner)) {
      if (isCut) return;
      if (Object.hasOwn(properties, key)) look(properties[key], item, key, depth + 1);
      else
        for (const part of others) {
          if (isCut) return;
          look(part, item, key, depth + 1);
        }
    }
  };
  look(schema, value, '', 0);
  if (isCut) leftOut();
  return out;
}
