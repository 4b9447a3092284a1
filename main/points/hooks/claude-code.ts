/**
 * Claude Code's hooks: its events to the engine, the engine's verdicts to its answers.
 *
 * PreToolUse is the gate; the rest keeps sessions, turns and results. An answer is `allow` or `deny`, never
 * `ask` or `defer`, which hand the question back to a client that may answer it with yes.
 */

import type { SessionClaim, Verdict } from '../../engine/requests.ts';
import { storedPeer } from '../../engine/stored.ts';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { agentText } from './agent-text.ts';
import { CLAUDE_CODE_PATIENCE_MS } from './claude-code-events.ts';
import { type ClaudeCodeInput, readClaudeCodeInput } from './claude-code-input.ts';
import { claudeCodeTool } from './claude-code-tools.ts';
import { contextOf, printed } from './hook-answers.ts';
import { agentName, authorizeCall, completeCall } from './hook-call.ts';
import {
  BLOCK_EXIT,
  type HookAdapter,
  type HookAnswer,
  type HookContext,
  type HookRequest,
  NOTHING_TO_SAY,
} from './hook-exchange.ts';
import { reasonText, refusedProbe, tellable } from './hook-words.ts';
import { PROBE_TOOL } from './probe.ts';

const CLIENT = 'claude-code';
/** How Claude Code tells the model, as if the person had written it, that a background agent ended. */
const MACHINE_PROMPT = '<task-notification>';

type Call = Extract<ClaudeCodeInput, { hook_event_name: 'PreToolUse' }>;
type Changed = Extract<ClaudeCodeInput, { hook_event_name: 'ConfigChange' }>;
type Stopped = Extract<ClaudeCodeInput, { hook_event_name: 'Stop' }>;
type Ended = Extract<ClaudeCodeInput, { hook_event_name: 'PostToolUse' | 'PostToolUseFailure' }>;

export const claudeCode: HookAdapter = {
  agent: CLIENT,
  async answer(request, context) {
    const input = readClaudeCodeInput(request.body);
    if (input.hook_event_name === 'PreToolUse' && input.tool_name === PROBE_TOOL)
      return permission('deny', await refusedProbe(input.tool_input, 'Claude Code', request, context));
    context.onSeen?.(CLIENT);
    const claim: SessionClaim = {
      client: CLIENT,
      claimedSession: input.session_id,
      peer: request.peer,
      claimedCwd: input.cwd,
    };
    switch (input.hook_event_name) {
      case 'PreToolUse':
        return await authorize(input, claim, request, context);
      case 'PostToolUse':
        return await complete(input, claim, true, input.tool_response ?? null, context);
      case 'PostToolUseFailure':
        return await complete(input, claim, false, input.error ?? null, context);
      case 'UserPromptSubmit':
        // A turn is the person's: a background agent that ends must not begin one.
        if (!input.prompt.startsWith(MACHINE_PROMPT))
          await context.engine.startTurn(claim, tellable(input.prompt));
        return told('UserPromptSubmit', context.engine.takeTexts(claim, 'main'));
      case 'MessageDisplay':
        await context.engine.hear(claim, {
          messageId: input.message_id,
          text: tellable(input.delta),
          final: input.final,
        });
        return NOTHING_TO_SAY;
      case 'Stop':
        return await stop(input, claim, context);
      case 'ConfigChange':
        return await checkSettings(input, request, context);
      case 'SessionStart':
        await context.engine.startSession(claim);
        return NOTHING_TO_SAY;
      case 'SessionEnd':
        await context.engine.endSession(claim, agentText(input.reason ?? 'not told', 200));
        return NOTHING_TO_SAY;
    }
  },
};

