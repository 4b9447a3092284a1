/** The registered servers: looked up before they are written down, and kept across restarts. */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { fileDigest } from '../../platform/file-digest.ts';
import { interpreterOf } from './interpreter.ts';
import { takePlaceholders } from './server-placeholders.ts';
import {
  HttpServer,
  type Interpreter,
  type SecretBinding,
  type ServerDraft,
  ServerName,
  ServerRecord,
  StdioServer,
} from './server-record.ts';

export interface ServerBookStore {
  read(): string | null;
  write(json: string): void;
}

const MAX_SERVERS = 200;

export class ServerBook {
  readonly #store: ServerBookStore;
  readonly #servers: Map<string, ServerRecord>;
  readonly #listeners = new Set<() => void>();
  /** Why the servers that were registered are not known; null when they are. */
  readonly problem: string | null;

  constructor(store: ServerBookStore) {
    this.#store = store;
    const { servers, problem } = readServers(store.read());
    this.#servers = new Map(servers.map((server) => [server.name, server]));
    this.problem = problem;
  }

  list(): readonly ServerRecord[] {
    return [...this.#servers.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): ServerRecord | null {
    return this.#servers.get(name) ?? null;
  }

  /**
   * Registers a server. A bare program name is looked up on the PATH of this moment, once.
   *
   * @param replace whether one of that name may be replaced
   * @throws GatehouseError `bad_server`, `server_missing`, `server_known`, `too_many_servers`
   */
  async add(
    draft: ServerDraft,
    env: NodeJS.ProcessEnv,
    wallMicros: number,
    replace = false,
  ): Promise<ServerRecord> {
    this.#checkFree(parsed(ServerName, draft.name, 'the name'), replace);
    const record = await this.recordOf(draft, env, wallMicros);
    this.enter(record, replace);
    return record;
  }

  /**
   * The record that registering would make. Nothing is registered.
   *
   * @throws GatehouseError `bad_server`, `server_missing`
   */
  async recordOf(draft: ServerDraft, env: NodeJS.ProcessEnv, wallMicros: number): Promise<ServerRecord> {
    const name = parsed(ServerName, draft.name, 'the name');
    const transport =
      draft.transport.kind === 'http'
        ? parsed(HttpServer, draft.transport, 'the server')
        : await this.#located(draft.transport, env);
    const { secrets, transport: rest } = takePlaceholders(transport);
    return {
      ...{ name, transport: rest, ...(secrets.length === 0 ? {} : { secrets }) },
      ...{ clientTimeoutMs: draft.clientTimeoutMs, registeredWallMicros: wallMicros },
    };
  }

  /** Registers exactly this. @throws GatehouseError `server_known`, `too_many_servers` */
  enter(record: ServerRecord, replace = false): void {
    this.#checkFree(record.name, replace);
    this.#servers.set(record.name, record);
    this.#save();
  }

  /** Takes the server's program as it is now for the registered one. @throws GatehouseError `not_found`, `server_missing` */
  async acceptProgram(name: string): Promise<void> {
    const server = this.#servers.get(name);
    if (server === undefined) throw new GatehouseError('not_found', `no MCP server ${name} is registered`);
    if (server.transport.kind === 'http') return;
    const { transport } = server;
    const digest = await digestOf(transport.program);
    const interpreter = transport.interpreter ?? null;
    const now = interpreter === null ? null : { ...interpreter, ...(await digestAgain(interpreter)) };
    this.#servers.set(name, { ...server, transport: { ...transport, digest, interpreter: now } });
    this.#save();
  }

  /**
   * Sets which credentials the server is given. Values of the same names that stood in its record are dropped.
   *
   * @throws GatehouseError `not_found`, `bad_server`
   */
  bind(name: string, secrets: readonly SecretBinding[]): void {
    const server = this.#servers.get(name);
    if (server === undefined) throw new GatehouseError('not_found', `no MCP server ${name} is registered`);
    const bound = new Set(secrets.map((secret) => secret.name));
    const rest = (values: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(values).filter(([key]) => !bound.has(key)));
    const { transport } = server;
    const record = {
      ...server,
      transport:
        transport.kind === 'http'
          ? { ...transport, headers: rest(transport.headers) }
          : { ...transport, env: rest(transport.env) },
      secrets: [...secrets],
    };
    this.#servers.set(name, parsed(ServerRecord, record, 'the server'));
    this.#save();
  }

  /** Whether there was one. */
  remove(name: string): boolean {
    const known = this.#servers.delete(name);
    if (known) this.#save();
    return known;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #checkFree(name: string, replace: boolean): void {
    if (this.#servers.has(name)) {
      if (replace) return;
      throw new GatehouseError('server_known', `${name} is registered already`, {
        hint: `remove it first: gatehouse mcp remove ${name}`,
      });
    }
    if (this.#servers.size >= MAX_SERVERS)
      throw new GatehouseError(
        'too_many_servers',
        `${MAX_SERVERS} servers are registered, and no more may be`,
      );
  }

  async #located(draft: StdioDraft, env: NodeJS.ProcessEnv): Promise<StdioServer> {
    const program = isAbsolute(draft.program) ? draft.program : await onPath(draft.program, env);
    if (draft.cwd !== null && !isAbsolute(draft.cwd))
      throw new GatehouseError('bad_server', 'the entry cannot be used: its folder is not an absolute path');
    const digest = await digestOf(program);
    const interpreter = await interpreterOf(program, (name) => onPath(name, env), env['HOME']);
    return parsed(StdioServer, { ...draft, program, digest, interpreter }, 'the server');
  }

  #save(): void {
    this.#store.write(JSON.stringify(this.list()));
    for (const listener of this.#listeners) listener();
  }
}

type StdioDraft = Omit<StdioServer, 'digest' | 'interpreter'>;

/** One that was held to a digest is held to the one it has now. */
async function digestAgain({ path, digest }: Interpreter): Promise<Pick<Interpreter, 'digest'>> {
  return { digest: digest === null ? null : await digestOf(path) };
}

async function digestOf(program: string): Promise<string> {
  try {
    await access(program, constants.X_OK);
    const real = await realpath(program);
    if (!(await stat(real)).isFile()) throw new Error('it is not a file');
    return await fileDigest(real);
  } catch (error) {
    throw new GatehouseError('server_missing', `${program} cannot be run: ${messageOf(error)}`);
  }
}

async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (/[/\\]/.test(name))
    throw new GatehouseError('bad_server', `the entry cannot be used: ${name} is a relative path`, {
      hint: 'give the absolute one',
    });
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    // npm puts those there for its own scripts, up to the root of the disk.
    if (!isAbsolute(folder) || /[/\\](?:node_modules[/\\]\.bin|node-gyp-bin)[/\\]?$/.test(folder)) continue;
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      if ((await stat(path)).isFile()) return path;
    } catch {
      // Not here; the next folder may have it.
    }
  }
  throw new GatehouseError('server_missing', `${name} is in no folder of the PATH`, {
    hint: 'give the absolute path of the program',
  });
}

function parsed<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? what : `${what}, ${issue.path.join('.')}`;
  throw new GatehouseError(
    'bad_server',
    `${where} cannot be used: ${issue?.message ?? 'it is not understood'}`,
  );
}

function readServers(text: string | null): { servers: readonly ServerRecord[]; problem: string | null } {
  if (text === null) return { servers: [], problem: null };
  try {
    return { servers: z.array(ServerRecord).parse(JSON.parse(text)), problem: null };
  } catch (error) {
    return {
      servers: [],
      problem: `the registered MCP servers cannot be read: ${messageOf(error).slice(0, 200)}`,
    };
  }
}
