/** The agent door put together: the hooks, the MCP pipes and the sandboxed runs behind one socket. */
import type { AuditLog } from '../audit/log.ts';
import type { Engine } from '../engine/engine.ts';
import { projectRoot } from '../engine/sessions/project-root.ts';
import type { ChildHost } from '../platform/child-host.ts';
import type { Paths } from '../platform/paths.ts';
import { type DoorOptions, type DoorRequest, openDoor } from '../points/door/door-server.ts';
import { createHookHandler, type HookHandlerOptions } from '../points/hooks/registry.ts';
import { isRouted } from '../points/mcp/clients/routed-server.ts';
import { serverNames } from '../points/mcp/clients/server-names.ts';
import { takePipe } from '../points/mcp/pipes.ts';
import type { Copies } from '../points/run/copies.ts';
import type { Runs } from '../points/run/runs.ts';
import { canonicalPart } from '../policy/catalog.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { Redactor } from '../vault/redaction/redactor.ts';
import type { Agents } from './agents.ts';
import { type Closer, closeAll } from './closers.ts';
import { serveEgress } from './create-egress.ts';
import { createTools } from './create-tools.ts';
import type { Mcp } from './mcp.ts';
import { createRuns } from './runs.ts';

/** More than any call that an adapter takes, so that it is the adapter that says what is too long, and why. */
const LONGEST_HOOK_BYTES = 32 * 1024 * 1024;

export interface AgentDoorSetup {
  readonly engine: Engine;
  readonly log: AuditLog;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly paths: Paths;
  readonly redactor: Redactor;
  readonly agents: Agents;
  readonly mcp: Mcp;
  /** Keeps what sandboxed sessions write to copies of projects; null where nothing does. */
  readonly copies: Copies | null;
  /** Starts processes of ours; null: of plain Node. */
  readonly children: ChildHost | null;
  readonly policy: (app: string) => CompiledPolicy | null;
  /** Why nothing may run in a project; null when nothing is the matter. */
  readonly halted: (app: string) => string | null;
  readonly settingsProblem: NonNullable<HookHandlerOptions['settingsProblem']>;
  readonly securityEvent: NonNullable<DoorOptions['onSecurityEvent']>;
  /** Told of the runs before the first of them can begin. */
  readonly onRuns: (runs: Runs) => void;
  readonly defect: (where: string, error: unknown) => void;
}

/**
 * Opens the door. The answer closes it and everything behind it.
 *
 * @throws GatehouseError `door_taken`, `unsafe_folder`, … as `openDoor` says
 */
export async function openAgentDoor(setup: AgentDoorSetup): Promise<Closer> {
  const { engine, log, home, paths, redactor, agents, mcp, policy, halted, defect } = setup;
  const hooks = createHookHandler({
    engine,
    log,
    settingsProblem: setup.settingsProblem,
    redact: (result) => redactor.json(result),
    mcpServers: async (client, cwd) => [
      ...(await serverNames(client, { home, env: setup.env }, [cwd, projectRoot(cwd, home)])),
      ...mcp.servers.list().map(({ name }) => name),
    ],
    isRouted: async ({ client, peer, claimedCwd }, module) => {
      const server = mcp.servers.list().find(({ name }) => `mcp_${canonicalPart(name)}` === module);
      if (server === undefined) return false;
      // A client reads its files where it was started, and may say that it works elsewhere by now.
      const folders = [peer.requester?.cwd ?? claimedCwd, claimedCwd];
      return isRouted(client, { home, env: setup.env }, folders, server.name, mcp.pipe(server.name));
    },
    onDefect: (error) => defect('hook', error),
  });
  const gateways = mcp.open(engine);
  const closers: Closer[] = [() => mcp.close()];
  const failed = (error: unknown) => defect('closing the agent door', error);
  try {
    const runs = createRuns({
      ...{ engine, log, home, paths, policy, halted },
      ...{ copies: setup.copies, children: setup.children },
      defect: (error) => defect('run', error),
    });
    setup.onRuns(runs);
    const { clients, workers } = createTools({
      ...{ engine, log, home, paths, redactor, policy, halted, copies: setup.copies },
      defect: (error) => defect('governed tools', error),
    });
    for (const sandboxes of [runs, workers])
      serveEgress(sandboxes, { engine, log, defect: (error) => defect('egress', error) });
    mcp.follow(clients);
    const door = await openDoor({
      path: paths.agentDoor,
      kind: 'agent',
      limits: { maxBodyBytes: LONGEST_HOOK_BYTES },
      handler: (request: DoorRequest) => {
        if (request.agent !== null) agents.seen(request.agent, Date.now());
        return hooks(request);
      },
      onPipe: (pipe) => {
        if (pipe.kind === 'mcp') takePipe(pipe, gateways, clients);
        else if (!workers.take(pipe)) runs.take(pipe);
      },
      onDefect: (error) => defect('agent door', error),
      onSecurityEvent: setup.securityEvent,
    });
    closers.push(() => door.close('Gatehouse stopped'));
    closers.push(() => runs.close());
    closers.push(() => clients.close());
    runs.serve('agent-door', (session, _kind, socket) => door.adopt(socket, session.peer));
  } catch (error) {
    await closeAll(closers, failed);
    throw error;
  }
  return () => closeAll(closers, failed);
}
