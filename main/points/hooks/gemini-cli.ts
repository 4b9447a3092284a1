/**
 * Gemini CLI's hooks: its events to the engine, the engine's verdicts to its answers.
 *
 * BeforeTool is the gate. Its answer is `deny` or `allow`, never `ask`, which hands the question to a client that
 * may run without a person (measured with 0.61.0). What it tells the model it tells with the result, since a text
 * beside an allow is shown to nobody.
 */
import type { SessionClaim } from '../../engine/requests.ts';
import type { JsonValue } from '../../platform/canonical-json.ts';
import { agentText } from './agent-text.ts';
import { UnnamedCalls } from './gemini-cli-calls.ts';
import { GEMINI_CLI_PATIENCE_MS } from './gemini-cli-events.ts';
import { type GeminiCliInput, readGeminiCliInput } from './gemini-cli-input.ts';
import { asGeminiCliParams, geminiCliCwd, geminiCliParams, geminiCliTool } from './gemini-cli-tools.ts';
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

const CLIENT = 'gemini-cli';
/** Nothing tells which of its agents makes a call. */
const AGENT = 'main';

type Call = Extract<GeminiCliInput, { hook_event_name: 'BeforeTool' }>;
type Ended = Extract<GeminiCliInput, { hook_event_name: 'AfterTool' }>;
type Stopped = Extract<GeminiCliInput, { hook_event_name: 'AfterAgent' }>;

const running = new UnnamedCalls();

export const geminiCli: HookAdapter = {
  agent: CLIENT,
  async answer(request, context) {
    const input = readGeminiCliInput(request.body);
    const isProbe = input.hook_event_name === 'BeforeTool' && input.tool_name === PROBE_TOOL;
    if (!isProbe) context.onSeen?.(CLIENT);
    const claim: SessionClaim = {
      client: CLIENT,
      claimedSession: input.session_id,
      peer: request.peer,
      claimedCwd: input.cwd,
    };
    switch (input.hook_event_name) {
      case 'BeforeTool':
        return isProbe
          ? denied(await refusedProbe(input.tool_input, 'Gemini CLI', request, context))
          : await authorize(input, claim, request, context);
      case 'AfterTool':
        return await complete(input, claim, context);
      case 'BeforeAgent':
        await context.engine.startTurn(claim, tellable(input.prompt));
        return told('BeforeAgent', context.engine.takeTexts(claim, AGENT));
      case 'AfterAgent':
        return stop(input, claim, context);
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

async function complete(
  input: Ended,
  claim: SessionClaim,
  { engine, redact }: HookContext,
): Promise<HookAnswer> {
  const call = running.ended(input.session_id, input.tool_name, input.tool_input);
  const result: JsonValue = input.tool_response?.llmContent ?? null;
  await engine.complete({
    ...claim,
    claimedCallId: call?.id ?? 'unknown',
    success: (input.tool_response?.error ?? null) === null,
    result: resultText(result),
    durationMs: null,
    source: 'claimed',
  });
  const shown = redact?.(result) ?? result;
  const texts = [...(call?.notices ?? []), ...engine.takeTexts(claim, AGENT)];
  if (shown === result) return told('AfterTool', texts);
  // Its way to put a text in the result's place.
  const notes = rulesText(texts);
  const reason = [resultText(shown), ...(notes === null ? [] : [notes])].join('\n\n');
  return printed({ decision: 'deny', reason: reason.trim() === '' ? '(nothing)' : reason });
}

/** What is worth going on for, told once. What the agent has said comes too late to be listened to, as with Codex. */
function stop(input: Stopped, claim: SessionClaim, { engine }: HookContext): HookAnswer {
  // A second time in a row nothing is said, or agent and rules could keep each other going.
  if (input.stop_hook_active === true) return NOTHING_TO_SAY;
  const reason = rulesText(engine.takeTexts(claim, AGENT, true));
  return reason === null ? NOTHING_TO_SAY : printed({ decision: 'deny', reason });
}

function denied(reason: string): HookAnswer {
  return printed({ decision: 'deny', reason: reasonText(reason) || 'Denied by Gatehouse.' });
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
