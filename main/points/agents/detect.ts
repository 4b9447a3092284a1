/** The agent programs on this computer and how each stands with Gatehouse, as the page shows them. */
import type { AgentView } from '../../../preload/contract/overview.ts';
import { AGENT_ADAPTERS } from './adapters.ts';
import type { AgentAdapter, StateOptions } from './agent-adapter.ts';
import { type AgentContext, tilde } from './agent-context.ts';
import { type FoundProgram, findProgram, isOlder } from './agent-program.ts';
import { type AgentState, agentState } from './agent-state.ts';

/** Looks for every agent that can be connected. `lastSeen` is not known here and null. */
export async function detectAgents(context: AgentContext, options: StateOptions = {}): Promise<AgentView[]> {
  return Promise.all(
    AGENT_ADAPTERS.map(async (adapter) => {
      const found = await findProgram(adapter.agent, context);
      return viewOf(adapter, found, await agentState(adapter, context, options), context);
    }),
  );
}

function viewOf(
  { agent, minimum, standingNote }: AgentAdapter,
  found: FoundProgram | null,
  stands: AgentState,
  context: AgentContext,
): AgentView {
  const settingsFile = tilde(stands.file, context.home);
  const shared = {
    id: agent.id,
    name: agent.name,
    version: found?.version ?? null,
    program: found?.path ?? null,
    settingsFile,
    lastSeen: null,
  };
  const version = found?.version ?? null;
  const tooOld = minimum !== null && version !== null && isOlder(version, minimum.version);
  if (stands.state === 'broken') {
    return { ...shared, state: 'broken', note: `${sentence(stands.problems)} Connect again to repair it.` };
  }
  if (stands.state === 'connected') {
    return tooOld
      ? {
          ...shared,
          state: 'broken',
          note: `Older than ${minimum.version}: ${minimum.advice}. Update it.`,
        }
      : { ...shared, state: 'connected', note: standingNote ?? 'Every action passes Gatehouse.' };
  }
  if (found === null) return { ...shared, state: 'not_found', note: 'Not found on this computer.' };
  const advice = tooOld ? ` Update it to ${minimum.version} or later first.` : '';
  const warning = standingNote === undefined ? '' : ` ${standingNote}`;
  return {
    ...shared,
    state: 'not_connected',
    note: `Connect adds hooks to ${settingsFile}.${advice}${warning}`,
  };
}

function sentence(problems: readonly string[]): string {
  const [first, ...others] = problems;
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : ` And ${others.length} more.`;
  return `${first.charAt(0).toUpperCase()}${first.slice(1)}.${more}`;
}
