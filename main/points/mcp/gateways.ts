/** All clients at all servers: who comes through the pipe, what is known of each server, and what it offers now. */
import type { Duplex } from 'node:stream';
import type { LogPort } from '../../engine/ports.ts';
import { type EnginePort, type SessionClaim, UNHOOKED_SESSION } from '../../engine/requests.ts';
import { storedPeer } from '../../engine/stored.ts';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Peer } from '../../platform/peer.ts';
import { canonicalPart } from '../../policy/catalog.ts';
import { clientLabel, UNKNOWN_CLIENT } from './client-label.ts';
import { descriptionFlag } from './description-flags.ts';
import { Gateway } from './gateway.ts';
import { connectHttpServer } from './http-upstream.ts';
import { isObject, type RpcMessage } from './json-rpc.ts';
import type { UpstreamState } from './kept-upstream.ts';
import { LineWriter, readLines } from './message-stream.ts';
import { patienceMs } from './patience.ts';
import type { ServerBook } from './server-book.ts';
import type { ServerPlaces } from './server-place.ts';
import type { ServerRecord } from './server-record.ts';
import { startStdioServer } from './stdio-upstream.ts';
import type { ToolBook } from './tool-book.ts';
import type { ConnectUpstream, Restart } from './upstream.ts';

export interface GatewaysOptions {
  readonly engine: EnginePort;
  readonly log: LogPort;
  readonly servers: ServerBook;
  readonly tools: ToolBook;
  readonly places: Pick<ServerPlaces, 'of'>;
  readonly env: NodeJS.ProcessEnv;
  /** Why no server may be started now; null when it may. */
  halted(): string | null;
  /** Whether the policy in force shows this action to a client that works in `cwd` at all. */
  visible(module: string, action: string, client: string, cwd: string): boolean;
  redact(result: JsonObject): JsonObject;
  /** Takes values that are known to be secret out of whatever goes to a client. */
  clean(message: RpcMessage): RpcMessage;
  /** The server as it is started for this client: with its credentials in place. Rejects when one is not to be had. */
  equipped(server: ServerRecord, claim: SessionClaim, signal: AbortSignal): Promise<ServerRecord>;
  note(server: string, line: string): void;
  defect(error: unknown): void;
}

/** A client that is connected, as the page shows it. */
export interface Connection {
  readonly id: string;
  readonly server: string;
  readonly client: string;
  readonly state: UpstreamState;
}

interface Live {
  readonly server: string;
  readonly gateway: Gateway;
  /** Ends the connection, and the server that runs for it. */
  end(): void;
  client: string;
  state: UpstreamState;
}

export class Gateways {
  readonly #options: GatewaysOptions;
  readonly #live = new Map<string, Live>();
  readonly #listeners = new Set<() => void>();
  readonly #ends: (() => void)[];

