/**
 * Calls that wait for a person: asked, answered, checked again, and released once.
 *
 * The row that a call waits is durable before anybody sees it, and the row of the answer before the agent does.
 * A yes is checked against what is in force now, and one that cannot be written down is a refusal.
 */
import type { Clock } from '../platform/clock.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { Approval, ApprovalEnd, PersonAnswer } from './approvals/approval.ts';
import type { ApprovalDesk, Place } from './approvals/desk.ts';
import { newApproval } from './approvals/new-approval.ts';
import { confirmed, notConfirmed, reasonOf } from './behavior/with-behavior.ts';
import type { Case } from './case.ts';
import type { Decision } from './decision.ts';
import type { DecisionLog } from './decision-log.ts';
import type { Judge } from './judge.ts';
import { endVerdict, refusal, withNotices } from './messages.ts';
import type { Choice } from './remembered/choice.ts';
import type { Remembering } from './remembered/remembering.ts';
import type { Verdict } from './requests.ts';
import { changedFile, readRunFiles } from './run-files.ts';
import type { SessionKeeper } from './sessions/keeper.ts';

export interface WaitingParts {
  readonly clock: Clock;
  readonly desk: ApprovalDesk;
  readonly remembering: Remembering;
  readonly judge: Judge;
  readonly log: DecisionLog;
  readonly sessions: SessionKeeper;
}

export class WaitingCalls {
  readonly #parts: WaitingParts;
  readonly #verdicts = new Map<string, Promise<Verdict>>();
  /** Request → the text that its tool had when it was asked about. */
  readonly #texts = new Map<string, string | null>();
  /** Request → what is remembered with its yes. */
  readonly #choices = new Map<
    string,
    { readonly choice: Choice; readonly answer: Extract<PersonAnswer, { kind: 'allow' }> }
  >();

  constructor(parts: WaitingParts) {
    this.#parts = parts;
  }

  /**
   * A person's answer. Resolves when it is durable and the agent has been answered, with what really happened:
   * a yes can still end as refused, when the gates say no now.
   *
   * @throws GatehouseError `not_found`, `already_decided`, `changed` (the fingerprint is another one), `not_remembered`
   */
  async answer(id: string, fingerprint: string, answer: PersonAnswer): Promise<Approval> {
    const approval = this.#parts.desk.get(id);
    if (approval === null) throw new GatehouseError('not_found', `no request ${id} waits`);
    if (approval.fingerprint !== fingerprint) {
      throw new GatehouseError('changed', 'this is not the request that was shown', {
        hint: 'look at it again',
      });
    }
    // A rule that blocks made this a question about one call: then a wider yes is a yes to that call.
    const scoped =
      answer.kind === 'allow' && confirmed(approval.decision).size > 0
        ? { ...answer, scope: 'once' as const }
        : answer;
    const choice =
      scoped.kind === 'allow' && approval.end === null
        ? this.#parts.remembering.chosen(approval, scoped)
        : null;
    const changed = answer.kind === 'allow' ? await this.#changedFile(approval) : null;
    const verdict = this.#verdicts.get(id);
    this.#parts.desk.end(
      id,
      answer.kind === 'deny'
        ? {
            state: 'denied',
            via: answer.via,
            reason: answer.reason,
            ...(answer.token === undefined ? {} : { token: answer.token }),
          }
        : (changed ?? this.#release(approval, answer)),
    );
    // Before whoever waits for the end goes on: that is a step later.
    if (choice !== null && answer.kind === 'allow') this.#choices.set(id, { choice, answer });
    await verdict;
    return this.#parts.desk.get(id) ?? approval;
  }

  /**
   * Takes back the remembered answer that the decision on this request made.
   *
   * @throws GatehouseError `not_found` when there is none (any more)
   */
  async undo(id: string): Promise<void> {
    const approval = this.#parts.desk.get(id);
    const { book } = this.#parts.remembering;
    const rule = approval === null ? null : book.madeBy(approval.call.id);
    if (rule === null) throw new GatehouseError('not_found', 'nothing is remembered from this answer');
    await book.end(rule.id, 'withdrawn', null, 'taken back at once');
  }

  /** Whether an answer is still remembered, for showing Undo. */
  remembered(approval: Approval): boolean {
    return this.#parts.remembering.book.madeBy(approval.call.id) !== null;
  }

  /** The policy or what is active has changed: requests that would be refused now are refused now. */
  recheck(): void {
    for (const approval of this.#parts.desk.pending()) {
      if (approval.call.point === 'test') continue;
      const now = this.#parts.judge.decide(approval.call, this.#parts.judge.policy(approval.call.app));
      if (now.kind === 'deny')
        this.#parts.desk.end(approval.id, { state: 'refused', gate: now.gate, reason: now.reason });
    }
  }

