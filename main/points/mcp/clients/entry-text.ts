/**
 * The text of one entry: with the pipe in the place of the server, and as it is shown.
 *
 * Members that are the client's own business (timeout, trust, lists of tools) keep their text; what started or
 * reached the server goes into the registration.
 */
import type { JsonValue } from '../../../platform/canonical-json.ts';
import { type JsonNode, memberOf, parseJson } from '../../../platform/json-syntax.ts';
import { addMember, removeAt, replaceAt } from '../../agents/json-edit.ts';
import type { ClientEntry } from './client-entries.ts';
import type { KnownClient } from './known-clients.ts';

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
} as const;
const SECRET = ['env', 'environment', 'headers'];
const MASK = '"•••"';

/** The entry's value with the pipe in it. `text` is the whole file. */
export function routedValue(text: string, entry: ClientEntry, client: KnownClient, pipe: PipeEntry): string {
  const indent = indentOf(text, entry.keyStart);
  // With its indentation in front the value is a small text of its own, in the style of the file.
  let now = indent + text.slice(entry.node.start, entry.node.end);
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
export function shownEntry(text: string, entry: ClientEntry, value: string): string {
  return indentOf(text, entry.keyStart) + text.slice(entry.keyStart, entry.node.start) + masked(value);
}

/** An entry's value with the values of its environment and headers made unreadable. */
function masked(value: string): string {
  const { root } = parseJson(value);
  const hidden = SECRET.flatMap((key): readonly JsonNode[] => {
    const member = memberOf(root, key)?.value;
    if (member === undefined) return [];
    return member.kind === 'object' ? member.members.map((one) => one.value) : [member];
  });
  return edited(
    value,
    hidden.map(({ start, end }) => ({ start, end, text: MASK })),
  );
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
