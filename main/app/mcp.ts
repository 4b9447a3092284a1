/** The MCP servers as the app knows them: registered, running, and what each offers under the policy in force. */
import type { McpServerView, McpToolView } from '../../preload/contract.ts';
import type { ServerTools } from '../engine/call-facts.ts';
import { standingOf } from '../engine/gates/visible-actions.ts';
import type { LogPort } from '../engine/ports.ts';
import { redact } from '../engine/redaction.ts';
import type { EnginePort } from '../engine/requests.ts';
import type { Clock } from '../platform/clock.ts';
import { GatehouseError } from '../platform/errors.ts';
import type { Peer } from '../platform/peer.ts';
import { fetchWarning } from '../points/mcp/fetching-program.ts';
import { Gateways, type GatewaysOptions } from '../points/mcp/gateways.ts';
import { inspectServer } from '../points/mcp/inspect-server.ts';
import { ServerBook } from '../points/mcp/server-book.ts';
import { ServerPlaces } from '../points/mcp/server-place.ts';
import { placeholderWarning } from '../points/mcp/server-placeholders.ts';
import {
  CHANGED_PROGRAM,
  draftFromEntry,
  type ServerDraft,
  type ServerRecord,
} from '../points/mcp/server-record.ts';
import { type KnownTool, ToolBook } from '../points/mcp/tool-book.ts';
import type { Restart } from '../points/mcp/upstream.ts';
import type { ToolsInUse } from '../points/tools/tool-clients.ts';
import { canonicalPart } from '../policy/catalog.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import { knownTools } from './known-tools.ts';
import type { PipeProgram } from './pipe-program.ts';

interface Setting {
  read(): string | null;
  write(value: string): void;
}

export interface VaultOfServers extends Pick<GatewaysOptions, 'clean' | 'equipped'> {
  /** Why a person is asked about one of our own actions at a server. */
  concern(action: string): string | null;
  /** A server was registered, with values that may have to move. */
  registered(): Promise<void>;
  /** A server goes: another one of its name is not given what this one was. */
  removed(server: string): void;
}

export interface McpOptions {
  readonly log: LogPort;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** Where servers that are programs have their own folders; agents may not write there. */
  readonly places: string;
  readonly servers: Setting;
  readonly tools: Setting;
  /** What is in force for a client that works in a folder; null for what is common to all. */
  readonly policy: (cwd: string | null) => CompiledPolicy | null;
  /** Why no server may be started now; null when it may. */
  readonly halted: () => string | null;
  readonly pipe: Pick<PipeProgram, 'install' | 'entry' | 'toolsEntry'>;
  /** The vault's part; left out, servers are given what stands in their registration and nothing is cleaned. */
  readonly vault?: VaultOfServers;
  readonly note: (line: string) => void;
  readonly defect: (error: unknown) => void;
}

/** The governed tools, told structurally. */
interface McpFollower {
  policyChanged(): void;
  endAll(): void;
  /** Who has the governed tools, when it is their clients. */
  sessions?(): readonly ToolsInUse[];
}

export class Mcp {
  readonly servers: ServerBook;
  readonly tools: ToolBook;
  /** What is known of the tools of servers, for the analysis of calls. */
  readonly known: ServerTools;
  readonly #places: ServerPlaces;
  readonly #options: McpOptions;
  readonly #listeners = new Set<() => void>();
  readonly #followers = new Set<McpFollower>();
  #gateways: Gateways | null = null;

