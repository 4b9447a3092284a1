/** One call on its way through the engine: who makes it, by which policy it is decided, what it is bound to. */

import type { KnownSecrets } from '../analysis/content/known-secrets.ts';
import type { JsonObject } from '../platform/canonical-json.ts';
import type { Clock } from '../platform/clock.ts';
import { newTimedId } from '../platform/ids.ts';
import { canonicalCall } from '../policy/catalog.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { DecidedCall } from './decision-log.ts';
import { fingerprintOf } from './fingerprint.ts';
import { redacted } from './gates/gate5-classification.ts';
import type { AuthorizeInput, Verdict } from './requests.ts';
import type { RunFile } from './run-files.ts';
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
  secrets: KnownSecrets | null = null,
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
    params: paramsOf(input, policy, secrets),
    cwd: input.claimedCwd,
    caller: input.caller,
    point: input.point,
    toolName: input.toolName,
    ...(input.standing == null ? {} : { standing: input.standing }),
    ...(input.confined == null ? {} : { confined: input.confined }),
    ...(input.point === 'hook' && input.module.startsWith('mcp_') ? { routed: input.routed === true } : {}),
  };
  return { call, session, input, fingerprint: fingerprintOf(call), policy };
}

/** The same case, bound to the files that it would run as they are now. */
export function bound(item: Case, files: readonly RunFile[]): Case {
  return files.length === 0 ? item : { ...item, files, fingerprint: fingerprintOf(item.call, files) };
}

/**
 * The parameters that are decided, shown, logged and run: without what the policy wants taken out, where the
 * client runs a call with what it is answered. Where it does not, they stay, and gate 5 asks.
 */
function paramsOf(
  input: AuthorizeInput,
  policy: CompiledPolicy | null,
  secrets: KnownSecrets | null,
): JsonObject {
  if (input.rewrites !== true || policy === null) return input.params;
  const { module } = canonicalCall(input.module, input.action);
  return redacted(policy, module, input.params, secrets) ?? input.params;
}

/** The answer to a call whose parameters were changed carries them. */
export function withParams(verdict: Verdict, item: Case): Verdict {
  return verdict.kind === 'allow' && item.call.params !== item.input.params
    ? {
        ...verdict,
        message: `${verdict.message} What the policy does not let pass was taken out of the parameters first.`,
        params: item.call.params,
      }
    : verdict;
}
