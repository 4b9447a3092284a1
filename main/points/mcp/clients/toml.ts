/**
 * MCP servers in Codex's config.toml, as nodes whose ranges point into the text.
 *
 * A server's node is the text of all its tables, from the first header to the end of the last value, when they
 * stand next to one another; or an inline table. Written in another way (by dotted keys, or in tables that others
 * stand between) it is a node of no kind that can be edited.
 */
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import type { JsonMember, JsonNode, Range } from '../../../platform/json-syntax.ts';
import { DocumentError } from './document-error.ts';

export const TOML_SERVERS = 'mcp_servers';

type Part = AST.TOMLKeyValue | AST.TOMLTable;
type Path = readonly (string | number)[];

/** What `readToml` knows of one server's place. */
interface Place {
  readonly name: string;
  /** Its tables or its inline table; null when it is written in a way that is not edited. */
  node: JsonNode | null;
  /** Index of the part of the document in which it was seen last. */
  last: number;
}

/** An object with `mcp_servers` in it, and nothing else of the file. @throws DocumentError */
export function readToml(text: string): JsonNode {
  const parts = partsOf(text);
  const places = new Map<string, Place>();
  const placeOf = (name: string): Place => {
    const known = places.get(name);
    if (known !== undefined) return known;
    const made: Place = { name, node: null, last: -2 };
    places.set(name, made);
    return made;
  };
  const spoilt = new Set<string>();
  for (const [index, part] of parts.entries()) {
    if (part.type === 'TOMLTable' && part.resolvedKey[0] === TOML_SERVERS && part.resolvedKey.length > 1) {
      const place = placeOf(String(part.resolvedKey[1]));
      if (part.kind !== 'standard' && part.resolvedKey.length === 3) spoilt.add(place.name);
      if (place.last >= 0 && place.last !== index - 1) spoilt.add(place.name);
      place.last = index;
      continue;
    }
    for (const { path, value } of pairsOf(part)) {
      if (path[0] !== TOML_SERVERS) continue;
      if (path.length < 2) {
        if (value.type === 'TOMLInlineTable')
          for (const pair of value.body) spoilt.add(placeOf(firstKey(pair)).name);
        continue;
      }
      const place = placeOf(String(path[1]));
      if (path.length === 2 && value.type === 'TOMLInlineTable' && place.node === null)
        place.node = nodeOf(value);
      else spoilt.add(place.name);
    }
  }
  const members = [...places.values()].map(({ name, node }): JsonMember => {
    const whole = spoilt.has(name) ? null : (node ?? tablesOf(parts, name));
    const found = whole ?? { kind: 'scalar', value: null, start: 0, end: 0 };
    return { key: name, keyStart: found.start, value: found };
  });
  const range = { start: 0, end: text.length };
  const servers: JsonNode = { kind: 'object', members, ...range };
  return {
    kind: 'object',
    members: places.size === 0 ? [] : [{ key: TOML_SERVERS, keyStart: 0, value: servers }],
    ...range,
  };
}

/** One server's text by itself. @throws DocumentError */
export function readTomlPart(text: string): {
  readonly root: JsonNode;
  readonly comments: readonly Range[];
} {
  const inline = text.trimStart().startsWith('{') ? `${TOML_SERVERS}.x = ` : '';
  const whole = inline + text;
  const { value: servers } = memberNamed(readToml(whole), TOML_SERVERS) ?? {};
  const [server] = servers?.kind === 'object' ? servers.members : [];
  if (server === undefined) throw new DocumentError(1, 1, 'no server is written here');
  const shift = ({ start, end }: Range) => ({ start: start - inline.length, end: end - inline.length });
  return {
    root: moved(server.value, inline.length),
    comments: parsed(whole).comments.map(({ range: [start, end] }) => shift({ start, end })),
  };
}

/** Header and pairs of a server's own table, and its other tables: for writing it anew. */
export interface TomlTables {
  readonly header: string;
  /** Each pair as it stands, with the first part of its key. */
  readonly pairs: readonly { readonly key: string; readonly text: string }[];
  /** Tables below it, as they stand, with the name that stands behind the server's. */
  readonly below: readonly { readonly key: string; readonly text: string }[];
}

/** The tables of one server's text; null when it is an inline table. */
export function tomlTables(text: string): TomlTables | null {
  if (text.trimStart().startsWith('{')) return null;
  const tables = partsOf(text).filter((part) => part.type === 'TOMLTable');
  const own = tables.find(({ resolvedKey }) => resolvedKey.length === 2);
  if (own === undefined) return null;
  return {
    header: text.slice(own.range[0], own.key.range[1]) + ']',
    pairs: own.body.map((pair) => ({ key: firstKey(pair), text: text.slice(...pair.range) })),
    below: tables
      .filter((table) => table !== own)
      .map((table) => ({ key: String(table.resolvedKey[2] ?? ''), text: text.slice(...table.range) })),
  };
}