async function authorize(
  input: Call,
  claim: SessionClaim,
  request: HookRequest,
  context: HookContext,
): Promise<HookAnswer> {
  const { engine } = context;
  const { module, action } = claudeCodeTool(
    input.tool_name,
    input.tool_input,
    input.mcp_server?.name ?? null,
  );
  const verdict = await authorizeCall(
    {
      claimedCallId: input.tool_use_id,
      agent: agentName(input),
      tool: input.tool_name,
      module,
      action,
      params: input.tool_input,
      patienceMs: CLAUDE_CODE_PATIENCE_MS,
      permissionMode: input.permission_mode ?? null,
      rewrites: true,
    },
    claim,
    request,
    context,
  );
  const texts =
    verdict.kind === 'allow'
      ? [...(verdict.notices ?? []), ...engine.takeTexts(claim, agentName(input))]
      : [];
  return permission(verdict.kind, verdict.message, verdict.params, texts);
}

/** What an agent has left unsaid by MessageDisplay; and what is worth going on for, told once. */
async function stop(input: Stopped, claim: SessionClaim, { engine }: HookContext): Promise<HookAnswer> {
  const last = input.last_assistant_message ?? '';
  if (last !== '')
    await engine.hear(claim, { messageId: 'stop', text: tellable(last), final: true, again: true });
  // A second time in a row nothing is said, or agent and rules could keep each other going.
  if (input.stop_hook_active === true) return NOTHING_TO_SAY;
  return told('Stop', engine.takeTexts(claim, 'main', true));
}

async function complete(
  input: Ended,
  claim: SessionClaim,
  success: boolean,
  result: JsonValue,
  context: HookContext,
): Promise<HookAnswer> {
  const shown = await completeCall(
    { claimedCallId: input.tool_use_id, success, result, durationMs: input.duration_ms },
    claim,
    context,
  );
  const texts = context.engine.takeTexts(claim, agentName(input));
  return told(input.hook_event_name, texts, shown === result ? undefined : shown);
}

/**
 * Keeps settings that would take our hooks away out of the running session: Claude Code goes on with those it
 * had. A session that starts later reads them all the same.
 */
async function checkSettings(
  input: Changed,
  { peer }: HookRequest,
  context: HookContext,
): Promise<HookAnswer> {
  const file = input.file_path ?? null;
  const problem =
    file === null || context.settingsProblem === undefined
      ? 'nobody can tell whether the change takes the hooks away'
      : await context.settingsProblem(file);
  if (problem === null) return NOTHING_TO_SAY;
  const detail = agentText(`${file ?? input.source ?? 'settings'}: ${problem}`, 500);
  await context.log.append({
    type: 'security',
    v: 1,
    what: 'agent_settings_change',
    detail: `Kept out of a running session of Claude Code: ${detail}`,
    peer: storedPeer(peer),
    session: null,
  });
  return {
    exit: BLOCK_EXIT,
    stdout: '',
    stderr: `gatehouse: this change does not take effect in this session: ${detail}\n`,
  };
}

function permission(
  decision: Verdict['kind'],
  reason: string,
  params?: JsonObject,
  texts: readonly string[] = [],
): HookAnswer {
  return answer({
    hookEventName: 'PreToolUse',
    permissionDecision: decision,
    permissionDecisionReason: reasonText(reason),
    ...(params === undefined ? {} : { updatedInput: params }),
    ...contextOf(texts),
  });
}

/**
 * An event that decides nothing, with what there is to tell the model.
 *
 * @param shown what the client is to show the model in place of what the tool said; left out: that
 */
function told(hookEventName: string, texts: readonly string[], shown?: JsonValue): HookAnswer {
  const output = shown === undefined || hookEventName !== 'PostToolUse' ? {} : { updatedToolOutput: shown };
  return texts.length === 0 && !('updatedToolOutput' in output)
    ? NOTHING_TO_SAY
    : answer({ hookEventName, ...contextOf(texts), ...output });
}

function answer(hookSpecificOutput: Readonly<Record<string, unknown>>): HookAnswer {
  return printed({ hookSpecificOutput });
}
