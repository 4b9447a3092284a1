/**
 * An MCP server as the person registered it.
 *
 * Only a registered server is ever started, with exactly these words: what an agent says at the pipe chooses
 * among them and adds nothing. Credentials in `env` and `headers` reach no other program.
 */
import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { canonicalServerName, isServerName } from '../../platform/server-name.ts';

/** Canonical, as rules name it: `mcp_<name>`. */
export const ServerName = z
  .string()
  .max(64)
  .refine(isServerName, 'allowed: a-z, 0-9, - and single _, and no word that is a command of gatehouse mcp');

const Text = z
  .string()
  .max(32_768)
  .refine((text) => !text.includes('\0'), 'it holds a NUL');
const EnvName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/);

/** What runs a program that is a script: looked up when the server was registered, and the same ever since. */
const Interpreter = z.strictObject({
  /** The bare name that the script asks for; null when it names the path. */
  name: z.string().nullable(),
  path: Text.min(1),
  /** Hex SHA-256; null where only the system's owner can change it. */
  digest: z.string().nullable(),
});
export type Interpreter = z.output<typeof Interpreter>;

export const StdioServer = z.strictObject({
  kind: z.literal('stdio'),
  /** Absolute path. */
  program: Text.min(1),
  args: z.array(Text).max(256),
  env: z.record(EnvName, Text),
  /** Absolute, or null: a folder of its own that agents may not write to. */
  cwd: Text.nullable(),
  /** Hex SHA-256 of the program when it was registered. Null where it could not be read. */
  digest: z.string().nullable(),
  interpreter: Interpreter.nullable().optional(),
});

export const HttpServer = z.strictObject({
  kind: z.literal('http'),
  url: z.url({ protocol: /^https?$/ }).max(4096),
  headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/), Text),
});

/** A use of a credential lasts no longer than a week. */
export const LONGEST_LEASE_MINUTES = 7 * 24 * 60;

/** A credential of the vault's that this server is given: `template` with its fields, as a variable or a header. */
export const SecretBinding = z.strictObject({
  into: z.enum(['env', 'header']),
  name: z.string().min(1).max(128),
  credential: z.string().min(1).max(128),
  scope: z.enum(['system_wide', 'per_app_shared', 'per_user', 'per_app_per_user']),
  template: z.string().min(1).max(500),
  /** How long one use in a session lasts, where a person said so. */
  leaseMinutes: z.number().int().min(1).max(LONGEST_LEASE_MINUTES).optional(),
});
export type SecretBinding = z.output<typeof SecretBinding>;

export const ServerRecord = z.strictObject({
  name: ServerName,
  transport: z.discriminatedUnion('kind', [StdioServer, HttpServer]),
  secrets: z.array(SecretBinding).max(32).optional(),
  /** How long the client waits for a call, milliseconds, where its own entry said so. */
  clientTimeoutMs: z.number().int().positive().nullable(),
  /** Microseconds since 1970. */
  registeredWallMicros: z.number(),
});

export type StdioServer = z.output<typeof StdioServer>;
export type HttpServer = z.output<typeof HttpServer>;
export type ServerRecord = z.output<typeof ServerRecord>;

/** How it is said that a program is another one than was registered. */
export const CHANGED_PROGRAM = 'is not the program that was registered';

/** What a person gives to register a server; the program may still be a bare name to be looked up. */
export interface ServerDraft {
  readonly name: string;
  readonly transport: Omit<StdioServer, 'digest' | 'interpreter'> | HttpServer;
  readonly clientTimeoutMs: number | null;
}

/** Whether both are started or reached in the same way; what is kept beside that does not matter. */
export function sameServer(a: ServerRecord, b: ServerRecord): boolean {
  // Values that lie in the vault are not here to be compared; their names are.
  const byName = [a, b].some(({ secrets = [] }) => secrets.length > 0);
  return wayTo(a, byName) === wayTo(b, byName);
}

function wayTo({ transport, secrets = [] }: ServerRecord, byName: boolean): string {
  const given = (values: Readonly<Record<string, string>>) =>
    byName ? [...new Set([...Object.keys(values), ...secrets.map(({ name }) => name)])].toSorted() : values;
  return canonicalJson(
    transport.kind === 'http'
      ? { ...transport, headers: given(transport.headers) }
      : { ...transport, env: given(transport.env), digest: null, interpreter: null },
  );
}

const ClientEntry = z.looseObject({
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
  url: z.string().optional(),
  httpUrl: z.string().optional(),
  serverUrl: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  timeout: z.number().positive().optional(),
  type: z.string().optional(),
});

/**
 * Reads what people copy from a server's page: one entry, `{"name": entry}`, or a whole `{"mcpServers": {…}}`
 * with one server in it.
 *
 * @param name the name to use; null: the one in the text
 * @throws GatehouseError `bad_server` with what is wrong
 */
export function draftFromEntry(text: string, name: string | null): ServerDraft {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(`it is not JSON (${error instanceof Error ? error.message : 'unreadable'})`);
  }
  const [found, entry] = unwrap(value);
  const parsed = ClientEntry.safeParse(entry);
  if (!parsed.success) throw bad(z.prettifyError(parsed.error).replaceAll('\n', ' '));
  const server = name ?? found;
  if (server === null || server === '') throw bad('it has no name', 'give one');
  const { command, args, env, cwd, headers, timeout, type } = parsed.data;
  const url = parsed.data.url ?? parsed.data.httpUrl ?? parsed.data.serverUrl;
  const clientTimeoutMs = timeout === undefined ? null : Math.round(timeout);
  if (url !== undefined && command !== undefined) throw bad('it has both a command and a url');
  if (url !== undefined) {
    if (type === 'sse')
      throw bad('the old SSE transport is not spoken', 'use the server’s Streamable HTTP url');
    return {
      name: canonicalServerName(server),
      transport: { kind: 'http', url, headers: headers ?? {} },
      clientTimeoutMs,
    };
  }
  if (command === undefined || command === '') throw bad('it has neither a command nor a url');
  return {
    name: canonicalServerName(server),
    transport: { kind: 'stdio', program: command, args: args ?? [], env: env ?? {}, cwd: cwd ?? null },
    clientTimeoutMs,
  };
}

function unwrap(value: unknown): [string | null, unknown] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('it is not an object');
  const record = value as Record<string, unknown>;
  for (const key of ['mcpServers', 'servers', 'mcp']) {
    if (typeof record[key] === 'object' && record[key] !== null)
      return only(record[key] as Record<string, unknown>);
  }
  if ('command' in record || 'url' in record || 'httpUrl' in record || 'serverUrl' in record)
    return [null, record];
  return only(record);
}

function only(servers: Record<string, unknown>): [string, unknown] {
  const names = Object.keys(servers);
  const [name] = names;
  if (name === undefined || names.length !== 1)
    throw bad(
      names.length === 0 ? 'it holds no server' : `it holds ${names.length} servers`,
      'paste one at a time',
    );
  return [name, servers[name]];
}

function bad(why: string, hint?: string): GatehouseError {
  return new GatehouseError(
    'bad_server',
    `the entry cannot be used: ${why}`,
    hint === undefined ? {} : { hint },
  );
}
