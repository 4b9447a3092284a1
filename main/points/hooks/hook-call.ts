/** A call that a hook tells of, on its way to the engine and back: what is the same for every client. */
import type { AuthorizeInput, SessionClaim, Verdict } from '../../engine/requests.ts';
import type { JsonValue } from '../../platform/canonical-json.ts';
import { agentText } from './agent-text.ts';
import type { HookContext, HookRequest } from './hook-exchange.ts';
import { resultText } from './hook-words.ts';

/** What only the adapter knows of a call. */
export type HookCall = Pick<
  AuthorizeInput,
  'claimedCallId' | 'agent' | 'module' | 'action' | 'params' | 'patienceMs'
> &
  Partial<Pick<AuthorizeInput, 'permissionMode' | 'rewrites' | 'claimedCwd'>> & {
    /** The client's own name of the tool. */
    readonly tool: string;
  };

/** Asks the engine, and for the tool of a server whether the client reaches that server through Gatehouse. */
export async function authorizeCall(
  { tool, ...call }: HookCall,
  claim: SessionClaim,
  { signal }: HookRequest,
  { engine, isRouted }: Pick<HookContext, 'engine' | 'isRouted'>,
): Promise<Verdict> {
  const routed = call.module.startsWith('mcp_') && (await isRouted?.(claim, call.module)) === true;
  return engine.authorize(
    {
      ...claim,
      ...call,
      toolName: agentText(tool, 200),
      caller: 'llm',
      point: 'hook',
      ...(routed ? { routed } : {}),
    },
    signal,
  );
}

/** How a call ended, as the client tells it. */
export interface EndedCall {
  readonly claimedCallId: string;
  readonly success: boolean;
  readonly result: JsonValue;
  /** Left out where the client does not tell it. */
  readonly durationMs?: number | null | undefined;
}

/**
 * Writes down how a call ended.
 *
 * @returns the result as it may be shown; the same value when nothing has to be taken out
 */
export async function completeCall(
  { claimedCallId, success, result, durationMs }: EndedCall,
  claim: SessionClaim,
  { engine, redact }: Pick<HookContext, 'engine' | 'redact'>,
): Promise<JsonValue> {
  await engine.complete({
    ...claim,
    claimedCallId,
    success,
    result: resultText(result),
    durationMs: durationMs ?? null,
    source: 'claimed',
  });
  return redact?.(result) ?? result;
}

/** `main`, or the subagent's type: the name under which a policy can restrict it. */
export function agentName(input: {
  readonly agent_id?: string | null | undefined;
  readonly agent_type?: string | null | undefined;
}): string {
  if (input.agent_type === undefined || input.agent_type === null)
    return input.agent_id == null ? 'main' : 'subagent';
  return agentText(input.agent_type, 100);
}
