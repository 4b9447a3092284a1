/**
 * The text of one entry: with the pipe in the place of the server, and as it is shown.
 *
 * Members that are the client's own business (timeout, trust, lists of tools) keep their text; what started or
 * reached the server goes into the registration. Comments within the entry are away as long as it is routed.
 */
import type { JsonValue } from '../../../platform/canonical-json.ts';
import { type JsonNode, memberOf, parseJson } from '../../../platform/json-syntax.ts';
import { addMember, removeAt, replaceAt } from '../../agents/json-edit.ts';
import type { ClientEntry } from './client-entries.ts';
import { readPart, type Syntax, withoutComments } from './document.ts';
import type { KnownClient } from './known-clients.ts';
import { tomlInlinePairs, tomlTables } from './toml.ts';

/** The words of a client's entry for the pipe. */
export interface PipeEntry {
  readonly command: string;
  readonly args: readonly string[];
}

/** A part of a text and what comes in its place. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What goes into the registration. */
const MOVED = {
  servers: ['env', 'cwd', 'url', 'httpUrl', 'serverUrl', 'headers'],
  opencode: ['environment', 'cwd', 'url', 'headers', 'oauth'],
  codex: ['env', 'env_vars', 'cwd', 'url', 'bearer_token_env_var', 'http_headers', 'env_http_headers'],
} as const;
const SECRET = ['env', 'environment', 'headers', 'http_headers'];
const COMMENT_MARK = /^(?:\/\/|\/\*|#)/;
const MASK = '"•••"';

/** The entry's value with the pipe in it. `text` is the whole file. */
export function routedValue(text: string, entry: ClientEntry, client: KnownClient, pipe: PipeEntry): string {
  const own = text.slice(entry.node.start, entry.node.end);
  if (client.form === 'codex') return routedToml(own, pipe);
  const indent = indentOf(text, entry.keyStart);
  // With its indentation in front the value is a small text of its own, in the style of the file.
  let now = indent + (client.syntax === 'jsonc' ? withoutComments('jsonc', own) : own);
  const has = (key: string) => memberOf(parseJson(now).root, key) !== null;
  const put = (key: string, value: string) => {
    if (!has(key)) now = addMember(now, [], key, null satisfies JsonValue);
    now = replaceAt(now, [key], value);
  };
  const wasProgram = has('command');
  if (client.form === 'opencode') put('command', listOf([pipe.command, ...pipe.args]));
  else {
    put('command', JSON.stringify(pipe.command));
    put('args', listOf(pipe.args));
  }
  if (!wasProgram && has('type')) {
    if (client.programType === null) now = removeAt(now, ['type']);
    else now = replaceAt(now, ['type'], JSON.stringify(client.programType));
  }
  for (const key of MOVED[client.form]) if (has(key)) now = removeAt(now, [key]);
  return now.slice(indent.length);
}

/** The same for a server's tables, or its inline table, in TOML. */
function routedToml(text: string, pipe: PipeEntry): string {
  const moved = (key: string) =>
    key === 'command' || key === 'args' || (MOVED.codex as readonly string[]).includes(key);
  const ours = [`command = ${tomlText(pipe.command)}`, `args = [${pipe.args.map(tomlText).join(', ')}]`];
  const kept = (pairs: readonly { readonly key: string; readonly text: string }[]) =>
    pairs.filter(({ key }) => !moved(key)).map((pair) => pair.text);
  const tables = tomlTables(text);
  if (tables === null) return `{ ${[...ours, ...kept(tomlInlinePairs(text))].join(', ')} }`;
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const own = [tables.header, ...ours, ...kept(tables.pairs)].join(lineEnd);
  return [own, ...kept(tables.below)].join(lineEnd + lineEnd);
}

/** A basic string: what JSON escapes TOML escapes in the same way, but for DEL. */
function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}

/** The text with all edits made; they do not overlap. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  let now = '';
  let at = 0;
  for (const { start, end, text: put } of edits.toSorted((a, b) => a.start - b.start)) {
    now += text.slice(at, start) + put;
    at = end;
  }
  return now + text.slice(at);
}

/** An entry as it stands or would stand in the file, key and indentation included, without what is secret. */
export function shownEntry(text: string, entry: ClientEntry, value: string, syntax: Syntax): string {
  return (
    indentOf(text, entry.keyStart) + text.slice(entry.keyStart, entry.node.start) + masked(value, syntax)
  );
}

/** An entry's value with the values of its environment and headers, and what comments say, made unreadable. */
function masked(value: string, syntax: Syntax): string {
  const { root, comments } = readPart(syntax, value);
  const hidden = SECRET.flatMap((key): readonly JsonNode[] => {
    const member = memberOf(root, key)?.value;
    if (member === undefined) return [];
    return member.kind === 'object' ? member.members.map((one) => one.value) : [member];
  });
  const silent = comments.map(({ start, end }) => {
    const mark = COMMENT_MARK.exec(value.slice(start, end))?.[0] ?? '';
    return { start, end, text: `${mark} •••${mark === '/*' ? ' */' : ''}` };
  });
  const apart = silent.filter(
    (one) => !hidden.some(({ start, end }) => one.start >= start && one.end <= end),
  );
  return edited(value, [...hidden.map(({ start, end }) => ({ start, end, text: MASK })), ...apart]);
}

/** The blanks before a key that begins its line. */
function indentOf(text: string, keyStart: number): string {
  const line = text.slice(
    Math.max(text.lastIndexOf('\n', keyStart - 1), text.lastIndexOf('\r', keyStart - 1)) + 1,
    keyStart,
  );
  return /^[ \t]*$/.test(line) ? line : '';
}

function listOf(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}
