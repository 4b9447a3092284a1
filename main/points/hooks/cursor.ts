/**
 * Cursor's hooks, from its documentation; they have never run in a real Cursor.
 *
 * Commands, reads and MCP calls may come twice: as `preToolUse` and as an event of their own. Whichever is first is
 * decided, and the second of the same call, at most half a minute later, is answered the same. A no is told in every way that is
 * documented: exit code 2, and both forms of the answer.
 */
import type { SessionClaim, Verdict } from '../../engine/requests.ts';
import { canonicalJson, type JsonValue } from '../../platform/canonical-json.ts';
import { agentText } from './agent-text.ts';
import { CURSOR_PATIENCE_MS } from './cursor-events.ts';
import { type CursorInput, cursorFolder, cursorParams, readCursorInput } from './cursor-input.ts';
import { type CursorCall, cursorCall, mcpCall } from './cursor-tools.ts';
import { printed } from './hook-answers.ts';
import { authorizeCall, completeCall } from './hook-call.ts';
import {
  BLOCK_EXIT,
  type HookAdapter,
  type HookAnswer,
  type HookContext,
  type HookRequest,
  NOTHING_TO_SAY,
} from './hook-exchange.ts';
import { refusedProbe, rulesText, tellable } from './hook-words.ts';
import { endedId, openCallsByEngine } from './open-calls.ts';
import { PROBE_TOOL } from './probe.ts';

const CLIENT = 'cursor';
const TWIN_WITHIN_MS = 30_000;
const runningOf = openCallsByEngine();
const twinsOf = openCallsByEngine();

type Ended = Extract<CursorInput, { hook_event_name: 'postToolUse' | 'postToolUseFailure' }>;

export const cursor: HookAdapter = {
  agent: CLIENT,
  async answer(request, context) {
    const input = readCursorInput(request.body);
    if (input.hook_event_name === 'preToolUse' && input.tool_name === PROBE_TOOL)
      return denied(await refusedProbe(cursorParams(input.tool_input), 'Cursor', request, context));
    context.onSeen?.(CLIENT);
    const claim: SessionClaim = {
      client: CLIENT,
      claimedSession: input.conversation_id,
      peer: request.peer,
      claimedCwd: cursorFolder(input),
    };
    switch (input.hook_event_name) {
      case 'preToolUse': {
        const params = cursorParams(input.tool_input);
        const call = cursorCall(input.tool_name, params);
        return await authorize(call, input.tool_name, 'preToolUse', claim, request, context);
      }
      case 'beforeShellExecution':
        return await authorize(
          cursorCall('Shell', {
            command: input.command,
            ...(input.cwd == null || input.cwd === '' ? {} : { working_directory: input.cwd }),
          }),
          'Shell',
          'own',
          claim,
          request,
          context,
        );
      case 'beforeReadFile':
        return await authorize(
          cursorCall('Read', { file_path: input.file_path }),
          'Read',
          'own',
          claim,
          request,
          context,
        );
      case 'beforeMCPExecution': {
        const call = mcpCall(input.tool_name, cursorParams(input.tool_input), input.command ?? null);
        return await authorize(call, input.tool_name, 'own', claim, request, context);
      }
      case 'postToolUse':
        return await complete(input, true, input.tool_output ?? null, claim, context);
      case 'postToolUseFailure':
        return await complete(input, false, input.error_message ?? null, claim, context);
      case 'beforeSubmitPrompt':
        await context.engine.startTurn(claim, tellable(input.prompt));
        return NOTHING_TO_SAY;
      case 'sessionEnd':
        runningOf(context.engine).forget(claim.claimedSession);
        twinsOf(context.engine).forget(claim.claimedSession);
        await context.engine.endSession(claim, agentText(input.reason ?? 'not told', 200));
        return NOTHING_TO_SAY;
    }
  },
};

async function authorize(
  call: CursorCall,
  tool: string,
  kind: 'preToolUse' | 'own',
  claim: SessionClaim,
  request: HookRequest,
  context: HookContext,
): Promise<HookAnswer> {
  const { engine } = context;
  const session = claim.claimedSession;
  const same = sameness(call);
  const twins = twinsOf(engine);
  const twin = twins.end(session, session, `${kind} ${same}`, TWIN_WITHIN_MS);
  if (twin?.state === 'released') return allowed();
  if (twin?.state === 'stopped') return denied('Refused by Gatehouse a moment ago, as the same call.');
  const shared = { session, inner: session, tool, ...call };
  const running = runningOf(engine).begin({ ...shared, known: [same] });
  const other = kind === 'own' ? 'preToolUse' : 'own';
  const seen = twins.begin({ ...shared, known: [`${other} ${same}`] });
  const verdict: Verdict = await authorizeCall(
    {
      claimedCallId: running.id,
      agent: 'main',
      tool,
      module: call.module,
      action: call.action,
      params: call.params,
      patienceMs: CURSOR_PATIENCE_MS,
    },
    claim,
    request,
    context,
  );
  const state = verdict.kind === 'allow' ? 'released' : 'stopped';
  runningOf(engine).decided(running.id, state);
  twins.decided(seen.id, state);
  if (verdict.kind === 'deny') return denied(verdict.message);
  return allowed([...(verdict.notices ?? []), ...engine.takeTexts(claim, 'main')]);
}

async function complete(
  input: Ended,
  success: boolean,
  result: JsonValue,
  claim: SessionClaim,
  context: HookContext,
): Promise<HookAnswer> {
  const session = claim.claimedSession;
  const call = cursorCall(input.tool_name, cursorParams(input.tool_input));
  const open = runningOf(context.engine).end(session, session, sameness(call));
  if (open?.state === 'stopped' && !success) return NOTHING_TO_SAY;
  // Cursor shows what the tool said, whatever is answered.
  const { engine } = context;
  await completeCall({ claimedCallId: endedId(open, input.tool_name), success, result }, claim, { engine });
  return NOTHING_TO_SAY;
}

/** By what the events of one call are known as the same: what matters of it, since each names other things beside. */
function sameness({ module, action, params }: CursorCall): string {
  if (module === 'shell') return canonicalJson([module, action, params['command'] ?? null]);
  if (module === 'filesystem' && action === 'read')
    return canonicalJson([module, action, params['file_path'] ?? null]);
  return canonicalJson([module, action, params]);
}

function allowed(texts: readonly string[] = []): HookAnswer {
  const text = rulesText(texts);
  const message = text === null ? {} : { agent_message: text };
  return printed({ permission: 'allow', ...message });
}

function denied(message: string): HookAnswer {
  const reason = agentText(message);
  const output = {
    permission: 'deny',
    user_message: reason,
    agent_message: reason,
    decision: 'deny',
    reason,
  };
  return { exit: BLOCK_EXIT, stdout: JSON.stringify(output), stderr: `${reason}\n` };
}
