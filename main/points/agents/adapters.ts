/** The agents that can be connected. One more is one more file or folder, and one entry here. */
import { GatehouseError } from '../../platform/errors.ts';
import type { AgentAdapter } from './agent-adapter.ts';
import { claudeCodeAdapter } from './claude-code/adapter.ts';
import { codexAdapter } from './codex/adapter.ts';
import { copilotAdapter } from './copilot/adapter.ts';
import { cursorAdapter } from './cursor/adapter.ts';
import { geminiCliAdapter } from './gemini-cli/adapter.ts';
import { opencodeAdapter } from './opencode/adapter.ts';

export const AGENT_ADAPTERS: readonly AgentAdapter[] = [
  claudeCodeAdapter,
  codexAdapter,
  geminiCliAdapter,
  copilotAdapter,
  opencodeAdapter,
  cursorAdapter,
];

/** Ids of the agents that can be connected. */
export const CONNECTABLE_AGENTS: readonly string[] = AGENT_ADAPTERS.map(({ agent }) => agent.id);

/** @throws GatehouseError `unsupported_agent` for one that cannot be connected */
export function requireAdapter(agent: string, part: string): AgentAdapter {
  const found = AGENT_ADAPTERS.find((adapter) => adapter.agent.id === agent);
  if (found !== undefined) return found;
  throw new GatehouseError('unsupported_agent', `${part}: ${agent} cannot be connected by this version`, {
    hint: `can be: ${CONNECTABLE_AGENTS.join(', ')}`,
  });
}
