/**
 * opencode's plugin: what it tells to the engine, the engine's verdicts to its answers.
 *
 * The plugin lets a tool run only for an answer that says `allow`; whatever else comes, or nothing, it throws.
 */
import type { SessionClaim } from '../../engine/requests.ts';
import { agentText } from './agent-text.ts';
import { printed } from './hook-answers.ts';
import { authorizeCall, completeCall } from './hook-call.ts';
import {
  type HookAdapter,
  type HookAnswer,
  type HookContext,
  type HookRequest,
  NOTHING_TO_SAY,
} from './hook-exchange.ts';
import { reasonText, refusedProbe, rulesText, tellable } from './hook-words.ts';
import { OPENCODE_PATIENCE_MS } from './opencode-events.ts';
import { type OpencodeInput, readOpencodeInput } from './opencode-input.ts';
import { OPENCODE_TOOLS, opencodeCall } from './opencode-tools.ts';
import { clientParams } from './param-names.ts';
import { PROBE_TOOL } from './probe.ts';

const CLIENT = 'opencode';

type Call = Extract<OpencodeInput, { event: 'before' }>;
type Ended = Extract<OpencodeInput, { event: 'after' }>;

export const opencode: HookAdapter = {
  agent: CLIENT,
  async answer(request, context) {
    const input = readOpencodeInput(request.body);
    if (input.event === 'before' && input.tool === PROBE_TOOL)
      return denied(await refusedProbe(input.args, 'opencode', request, context));
    context.onSeen?.(CLIENT);
    const claim: SessionClaim = {
      client: CLIENT,
      claimedSession: input.session,
      peer: request.peer,
      claimedCwd: input.cwd,
    };
    switch (input.event) {
      case 'before':
        return await authorize(input, claim, request, context);
      case 'after':
        return await complete(input, claim, context);
      case 'prompt':
        // A subagent's prompt is the agent's; a turn is the person's.
        if (input.inner === input.session) await context.engine.startTurn(claim, tellable(input.text));
        return NOTHING_TO_SAY;
      case 'text':
        await context.engine.hear(claim, {
          messageId: input.part,
          text: tellable(input.text),
          final: true,
          // Told when the text has ended: with many providers that is when its calls run already.
          late: true,
        });
        return NOTHING_TO_SAY;
      case 'end':
        await context.engine.endSession(claim, 'opencode ended');
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
  const isOwn = Object.hasOwn(OPENCODE_TOOLS, input.tool);
  const servers = isOwn ? [] : await context.mcpServers?.(CLIENT, input.cwd);
  const call = opencodeCall(input.tool, input.args, servers ?? []);
  const agent = agentName(input);
  const verdict = await authorizeCall(
    {
      claimedCallId: callId(input),
      agent,
      tool: input.tool,
      module: call.module,
      action: call.action,
      params: call.params,
      patienceMs: OPENCODE_PATIENCE_MS,
      rewrites: true,
    },
    claim,
    request,
    context,
  );
  if (verdict.kind === 'deny') return denied(verdict.message);
  const texts = [...(verdict.notices ?? []), ...engine.takeTexts(claim, agent)];
  return printed({
    decision: 'allow',
    ...(verdict.params === undefined ? {} : { args: clientParams(verdict.params, input.args, call.names) }),
    ...notesOf(texts),
  });
}

async function complete(input: Ended, claim: SessionClaim, context: HookContext): Promise<HookAnswer> {
  const result = input.result ?? null;
  const shown = await completeCall(
    { claimedCallId: callId(input), success: input.success, result },
    claim,
    context,
  );
  return printed({
    ...(shown === result ? {} : { result: shown }),
    ...notesOf(context.engine.takeTexts(claim, agentName(input))),
  });
}

/** Ids of calls are the model's, and a subagent's may be the same. */
function callId({ session, inner, call }: Call | Ended): string {
  return session === inner ? call : `${inner}/${call}`;
}

/** `main` outside of subagents: opencode's own agents, such as `build` and `plan`, are modes of the same one. */
function agentName({ session, inner, agent }: Call | Ended): string {
  return session === inner ? 'main' : agentText(agent ?? 'subagent', 100);
}

function denied(reason: string): HookAnswer {
  return printed({ decision: 'deny', reason: reasonText(reason) });
}

function notesOf(texts: readonly string[]): { readonly notes?: string } {
  const notes = rulesText(texts);
  return notes === null ? {} : { notes };
}
