/** A call that a hook tells of, on its way to the engine: what is the same for every client. */
import type { AuthorizeInput, SessionClaim, Verdict } from '../../engine/requests.ts';
import { agentText } from './agent-text.ts';
import type { HookContext, HookRequest } from './hook-exchange.ts';

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
  request: HookRequest,
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
    request.signal,
  );
}
