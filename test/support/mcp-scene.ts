/** Everything of the MCP gateway but the pipe: the app's servers and tools, the engine, real servers, real clients. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { Mcp } from '../../main/app/mcp.ts';
import { forgetful } from '../../main/engine/behavior/behaviors.ts';
import { CommandForms } from '../../main/engine/behavior/command-forms.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { Engine } from '../../main/engine/engine.ts';
import { systemClock } from '../../main/platform/clock.ts';
import type { Peer } from '../../main/platform/peer.ts';
import type { Gateways } from '../../main/points/mcp/gateways.ts';
import { readLines } from '../../main/points/mcp/message-stream.ts';
import { compilePolicy } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { MemoryApprovalStore } from './approval-store.ts';
import { MemoryLog, until } from './engine-bench.ts';
import { peerOf } from './peers.ts';

const testServer = fileURLToPath(new URL('./mcp-server.ts', import.meta.url));

/** A policy that knows MCP servers; the lines stand under `capabilities`. */
export function mcpPolicy(capabilities: string, rest = ''): CompiledPolicy {
  const lines = `max_risk_level: high\n${capabilities}`.split('\n').map((line) => `    ${line}`);
  const head =
    'app: { app_id: t, name: T, version: "1.0" }\ntools:\n  modules: { mcp: {} }\n  capabilities:\n';
  const compiled = compilePolicy(`${head}${lines.join('\n')}\n${rest}`, 'policy.yaml');
  if (!compiled.ok)
    throw new Error(compiled.diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return compiled.policy;
}

interface Kept {
  text: string | null;
}

const setting = (kept: Kept) => ({
  read: () => kept.text,
  write: (text: string) => {
    kept.text = text;
  },
});

export class McpScene {
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-mcp-'));
  readonly log = new MemoryLog();
  /** Why no server may be started. */
  halted: string | null = null;
  readonly notes: string[] = [];
  readonly defects: unknown[] = [];
  readonly kept = { servers: { text: null } as Kept, tools: { text: null } as Kept };
  policy: CompiledPolicy | null;
  mcp: Mcp;
  engine: Engine;
  gateways: Gateways;
  readonly #clients: Client[] = [];

  /** What the supervisor was started with. */
  readonly env: NodeJS.ProcessEnv;

  readonly #analyst: Analyst | null;

  /** @param analyst  what calls would do is looked into; without one it is not */
  constructor(policy: CompiledPolicy, env: NodeJS.ProcessEnv = process.env, analyst: Analyst | null = null) {
    this.policy = policy;
    this.env = env;
    this.#analyst = analyst;
    ({ mcp: this.mcp, engine: this.engine, gateways: this.gateways } = this.#open());
  }

  /** As after a restart of the supervisor: only what was written down is known. */
  reopen(): void {
    ({ mcp: this.mcp, engine: this.engine, gateways: this.gateways } = this.#open());
  }

  /** Registers the test's own server under this name. */
  async register(name = 'test'): Promise<void> {
    await this.mcp.add({
      name,
      transport: {
        kind: 'stdio',
        program: process.execPath,
        args: [testServer, this.folder],
        env: {},
        cwd: null,
      },
      clientTimeoutMs: null,
    });
  }

  /** A client of the official library, connected and introduced. */
  async client(name = 'test', options: { clientName?: string; peer?: Peer } = {}): Promise<Client> {
    const client = new Client(
      { name: options.clientName ?? 'test-client', version: '1' },
      { capabilities: { sampling: {} } },
    );
    const [ours, theirs] = duplexPair();
    this.gateways.connect(name, options.peer ?? peerOf({ cwd: this.folder }), () => ours);
    await client.connect(lineTransport(theirs));
    this.#clients.push(client);
    return client;
  }

  /** A raw client: what it sends is sent as it is. */
  raw(
    name = 'test',
    peer: Peer = peerOf({ cwd: this.folder }),
  ): { send(line: string): void; lines: string[]; until(text: string): Promise<string>; end(): void } {
    const [ours, theirs] = duplexPair();
    this.gateways.connect(name, peer, () => ours);
    const lines: string[] = [];
    readLines(theirs, { line: (text) => lines.push(text), end: () => undefined });
    return {
      lines,
      send: (line) => theirs.write(`${line}\n`),
      until: async (text) => {
        await until(() => lines.some((line) => line.includes(text)));
        return lines.find((line) => line.includes(text)) ?? '';
      },
      end: () => theirs.end(),
    };
  }

  /** Waits for the one request that a person is asked, and answers it. */
  async answer(kind: 'allow' | 'deny', scope: 'once' | 'session' = 'once'): Promise<string> {
    await until(() => this.engine.desk.pending().length > 0);
    const [approval] = this.engine.desk.pending();
    if (approval === undefined) throw new Error('nothing waits');
    await this.engine.answer(
      approval.id,
      approval.fingerprint,
      kind === 'allow' ? { kind, scope, via: 'page' } : { kind, reason: 'not this', via: 'page' },
    );
    return approval.decision.reason;
  }

  /** Calls that reached the server, `name text` each. */
  ran(): string[] {
    return this.#lines('ran');
  }

  started(): string[] {
    return this.#lines('started');
  }

  cancelled(): string[] {
    return this.#lines('cancelled');
  }

  /** Whether a person was asked about a call of the tool; a no ends it. */
  async isAsked(name: string, args: Record<string, unknown> = {}): Promise<boolean> {
    const client = await this.client();
    // The gateway learns the schema where the client looks at the list.
    await client.listTools();
    const before = this.ran().length;
    const call = client.callTool({ name, arguments: args });
    await until(() => this.engine.desk.pending().length === 1 || this.ran().length > before);
    const asked = this.engine.desk.pending().length === 1;
    if (asked) await this.answer('deny');
    await call;
    return asked;
  }

  async remove(): Promise<void> {
    for (const client of this.#clients) await client.close().catch(() => undefined);
    await this.mcp.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #lines(file: string): string[] {
    const path = join(this.folder, file);
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  }

  #open(): { mcp: Mcp; engine: Engine; gateways: Gateways } {
    const mcp = new Mcp({
      log: this.log,
      clock: systemClock,
      env: this.env,
      places: join(this.folder, 'servers'),
      servers: setting(this.kept.servers),
      tools: setting(this.kept.tools),
      policy: () => this.policy,
      halted: () => this.halted,
      pipe: {
        install: async () => undefined,
        entry: (server) => ({ command: '/opt/gatehouse', args: ['mcp', server] }),
        toolsEntry: () => ({ command: '/opt/gatehouse', args: ['mcp', '--tools'] }),
      },
      note: (line) => this.notes.push(line),
      defect: (error) => this.defects.push(error),
    });
    const analyses = this.#analyst === null ? null : new CallAnalyses(this.#analyst, '/home/dev', mcp.known);
    const engine = new Engine({
      ...(analyses === null
        ? {}
        : {
            analyses,
            behavior: { ...forgetful(), commands: analyses.view(new CommandForms('/home/dev')) },
          }),
      clock: systemClock,
      log: this.log,
      store: new MemoryApprovalStore(),
      home: '/home/dev',
      probe: () => true,
      inForce: {
        policy: () => this.policy,
        appActive: () => true,
        protection: () => ({ paths: ['/opt/gatehouse'], pids: [], home: '/home/dev' }),
        concern: (module, action) => mcp.concern(module, action),
        toolText: (module, action) => mcp.tools.text(module, action),
        agreed: (module, action) => mcp.tools.agreed(module, action),
      },
    });
    return { mcp, engine, gateways: mcp.open(engine) };
  }
}

/** The official client's transport over one end of a pair of streams. */
export function lineTransport(
  stream: ReturnType<typeof duplexPair>[number],
): Parameters<Client['connect']>[0] {
  const transport: Parameters<Client['connect']>[0] = {
    start: async () => {
      readLines(stream, {
        line: (text) => transport.onmessage?.(JSON.parse(text)),
        end: () => transport.onclose?.(),
      });
    },
    send: async (message) => {
      stream.write(`${JSON.stringify(message)}\n`);
    },
    close: async () => {
      stream.end();
    },
  };
  return transport;
}
