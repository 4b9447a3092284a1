/** The agents' connections for this install: which hook program to copy, and where to. */
import { join } from 'node:path';
import { readNativeDigests } from '../platform/native-digests.ts';
import { readNativeStatus } from '../platform/native-status.ts';
import type { Paths } from '../platform/paths.ts';
import type { AgentContext, ProgramSource } from '../points/agents/agent-context.ts';
import { type AgentConnections, createAgentConnections } from '../points/agents/agents.ts';
import { installRoot, programName } from './resources.ts';

export interface AgentsPortOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly paths: Paths;
  /** The supervisor runs in this process. */
  readonly inSupervisor: boolean;
  /** Roots of the projects in which agents work now. */
  readonly projects: () => readonly string[];
}

export function createAgentsPort(options: AgentsPortOptions): AgentConnections {
  const { inSupervisor, projects } = options;
  return createAgentConnections(agentContext(options), { inSupervisor, projects });
}

/** Where this install's hook program comes from and goes to. */
export function agentContext({
  env,
  home,
  paths,
}: Pick<AgentsPortOptions, 'env' | 'home' | 'paths'>): AgentContext {
  return {
    home,
    env,
    platform: process.platform,
    paths: { bin: paths.bin, backups: paths.backups, agentDoor: paths.agentDoor },
    source: programSource(),
    program: programName,
  };
}

/** The native client; without one, where this runs on Node, the relay. */
function programSource(): ProgramSource {
  const native = readNativeStatus();
  if (native.clientPath === null) {
    // Electron's program is no interpreter: in a checkout the Node of the install is, and a packed app has none.
    const node = process.versions['electron'] === undefined ? process.execPath : checkoutNode();
    return { file: native.relayPath, interpreter: node, digest: null };
  }
  const digests = readNativeDigests(installRoot);
  const digest = digests?.[`native/build/${native.platform}/gatehouse`] ?? null;
  return { file: native.clientPath, interpreter: null, digest };
}

function checkoutNode(): string {
  return join(installRoot, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
