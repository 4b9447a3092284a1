/**
 * Clients of the governed tools: each connection has a gateway of its own, which decides its calls as those of any
 * server, and workers of its own, in which they run.
 */
import { realpathSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import {
  type AuthorizeInput,
  type EnginePort,
  type SessionClaim,
  UNHOOKED_SESSION,
} from '../../engine/requests.ts';
import { projectRoot } from '../../engine/sessions/project-root.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Peer } from '../../platform/peer.ts';
import { canonicalPart } from '../../policy/catalog.ts';
import type { Confinement } from '../../policy/conditions/subject.ts';
import { atLeast, type Enforced } from '../../sandbox/levels.ts';
import { clientLabel, UNKNOWN_CLIENT } from '../mcp/client-label.ts';
import { Gateway } from '../mcp/gateway.ts';
import { isObject, type RpcMessage } from '../mcp/json-rpc.ts';
import { LineWriter, readLines } from '../mcp/message-stream.ts';
import { patienceMs } from '../mcp/patience.ts';
import { FILE_LIMIT_MS, fileResult, fileWork, type ToolResult } from './file-work.ts';
import { httpWork } from './http-work.ts';
import { ShellOutput, shellResult, shellWork } from './shell-work.ts';
import { GOVERNED_TOOLS, type GovernedTool, namedCall } from './tool-list.ts';
import type { ToolSession, ToolWorkers } from './tool-workers.ts';
import { ToolsUpstream } from './tools-upstream.ts';
import type { Worker } from './worker.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface ToolClientsOptions {
  readonly engine: EnginePort;
  readonly version: string;
  readonly home: string;
  /** Why nothing may run in a project; null when nothing is the matter. */
  readonly halted: (app: string) => string | null;
  /** Whether the policy in force shows this action to a client that works in `cwd` at all. */
  readonly visible: (module: string, action: string, client: string, cwd: string) => boolean;
  readonly redact: (result: JsonObject) => JsonObject;
  /** Takes values that are known to be secret out of whatever goes to a client. */
  readonly clean: (message: RpcMessage) => RpcMessage;
  /** Our id of the session that a claim speaks in. */
  readonly sessionOf: (claim: SessionClaim) => string;
  readonly note: (line: string) => void;
  readonly defect: (error: unknown) => void;
}

/** A connection that has the tools, as a person is told of it. */
export interface ToolsInUse {
  readonly id: string;
  /** Our id of the session that it speaks in; empty before its first call. */
  readonly engineSession: string;
  readonly client: string;
  readonly workspace: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  /** Calls that were carried out, or begun. */
  readonly calls: number;
  /** Of its worker; null before one stood. */
  readonly told: Enforced | null;
  readonly copy: boolean;
  /** Why what it changes in its project cannot be taken back; null when it can. */
  readonly noUndo: string | null;
}

/** Under this name the tools stand where a server's name is told. */
const NAME = 'gatehouse';

export class ToolClients {
  readonly #options: ToolClientsOptions;
  readonly #live = new Map<string, ToolClient>();
  #workers: ToolWorkers | null = null;

  constructor(options: ToolClientsOptions) {
    this.#options = options;
  }

  /** Where calls run; set before the first client comes. */
  use(workers: ToolWorkers): void {
    this.#workers = workers;
  }

  session(id: string): ToolSession | null {
    return this.#live.get(id)?.session() ?? null;
  }

