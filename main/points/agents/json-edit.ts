/**
 * Edits of JSON text that touch nothing but what they add or take away.
 *
 * Every function takes the text and answers the new text; indentation, line ends, spacing, key order and the
 * rest of the bytes stay. Taking away what was put in last gives the old text back, byte for byte, unless the
 * container was empty and had blanks in it: that text the caller has to remember.
 */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { type JsonNode, memberOf, parseJson } from '../../platform/json-syntax.ts';

/** Steps from the root: a key of an object or an index of an array. */
export type JsonPath = readonly (string | number)[];

/** The node at a path, or null when there is none. */
export function nodeAt(root: JsonNode, path: JsonPath): JsonNode | null {
  let node: JsonNode | null = root;
  for (const step of path) {
    if (node === null) return null;
    if (typeof step === 'string') node = memberOf(node, step)?.value ?? null;
    else node = node.kind === 'array' ? (node.items[step] ?? null) : null;
  }
  return node;
}

/** Adds a member at the end of the object at `path`. @param comments whether the text may hold some; they stay */
export function addMember(
  text: string,
  path: JsonPath,
  key: string,
  value: JsonValue,
  comments = false,
): string {
  const object = containerAt(text, path, 'object', comments);
  const places = object.members.map((member) => ({ start: member.keyStart, end: member.value.end }));
  return addChild(
    text,
    object,
    places,
    (style) => `${JSON.stringify(key)}${style.colon}${render(value, style)}`,
    comments,
  );
}

/** Adds an item at the end of the array at `path`. */
export function addItem(text: string, path: JsonPath, value: JsonValue): string {
  const array = containerAt(text, path, 'array');
  return addChild(text, array, array.items, (style) => render(value, style));
}

/** Takes away the member or item at `path`, with the comma that parted it from its neighbour. */
export function removeAt(text: string, path: JsonPath, comments = false): string {
  const step = path.at(-1);
  const container = nodeAt(rootOf(text, comments), path.slice(0, -1));
  if (container === null || step === undefined || container.kind === 'scalar') throw missing(path);
  const places: readonly Place[] =
    container.kind === 'array'
      ? container.items
      : container.members.map((member) => ({ start: member.keyStart, end: member.value.end }));
  const index =
    container.kind === 'array' ? Number(step) : container.members.findIndex((member) => member.key === step);
  const place = places[index];
  if (place === undefined) throw missing(path);
  const before = places[index - 1];
  const after = places[index + 1];
  if (after !== undefined) return cut(text, place.start, after.start);
  if (before !== undefined) return cut(text, before.end, place.end);
  return comments ? cut(text, place.start, place.end) : cut(text, container.start + 1, container.end - 1);
}

/** Puts exactly this JSON text in the place of the value at `path`. */
export function replaceAt(text: string, path: JsonPath, json: string): string {
  const node = nodeAt(parseJson(text).root, path);
  if (node === null) throw missing(path);
  return text.slice(0, node.start) + json + text.slice(node.end);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

interface Style {
  /** What one more level is indented by; null: everything on one line. */
  readonly unit: string | null;
  readonly lineEnd: string;
  /** Indentation of the line that the rendered value starts on. */
  readonly indent: string;
  readonly colon: string;
  readonly comma: string;
}

function addChild(
  text: string,
  container: JsonNode,
  places: readonly Place[],
  child: (style: Style) => string,
  comments = false,
): string {
  const lineEnd = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  const unit = unitOf(rootOf(text, comments), text);
  const last = places.at(-1);
  if (last === undefined) {
    const outer = indentOfLine(text, container.start);
    const indent = outer + unit;
    const inner = child({ unit, lineEnd, indent, colon: ': ', comma: ',' });
    const within = text.slice(container.start + 1, container.end - 1);
    const rest = within.trim() === '' ? lineEnd + outer : within;
    return `${text.slice(0, container.start + 1)}${lineEnd}${indent}${inner}${rest}${text.slice(container.end - 1)}`;
  }
  if (startsLine(text, last.start)) {
    const indent = indentOfLine(text, last.start);
    const inner = child({ unit, lineEnd, indent, colon: ': ', comma: ',' });
    return `${text.slice(0, last.end)},${lineEnd}${indent}${inner}${text.slice(last.end)}`;
  }
  const gap = /[,:] /.test(text.slice(container.start, last.end)) ? ' ' : '';
  const inner = child({ unit: null, lineEnd, indent: '', colon: `:${gap}`, comma: `,${gap}` });
  return `${text.slice(0, last.end)},${gap}${inner}${text.slice(last.end)}`;
}

function render(value: JsonValue, style: Style): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner: Style = style.unit === null ? style : { ...style, indent: style.indent + style.unit };
  const children = Array.isArray(value)
    ? value.map((item: JsonValue) => render(item, inner))
    : Object.entries(value as JsonObject).map(
        ([key, member]) => `${JSON.stringify(key)}${style.colon}${render(member, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (children.length === 0) return `${open}${close}`;
  if (style.unit === null) return `${open}${children.join(style.comma)}${close}`;
  const lines = children.map((line) => style.lineEnd + inner.indent + line);
  return `${open}${lines.join(',')}${style.lineEnd}${style.indent}${close}`;
}

/** What the text indents by: the difference between its root and the root's first child on a line of its own. */
function unitOf(root: JsonNode, text: string): string {
  const first =
    root.kind === 'object'
      ? root.members[0]?.keyStart
      : root.kind === 'array'
        ? root.items[0]?.start
        : undefined;
  if (first === undefined || !startsLine(text, first)) return '  ';
  const outer = indentOfLine(text, root.start);
  const inner = indentOfLine(text, first);
  const unit = inner.startsWith(outer) ? inner.slice(outer.length) : inner;
  return unit === '' ? '  ' : unit;
}

/** Only blanks stand between the start of the line and this place. */
function startsLine(text: string, at: number): boolean {
  const lineStart = startOfLine(text, at);
  return lineStart > 0 && /^[ \t]*$/.test(text.slice(lineStart, at));
}

function indentOfLine(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(startOfLine(text, at), at))?.[0] ?? '';
}

function startOfLine(text: string, at: number): number {
  return Math.max(text.lastIndexOf('\n', at - 1), text.lastIndexOf('\r', at - 1)) + 1;
}

function containerAt<K extends 'object' | 'array'>(
  text: string,
  path: JsonPath,
  kind: K,
  comments = false,
): Extract<JsonNode, { kind: K }> {
  const node = nodeAt(rootOf(text, comments), path);
  if (node === null || node.kind !== kind) throw missing(path);
  return node as Extract<JsonNode, { kind: K }>;
}

/** Clients keep more in their files than other settings have; see `document.ts` beside their entries. */
function rootOf(text: string, comments: boolean): JsonNode {
  return parseJson(text, comments ? { maxDepth: 200, maxValues: 2_000_000, comments } : undefined).root;
}

function cut(text: string, from: number, to: number): string {
  return text.slice(0, from) + text.slice(to);
}

function missing(path: JsonPath): GatehouseError {
  return new GatehouseError('json_path', `JSON edit: there is no such place as ${path.join('.')}`);
}
