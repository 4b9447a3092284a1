/**
 * Codex's hooks: its events to the engine, the engine's verdicts to its answers.
 *
 * PreToolUse is the gate. Codex takes `deny`, and `allow` only beside other parameters; a plain yes is to say
 * nothing. `ask` would run the tool, and so would any output it does not know, so nothing else is ever printed
 * (measured with 0.169.0).
 */
import type { SessionClaim } from '../../engine/requests.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { agentText } from './agent-text.ts';
import { CODEX_PATIENCE_MS } from './codex-events.ts';
import { type CodexInput, readCodexInput } from './codex-input.ts';
import { asCodexParams, codexParams, codexTool } from './codex-tools.ts';
import { goneOn, inPlaceOf, printed, told } from './hook-answers.ts';
import { agentName, authorizeCall, completeCall } from './hook-call.ts';
import {
  type HookAdapter,
  type HookAnswer,
  type HookContext,
  type HookRequest,
  NOTHING_TO_SAY,
} from './hook-exchange.ts';
import { reasonText, refusedProbe, rulesText, tellable } from './hook-words.ts';
import { PROBE_TOOL } from './probe.ts';

const CLIENT = 'codex';

type Call = Extract<CodexInput, { hook_event_name: 'PreToolUse' }>;
type Ended = Extract<CodexInput, { hook_event_name: 'PostToolUse' }>;

export const codex: HookAdapter = {
  agent: CLIENT,
  async answer(request, context) {
    const input = readCodexInput(request.body);
    if (input.hook_event_name === 'PreToolUse' && input.tool_name === PROBE_TOOL)
      return denied(await refusedProbe(input.tool_input, 'Codex', request, context));
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
        return await complete(input, claim, context);
      case 'UserPromptSubmit':
        // A turn is the person's: what an agent writes to a subagent begins none.
        if (input.agent_id == null) await context.engine.startTurn(claim, tellable(input.prompt));
        return told('UserPromptSubmit', context.engine.takeTexts(claim, agentName(input)));
      case 'Stop':
        // What the agent has said is not listened to: it comes when the turn is over, and a rule about what was said
        // before a call would take the silence until then for an answer.
        return goneOn('block', input.stop_hook_active === true, () =>
          context.engine.takeTexts(claim, 'main', true),
        );
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
  const verdict = await authorizeCall(
    {
      claimedCallId: input.tool_use_id,
      agent: agentName(input),
      tool: input.tool_name,
      ...codexTool(input.tool_name),
      params: codexParams(input.tool_name, input.tool_input),
      patienceMs: CODEX_PATIENCE_MS,
      permissionMode: input.permission_mode ?? null,
      rewrites: true,
    },
    claim,
    request,
    context,
  );
  if (verdict.kind === 'deny') return denied(verdict.message);
  const texts = [...(verdict.notices ?? []), ...engine.takeTexts(claim, agentName(input))];
  return allowed(
    verdict.params === undefined ? null : asCodexParams(input.tool_name, verdict.params),
    rulesText(texts),
  );
}

async function complete(input: Ended, claim: SessionClaim, context: HookContext): Promise<HookAnswer> {
  const result = input.tool_response ?? null;
  // Codex tells of no failure apart from the text; a call that it could not make has no such event.
  const shown = await completeCall(
    { claimedCallId: input.tool_use_id, success: true, result },
    claim,
    context,
  );
  const texts = context.engine.takeTexts(claim, agentName(input));
  if (shown === result) return told('PostToolUse', texts);
  // Its way to put a text in the result's place; without a reason it would show what the tool said.
  return printed({ decision: 'block', reason: inPlaceOf(shown, texts) });
}

function denied(reason: string): HookAnswer {
  return printed({
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      // Codex runs the tool when the reason is empty.
      permissionDecisionReason: reasonText(reason) || 'Denied by Gatehouse.',
    },
  });
}

function allowed(params: JsonObject | null, additionalContext: string | null): HookAnswer {
  if (params === null && additionalContext === null) return NOTHING_TO_SAY;
  return printed({
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      ...(params === null ? {} : { permissionDecision: 'allow', updatedInput: params }),
      ...(additionalContext === null ? {} : { additionalContext }),
    },
  });
}
