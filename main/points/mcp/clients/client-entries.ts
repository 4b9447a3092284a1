/** The MCP entries of a client's file: what each is, and what Gatehouse would start in its place. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { canonicalJson, type JsonValue } from '../../../platform/canonical-json.ts';
import { type JsonNode, jsonValue } from '../../../platform/json-syntax.ts';
import { isServerName } from '../../../platform/server-name.ts';
import type { ServerDraft } from '../server-record.ts';
import { codexWay } from './codex-way.ts';
import { VariableFiller } from './entry-variables.ts';
import { type ClientHome, containersOf, type KnownClient } from './known-clients.ts';

export interface ClientEntry {
  readonly path: readonly string[];
  /** The client's own name for the server. */
  readonly name: string;
  /** Offset of the key's opening quote. */
  readonly keyStart: number;
  readonly node: JsonNode;
  /** The project that it is for; null when it is for all of them. */
  readonly project: string | null;
}

export type EntryReading =
  /** Goes through Gatehouse already, to this server. */
  | { readonly kind: 'pipe'; readonly server: string }
  /** Our governed tools. */
  | { readonly kind: 'tools' }
  /** `filledIn`: environment variables that the client would have filled in. */
  | { readonly kind: 'server'; readonly draft: ServerDraft; readonly filledIn: readonly string[] }
  /** Stays as it is. */
  | { readonly kind: 'left'; readonly why: string };

const Texts = z.record(z.string(), z.string());
/** The parts that say how a server is started or reached; everything else is the client's own business. */
const Way = z.object({
  type: z.string().optional(),
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  env: Texts.optional(),
  cwd: z.string().optional(),
  url: z.string().optional(),
  httpUrl: z.string().optional(),
  serverUrl: z.string().optional(),
  headers: Texts.optional(),
  timeout: z.unknown().optional(),
});
type Way = z.output<typeof Way>;

/** opencode's `{command: [program, …args], environment}` in the words of the others. */
const OpencodeWay = z
  .object({
    type: z.enum(['local', 'remote']),
    command: z.array(z.string()).optional(),
    environment: Texts.optional(),
    cwd: z.string().optional(),
    url: z.string().optional(),
    headers: Texts.optional(),
    timeout: z.unknown().optional(),
  })
  .transform(
    ({ type, command, environment, ...rest }): Way => ({
      ...rest,
      ...(type === 'local' && command !== undefined
        ? { command: command[0] ?? '', args: command.slice(1) }
        : {}),
      ...(environment === undefined ? {} : { env: environment }),
    }),
  );

const PROGRAM_TYPES: ReadonlySet<string> = new Set(['stdio', 'local']);
const HTTP_TYPES: ReadonlySet<string> = new Set([
  'http',
  'streamable-http',
  'streamableHttp',
  'streamable_http',
]);
const OUR_PROGRAM = /(?:^|[\\/])gatehouse(?:\.exe)?$/;

/** Every entry of the file, in its order. */
export function entriesOf(client: KnownClient, root: JsonNode, project: string | null): ClientEntry[] {
  return containersOf(client, root, project).flatMap(({ path, node, project: of }) =>
    node.kind !== 'object'
      ? []
      : node.members.map(({ key, keyStart, value }) => ({
          path: [...path, key],
          name: key,
          keyStart,
          node: value,
          project: of,
        })),
  );
}

/** What an entry is. Nothing is looked up on the disk. */
export function readEntry(client: KnownClient, entry: ClientEntry, home: ClientHome): EntryReading {
  const value = jsonValue(entry.node);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return left(
      client.form === 'codex'
        ? 'it is not written in tables of its own, one after the other'
        : 'it is not an object',
    );
  if (!isCanonical(value)) return left('it holds text that is not Unicode, or is nested too deeply');
  const record = value as Readonly<Record<string, unknown>>;
  const filler = new VariableFiller(client.variables, { ...home, project: entry.project });
  const parsed = wayOf(client, record, filler);
  if (!parsed.success) return left(issueOf(parsed.error));
  const way = parsed.data;
  if (isToolsWay(way)) return { kind: 'tools' };
  const server = pipeServer(way);
  if (server !== null) return { kind: 'pipe', server };
  if (record['disabled'] === true || record['enabled'] === false) return left('it is switched off');
  const own = client.ownWays.find((key) => record[key] !== undefined && record[key] !== false);
  if (own !== undefined) return left(`the client connects to it in a way of its own ("${own}")`);
  const name = routedName(entry.name);
  if (!isServerName(name)) return left('rules cannot name a server so; give it another name in the client');
  const transport = transportOf(way, filler, entry.project);
  if (typeof transport === 'string') return left(transport);
  const [missing] = filler.missing;
  if (missing !== undefined)
    return left(
      `only the client knows what ${missing} stands for; write the value in, or register it yourself`,
    );
  const { timeout } = way;
  const clientTimeoutMs = typeof timeout === 'number' && timeout >= 1 ? Math.round(timeout) : null;
  return { kind: 'server', draft: { name, transport, clientTimeoutMs }, filledIn: [...filler.used] };
}

