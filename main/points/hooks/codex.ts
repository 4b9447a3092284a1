/**
 * Codex's hooks: its events to the engine, the engine's verdicts to its answers.
 *
 * PreToolUse is the gate. Codex takes `deny`, and `allow` only beside other parameters; a plain yes is to say
 * nothing. `ask` would run the tool, and so would any output it does not know, so nothing else is ever printed
 * (measured with 0.169.0).
 */
import type { SessionClaim } from '../../engine/requests.ts';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { agentText } from './agent-text.ts';
import { CODEX_PATIENCE_MS } from './codex-events.ts';
import { type CodexInput, readCodexInput } from './codex-input.ts';
import { asCodexParams, codexParams, codexTool } from './codex-tools.ts';
import { authorizeCall } from './hook-call.ts';
import {
  type HookAdapter,
  type HookAnswer,
  type HookContext,
  type HookRequest,
  NOTHING_TO_SAY,
} from './hook-exchange.ts';
import { reasonText, refusedProbe, resultText, rulesText, tellable } from './hook-words.ts';
import { PROBE_TOOL } from './probe.ts';

const CLIENT = 'codex';

type Call = Extract<CodexInput, { hook_event_name: 'PreToolUse' }>;
type Ended = Extract<CodexInput, { hook_event_name: 'PostToolUse' }>;
type Stopped = Extract<CodexInput, { hook_event_name: 'Stop' }>;

export const codex: HookAdapter = {
  agent: CLIENT,
  async answer(request, context) {
    const input = readCodexInput(request.body);
    const isProbe = input.hook_event_name === 'PreToolUse' && input.tool_name === PROBE_TOOL;
    if (!isProbe) context.onSeen?.(CLIENT);
    const claim: SessionClaim = {
      client: CLIENT,
      claimedSession: input.session_id,
      peer: request.peer,
      claimedCwd: input.cwd,
    };
    switch (input.hook_event_name) {
      case 'PreToolUse':
        return isProbe
          ? denied(await refusedProbe(input.tool_input, 'Codex', request, context))
          : await authorize(input, claim, request, context);
      case 'PostToolUse':
        return await complete(input, claim, context);
      case 'UserPromptSubmit':
        // A turn is the person's: what an agent writes to a subagent begins none.
        if (input.agent_id == null) await context.engine.startTurn(claim, tellable(input.prompt));
        return told('UserPromptSubmit', context.engine.takeTexts(claim, agentName(input)));
      case 'Stop':
        return stop(input, claim, context);
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

async function complete(
  input: Ended,
  claim: SessionClaim,
  { engine, redact }: HookContext,
): Promise<HookAnswer> {
  const result: JsonValue = input.tool_response ?? null;
  await engine.complete({
    ...claim,
    claimedCallId: input.tool_use_id,
    // Codex tells of no failure apart from the text; a call that it could not make has no such event.
    success: true,
    result: resultText(result),
    durationMs: null,
    source: 'claimed',
  });
  const shown = redact?.(result) ?? result;
  const texts = engine.takeTexts(claim, agentName(input));
  if (shown === result) return told('PostToolUse', texts);
  // Its way to put a text in the result's place.
  const notes = rulesText(texts);
  const reason = [resultText(shown), ...(notes === null ? [] : [notes])].join('\n\n');
  // Without a reason it would show what the tool said.
  return printed({ decision: 'block', reason: reason.trim() === '' ? '(nothing)' : reason });
}

/**
 * What is worth going on for, told once. What the agent has said is not listened to: it comes when the turn is over,
 * and a rule about what was said before a call would take the silence until then for an answer.
 */
function stop(input: Stopped, claim: SessionClaim, { engine }: HookContext): HookAnswer {
  // A second time in a row nothing is said, or agent and rules could keep each other going.
  if (input.stop_hook_active === true) return NOTHING_TO_SAY;
  const reason = rulesText(engine.takeTexts(claim, 'main', true));
  return reason === null ? NOTHING_TO_SAY : printed({ decision: 'block', reason });
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

/** An event that decides nothing, with what there is to tell the model. */
function told(hookEventName: string, texts: readonly string[]): HookAnswer {
  const additionalContext = rulesText(texts);
  return additionalContext === null
    ? NOTHING_TO_SAY
    : printed({ hookSpecificOutput: { hookEventName, additionalContext } });
}

function printed(output: Readonly<Record<string, unknown>>): HookAnswer {
  return { exit: 0, stdout: JSON.stringify(output), stderr: '' };
}

/** `main`, or the subagent's type: the name under which a policy can restrict it. */
function agentName(input: CodexInput): string {
  if (input.agent_type === undefined || input.agent_type === null)
    return input.agent_id == null ? 'main' : 'subagent';
  return agentText(input.agent_type, 100);
}
