/**
 * Gemini CLI's hooks: its events to the engine, the engine's verdicts to its answers.
 *
 * BeforeTool is the gate. Its answer is `deny` or `allow`, never `ask`, which hands the question to a client that
 * may run without a person (measured with 0.61.0). What it tells the model it tells with the result, since a text
 * beside an allow is shown to nobody.
 */
import type { SessionClaim } from '../../engine/requests.ts';
import { agentText } from './agent-text.ts';
import { UnnamedCalls } from './gemini-cli-calls.ts';
import { GEMINI_CLI_PATIENCE_MS } from './gemini-cli-events.ts';
import { type GeminiCliInput, readGeminiCliInput } from './gemini-cli-input.ts';
import { asGeminiCliParams, geminiCliCwd, geminiCliParams, geminiCliTool } from './gemini-cli-tools.ts';
import { goneOn, inPlaceOf, printed, told } from './hook-answers.ts';
import { authorizeCall, completeCall } from './hook-call.ts';
import {
  type HookAdapter,
  type HookAnswer,
  type HookContext,
  type HookRequest,
  NOTHING_TO_SAY,
} from './hook-exchange.ts';
import { reasonText, refusedProbe, tellable } from './hook-words.ts';
import { PROBE_TOOL } from './probe.ts';

const CLIENT = 'gemini-cli';
/** Nothing tells which of its agents makes a call. */
const AGENT = 'main';

type Call = Extract<GeminiCliInput, { hook_event_name: 'BeforeTool' }>;
type Ended = Extract<GeminiCliInput, { hook_event_name: 'AfterTool' }>;

const running = new UnnamedCalls();

export const geminiCli: HookAdapter = {
  agent: CLIENT,
  async answer(request, context) {
    const input = readGeminiCliInput(request.body);
    if (input.hook_event_name === 'BeforeTool' && input.tool_name === PROBE_TOOL)
      return denied(await refusedProbe(input.tool_input, 'Gemini CLI', request, context));
    context.onSeen?.(CLIENT);
    const claim: SessionClaim = {
      client: CLIENT,
      claimedSession: input.session_id,
      peer: request.peer,
      claimedCwd: input.cwd,
    };
    switch (input.hook_event_name) {
      case 'BeforeTool':
        return await authorize(input, claim, request, context);
      case 'AfterTool':
        return await complete(input, claim, context);
      case 'BeforeAgent':
        await context.engine.startTurn(claim, tellable(input.prompt));
        return told('BeforeAgent', context.engine.takeTexts(claim, AGENT));
      case 'AfterAgent':
        // What the agent has said comes too late to be listened to, as with Codex.
        return goneOn('deny', input.stop_hook_active === true, () =>
          context.engine.takeTexts(claim, AGENT, true),
        );
      case 'SessionStart':
        await context.engine.startSession(claim);
        return NOTHING_TO_SAY;
      case 'SessionEnd':
        running.forget(input.session_id);
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
  const { tool_name: tool, tool_input: asked } = input;
  const id = running.newId();
  const verdict = await authorizeCall(
    {
      claimedCwd: geminiCliCwd(tool, asked, input.cwd),
      claimedCallId: id,
      agent: AGENT,
      tool,
      ...geminiCliTool(tool, input.mcp_context ?? null),
      params: geminiCliParams(tool, asked),
      patienceMs: GEMINI_CLI_PATIENCE_MS,
      rewrites: true,
    },
    claim,
    request,
    context,
  );
  if (verdict.kind === 'deny') return denied(verdict.message);
  const params = verdict.params === undefined ? undefined : asGeminiCliParams(tool, asked, verdict.params);
  if (params === null)
    return denied('It was let through with other parameters than these, which Gemini CLI cannot be given.');
  running.began(input.session_id, { id, tool, params: params ?? asked, notices: verdict.notices ?? [] });
  if (params === undefined) return printed({ decision: 'allow' });
  return printed({
    decision: 'allow',
    hookSpecificOutput: { hookEventName: 'BeforeTool', tool_input: params },
  });
}

async function complete(input: Ended, claim: SessionClaim, context: HookContext): Promise<HookAnswer> {
  const call = running.ended(input.session_id, input.tool_name, input.tool_input);
  const result = input.tool_response?.llmContent ?? null;
  const success = (input.tool_response?.error ?? null) === null;
  const shown = await completeCall({ claimedCallId: call?.id ?? 'unknown', success, result }, claim, context);
  const texts = [...(call?.notices ?? []), ...context.engine.takeTexts(claim, AGENT)];
  if (shown === result) return told('AfterTool', texts);
  // Its way to put a text in the result's place.
  return printed({ decision: 'deny', reason: inPlaceOf(shown, texts) });
}

function denied(reason: string): HookAnswer {
  return printed({ decision: 'deny', reason: reasonText(reason) || 'Denied by Gatehouse.' });
}