function wayOf(client: KnownClient, record: unknown, filler: VariableFiller): z.ZodSafeParseResult<Way> {
  switch (client.form) {
    case 'servers':
      return Way.safeParse(record);
    case 'opencode':
      return OpencodeWay.safeParse(record);
    case 'codex':
      return codexWay(record, filler);
  }
}

/** The server that an entry's words reach through Gatehouse; null when they do something else. */
export function pipeServer({ command, args }: Pick<Way, 'command' | 'args'>): string | null {
  const [word, server] = args ?? [];
  if (command === undefined || !OUR_PROGRAM.test(command) || word !== 'mcp' || server === undefined)
    return null;
  return isServerName(server) ? server : null;
}

function isToolsWay({ command, args }: Pick<Way, 'command' | 'args'>): boolean {
  const [word, option] = args ?? [];
  return command !== undefined && OUR_PROGRAM.test(command) && word === 'mcp' && option === '--tools';
}

/**
 * The name under which an entry's server is registered: as Claude Code writes it into the names of tools, so
 * that a rule means the same call wherever it is seen.
 */
export function routedName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '_')
    .replace(/_{2,}/g, '_')
    .replace(/^[_-]+|_+$/g, '');
}

function transportOf(
  way: Way,
  filler: VariableFiller,
  project: string | null,
): ServerDraft['transport'] | string {
  const { type, command } = way;
  const url = way.httpUrl ?? way.url ?? way.serverUrl;
  if (command !== undefined && url !== undefined) return 'it has both a command and a URL';
  if (url !== undefined) {
    const old = type === 'sse' || (type === undefined && way.httpUrl === undefined && /\/sse\/?$/.test(url));
    if (old) return 'it uses the old SSE transport, which is not spoken; use its Streamable HTTP URL';
    if (type !== undefined && !HTTP_TYPES.has(type)) return `the transport ${quoted(type)} is not spoken`;
    return { kind: 'http', url: filler.fill(url), headers: filled(way.headers, filler) };
  }
  if (command === undefined || command === '') return 'it has neither a command nor a URL';
  if (type !== undefined && !PROGRAM_TYPES.has(type)) return `the transport ${quoted(type)} is not spoken`;
  return {
    kind: 'stdio',
    program: inProject(filler.fill(command), project),
    args: (way.args ?? []).map((arg) => filler.fill(arg)),
    env: filled(way.env, filler),
    cwd:
      way.cwd === undefined
        ? project
        : project === null
          ? filler.fill(way.cwd)
          : resolve(project, filler.fill(way.cwd)),
  };
}

/** A program that is named by a relative path lies in the project. */
function inProject(program: string, project: string | null): string {
  return project !== null && /[\\/]/.test(program) ? resolve(project, program) : program;
}

function filled(
  texts: Readonly<Record<string, string>> | undefined,
  filler: VariableFiller,
): Record<string, string> {
  return Object.fromEntries(Object.entries(texts ?? {}).map(([key, text]) => [key, filler.fill(text)]));
}

function issueOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'it is not understood' : `"${issue.path.join('.')}": ${issue.message}`;
}

/** What has no agreed bytes cannot be bound to a plan. */
function isCanonical(value: JsonValue): boolean {
  try {
    canonicalJson(value);
    return true;
  } catch {
    return false;
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

function left(why: string): EntryReading {
  return { kind: 'left', why };
}