  /** Expires all that waits. Resolves when that is written, or could not be. */
  async stop(): Promise<void> {
    const open = [...this.#verdicts.values()];
    this.#parts.desk.endAll({ state: 'expired', why: 'restart' });
    await Promise.allSettled(open);
  }

  /** Asks a person about a call, and waits for how that ends. Gives the place up once the call is on the desk. */
  async ask(
    item: Case,
    decision: Decision,
    place: Place,
    signal: AbortSignal,
    onWaiting?: (id: string) => void,
  ): Promise<Verdict> {
    const { clock, judge } = this.#parts;
    const id = newId('req');
    const toolText = judge.toolText(item.call);
    await this.#parts.log.decided(item, decision, 'approval_required', null, id);
    const approval = newApproval(id, item, decision, clock);
    if (judge.stopped !== null) return this.#finish(item, approval, { state: 'expired', why: 'restart' });
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    // Whoever answers waits for this too; it must not count as unhandled when nobody does.
    promise.catch(() => undefined);
    this.#verdicts.set(approval.id, promise);
    this.#texts.set(approval.id, toolText);
    try {
      const waiting = this.#parts.desk.wait(approval, signal);
      place.giveUp();
      if (this.#parts.desk.get(approval.id) !== null) onWaiting?.(approval.id);
      const verdict = await this.#finish(item, approval, await waiting);
      resolve(verdict);
      return verdict;
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      this.#verdicts.delete(approval.id);
      this.#texts.delete(approval.id);
      this.#choices.delete(approval.id);
    }
  }

  /** The refusal when a file that the call would run is not the one any more that was asked about. */
  async #changedFile({ files = [], call, decision }: Approval): Promise<ApprovalEnd | null> {
    if (files.length === 0) return null;
    const path = changedFile(files, await readRunFiles(files.map((file) => file.path)));
    if (path === null) return null;
    const name = path.startsWith(`${call.cwd}/`) ? path.slice(call.cwd.length + 1) : path;
    return {
      state: 'refused',
      gate: decision.gate,
      reason: `${name} has changed since you were asked about it. Ask again to have it looked at as it is now`,
    };
  }

  /** The yes of a person, checked against what is in force now. */
  #release(approval: Approval, answer: Extract<PersonAnswer, { kind: 'allow' }>): ApprovalEnd {
    if (approval.end === null && approval.call.point !== 'test') {
      const policy = this.#parts.judge.policy(approval.call.app);
      const now = this.#parts.judge.decide(approval.call, policy);
      if (now.kind === 'deny') return { state: 'refused', gate: now.gate, reason: now.reason };
      const unseen = notConfirmed(approval.decision, now);
      if (unseen !== null) return { state: 'refused', gate: 'behavior', reason: reasonOf(unseen) };
      if (this.#changedSince(approval) && this.#parts.judge.concern(approval.call) !== null)
        return { state: 'refused', gate: now.gate, reason: 'the tool has changed while this waited' };
      // Counted here and now: a yes for many twins must not slip under the rate all at once.
      this.#parts.judge.consume(approval.call, policy);
    }
    const by = answer.via === 'api' ? 'program' : 'person';
    const token = answer.token === undefined ? {} : { token: answer.token };
    // A yes to what a rule blocks is for this one exact call.
    const scope = confirmed(approval.decision).size > 0 ? 'once' : answer.scope;
    return { state: 'allowed', by, via: answer.via, scope, grant: null, ...token };
  }

  /** Whether the tool's text is another one than when the person was asked. */
  #changedSince({ id, call }: Approval): boolean {
    return this.#texts.has(id) && this.#texts.get(id) !== this.#parts.judge.toolText(call);
  }

  /** Writes the end of a request down and says what the agent is told. A yes that cannot be written is a refusal. */
  async #finish(item: Case, approval: Approval, end: ApprovalEnd): Promise<Verdict> {
    const { call, session, input } = item;
    const concern = this.#parts.judge.concern(call);
    try {
      await this.#parts.log.ended(approval, end);
    } catch (error) {
      this.#parts.judge.withdraw(call);
      this.#parts.sessions.record(session, input.claimedCallId, call, 'stopped');
      const reason = `the answer could not be written to the log (${messageOf(error)})`;
      const instead = { state: 'refused', gate: approval.decision.gate, reason } as const;
      this.#parts.desk.amend(approval.id, instead);
      this.#parts.log.owe(approval, instead);
      return refusal(call.id, `The call was not run: ${reason}. Try again when the log can be written.`);
    }
    if (end.state !== 'allowed') this.#parts.judge.withdraw(call);
    this.#parts.sessions.record(
      session,
      input.claimedCallId,
      call,
      end.state === 'allowed' ? 'released' : 'stopped',
      concern,
    );
    // Only to the text that was there when it was asked.
    if (end.state === 'allowed' && end.by === 'person' && !this.#changedSince(approval))
      this.#parts.judge.agreed(call);
    const chosen = this.#choices.get(approval.id);
    if (end.state === 'allowed' && end.by === 'person' && end.scope !== 'once' && chosen !== undefined)
      await this.#remember(approval, chosen.choice, chosen.answer);
    return withNotices(endVerdict(approval, end), approval.decision);
  }

  /** Remembers a yes and releases what waits and is covered by it. */
  async #remember(
    approval: Approval,
    choice: Choice,
    answer: Extract<PersonAnswer, { kind: 'allow' }>,
  ): Promise<void> {
    const { remembering, judge, desk } = this.#parts;
    const rule = await remembering.remember(approval, choice, answer);
    for (const twin of desk.pending()) {
      const covering = remembering.covering(twin, judge.policy(twin.call.app));
      if (!covering.some(({ id }) => id === rule.id)) continue;
      // What it runs was looked at a moment ago for this answer, where it is the same files; others are asked about.
      if (twin.fingerprint !== approval.fingerprint && (await this.#changedFile(twin)) !== null) continue;
      if (desk.get(twin.id)?.end !== null) continue;
      const end = this.#release(twin, { kind: 'allow', scope: 'once', via: 'page' });
      if (end.state === 'allowed') remembering.book.used(covering);
      desk.end(twin.id, end.state === 'allowed' ? { state: 'allowed', by: 'grant', grant: rule.id } : end);
    }
  }
}
