/**
 * Copilot CLI's hooks: its events to the engine, the engine's verdicts to its answers.
 *
 * `PreToolUse` is the gate. It denies or says nothing: its `allow` would lift what the person forbids with
 * `--deny-tool`, and `permissionRequest` would not come (measured with 1.0.102). That one is a second look at what
 * really runs: a call whose first hook was late, or that another hook changed afterwards, is decided there. It says
 * `allow` to what a person said yes to, so that nobody is asked twice.
 */
import { resolve } from 'node:path';
import type { SessionClaim, Verdict } from '../../engine/requests.ts';
import { canonicalJson, type JsonObject, type JsonValue } from '../../platform/canonical-json.ts';
import { agentText } from './agent-text.ts';
import { COPILOT_PATIENCE_MS } from './copilot-events.ts';
import { type CopilotInput, type PermissionRequest, readCopilotInput } from './copilot-input.ts';
import { COPILOT_TOOLS, type CopilotCall, copilotCall } from './copilot-tools.ts';
import { contextOf, goneOn, printed } from './hook-answers.ts';
import { authorizeCall, completeCall } from './hook-call.ts';
import {
  type HookAdapter,
  type HookAnswer,
  type HookContext,
  type HookRequest,
  NOTHING_TO_SAY,
} from './hook-exchange.ts';
import { isObject } from './hook-json.ts';
import { reasonText, refusedProbe, tellable } from './hook-words.ts';
import { endedId, type OpenCall, type OpenCalls, openCallsByEngine } from './open-calls.ts';
import { clientParams } from './param-names.ts';
import { PROBE_TOOL } from './probe.ts';

const CLIENT = 'copilot';
const callsOf = openCallsByEngine();

type Call = Extract<CopilotInput, { hook_event_name: 'PreToolUse' }>;
type Ended = Extract<CopilotInput, { hook_event_name: 'PostToolUse' | 'PostToolUseFailure' }>;

interface Stage {
  readonly claim: SessionClaim;
  readonly calls: OpenCalls;
  /** The client's id of the agent inside the session. */
  readonly inner: string;
  readonly agent: string;
  readonly request: HookRequest;
  readonly context: HookContext;
}

export const copilot: HookAdapter = {
  agent: CLIENT,
  async answer(request, context) {
    const input = readCopilotInput(request.body);
    if (input.hook_event_name === 'PreToolUse' && input.tool_name === PROBE_TOOL) {
      const params = isObject(input.tool_input) ? input.tool_input : {};
      return denied(await refusedProbe(params, 'Copilot CLI', request, context));
    }
    context.onSeen?.(CLIENT);
    const stage = staged(input, request, context);
    const { claim, agent } = stage;
    switch (input.hook_event_name) {
      case 'PreToolUse':
        return await authorize(input, stage);
      case 'permissionRequest':
        return await secondLook(input, stage);
      case 'PostToolUse':
        return await complete(input, true, input.tool_result ?? null, stage);
      case 'PostToolUseFailure':
        return await complete(input, false, input.error ?? null, stage);
      case 'UserPromptSubmit':
        // A subagent's prompt is the agent's; a turn is the person's.
        if (input.agent_id == null) await context.engine.startTurn(claim, tellable(input.prompt));
        return told(context.engine.takeTexts(claim, agent));
      case 'Stop':
        return goneOn('block', input.stop_hook_active === true, () =>
          context.engine.takeTexts(claim, agent, true),
        );
      case 'SessionStart':
        await context.engine.startSession(claim);
        return NOTHING_TO_SAY;
      case 'SessionEnd':
        if (input.agent_id == null) {
          stage.calls.forget(claim.claimedSession);
          await context.engine.endSession(claim, agentText(input.reason ?? 'not told', 200));
        }
        return NOTHING_TO_SAY;
    }
  },
};

function staged(input: CopilotInput | PermissionRequest, request: HookRequest, context: HookContext): Stage {
  const calls = callsOf(context.engine);
  const inner = input.agent_id ?? input.session_id;
  // A permission is asked for with the outermost session; everything else of a subagent with its own.
  const parent =
    input.hook_event_name === 'permissionRequest'
      ? input.session_id
      : input.agent_id == null
        ? null
        : (input.parent_agent_id ?? null);
  const session = calls.root(inner, parent);
  return {
    claim: { client: CLIENT, claimedSession: session, peer: request.peer, claimedCwd: input.cwd },
    calls,
    inner,
    agent: input.agent_id == null ? 'main' : agentText(input.agent_type ?? 'subagent', 100),
    request,
    context,
  };
}

async function authorize(input: Call, stage: Stage): Promise<HookAnswer> {
  const call = await named(input, stage);
  const open = stage.calls.begin({
    session: stage.claim.claimedSession,
    inner: stage.inner,
    tool: input.tool_name,
    module: call.module,
    action: call.action,
    params: call.params,
    known: [nameOf(input.tool_name, input.tool_input)],
  });
  const verdict = await ask(call, input.tool_name, open.id, stage);
  if (verdict.kind === 'deny') {
    stage.calls.decided(open.id, 'stopped');
    return denied(verdict.message);
  }
  const asked = isObject(input.tool_input) ? input.tool_input : {};
  const modified = verdict.params === undefined ? undefined : clientParams(verdict.params, asked, call.names);
  stage.calls.decided(open.id, 'released', {
    answered: verdict.answered === true,
    ...(verdict.params === undefined ? {} : { params: verdict.params }),
    known: modified === undefined ? [] : [nameOf(input.tool_name, modified)],
  });
  const texts = [...(verdict.notices ?? []), ...stage.context.engine.takeTexts(stage.claim, stage.agent)];
  return goAhead(modified, texts);
}

