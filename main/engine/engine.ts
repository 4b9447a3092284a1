/**
 * The shell around the pure core: it knows the time, the sessions, the requests that wait and the log.
 *
 * The order is what makes it safe. A call is decided, then written to the log, and only when that row is
 * durable is the agent answered. A call that needs a person waits; after the yes what can have changed is
 * decided again, that is written too, and only then is it released, once.
 */
import type { Clock } from '../platform/clock.ts';
import { GatehouseError } from '../platform/errors.ts';
import type { Peer } from '../platform/peer.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { Approval, PersonAnswer } from './approvals/approval.ts';
import { ApprovalDesk, type ApprovalStore } from './approvals/desk.ts';
import { Behaviors, type BehaviorWorld, forgetful, type Said } from './behavior/behaviors.ts';
import type { CallAnalyses } from './call-analysis.ts';
import { bound, type Case, openCase, withParams } from './case.ts';
import type { Decision } from './decision.ts';
import { DecisionLog, type LostCall } from './decision-log.ts';
import { Judge } from './judge.ts';
import { allowed, overLimit, refusal, refusedMessage, withNotices } from './messages.ts';
import type { InForce, LogPort } from './ports.ts';
import { RuleBook, type RuleStore } from './remembered/book.ts';
import type { Choices } from './remembered/choice.ts';
import { NO_RULES } from './remembered/no-rules.ts';
import { type AskedCall, Remembering } from './remembered/remembering.ts';
import type { RememberedRule } from './remembered/rule.ts';
import type {
  AuthorizeInput,
  CompleteInput,
  CompleteOutcome,
  EnginePort,
  SessionClaim,
  Standing,
  Verdict,
} from './requests.ts';
import { readRunFiles } from './run-files.ts';
import { SessionKeeper } from './sessions/keeper.ts';
import type { ProcessProbe } from './sessions/registry.ts';
import { WaitingCalls } from './waiting-calls.ts';

export interface EngineOptions {
  readonly clock: Clock;
  readonly log: LogPort;
  readonly store: ApprovalStore;
  /** Remembered answers that outlive their session; left out, none does. */
  readonly rules?: RuleStore;
  readonly inForce: InForce;
  readonly home: string;
  readonly probe: ProcessProbe;
  /** What behaviour rules need of the world; left out, nothing outlives the process. */
  readonly behavior?: Pick<BehaviorWorld, 'tellers' | 'saved' | 'commands' | 'enforcement'>;
  /** What calls would do; left out where nothing asks. */
  readonly analyses?: CallAnalyses;
}

export class Engine implements EnginePort {
  readonly desk: ApprovalDesk;
  readonly sessions: SessionKeeper;
  /** Remembered answers. */
  readonly rules: RuleBook;
  readonly #remembering: Remembering;
  readonly #clock: Clock;
  readonly #behaviors: Behaviors;
  readonly #judge: Judge;
  readonly #log: DecisionLog;
  readonly #waiting: WaitingCalls;

