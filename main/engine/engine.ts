/**
 * The shell around the pure core: it knows the time, the sessions, the requests that wait and the log.
 *
 * The order is what makes it safe. A call is decided, then written to the log, and only when that row is
 * durable is the agent answered. A call that needs a person waits; after the yes what can have changed is
 * decided again, that is written too, and only then is it released, once.
 */
import type { Clock } from '../platform/clock.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { newId, newTimedId } from '../platform/ids.ts';
import type { Peer } from '../platform/peer.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { Approval, ApprovalEnd, PersonAnswer } from './approvals/approval.ts';
import { ApprovalDesk, type ApprovalStore, type Place } from './approvals/desk.ts';
import { newApproval } from './approvals/new-approval.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { type DecidedCall, DecisionLog, type LostCall } from './decision-log.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type SessionGrant, SessionGrants } from './grants.ts';
import { allowed, endVerdict, overLimit, refusal, refusedMessage } from './messages.ts';
import type { InForce, LogPort } from './ports.ts';
import { RateWindow } from './rate-window.ts';
import type {
  AuthorizeInput,
  CompleteInput,
  CompleteOutcome,
  EnginePort,
  SessionClaim,
  Verdict,
} from './requests.ts';
import { SessionKeeper } from './sessions/keeper.ts';
import type { ProcessProbe } from './sessions/registry.ts';
import type { Session } from './sessions/session.ts';
import type { ToolCall } from './tool-call.ts';

export interface EngineOptions {
  readonly clock: Clock;
  readonly log: LogPort;
  readonly store: ApprovalStore;
  readonly inForce: InForce;
  readonly home: string;
  readonly probe: ProcessProbe;
}

interface Case extends DecidedCall {
  readonly session: Session;
  /** The policy that decides it: a test request is decided by the one it brings. */
  readonly policy: CompiledPolicy | null;
}