/** Names of servers are looked up only for tools that are not Copilot CLI's own. */
async function named(input: Call | PermissionRequest, { context }: Stage): Promise<CopilotCall> {
  const isOwn = Object.hasOwn(COPILOT_TOOLS, input.tool_name);
  const servers = isOwn ? [] : await context.mcpServers?.(CLIENT, input.cwd);
  return copilotCall(input.tool_name, input.tool_input, servers ?? []);
}

function ask(call: CopilotCall, tool: string, id: string, stage: Stage): Promise<Verdict> {
  return authorizeCall(
    {
      claimedCallId: id,
      agent: stage.agent,
      tool,
      module: call.module,
      action: call.action,
      params: call.params,
      patienceMs: COPILOT_PATIENCE_MS,
      rewrites: call.rewrites,
    },
    stage.claim,
    stage.request,
    stage.context,
  );
}

/** The same call once more; a call whose first hook was late or left out is decided here. */
async function secondLook(input: PermissionRequest, stage: Stage): Promise<HookAnswer> {
  const call = await named(input, stage);
  const released = stage.calls
    .released(stage.claim.claimedSession, stage.inner)
    .filter((open) => isSame(open, call, input.cwd));
  if (released.some(({ answered }) => answered)) return printed({ behavior: 'allow' });
  if (released.length > 0) return NOTHING_TO_SAY;
  const open = stage.calls.begin({
    session: stage.claim.claimedSession,
    inner: stage.inner,
    tool: input.tool_name,
    module: call.module,
    action: call.action,
    params: call.params,
    known: [],
  });
  const verdict = await ask({ ...call, rewrites: false }, input.tool_name, open.id, stage);
  stage.calls.decided(open.id, verdict.kind === 'allow' ? 'released' : 'stopped');
  if (verdict.kind === 'allow')
    return verdict.answered === true ? printed({ behavior: 'allow' }) : NOTHING_TO_SAY;
  return printed({ behavior: 'deny', message: reasonText(verdict.message) });
}

const CHANGES_FILES = new Set(['write', 'edit', 'patch']);

/** Whether a permission that is asked for is that of a call that was let through: the two name it differently. */
function isSame(open: OpenCall, asked: CopilotCall, cwd: string): boolean {
  const { params } = asked;
  const agree = (name: string) =>
    means(name, open.params[name] ?? null, cwd) === means(name, params[name] ?? null, cwd);
  // Files are told with a difference in the place of what was asked for.
  if (asked.module === 'filesystem' && CHANGES_FILES.has(asked.action)) {
    if (open.module !== 'filesystem' || !CHANGES_FILES.has(open.action)) return false;
    return open.action === 'patch' || agree('file_path');
  }
  if (open.module !== asked.module || open.action !== asked.action) return false;
  if (asked.module === 'shell') return open.params['command'] === params['command'];
  if (asked.module.startsWith('mcp_')) return canonicalJson(open.params) === canonicalJson(params);
  // Each tells things that the other leaves out; what both tell is the same, or it is another call.
  return Object.keys(params).every((name) => !Object.hasOwn(open.params, name) || agree(name));
}

/** A parameter's value; a file's whole path, and an address in its settled spelling. */
function means(name: string, value: JsonValue, cwd: string): string {
  if (typeof value !== 'string') return canonicalJson(value);
  if (name === 'file_path') return resolve(cwd, value);
  return (/^https?:/i.test(value) ? URL.parse(value)?.href : null) ?? value;
}

async function complete(
  input: Ended,
  success: boolean,
  result: JsonValue,
  { claim, calls, inner, agent, context }: Stage,
): Promise<HookAnswer> {
  const open = calls.end(claim.claimedSession, inner, nameOf(input.tool_name, input.tool_input));
  // That a call that was stopped failed is what the stop was for.
  if (open?.state === 'stopped' && !success) return NOTHING_TO_SAY;
  const text = textOf(result);
  const shown = await completeCall(
    { claimedCallId: endedId(open, input.tool_name), success, result: text ?? result },
    claim,
    context,
  );
  const texts = context.engine.takeTexts(claim, agent);
  if (!success || text === null) return told(texts);
  if (typeof shown !== 'string' || shown === text) return told(texts);
  return printed({
    modifiedResult: { resultType: 'success', textResultForLlm: shown },
    ...contextOf(texts),
  });
}

/** What the model is told a tool said; null when it is no text. */
function textOf(result: JsonValue): string | null {
  if (typeof result === 'string') return result;
  const text = isObject(result) ? result['text_result_for_llm'] : undefined;
  return typeof text === 'string' ? text : null;
}

/** By what a call is known again when it ended: the client gives it no id. */
function nameOf(tool: string, input: JsonObject | string): string {
  return canonicalJson([tool, input]);
}

function denied(reason: string): HookAnswer {
  return preToolUse({ permissionDecision: 'deny', permissionDecisionReason: reasonText(reason) });
}

/** @param updatedInput what is to run in the place of what was asked for; left out: that */
function goAhead(updatedInput: JsonObject | undefined, texts: readonly string[]): HookAnswer {
  const output = { ...(updatedInput === undefined ? {} : { updatedInput }), ...contextOf(texts) };
  return Object.keys(output).length === 0 ? NOTHING_TO_SAY : preToolUse(output);
}

function preToolUse(output: Readonly<Record<string, unknown>>): HookAnswer {
  return printed({ hookSpecificOutput: { hookEventName: 'PreToolUse', ...output } });
}

function told(texts: readonly string[]): HookAnswer {
  return texts.length === 0 ? NOTHING_TO_SAY : printed(contextOf(texts));
}
