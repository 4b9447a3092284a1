/** The agents' connections for this install: which hook program to copy, and where to. */
import { readNativeStatus } from '../platform/native-status.ts';
import type { Paths } from '../platform/paths.ts';
import type { AgentContext } from '../points/agents/agent-context.ts';
import { type AgentConnections, createAgentConnections } from '../points/agents/agents.ts';
import { installRoot } from './resources.ts';

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
  const native = readNativeStatus(installRoot);
  const source =
    native.clientPath === null
      ? { file: native.relayPath, interpreter: process.execPath }
      : { file: native.clientPath, interpreter: null };
  return {
    home,
    env,
    platform: process.platform,
    paths: { bin: paths.bin, backups: paths.backups, agentDoor: paths.agentDoor },
    source,
  };
}
