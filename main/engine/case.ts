/** One call on its way through the engine: who makes it, by which policy it is decided, what it is bound to. */
import type { Clock } from '../platform/clock.ts';
import { newTimedId } from '../platform/ids.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { DecidedCall } from './decision-log.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { AuthorizeInput } from './requests.ts';
import type { Session } from './sessions/session.ts';
import type { ToolCall } from './tool-call.ts';

export interface Case extends DecidedCall {
  readonly session: Session;
  /** The policy that decides it: a test request is decided by the one it brings. */
  readonly policy: CompiledPolicy | null;
}

/** A call with an id of its own, as it stands in its session now. */
export function openCase(
  input: AuthorizeInput,
  session: Session,
  policy: CompiledPolicy | null,
  clock: Clock,
): Case {
  const call: ToolCall = {
    id: newTimedId('call', clock.wallMicros() / 1000),
    app: session.app,
    agent: input.agent,
    client: input.client,
    session: session.id,
    turn: session.turn,
    module: input.module,
    action: input.action,
    params: input.params,
    cwd: input.claimedCwd,
    caller: input.caller,
    point: input.point,
    toolName: input.toolName,
  };
  return { call, session, input, fingerprint: fingerprintOf(call), policy };
}