/** Pairs of an inline table, as they stand. */
export function tomlInlinePairs(text: string): TomlTables['pairs'] {
  const prefix = 'x = ';
  const [pair] = partsOf(prefix + text);
  if (pair?.type !== 'TOMLKeyValue' || pair.value.type !== 'TOMLInlineTable') return [];
  return pair.value.body.map((inner) => ({
    key: firstKey(inner),
    text: (prefix + text).slice(...inner.range),
  }));
}

function firstKey({ key }: AST.TOMLKeyValue): string {
  const [first] = key.keys;
  return first === undefined ? '' : nameOf(first);
}

function parsed(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: '1.0' });
  } catch (error) {
    if (error instanceof RangeError) throw new DocumentError(1, 1, 'nested too deeply');
    if (!(error instanceof ParseError)) throw error;
    throw new DocumentError(error.lineNumber, error.column + 1, error.message.toLowerCase());
  }
}

function partsOf(text: string): readonly Part[] {
  return parsed(text).body[0].body;
}

/** Pairs with their whole path: those of a table count from its header. */
function pairsOf(part: Part): readonly { readonly path: Path; readonly value: AST.TOMLContentNode }[] {
  const under: Path = part.type === 'TOMLTable' ? part.resolvedKey : [];
  return (part.type === 'TOMLTable' ? part.body : [part]).map(({ key, value }) => ({
    path: [...under, ...key.keys.map(nameOf)],
    value,
  }));
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

/** All tables of a server as one node; null when it has no table of its own. */
function tablesOf(parts: readonly Part[], name: string): JsonNode | null {
  const tables = parts.filter(
    (part): part is AST.TOMLTable =>
      part.type === 'TOMLTable' && part.resolvedKey[0] === TOML_SERVERS && part.resolvedKey[1] === name,
  );
  const first = tables[0];
  const last = tables.at(-1);
  if (
    first === undefined ||
    last === undefined ||
    !tables.some(({ resolvedKey }) => resolvedKey.length === 2)
  )
    return null;
  const root = branch(first.range[0], last.range[1]);
  for (const table of tables)
    for (const { path, value } of pairsOf(table)) put(root, path.slice(2).map(String), nodeOf(value));
  return closed(root);
}

/** An object that is being filled. */
interface Branch {
  readonly start: number;
  readonly end: number;
  readonly members: Map<string, Branch | JsonNode>;
}

function branch(start: number, end: number): Branch {
  return { start, end, members: new Map() };
}

function put(into: Branch, path: readonly string[], node: JsonNode): void {
  const [key = '', ...rest] = path;
  if (key === '__proto__') throw new DocumentError(1, 1, 'the key "__proto__" is not accepted');
  if (rest.length === 0) {
    into.members.set(key, node);
    return;
  }
  const known = into.members.get(key);
  const next = known !== undefined && 'kind' in known ? branch(node.start, node.end) : known;
  const below = next ?? branch(node.start, node.end);
  into.members.set(key, below);
  put(below, rest, node);
}

function closed({ start, end, members }: Branch): JsonNode {
  return {
    kind: 'object',
    start,
    end,
    members: [...members].map(([key, value]): JsonMember => {
      const node = 'kind' in value ? value : closed(value);
      return { key, keyStart: node.start, value: node };
    }),
  };
}

function nodeOf(value: AST.TOMLContentNode): JsonNode {
  const [start, end] = value.range;
  switch (value.type) {
    case 'TOMLArray':
      return { kind: 'array', start, end, items: value.elements.map(nodeOf) };
    case 'TOMLInlineTable': {
      const root = branch(start, end);
      for (const { key, value: inner } of value.body) put(root, key.keys.map(nameOf), nodeOf(inner));
      return closed(root);
    }
    case 'TOMLValue':
      return { kind: 'scalar', start, end, value: scalarOf(value) };
  }
}

/** Dates, and numbers that JSON does not have, as text. */
function scalarOf({ kind, value }: AST.TOMLValue): string | number | boolean {
  if (kind === 'string' || kind === 'boolean') return value;
  return typeof value === 'number' && Number.isFinite(value) ? value : String(value);
}

function memberNamed(node: JsonNode, key: string): JsonMember | undefined {
  return node.kind === 'object' ? node.members.find((member) => member.key === key) : undefined;
}

/** The same node for a text that begins so many characters later. */
function moved(node: JsonNode, by: number): JsonNode {
  if (by === 0) return node;
  const range = { start: node.start - by, end: node.end - by };
  switch (node.kind) {
    case 'scalar':
      return { ...node, ...range };
    case 'array':
      return { ...range, kind: 'array', items: node.items.map((item) => moved(item, by)) };
    case 'object':
      return {
        ...range,
        kind: 'object',
        members: node.members.map(({ key, keyStart, value }) => ({
          key,
          keyStart: keyStart - by,
          value: moved(value, by),
        })),
      };
  }
}
