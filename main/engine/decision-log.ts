/**
 * The rows that the engine writes: what was decided, how a wait ended, what is remembered. Each resolves when
 * the row is durable, and rejects when it could not be written; the caller then lets nothing run.
 */
import type { AuditEvent } from '../audit/event.ts';
import type { Clock } from '../platform/clock.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { Approval, ApprovalEnd } from './approvals/approval.ts';
import type { Firing } from './behavior/firing.ts';
import type { Decision } from './decision.ts';
import type { LogPort } from './ports.ts';
import type { AuthorizeInput } from './requests.ts';
import type { RunFile } from './run-files.ts';
import { ruleText, storedBehavior, storedCall, storedPeer, storedTrace } from './stored.ts';
import type { ToolCall } from './tool-call.ts';

/** A call with what it was decided by. */
export interface DecidedCall {
  readonly call: ToolCall;
  readonly input: AuthorizeInput;
  readonly fingerprint: string;
  /** What the fingerprint covers beside the call; left out when it is the call alone. */
  readonly files?: readonly RunFile[];
  readonly policy: CompiledPolicy | null;
}

/** A call whose request an earlier supervisor never ended. */
export interface LostCall {
  readonly callId: string;
  readonly session: string;
  /** When it began to wait, microseconds since 1970. */
  readonly wallMicros: number;
}

/** More than can wait at once; what is beyond is ended at the next start. */
const MOST_OWED = 1000;

export class DecisionLog {
  readonly #clock: Clock;
  readonly #log: LogPort;
  readonly #owed: AuditEvent[] = [];

  constructor(options: { readonly clock: Clock; readonly log: LogPort }) {
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /**
   * What the gates said of a call; `grant` is the remembered answer that let it through, when one did, `request`
   * what a person is asked.
   */
  async decided(
    item: DecidedCall,
    decision: Decision,
    word: 'allowed' | 'denied' | 'approval_required',
    grant: { readonly id: string } | null,
    request: string | null = null,
  ): Promise<void> {
    await this.#append({
      type: 'call.decided',
      v: 1,
      call: storedCall(item.call),
      fingerprint: item.fingerprint,
      decision: word,
      gate: decision.gate,
      rule: ruleText(decision.rule),
      reason: decision.reason,
      risk: decision.risk,
      trace: storedTrace(decision),
      ...storedBehavior(decision.behavior),
      policyHash: item.policy?.hash ?? null,
      peer: storedPeer(item.input.peer),
      grant: grant?.id ?? null,
      ...(decision.observed === undefined ? {} : { observed: decision.observed }),
      ...(request === null ? {} : { request }),
    });
  }

  /** Behaviour rules that fired on what an agent said. */
  async fired(session: { readonly id: string }, firings: readonly Firing[]): Promise<void> {
    const said = storedBehavior(firings).behavior?.filter(({ state }) => state === 'fired') ?? [];
    for (const firing of said)
      await this.#log.append({ type: 'behavior.fired', v: 1, session: session.id, firing });
  }

  /** How a request that waited ended. */
  async ended(approval: Approval, end: ApprovalEnd): Promise<void> {
    await this.#append(this.#endOf(approval, end));
  }

  /** The end of a request that could not be written when it came: written as soon as the log takes rows again. */
  owe(approval: Approval, end: ApprovalEnd): void {
    if (this.#owed.length < MOST_OWED) this.#owed.push(this.#endOf(approval, end));
  }

  async #append(event: AuditEvent): Promise<void> {
    await this.#log.append(event);
    for (const owed of this.#owed.splice(0)) this.#log.append(owed).catch(() => this.#owed.push(owed));
  }

  #endOf(approval: Approval, end: ApprovalEnd): AuditEvent {
    const token = 'token' in end ? end.token : undefined;
    const by =
      end.state === 'allowed'
        ? end.by
        : end.state === 'denied' && end.via === 'api'
          ? 'program'
          : ({ denied: 'person', expired: 'time', cancelled: 'agent', refused: 'gate' } as const)[end.state];
    return {
      type: 'approval.resolved',
      v: 1,
      callId: approval.call.id,
      session: approval.call.session,
      outcome: end.state,
      by: end.state === 'expired' && end.why === 'restart' ? 'restart' : by,
      via: 'via' in end ? end.via : null,
      scope: 'scope' in end ? end.scope : null,
      reason: 'reason' in end ? end.reason : null,
      gate: end.state === 'refused' ? end.gate : null,
      waitedMs: Math.round(this.#clock.monotonicMs() - approval.createdMonotonicMs),
      request: approval.id,
      ...(token === undefined ? {} : { token }),
    };
  }

  /** A request that waited when an earlier supervisor died: nobody can answer it any more. */
  async lost(call: LostCall): Promise<void> {
    await this.#log.append({
      type: 'approval.resolved',
      v: 1,
      callId: call.callId,
      session: call.session,
      outcome: 'expired',
      by: 'restart',
      via: null,
      scope: null,
      reason: 'Gatehouse stopped while this waited',
      gate: null,
      waitedMs: Math.max(0, Math.round((this.#clock.wallMicros() - call.wallMicros) / 1000)),
    });
  }
}
