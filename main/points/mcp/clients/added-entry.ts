/**
 * One entry that a client's file has not yet: put in, and taken out again, without touching what stands beside it.
 *
 * Whatever is answered was read again: it holds the entry (or does not), and every other entry as it was.
 */
import { canonicalJson, type JsonObject, type JsonValue } from '../../../platform/canonical-json.ts';
import { GatehouseError } from '../../../platform/errors.ts';
import { jsonValue, memberOf } from '../../../platform/json-syntax.ts';
import { addMember, removeAt } from '../../agents/json-edit.ts';
import { type ClientEntry, entriesOf } from './client-entries.ts';
import { readDocument } from './document.ts';
import type { PipeEntry } from './entry-text.ts';
import { containersOf, type KnownClient } from './known-clients.ts';
import { TOML_SERVERS } from './toml.ts';

/** Its name in every client. */
export const TOOLS_NAME = 'gatehouse';

/**
 * The file's text with the entry in it.
 *
 * @param text  '' for a file that is not there
 * @throws GatehouseError `bad_client_file` where it cannot be written without touching the rest
 */
export function withTools(client: KnownClient, text: string, pipe: PipeEntry): string {
  const after = client.syntax === 'toml' ? withTable(text, pipe) : withMember(client, text, pipe);
  return checked(client, text, after, true);
}

/** The file's text without it. @throws GatehouseError as `withTools` */
export function withoutTools(client: KnownClient, text: string, entry: ClientEntry): string {
  if (client.syntax === 'toml') {
    const before = text.slice(0, entry.node.start).replace(/(\r\n|\n|\r)[ \t]*\1$/, '$1');
    return checked(client, text, before + text.slice(entry.node.end).replace(/^(?:\r\n|\n|\r)/, ''), false);
  }
  return checked(client, text, removeAt(text, [...entry.path], client.syntax === 'jsonc'), false);
}

function withMember(client: KnownClient, text: string, pipe: PipeEntry): string {
  const whole = text.trim() === '' ? '{}\n' : text;
  const comments = client.syntax === 'jsonc';
  const root = readDocument(client.syntax, whole);
  // The first is for every project.
  const [container] = containersOf(client, root, null).filter(({ project }) => project === null);
  const value = entryValue(client, pipe);
  if (container !== undefined) return addMember(whole, [...container.path], TOOLS_NAME, value, comments);
  const key = client.form === 'opencode' ? 'mcp' : 'mcpServers';
  if (memberOf(root, key) !== null) throw unsafe(`"${key}" is not an object`);
  return addMember(whole, [], key, { [TOOLS_NAME]: value }, comments);
}

function entryValue(client: KnownClient, { command, args }: PipeEntry): JsonObject {
  if (client.form === 'opencode') return { type: 'local', command: [command, ...args], enabled: true };
  return {
    ...(client.programType === null ? {} : { type: client.programType }),
    ...{ command, args: [...args] },
    // Copilot gives a model only those tools that are named here.
    ...(client.id === 'copilot' ? { tools: ['*'] } : {}),
  };
}

function withTable(text: string, { command, args }: PipeEntry): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const quoted = (word: string) => JSON.stringify(word).replaceAll('\x7f', '\\u007f');
  const table = [
    `[${TOML_SERVERS}.${TOOLS_NAME}]`,
    `command = ${quoted(command)}`,
    `args = [${args.map(quoted).join(', ')}]`,
    '',
  ].join(lineEnd);
  if (text === '') return table;
  return `${text}${/[\r\n]$/.test(text) ? '' : lineEnd}${lineEnd}${table}`;
}

/** @param there  whether the entry is to be in it */
function checked(client: KnownClient, before: string, after: string, there: boolean): string {
  const was = valuesOf(client, before);
  const now = valuesOf(client, after);
  const added = now.delete(TOOLS_NAME);
  was.delete(TOOLS_NAME);
  const same = was.size === now.size && [...was].every(([path, value]) => now.get(path) === value);
  if (added !== there || !same)
    throw unsafe('its servers are written in a way in which one cannot be put beside another');
  return after;
}

/** Every entry by its path, ours by its name alone. */
function valuesOf(client: KnownClient, text: string): Map<string, string> {
  if (text.trim() === '') return new Map();
  let entries: ClientEntry[];
  try {
    entries = entriesOf(client, readDocument(client.syntax, text), null);
  } catch (error) {
    throw unsafe('what would stand in it is not understood', error);
  }
  return new Map(
    entries.map(({ name, path, node, project }) => [
      name === TOOLS_NAME && project === null ? TOOLS_NAME : JSON.stringify(path),
      canonicalJson(jsonValue(node) as JsonValue),
    ]),
  );
}

function unsafe(why: string, cause?: unknown): GatehouseError {
  return new GatehouseError('bad_client_file', `the file cannot be changed safely: ${why}`, {
    hint: 'nothing was changed; put the entry in by hand: gatehouse mcp add --tools',
    cause,
  });
}