  /** Those that are connected, and have said who they are. */
  sessions(): readonly ToolsInUse[] {
    return [...this.#live.values()].map((client) => client.inUse());
  }

  /**
   * Lets a client in.
   *
   * @param open takes the pipe over; only called when the client is let in
   * @throws GatehouseError `halted`, `no_worker`
   */
  connect(peer: Peer, open: () => Duplex): void {
    const workers = this.#workers;
    if (workers === null) throw new GatehouseError('no_worker', 'governed tools are not there yet');
    const id = newId('mcp');
    const client = new ToolClient(id, peer, this.#options, workers, () => this.#live.delete(id));
    const halted = this.#options.halted(client.workspace);
    if (halted !== null) throw new GatehouseError('halted', halted);
    this.#live.set(id, client);
    client.open(open());
  }

  /** The policy has changed: clients are told to list again. */
  policyChanged(): void {
    for (const client of this.#live.values()) client.listsChanged();
  }

  /** Ends every connection, and all that works for one. Clients may come again. */
  endAll(): void {
    for (const client of [...this.#live.values()])
      client.close().catch((error: unknown) => this.#options.defect(error));
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#live.values()].map((client) => client.close()));
    await this.#workers?.close();
  }
}

class ToolClient {
  readonly id: string;
  readonly workspace: string;
  readonly #cwd: string;
  readonly #peer: Peer;
  readonly #options: ToolClientsOptions;
  readonly #workers: ToolWorkers;
  readonly #pool: WorkerPool<Worker>;
  readonly #gone: () => void;
  readonly #startedMs = Date.now();
  #name = UNKNOWN_CLIENT;
  #calls = 0;
  #told: Enforced | null = null;
  #gateway: Gateway | null = null;
  #writer: LineWriter | null = null;

  constructor(id: string, peer: Peer, options: ToolClientsOptions, workers: ToolWorkers, gone: () => void) {
    this.id = id;
    this.#peer = peer;
    this.#options = options;
    this.#gone = gone;
    this.#cwd = realFolder(peer.requester?.cwd ?? peer.process?.cwd ?? '/');
    this.workspace = projectRoot(this.#cwd, options.home);
    this.#workers = workers;
    this.#pool = workers.pool(this.workspace);
  }

  open(stream: Duplex): void {
    const { engine, redact, clean, note, defect, version } = this.#options;
    const writer = new LineWriter(stream);
    const gateway = new Gateway({
      server: NAME,
      connect: async (events) =>
        new ToolsUpstream(
          {
            version,
            cwd: () => this.#cwd,
            work: (tool, params, decidedFor, signal) => this.#work(tool, params, decidedFor, signal),
            defect,
          },
          events,
        ),
      engine,
      claim: () => this.#claim(),
      named: async (name, given, signal) => {
        const call = namedCall(name, given, this.#cwd);
        if ('problem' in call) return call;
        const { tool, params } = call;
        const worker = await this.#pool.standing(this.id, signal);
        const confined = worker === null ? null : confinedBy(worker, tool);
        return { module: tool.module, action: tool.action, params, point: 'run', confined };
      },
      patienceMs: (hasProgress) => patienceMs(this.#name, hasProgress, null),
      introduced: async (params) => {
        const info = params['clientInfo'];
        const said = isObject(info) ? info['name'] : undefined;
        if (typeof said === 'string') this.#name = clientLabel(said);
        this.#pool.enter(this.id);
      },
      greeting: (result) => result,
      offers: (what) => what === 'tools',
      observe: () => undefined,
      listed: () => undefined,
      visible: (listed) => this.#visible(listed),
      redact,
      toClient: (message) => {
        try {
          writer.write(clean(message));
        } catch {
          void this.close();
        }
      },
      stateChanged: () => undefined,
      note,
      defect,
    });
    this.#gateway = gateway;
    this.#writer = writer;
    readLines(stream, { line: (text) => gateway.fromClient(text), end: () => void this.close() });
  }

  listsChanged(): void {
    this.#gateway?.listsChanged();
  }

  inUse(): ToolsInUse {
    return {
      ...{ id: this.id, client: this.#name, workspace: this.workspace, startedMs: this.#startedMs },
      ...{ calls: this.#calls, told: this.#told, copy: this.#workers.hasCopy(this.id) },
      engineSession: this.session().engineSession,
      noUndo: this.#workers.undoLacking(this.id),
    };
  }

  session(): ToolSession {
    const claim = this.#claim();
    return { id: this.id, client: claim.client, claim, engineSession: this.#options.sessionOf(claim) };
  }

  async close(): Promise<void> {
    this.#gone();
    this.#writer?.end();
    this.#pool.leave(this.id);
    this.#workers.sessionOver(this.id);
    await this.#gateway?.close();
  }

  /** The session that the agent's hooks told of; otherwise one that all connections of the same process share. */
  #claim(): SessionClaim {
    const hooked = this.#options.engine.claimOf(this.#peer);
    // Paths are from this folder, whatever the hooks were told.
    return hooked === null
      ? {
          client: this.#name,
          claimedSession: UNHOOKED_SESSION,
          peer: this.#peer,
          claimedCwd: this.#cwd,
        }
      : { ...hooked, claimedCwd: this.#cwd };
  }

  #visible(listed: string): boolean {
    const tool = GOVERNED_TOOLS.find(({ name }) => canonicalPart(name) === listed);
    return tool !== undefined && this.#options.visible(tool.module, tool.action, this.#name, this.#cwd);
  }

  async #work(
    tool: GovernedTool,
    params: JsonObject,
    decidedFor: Confinement | null,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    this.#calls += 1;
    const worker = await this.#pool.take(this.id, signal);
    this.#told = worker.facts?.told ?? null;
    try {
      const confined = confinedBy(worker, tool);
      if (decidedFor !== null && !atLeast(confined, decidedFor))
        throw new GatehouseError(
          'not_enforced',
          `it was decided for a sandbox that is ${decidedFor}, and what there is now enforces ${confined ?? 'less than standard'}`,
          { hint: 'call again' },
        );
      // A request leaves, and changes nothing here.
      if (!tool.readOnly && tool.module !== 'web') await this.#workers.beforeChange(worker);
      if (tool.module === 'shell')
        return await this.#command(worker, shellWork(params, this.#cwd), params, signal);
      if (tool.module === 'web') return await this.#http(worker, params, signal);
      const answer = await worker.run(fileWork(tool.action, params), { signal, limitMs: FILE_LIMIT_MS });
      return fileResult(tool.action, params, answer, this.#mayRead(tool, params, confined));
    } finally {
      this.#pool.give(worker);
    }
  }

  /** The request was let through, so the connection that it needs is not asked about again. */
  async #http(worker: Worker, params: JsonObject, signal: AbortSignal): Promise<ToolResult> {
    const work = httpWork(params, this.#cwd);
    worker.endpoints.push({ host: work.host, port: work.port, why: 'the request was let through' });
    try {
      return await this.#command(worker, work, params, signal);
    } finally {
      worker.endpoints.length = 0;
    }
  }

  async #command(
    worker: Worker,
    { fields, limitMs }: { readonly fields: readonly string[]; readonly limitMs: number },
    params: JsonObject,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const output = new ShellOutput();
    const answer = await worker.run(fields, { signal, limitMs, piece: (piece) => output.take(piece) });
    return shellResult(params, output, answer);
  }

  /**
   * A search shows lines of files that nobody named. It shows none of a file that may not be read, nor, where the
   * search itself was let through unasked, of one that would be asked about.
   */
  #mayRead(tool: GovernedTool, params: JsonObject, confined: Confinement | null): (path: string) => boolean {
    const { engine } = this.#options;
    const input = (module: string, action: string, asked: JsonObject): AuthorizeInput => ({
      ...this.#claim(),
      claimedCallId: newId('mcp'),
      agent: 'main',
      toolName: tool.name,
      module,
      action,
      params: asked,
      caller: 'llm',
      point: 'run',
      confined,
      patienceMs: 1000,
    });
    const unasked = engine.stands(input(tool.module, tool.action, params)) === 'yes';
    return (path) => {
      const standing = engine.stands(input('filesystem', 'read', { file_path: path }), 'asked');
      return standing === 'yes' || (standing === 'asks' && !unasked);
    };
  }
}

/**
 * The level that the kernel enforces of what carries a call out; null below `standard`. A request leaves the sandbox,
 * and what lets it out is the decision on it: only a list of hosts is a bound that the sandbox keeps.
 */
function confinedBy({ facts, plan }: Worker, tool: GovernedTool): Confinement | null {
  if (tool.module === 'web' && plan.policy?.networkAllow == null) return null;
  return facts?.told.reached ?? null;
}

function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
