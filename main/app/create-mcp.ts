/** The MCP servers put together: the gateway's side, and the entries that clients have of their own. */
import type { AuditLog } from '../audit/log.ts';
import type { Engine } from '../engine/engine.ts';
import { projectRoot } from '../engine/sessions/project-root.ts';
import { systemClock } from '../platform/clock.ts';
import type { Paths } from '../platform/paths.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { StateStore } from '../store/state-store.ts';
import { agentContext } from './agents-port.ts';
import { Mcp, type VaultOfServers } from './mcp.ts';
import { McpRoutes } from './mcp-routes.ts';
import { PipeProgram } from './pipe-program.ts';

export interface McpSetup {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly paths: Paths;
  readonly state: StateStore;
  readonly log: AuditLog;
  readonly engine: () => Engine;
  readonly policy: (app: string | null) => CompiledPolicy | null;
  readonly halted: () => string | null;
  readonly vault: VaultOfServers;
  readonly note: (line: string) => void;
  readonly defect: (error: unknown) => void;
  readonly onHeldFiles: (files: readonly string[]) => void;
}

export function createMcp(setup: McpSetup): { readonly mcp: Mcp; readonly routes: McpRoutes } {
  const { home, env, paths, state, log, engine, policy, halted, vault, note, defect } = setup;
  const pipe = new PipeProgram(agentContext({ env, home, paths }));
  const mcp = new Mcp({
    ...{ log, env, halted, pipe, vault, note, defect },
    places: paths.servers,
    clock: systemClock,
    servers: state.setting('mcp.servers'),
    tools: state.setting('mcp.tools'),
    policy: (cwd) => policy(cwd === null ? null : projectRoot(cwd, home)),
  });
  const routes = new McpRoutes({
    parts: { home: { home, env }, backups: paths.backups, entry: (server) => pipe.entry(server) },
    tools: { toolsEntry: () => pipe.toolsEntry(), prepare: () => pipe.install() },
    register: mcp,
    // Those in which agents have worked lately too: between two runs of an agent nothing works there.
    projects: () => [
      ...new Set(
        engine()
          .sessions.list()
          .map((session) => session.app),
      ),
    ],
    log: async () => log,
    onHeldFiles: setup.onHeldFiles,
  });
  return { mcp, routes };
}