  constructor(options: GatewaysOptions) {
    this.#options = options;
    this.#ends = [
      options.servers.onChange(() => this.#dropRemoved()),
      options.tools.onChange(() => this.#changed()),
    ];
  }

  /** Clients that are connected, in the order in which they came. */
  connections(): readonly Connection[] {
    return [...this.#live].map(([id, { server, client, state }]) => ({ id, server, client, state }));
  }

  /**
   * Lets a client in at a server.
   *
   * @param open takes the pipe over; only called when the client is let in
   * @throws GatehouseError `unknown_server` when nobody registered it, `halted`
   */
  connect(name: string, peer: Peer, open: () => Duplex): void {
    const server = this.#options.servers.find(name);
    if (server === null)
      throw new GatehouseError('unknown_server', `no MCP server ${name} is registered`, {
        hint: `the person registers it: gatehouse mcp add ${name} -- COMMAND`,
      });
    const halted = this.#options.halted();
    if (halted !== null)
      throw new GatehouseError('halted', `the MCP server ${name} was not started: ${halted}`);
    const stream = open();
    const writer = new LineWriter(stream);
    const id = newId('mcp');
    const client = new ClientOfServer(server, peer, this.#options);
    const gone = new AbortController();
    const live: Live = {
      server: name,
      client: UNKNOWN_CLIENT,
      state: { is: 'idle' },
      end: () => end(),
      gateway: new Gateway({
        server: name,
        connect: upstreamOf(name, () => client.claim(), gone.signal, this.#options),
        engine: this.#options.engine,
        claim: () => client.claim(),
        patienceMs: (hasProgress) => patienceMs(client.name, hasProgress, server.clientTimeoutMs),
        introduced: async (params) => {
          await client.introduced(params);
          live.client = client.name;
          this.#changed();
        },
        greeting: (result) => client.greeting(result),
        offers: (what) => client.offers(what),
        observe: (tools) => {
          for (const tool of this.#options.tools.observe(name, tools)) client.toolChanged(tool);
        },
        listed: () => this.#options.tools.listed(name),
        visible: (action) =>
          this.#options.visible(`mcp_${name}`, action, client.name, client.claim().claimedCwd),
        redact: this.#options.redact,
        toClient: (message) => {
          try {
            writer.write(this.#options.clean(message));
          } catch {
            end();
          }
        },
        stateChanged: (state) => {
          live.state = state;
          if (state.is === 'down') this.#options.note(name, `down: ${state.why}`);
          this.#changed();
        },
        note: (line) => this.#options.note(name, line),
        defect: this.#options.defect,
      }),
    };
    const end = () => {
      if (!this.#live.delete(id)) return;
      gone.abort();
      writer.end();
      void live.gateway
        .close()
        .catch((error: unknown) => this.#options.note(name, `ending it: ${messageOf(error)}`));
      this.#changed();
    };
    this.#live.set(id, live);
    readLines(stream, { line: (text) => live.gateway.fromClient(text), end });
    this.#changed();
  }

  /** The policy has changed: clients are told to list again. */
  policyChanged(): void {
    for (const { gateway } of this.#live.values()) gateway.listsChanged();
  }

  /** What a server is given has changed: it is ended for every client, and started anew when it is next needed. */
  async restart(server: string, why: string, which: Restart = 'any'): Promise<void> {
    const live = [...this.#live.values()].filter((one) => one.server === server);
    await Promise.allSettled(live.map(({ gateway }) => gateway.restart(why, which)));
  }

  /** Ends every connection and the servers that run for them. Clients may come again. */
  endAll(): void {
    for (const { end } of [...this.#live.values()]) end();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end();
    const live = [...this.#live.values()];
    this.#live.clear();
    await Promise.allSettled(live.map(({ gateway }) => gateway.close()));
  }

  #dropRemoved(): void {
    for (const [id, { server, gateway }] of this.#live) {
      if (this.#options.servers.find(server) !== null) continue;
      this.#live.delete(id);
      void gateway.close().catch(() => undefined);
    }
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** One client at one server: who it says it is, and whose session its calls belong to. */
class ClientOfServer {
  name = UNKNOWN_CLIENT;
  readonly #server: ServerRecord;
  readonly #peer: Peer;
  readonly #options: GatewaysOptions;
  #capabilities: JsonObject = {};

  constructor(server: ServerRecord, peer: Peer, options: GatewaysOptions) {
    this.#server = server;
    this.#peer = peer;
    this.#options = options;
  }

  /** The session that the agent's hooks told of; otherwise one that all connections of the same process share. */
  claim(): SessionClaim {
    return (
      this.#options.engine.claimOf(this.#peer) ?? {
        client: this.name,
        claimedSession: UNHOOKED_SESSION,
        peer: this.#peer,
        claimedCwd: this.#peer.requester?.cwd ?? this.#peer.process?.cwd ?? '/',
      }
    );
  }

  async introduced(params: JsonObject): Promise<void> {
    const info = params['clientInfo'];
    const said = isObject(info) ? info['name'] : undefined;
    if (typeof said === 'string') this.name = clientLabel(said);
  }

  greeting(result: JsonObject): JsonObject {
    const capabilities = result['capabilities'];
    this.#capabilities = isObject(capabilities) ? (capabilities as JsonObject) : {};
    const flag = descriptionFlag([result['instructions']]);
    if (flag === null) return result;
    const { instructions: _left, ...rest } = result as Record<string, JsonValue>;
    this.#suspicious(
      'mcp_instructions',
      `The instructions of the MCP server ${this.#server.name} were left out: the text ${flag}`,
    );
    return rest;
  }

  /** A tool is not what was agreed to any more; a person is asked before it is used. */
  toolChanged(tool: string): void {
    const concern = this.#options.tools.concern(`mcp_${this.#server.name}`, canonicalPart(tool));
    this.#suspicious('mcp_tool_changed', `${this.#server.name}.${tool}: ${concern?.text ?? 'it changed'}`);
  }

  offers(what: string): boolean {
    return this.#capabilities[what] !== undefined;
  }

  #suspicious(what: string, detail: string): void {
    this.#options.log
      .append({
        type: 'security',
        v: 1,
        what,
        detail: detail.slice(0, 500).toWellFormed(),
        peer: storedPeer(this.#peer),
        session: null,
      })
      .catch((error: unknown) => this.#options.note(this.#server.name, messageOf(error)));
  }
}

function upstreamOf(
  name: string,
  claim: () => SessionClaim,
  signal: AbortSignal,
  options: GatewaysOptions,
): ConnectUpstream {
  return async (events) => {
    // As it is registered now: what it is given may have changed since the client came.
    const server = options.servers.find(name);
    if (server === null) throw new GatehouseError('unknown_server', `no MCP server ${name} is registered`);
    const { transport } = await options.equipped(server, claim(), signal);
    return transport.kind === 'http'
      ? connectHttpServer(transport, events)
      : startStdioServer(transport, options.places.of(name, transport), options.env, events);
  };
}