export class Engine implements EnginePort {
  readonly desk: ApprovalDesk;
  readonly sessions: SessionKeeper;
  readonly #grants = new SessionGrants();
  readonly #rate = new RateWindow();
  readonly #verdicts = new Map<string, Promise<Verdict>>();
  readonly #options: EngineOptions;
  readonly #log: DecisionLog;
  #stopped: string | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#log = new DecisionLog(options);
    this.desk = new ApprovalDesk({ store: options.store, clock: options.clock });
    this.sessions = new SessionKeeper({ ...options, grants: this.#grants });
  }

  /**
   * Expires what waited when an earlier supervisor died. The log says what that is: the store is written after
   * it, and may have missed the last moment. A supervisor that dies in here too leaves the rest to the next one.
   *
   * @param waiting  calls without an end on the log
   * @returns how many
   */
  async recover(waiting: readonly LostCall[]): Promise<number> {
    await Promise.all(waiting.map((call) => this.#log.lost(call)));
    this.desk.expireLost();
    return waiting.length;
  }

  async authorize(
    input: AuthorizeInput,
    signal: AbortSignal,
    onWaiting?: (id: string) => void,
  ): Promise<Verdict> {
    return this.#guard(async () => {
      const session = await this.sessions.resolve(input);
      return this.#run(this.#open(input, session, this.#options.inForce.policy()), signal, onWaiting);
    });
  }

  /**
   * A request of the person's own: decided by the given policy through the same gates, shown, answered and
   * logged like any other; nothing runs whatever the answer.
   */
  async test(
    input: AuthorizeInput,
    policy: CompiledPolicy,
    signal: AbortSignal,
    onWaiting: (id: string) => void,
  ): Promise<Verdict> {
    return this.#guard(async () => {
      const session = await this.sessions.resolve(input);
      return this.#run(this.#open({ ...input, point: 'test' }, session, policy), signal, onWaiting);
    });
  }

  async complete(input: CompleteInput): Promise<CompleteOutcome> {
    return this.sessions.complete(input);
  }

  claimOf(peer: Peer): SessionClaim | null {
    return this.sessions.claimOf(peer);
  }

  async startSession(claim: SessionClaim): Promise<void> {
    await this.sessions.resolve(claim);
  }

  async endSession(claim: SessionClaim, reason: string): Promise<void> {
    const session = this.sessions.find(claim);
    if (session !== null) await this.sessions.end(session, reason);
  }

  async startTurn(claim: SessionClaim, prompt: string): Promise<void> {
    await this.sessions.startTurn(await this.sessions.resolve(claim), prompt);
  }

  /**
   * A person's answer. Resolves when it is durable and the agent has been answered, with what really happened:
   * a yes can still end as refused, when the gates say no now.
   *
   * @throws GatehouseError `not_found`, `already_decided`, `changed` (the fingerprint is another one)
   */
  async answer(id: string, fingerprint: string, answer: PersonAnswer): Promise<Approval> {
    const approval = this.desk.get(id);
    if (approval === null) throw new GatehouseError('not_found', `no request ${id} waits`);
    if (approval.fingerprint !== fingerprint) {
      throw new GatehouseError('changed', 'this is not the request that was shown', {
        hint: 'look at it again',
      });
    }
    const verdict = this.#verdicts.get(id);
    this.desk.end(
      id,
      answer.kind === 'deny'
        ? {
            state: 'denied',
            via: answer.via,
            reason: answer.reason,
            ...(answer.token === undefined ? {} : { token: answer.token }),
          }
        : this.#release(approval, answer),
    );
    await verdict;
    return this.desk.get(id) ?? approval;
  }

  /**
   * Takes back the remembered answer that the decision on this request made.
   *
   * @throws GatehouseError `not_found` when there is none (any more)
   */
  async undo(id: string): Promise<void> {
    const approval = this.desk.get(id);
    const grant = approval === null ? null : this.#grants.madeBy(approval.call.id);
    if (grant === null) throw new GatehouseError('not_found', 'nothing is remembered from this answer');
    this.#grants.revoke(grant);
    await this.#log.grant(grant, 'revoked');
  }

  /** Whether an answer is still remembered, for showing Undo. */
  remembered(approval: Approval): boolean {
    return this.#grants.madeBy(approval.call.id) !== null;
  }

  /** The policy or what is active has changed: requests that would be refused now are refused now. */
  recheck(): void {
    for (const approval of this.desk.pending()) {
      if (approval.call.point === 'test') continue;
      const now = this.#decide(approval.call, this.#options.inForce.policy());
      if (now.kind === 'deny')
        this.desk.end(approval.id, { state: 'refused', gate: now.gate, reason: now.reason });
    }
  }

  /** Ends all that waits as expired and refuses everything from now on. Resolves when that is written, or could not be. */
  async stop(reason: string): Promise<void> {
    this.#stopped = reason;
    const open = [...this.#verdicts.values()];
    this.desk.endAll({ state: 'expired', why: 'restart' });
    await Promise.allSettled(open);
  }

  /** Nothing that goes wrong on the way lets a call through: every fault becomes a refusal that says why. */
  async #guard(work: () => Promise<Verdict>): Promise<Verdict> {
    if (this.#stopped !== null)
      return refusal(
        '',
        `Gatehouse is stopping (${this.#stopped}). The call was not run. Try again when it runs.`,
      );
    try {
      return await work();
    } catch (error) {
      const why = error instanceof GatehouseError ? error.message : 'an internal fault';
      return refusal('', `The call was not run: ${why}.`);
    }
  }

  #open(input: AuthorizeInput, session: Session, policy: CompiledPolicy | null): Case {
    const call: ToolCall = {
      id: newTimedId('call', this.#options.clock.wallMicros() / 1000),
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

  async #run(item: Case, signal: AbortSignal, onWaiting?: (id: string) => void): Promise<Verdict> {
    const { call, session, input } = item;
    const decision = this.#decide(call, item.policy);
    if (call.point === 'mcp' && decision.kind !== 'deny') {
      const taken = this.sessions.take(session, input, this.#concern(call));
      if (taken !== null) return allowed(taken, 'Allowed by Gatehouse when the client asked.');
    }
    this.sessions.record(session, input.claimedCallId, call, 'deciding');
    switch (decision.kind) {
      case 'deny':
        return this.#refuse(item, decision);
      case 'allow':
        return this.#allow(item, decision, null);
      case 'approve': {
        // What speaks against a call is not answered by a yes from before.
        const grant = this.#concern(call) === null ? this.#grants.find(session.id, item.fingerprint) : null;
        if (grant !== null && call.point !== 'test') return this.#allow(item, decision, grant);
        const place = this.desk.admit(session.id);
        if ('refused' in place) return this.#refuse(item, overLimit(decision, place));
        try {
          return await this.#ask(item, decision, place, signal, onWaiting);
        } finally {
          place.giveUp();
        }
      }
    }
  }

  async #refuse(item: Case, decision: Decision): Promise<Verdict> {
    this.sessions.record(item.session, item.input.claimedCallId, item.call, 'stopped');
    await this.#log.decided(item, decision, 'denied', null);
    return { ...refusal(item.call.id, refusedMessage(decision)), retryAfterMs: decision.retryAfterMs };
  }

  async #allow(item: Case, decision: Decision, grant: SessionGrant | null): Promise<Verdict> {
    this.#consume(item.call, item.policy);
    await this.#log.decided(item, decision, 'allowed', grant);
    this.sessions.record(item.session, item.input.claimedCallId, item.call, 'released');
    const message =
      grant === null
        ? `Allowed by Gatehouse: ${decision.reason}`
        : 'Allowed by Gatehouse: you allowed this exact call for this session.';
    return allowed(item.call.id, message);
  }

  async #ask(
    item: Case,
    decision: Decision,
    place: Place,
    signal: AbortSignal,
    onWaiting?: (id: string) => void,
  ): Promise<Verdict> {
    const { clock } = this.#options;
    const id = newId('req');
    await this.#log.decided(item, decision, 'approval_required', null, id);
    const approval = newApproval(id, item, decision, clock);
    if (this.#stopped !== null) return this.#finish(item, approval, { state: 'expired', why: 'restart' });
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    // Whoever answers waits for this too; it must not count as unhandled when nobody does.
    promise.catch(() => undefined);
    this.#verdicts.set(approval.id, promise);
    try {
      const waiting = this.desk.wait(approval, signal);
      place.giveUp();
      if (this.desk.get(approval.id) !== null) onWaiting?.(approval.id);
      const verdict = await this.#finish(item, approval, await waiting);
      resolve(verdict);
      return verdict;
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      this.#verdicts.delete(approval.id);
    }
  }

  /** The yes of a person, checked against what is in force now. */
  #release(approval: Approval, answer: Extract<PersonAnswer, { kind: 'allow' }>): ApprovalEnd {
    if (approval.end === null && approval.call.point !== 'test') {
      const policy = this.#options.inForce.policy();
      const now = this.#decide(approval.call, policy);
      if (now.kind === 'deny') return { state: 'refused', gate: now.gate, reason: now.reason };
      // Counted here and now: a yes for many twins must not slip under the rate all at once.
      this.#consume(approval.call, policy);
    }
    const by = answer.via === 'api' ? 'program' : 'person';
    const token = answer.token === undefined ? {} : { token: answer.token };
    return { state: 'allowed', by, via: answer.via, scope: answer.scope, grant: null, ...token };
  }

  /** Writes the end of a request down and says what the agent is told. A yes that cannot be written is a refusal. */
  async #finish(item: Case, approval: Approval, end: ApprovalEnd): Promise<Verdict> {
    const { call, session, input } = item;
    const concern = this.#concern(call);
    try {
      await this.#log.ended(approval, end);
    } catch (error) {
      this.sessions.record(session, input.claimedCallId, call, 'stopped');
      const reason = `the answer could not be written to the log (${messageOf(error)})`;
      const instead = { state: 'refused', gate: approval.decision.gate, reason } as const;
      this.desk.amend(approval.id, instead);
      this.#log.owe(approval, instead);
      return refusal(call.id, `The call was not run: ${reason}. Try again when the log can be written.`);
    }
    this.sessions.record(
      session,
      input.claimedCallId,
      call,
      end.state === 'allowed' ? 'released' : 'stopped',
      concern,
    );
    if (end.state === 'allowed' && end.by === 'person')
      this.#options.inForce.agreed?.(call.module, call.action);
    if (end.state === 'allowed' && end.by === 'person' && end.scope === 'session')
      await this.#remember(approval);
    return endVerdict(approval, end);
  }

  /** Remembers a yes and releases the twins that wait in the same session. */
  async #remember(approval: Approval): Promise<void> {
    const grant = this.#grants.add(
      approval.call.session,
      approval.fingerprint,
      approval.call.id,
      this.#options.clock.monotonicMs(),
    );
    try {
      await this.#log.grant(grant, 'made');
    } catch (error) {
      this.#grants.revoke(grant);
      throw error;
    }
    for (const twin of this.desk.pending()) {
      if (twin.call.session !== approval.call.session || twin.fingerprint !== approval.fingerprint) continue;
      const end = this.#release(twin, { kind: 'allow', scope: 'once', via: 'page' });
      this.desk.end(
        twin.id,
        end.state === 'allowed' ? { state: 'allowed', by: 'grant', grant: grant.id } : end,
      );
    }
  }

  #decide(call: ToolCall, policy: CompiledPolicy | null): Decision {
    const { inForce, clock } = this.#options;
    const halted = inForce.halted?.() ?? null;
    const decision = decide(call, policy, {
      appActive: this.#stopped === null && halted === null && inForce.appActive(call.app),
      rate: this.#rate.snapshot(call, policy, clock.monotonicMs()),
      protection: inForce.protection(),
      concern: this.#concern(call),
    });
    return halted !== null && decision.gate === 'gate0_inactive' ? { ...decision, reason: halted } : decision;
  }

  #concern(call: ToolCall): string | null {
    return this.#options.inForce.concern?.(call.module, call.action) ?? null;
  }

  #consume(call: ToolCall, policy: CompiledPolicy | null): void {
    if (call.point !== 'test') this.#rate.consume(call, policy, this.#options.clock.monotonicMs());
  }
}
