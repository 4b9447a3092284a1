/** What an agent is shown: what it may call, or may ask a person for. The other gates still ask at the call. */
import type { CompiledPolicy } from '../../policy/policy.ts';
import { questionOf, throughGates } from '../decide.ts';
import { observing } from '../observing.ts';
import { NO_RATE } from '../rate-window.ts';
import type { Protection } from '../self-protection.ts';
import type { ToolCall } from '../tool-call.ts';

export interface Viewer {
  readonly client: string;
  readonly agent: string;
  readonly appActive: boolean;
  readonly mcpAllowedServers?: readonly string[] | null;
}

interface NamedAction {
  readonly module: string;
  readonly action: string;
}

const NOTHING: Protection = Object.freeze({ paths: [], pids: [], home: '/' });

/** Those of the actions that gates 0 to 5 do not refuse, in their order. None without a policy. */
export function visibleActions<A extends NamedAction>(
  policy: CompiledPolicy | null,
  viewer: Viewer,
  actions: readonly A[],
): readonly A[] {
  if (policy === null) return [];
  return actions.filter(({ module, action }) => standingOf(policy, viewer, module, action) !== 'refused');
}

/** What gates 0 to 5 say of an action, whatever its parameters. */
export function standingOf(
  policy: CompiledPolicy | null,
  viewer: Viewer,
  module: string,
  action: string,
): 'allowed' | 'asked' | 'refused' {
  if (policy === null) return 'refused';
  const { client, agent, appActive, mcpAllowedServers = null } = viewer;
  const call: ToolCall = {
    id: '',
    app: '',
    agent,
    client,
    session: '',
    turn: 0,
    module,
    action,
    params: {},
    cwd: '',
    caller: 'llm',
    point: 'api',
    toolName: '',
  };
  const question = {
    ...questionOf(call, policy, { appActive, rate: NO_RATE, protection: NOTHING, mcpAllowedServers }),
    // With the right parameters a grant under a condition would open: the tool is shown.
    holds: () => true,
  };
  const { kind } = observing(throughGates(question, 5), question);
  return kind === 'deny' ? 'refused' : kind === 'approve' ? 'asked' : 'allowed';
}