  constructor(options: McpOptions) {
    this.#options = options;
    this.servers = new ServerBook(options.servers);
    this.tools = new ToolBook(options.tools);
    this.known = knownTools(this.servers, this.tools);
    this.#places = new ServerPlaces({ root: options.places, env: options.env });
    if (this.servers.problem !== null) options.note(this.servers.problem);
    this.servers.onChange(() => this.#changed());
    this.tools.onChange(() => this.#changed());
  }

  /** Opens for clients: the engine needs what is known of the tools, and the gateways need the engine. */
  open(engine: EnginePort): Gateways {
    const { log, env, policy, vault } = this.#options;
    const gateways = new Gateways({
      engine,
      log,
      servers: this.servers,
      tools: this.tools,
      places: this.#places,
      env,
      halted: this.#options.halted,
      visible: (module, action, client, cwd) =>
        standingOf(policy(cwd), viewerOf(client), module, action) !== 'refused',
      redact: (result) => redact(result),
      clean: (message) => vault?.clean(message) ?? message,
      equipped: async (server, claim, signal) => vault?.equipped(server, claim, signal) ?? server,
      note: (server, line) => this.#options.note(`mcp ${server}: ${line}`),
      defect: this.#options.defect,
    });
    gateways.onChange(() => this.#changed());
    this.#gateways = gateways;
    return gateways;
  }

  /** Why a person must be asked about an action; for the engine. */
  concern(module: string, action: string): string | null {
    const own = module.startsWith('mcp_') ? this.#options.vault?.concern(action) : null;
    return own ?? this.tools.concern(module, action)?.text ?? null;
  }

  /** Our entry for a server in a client's file. */
  pipe(server: string): ReturnType<PipeProgram['entry']> {
    return this.#options.pipe.entry(server);
  }

  views(): McpServerView[] {
    const connections = this.#gateways?.connections() ?? [];
    return this.servers.list().map((server) => {
      const own = connections.filter((connection) => connection.server === server.name);
      const state = own.map((connection) => connection.state);
      const running = state.find(({ is }) => is === 'running') ?? state.find(({ is }) => is === 'starting');
      const down = state.find((one) => one.is === 'down');
      const why = running === undefined && down?.is === 'down' ? down.why : null;
      return {
        name: server.name,
        ...shape(server),
        state: running?.is === 'running' ? 'running' : running !== undefined ? 'starting' : stateOf(why),
        why,
        warning: warningOf(server),
        clients: [...new Set(own.map(({ client }) => client))],
        tools: this.tools.tools(server.name).map((tool) => this.#tool(server.name, tool)),
        entry: this.#options.pipe.entry(server.name),
      };
    });
  }

  view(name: string): McpServerView {
    const view = this.views().find((server) => server.name === name);
    if (view === undefined) throw new GatehouseError('not_found', `no MCP server ${name} is registered`);
    return view;
  }

  /** Registers what a person pasted. @throws GatehouseError as ServerBook.add and draftFromEntry */
  async addEntry(text: string, name: string | null): Promise<McpServerView> {
    return this.add(draftFromEntry(text, name));
  }

  /** @throws GatehouseError as ServerBook.add */
  async add(draft: ServerDraft): Promise<McpServerView> {
    await this.#options.pipe.install();
    const server = await this.servers.add(draft, this.#options.env, this.#options.clock.wallMicros());
    this.#places.prepare(server.name);
    await this.#record(server.name, 'registered', shape(server).what);
    await this.#options.vault?.registered();
    return this.view(server.name);
  }

  /** Puts the program that entries name at its place. @throws GatehouseError `no_program` */
  prepare(): Promise<void> {
    return this.#options.pipe.install();
  }

  /** What stands in a client for the governed tools; the program is put at its place. @throws GatehouseError `no_program` */
  async toolsEntry(): Promise<{ readonly command: string; readonly args: string[] }> {
    await this.#options.pipe.install();
    return this.#options.pipe.toolsEntry();
  }

  /** The record that registering would make, from the environment of this moment. @throws GatehouseError */
  recordOf(draft: ServerDraft): Promise<ServerRecord> {
    const { env, clock } = this.#options;
    // A client looks for the program with the variables that it starts it with.
    const own = draft.transport.kind === 'stdio' ? draft.transport.env : {};
    return this.servers.recordOf(draft, { ...env, ...own }, clock.wallMicros());
  }

  /** Registers exactly this. @throws GatehouseError as ServerBook.enter */
  async enter(record: ServerRecord): Promise<void> {
    this.servers.enter(record);
    this.#places.prepare(record.name);
    await this.#record(record.name, 'registered', shape(record).what);
    await this.#options.vault?.registered();
  }

  find(name: string): ServerRecord | null {
    return this.servers.find(name);
  }

  /** @throws GatehouseError `not_found` */
  async remove(name: string): Promise<void> {
    if (this.servers.find(name) === null)
      throw new GatehouseError('not_found', `no MCP server ${name} is registered`);
    // First: a stop in between leaves a server that is asked about.
    this.#options.vault?.removed(name);
    this.servers.remove(name);
    this.tools.forget(name);
    this.#places.remove(name);
    await this.#record(name, 'removed', '');
  }

  /** @throws GatehouseError `not_found` */
  async acceptTool(server: string, tool: string): Promise<void> {
    if (!this.tools.accept(server, tool))
      throw new GatehouseError('not_found', `${server} has no tool ${tool}`);
    await this.#record(server, 'tool_accepted', tool);
  }

  /** @throws GatehouseError `not_found`, `server_missing` */
  async acceptProgram(server: string): Promise<void> {
    await this.servers.acceptProgram(server);
    await this.#record(server, 'program_accepted', '');
  }

  /** Starts a server for a moment, to hear which tools it has. @throws GatehouseError as inspectServer */
  async inspect(name: string, peer: Peer): Promise<void> {
    const gateways = this.#gateways;
    if (gateways === null) throw new GatehouseError('server_failed', 'no server is started yet');
    await inspectServer(gateways, name, peer);
  }

  /** What a server is given has changed: it is started anew when it is next needed. */
  async restart(server: string, why: string, which: Restart = 'any'): Promise<void> {
    await this.#gateways?.restart(server, why, which);
  }

  /** What must hear with the servers that the policy is another, or that all is to end. */
  follow(follower: McpFollower): void {
    this.#followers.add(follower);
  }

  /** Connections that have the governed tools now. */
  toolSessions(): readonly ToolsInUse[] {
    return [...this.#followers].flatMap((follower) => follower.sessions?.() ?? []);
  }

  policyChanged(): void {
    for (const follower of this.#followers) follower.policyChanged();
    this.#gateways?.policyChanged();
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends every server that runs for a client. */
  endAll(): void {
    this.#gateways?.endAll();
    for (const follower of this.#followers) follower.endAll();
  }

  async close(): Promise<void> {
    await this.#gateways?.close();
  }

  #tool(server: string, tool: KnownTool): McpToolView {
    const policy = this.#options.policy(null);
    const action = canonicalPart(tool.name);
    const standing = standingOf(policy, viewerOf('mcp-client'), `mcp_${server}`, action);
    const hidden = (policy?.capabilities?.hidden.find(`mcp_${server}`, action) ?? null) !== null;
    return {
      name: tool.name,
      description: tool.description,
      standing:
        standing === 'refused' ? (hidden ? 'hidden' : 'denied') : tool.concern !== null ? 'asked' : standing,
      concern: tool.concern,
    };
  }

  async #record(
    server: string,
    change: 'registered' | 'removed' | 'tool_accepted' | 'program_accepted',
    detail: string,
  ): Promise<void> {
    await this.#options.log.append({
      type: 'mcp.changed',
      v: 1,
      server,
      change,
      detail: detail.slice(0, 500).toWellFormed(),
    });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** What a person should know of how it is registered. */
function warningOf(server: ServerRecord): string | null {
  const all = [fetchWarning(server), placeholderWarning(server)].filter((text) => text !== null);
  return all.length === 0 ? null : all.join(' ');
}

/** What the server is, without the values that only it may know. */
function shape({
  transport,
  secrets: bound = [],
}: ServerRecord): Pick<McpServerView, 'kind' | 'what' | 'secrets'> {
  return transport.kind === 'http'
    ? { kind: 'http', what: transport.url, secrets: named(transport.headers, bound) }
    : {
        kind: 'stdio',
        what: [transport.program, ...transport.args].map(quoted).join(' '),
        secrets: named(transport.env, bound),
      };
}

function named(
  values: Readonly<Record<string, string>>,
  bound: readonly { readonly name: string }[],
): string[] {
  return [...new Set([...Object.keys(values), ...bound.map(({ name }) => name)])];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function stateOf(why: string | null): 'idle' | 'down' | 'changed' {
  if (why === null) return 'idle';
  return why.includes(CHANGED_PROGRAM) ? 'changed' : 'down';
}

function viewerOf(client: string): { client: string; agent: string; appActive: boolean } {
  return { client, agent: 'main', appActive: true };
}
