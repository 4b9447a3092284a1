/**
 * Whether a server's name means our registered server to a client that works in a folder.
 *
 * A project may bring a server of the same name, which then stands in the place of the person's. So every file that the
 * client may read there is looked at, and each entry of that name must be our pipe: which one the client takes does not
 * matter then. What cannot be read may hold another one.
 */
import { opendir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { jsonValue } from '../../../platform/json-syntax.ts';
import { readPlainFileAsync } from '../../../platform/plain-file.ts';
import { codeOf } from '../../agents/atomic-file.ts';
import { readDocument, type Syntax } from './document.ts';
import type { PipeEntry } from './entry-text.ts';
import { type ClientHome, filesBeside, KNOWN_CLIENTS } from './known-clients.ts';

const MOST_BYTES = 16 * 1024 * 1024;
/** Of what takes long to read: a project may have put it there, and everybody waits meanwhile. */
const MOST_SLOW_BYTES = 512 * 1024;
/** Files and folders below a folder of agents, and bytes in them all. */
const MOST_AGENTS = 1000;
const MOST_AGENT_BYTES = 4 * 1024 * 1024;
/** What brings servers in the head of an agent's file, or may be a spelling of it. */
const BRINGS_SERVERS = /mcp[-_]?servers|\\(?:[xu][\da-f]|\r?\n)/i;
const DEEPEST = 12;
/** Objects that hold servers by name have one of these names, wherever in a file they stand. */
const CONTAINERS: ReadonlySet<string> = new Set(['mcpServers', 'mcp_servers', 'mcp', 'servers']);
const WAYS_OF_ITS_OWN = ['url', 'httpUrl', 'serverUrl', 'tcp'];
/** What our program would start with: it may be made to load another one's code, or to work elsewhere. */
const STARTED_WITH = ['env', 'environment', 'env_vars', 'envFile', 'cwd'];

/** What else of a project a client may read: files like its own, and folders of agents that may bring servers. */
const ALSO: Readonly<Record<string, { readonly files?: readonly string[]; readonly agents?: string }>> = {
  'claude-code': { agents: '.claude/agents' },
  'gemini-cli': { agents: '.gemini/agents' },
  copilot: { files: ['.mcp.json', '.github/mcp.json', '.vscode/mcp.json'], agents: '.github/agents' },
  opencode: { files: ['.opencode/opencode.json', '.opencode/opencode.jsonc'] },
};

/**
 * @param folders  where the client was started and where it works now; those above them count too
 * @param server  the server's name
 * @param pipe  our entry for it
 */
export async function isRouted(
  clientId: string,
  place: ClientHome,
  folders: readonly string[],
  server: string,
  pipe: PipeEntry,
): Promise<boolean> {
  const client = KNOWN_CLIENTS.find(({ id }) => id === clientId);
  if (client === undefined) return false;
  const all = [...new Set(folders.flatMap(withParents))];
  const also = ALSO[clientId] ?? {};
  const files = all.flatMap((folder) => {
    const own = client.projectFile(folder);
    return [...(own === null ? [] : filesBeside(client, own)), ...filesIn(folder, also.files)];
  });
  const read = await Promise.all([
    ...[...new Set([...filesBeside(client, client.userFile(place)), ...files])].map((file) =>
      entriesOf(file, client.syntax, server),
    ),
    ...filesIn(all, also.agents === undefined ? [] : [also.agents]).map(agentsBringNone),
  ]);
  const entries = read.flat();
  return entries.length > 0 && entries.every((entry) => isPipe(entry, pipe));
}

function filesIn(folders: string | readonly string[], names: readonly string[] = []): readonly string[] {
  return [folders].flat().flatMap((folder) => names.map((name) => join(folder, name)));
}

function withParents(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}

/** The entries of that name; one that is nobody's for a file that may hold some. */
async function entriesOf(file: string, syntax: Syntax, server: string): Promise<readonly unknown[]> {
  try {
    const bytes = await readPlainFileAsync(file, syntax === 'toml' ? MOST_SLOW_BYTES : MOST_BYTES);
    const text = bytes.toString('utf8').replace(/^\ufeff/, '');
    const value = syntax === 'toml' ? getStaticTOMLValue(parseTOML(text)) : jsonIn(text);
    return meaning(value, server, 0);
  } catch (error) {
    return isAway(error) ? [] : [null];
  }
}

/** As JSON first, which is fast: a client's file may hold megabytes. Some clients take comments where others do not. */
function jsonIn(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.length > MOST_SLOW_BYTES) throw error;
    return jsonValue(readDocument('jsonc', text));
  }
}

/** The entries that have the server's name, or say that they lead to it: some clients tell a tool by what runs. */
function meaning(value: unknown, server: string, depth: number): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (depth > DEEPEST) return [null];
  return Object.entries(value).flatMap(([key, one]: [string, unknown]) => [
    ...(CONTAINERS.has(key) && typeof one === 'object' && one !== null
      ? Object.entries(one).flatMap(([name, entry]: [string, unknown]) =>
          loose(name) === loose(server) || leadsTo(entry, server) ? [entry] : [],
        )
      : []),
    ...meaning(one, server, depth + 1),
  ]);
}

/** Nothing for a folder whose agents bring no servers of their own. */
async function agentsBringNone(folder: string): Promise<readonly unknown[]> {
  try {
    let left = MOST_AGENT_BYTES;
    let count = 0;
    // A folder that is a link is not gone into: it is no plain file, and what is in it is not known.
    for await (const one of await opendir(folder, { recursive: true })) {
      count += 1;
      if (count > MOST_AGENTS) return [null];
      if (one.isDirectory()) continue;
      const bytes = await agentBytes(join(one.parentPath, one.name), left);
      left -= bytes.length;
      if (BRINGS_SERVERS.test(bytes.toString('utf8'))) return [null];
    }
    return [];
  } catch (error) {
    return isAway(error) ? [] : [null];
  }
}

/** Of a link that leads nowhere nothing: the others count all the same. */
async function agentBytes(file: string, most: number): Promise<Buffer> {
  try {
    return await readPlainFileAsync(file, most);
  } catch (error) {
    if (isAway(error)) return Buffer.alloc(0);
    throw error;
  }
}

/** Names that a client may write alike into the names of tools. */
function loose(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

function leadsTo(entry: unknown, server: string): boolean {
  const said = wordsOf(entry).join(' ');
  return /gatehouse(?:\.exe)?['"]?\s+mcp\s/.test(said) && said.includes(server);
}

function wordsOf(entry: unknown): readonly unknown[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { command, args } = entry as Readonly<Record<string, unknown>>;
  return [command ?? [], args ?? []].flat();
}

function isPipe(entry: unknown, { command, args }: PipeEntry): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const one = entry as Readonly<Record<string, unknown>>;
  if (one['disabled'] === true || one['enabled'] === false) return false;
  if (WAYS_OF_ITS_OWN.some((key) => one[key] !== undefined)) return false;
  if (STARTED_WITH.some((key) => !isEmpty(one[key]))) return false;
  if (one['type'] !== undefined && one['type'] !== 'stdio' && one['type'] !== 'local') return false;
  const words = wordsOf(entry);
  const ours = [command, ...args];
  return words.length === ours.length && words.every((word, at) => word === ours[at]);
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === '';
}

function isAway(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