  constructor(options: EngineOptions) {
    this.#clock = options.clock;
    this.#behaviors = new Behaviors({
      home: options.home,
      policy: (app) => options.inForce.policy(app),
      ...(options.behavior ?? forgetful()),
    });
    this.#judge = new Judge({ ...options, behaviors: this.#behaviors });
    this.#log = new DecisionLog(options);
    this.desk = new ApprovalDesk({ store: options.store, clock: options.clock });
    this.rules = new RuleBook({ ...options, store: options.rules ?? NO_RULES });
    this.sessions = new SessionKeeper({ ...options, rules: this.rules, behaviors: this.#behaviors });
    this.#remembering = new Remembering({ book: this.rules, judge: this.#judge, sessions: this.sessions });
    this.#waiting = new WaitingCalls({
      clock: options.clock,
      desk: this.desk,
      remembering: this.#remembering,
      judge: this.#judge,
      log: this.#log,
      sessions: this.sessions,
    });
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
      const policy = this.#judge.policy(session.app);
      const item = openCase(input, session, policy, this.#clock, this.#judge.secrets);
      return withParams(await this.#run(item, signal, onWaiting), item);
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
      return this.#run(
        openCase({ ...input, point: 'test' }, session, policy, this.#clock),
        signal,
        onWaiting,
      );
    });
  }

  stands(input: AuthorizeInput, rules: 'left_out' | 'asked' = 'left_out'): Standing {
    const session = this.sessions.find(input);
    if (session === null || this.#judge.stopped !== null) return 'no';
    const policy = this.#judge.policy(session.app);
    const { call, fingerprint } = openCase(input, session, policy, this.#clock, this.#judge.secrets);
    const decision = this.#judge.decide(call, policy);
    if (decision.kind === 'deny') {
      const isOfBeginning = decision.gate === 'behavior' && rules === 'left_out';
      return decision.gate === 'gate6_rate_limit' || isOfBeginning ? 'yes' : 'no';
    }
    if (decision.kind === 'allow') return 'yes';
    return this.#remembering.covering({ call, fingerprint, decision }, policy).length > 0 ? 'yes' : 'asks';
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

  /** Costs nothing but this look where no rule asks what agents say. */
  async hear(claim: SessionClaim, said: Said): Promise<void> {
    const session = this.sessions.find(claim);
    if (session === null || this.#judge.policy(session.app)?.behavior.needsText !== true) return;
    await this.#log.fired(session, this.#behaviors.hear(session, said));
  }

  takeTexts(claim: SessionClaim, agent: string, urgentOnly = false): readonly string[] {
    const session = this.sessions.find(claim);
    return session === null ? [] : this.#behaviors.takeTexts(session.id, agent, urgentOnly);
  }

  /**
   * A person's answer. Resolves when it is durable and the agent has been answered, with what really happened:
   * a yes can still end as refused, when the gates say no now.
   *
   * @throws GatehouseError `not_found`, `already_decided`, `changed` (the fingerprint is another one)
   */
  async answer(id: string, fingerprint: string, answer: PersonAnswer): Promise<Approval> {
    return this.#waiting.answer(id, fingerprint, answer);
  }

  /**
   * Takes back the remembered answer that the decision on this request made.
   *
   * @throws GatehouseError `not_found` when there is none (any more)
   */
  async undo(id: string): Promise<void> {
    await this.#waiting.undo(id);
  }

  /** Whether an answer is still remembered, for showing Undo. */
  remembered(approval: Approval): boolean {
    return this.#waiting.remembered(approval);
  }

  /** What a yes to a call may be remembered as. */
  choices(asked: AskedCall): Choices {
    return this.#remembering.choices(asked);
  }

  /**
   * Remembers a yes to a call of which nobody is asked now.
   *
   * @throws GatehouseError `not_remembered`, `changed`
   */
  async remember(
    asked: AskedCall,
    answer: Extract<PersonAnswer, { kind: 'allow' }>,
  ): Promise<RememberedRule> {
    const choice = this.#remembering.chosen(asked, answer);
    if (choice === null) throw new GatehouseError('not_remembered', 'once is not remembered');
    return this.#remembering.remember(asked, choice, answer);
  }

  /** The policy or what is active has changed: requests that would be refused now are refused now. */
  recheck(): void {
    this.#waiting.recheck();
  }

  /** Ends all that waits as expired and refuses everything from now on. Resolves when that is written, or could not be. */
  async stop(reason: string): Promise<void> {
    this.#judge.stop(reason);
    await this.#waiting.stop();
  }

  /** Nothing that goes wrong on the way lets a call through: every fault becomes a refusal that says why. */
  async #guard(work: () => Promise<Verdict>): Promise<Verdict> {
    const { stopped } = this.#judge;
    if (stopped !== null)
      return refusal('', `Gatehouse is stopping (${stopped}). The call was not run. Try again when it runs.`);
    try {
      return await work();
    } catch (error) {
      const why = error instanceof GatehouseError ? error.message : 'an internal fault';
      return refusal('', `The call was not run: ${why}.`);
    }
  }

  async #run(item: Case, signal: AbortSignal, onWaiting?: (id: string) => void): Promise<Verdict> {
    const { call, session, input } = item;
    const decision = this.#judge.decide(call, item.policy);
    // What its hook had let through counts as under way, so the behaviour rules were asked about it already.
    if (call.point === 'mcp' && (decision.kind !== 'deny' || decision.gate === 'behavior')) {
      const taken = this.sessions.take(session, input, this.#judge.concern(call));
      if (taken !== null) return allowed(taken, 'Allowed by Gatehouse when the client asked.');
    }
    this.sessions.record(session, input.claimedCallId, call, 'deciding');
    switch (decision.kind) {
      case 'deny':
        return this.#refuse(item, decision);
      case 'allow':
        return this.#allow(item, decision, []);
      case 'approve': {
        const place = this.desk.admit(session.id);
        try {
          const runs = this.#judge.analysis(call)?.runs ?? [];
          const files = runs.length === 0 ? [] : await readRunFiles(runs);
          const asked = bound(item, files);
          const { fingerprint } = asked;
          const rules = this.#remembering.covering({ call, fingerprint, decision }, item.policy);
          // While the files were read others may have been let through: the rates are asked again.
          const now = files.length === 0 ? decision : this.#judge.decide(call, item.policy);
          if (now.kind === 'deny') return await this.#refuse(asked, now);
          if (rules.length > 0) return await this.#allow(asked, now, rules);
          if ('refused' in place) return await this.#refuse(asked, overLimit(decision, place));
          return await this.#waiting.ask(asked, decision, place, signal, onWaiting);
        } finally {
          if (!('refused' in place)) place.giveUp();
        }
      }
    }
  }

  async #refuse(item: Case, decision: Decision): Promise<Verdict> {
    this.sessions.record(item.session, item.input.claimedCallId, item.call, 'stopped');
    await this.#log.decided(item, decision, 'denied', null);
    return { ...refusal(item.call.id, refusedMessage(decision)), retryAfterMs: decision.retryAfterMs };
  }

  async #allow(item: Case, decision: Decision, rules: readonly RememberedRule[]): Promise<Verdict> {
    const [rule = null] = rules;
    this.#judge.consume(item.call, item.policy);
    try {
      await this.#log.decided(item, decision, 'allowed', rule);
    } catch (error) {
      this.#judge.withdraw(item.call);
      throw error;
    }
    this.rules.used(rules);
    this.sessions.record(item.session, item.input.claimedCallId, item.call, 'released');
    const message =
      rule === null
        ? decision.observed === undefined
          ? `Allowed by Gatehouse: ${decision.reason}`
          : 'Allowed by Gatehouse, which observes here.'
        : rule.shape.kind === 'exact' && rule.scope === 'session'
          ? 'Allowed by Gatehouse: the person allowed this exact call for this session.'
          : `Allowed by Gatehouse: the person allowed ${rule.sentence}.`;
    const verdict = allowed(item.call.id, message);
    return withNotices(rule === null ? verdict : { ...verdict, answered: true }, decision);
  }
}
