/**
 * What pages and commands do with remembered answers: looking at them, taking them back, ending and merging them,
 * making one of a call that has been, and seeing what one would have covered.
 */
import { createHash } from 'node:crypto';
import type { CoverageReport, RowChoices, RuleView } from '../../../preload/contract.ts';
import type { AuditLog } from '../../audit/log.ts';
import type { AnswerVia, Approval, RememberWish } from '../../engine/approvals/approval.ts';
import type { CallAnalyses } from '../../engine/call-analysis.ts';
import { decide } from '../../engine/decide.ts';
import type { Engine } from '../../engine/engine.ts';
import { freshFacts, understanding } from '../../engine/eval-line.ts';
import { fingerprintOf } from '../../engine/fingerprint.ts';
import type { Choices } from '../../engine/remembered/choice.ts';
import type { AskedCall } from '../../engine/remembered/remembering.ts';
import type { RememberedRule, RuleScope } from '../../engine/remembered/rule.ts';
import { readRunFiles } from '../../engine/run-files.ts';
import type { Protection } from '../../engine/self-protection.ts';
import type { ToolCall } from '../../engine/tool-call.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { canonicalCall } from '../../policy/catalog.ts';
import type { Enforcement } from '../../policy/conditions/subject.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import { callOfRow, isWhole } from '../replay/past-calls.ts';
import type { Replayer } from '../replay/replayer.ts';
import { titleOf } from '../views/approval-view.ts';
import { appName, tildePath } from '../views/words.ts';
import { choicesView, mergeKey, rulesView } from './rules-view.ts';

/** How far back it is counted what a choice would have covered. */
const COVERAGE_DAYS = 30;

export interface RememberParts {
  readonly home: string;
  readonly log: AuditLog;
  readonly engine: Engine;
  readonly analyses: CallAnalyses;
  readonly replayer: Replayer;
  readonly policy: (app: string) => CompiledPolicy | null;
  readonly protection: () => Protection;
  readonly sessionLabel: (id: string) => string;
  readonly nowMs: () => number;
}

export class RememberDesk {
  readonly #parts: RememberParts;

  constructor(parts: RememberParts) {
    this.#parts = parts;
  }

  rules(): RuleView[] {
    const { engine, home, sessionLabel } = this.#parts;
    return rulesView(engine.rules, home, sessionLabel);
  }

  /** @throws GatehouseError `not_found` */
  async withdraw(ids: readonly string[], via: AnswerVia): Promise<void> {
    for (const id of ids) await this.#parts.engine.rules.end(id, 'withdrawn', via);
  }

  /**
   * The same rule with another end.
   *
   * @param forMs milliseconds from now; null: until it is taken back
   * @throws GatehouseError `not_found`, `not_remembered`
   */
  async end(id: string, forMs: number | null, via: AnswerVia): Promise<void> {
    const rule = this.#rule(id);
    if (rule.scope === 'session' && rule.shape.kind === 'exact')
      throw new GatehouseError('not_remembered', 'it ends with its session', { hint: 'take it back' });
    await this.#replace([rule], { ...rule, forMs }, 'its end was changed', via);
  }

  /**
   * One rule of several. It covers what they covered, until the first of them would have ended.
   *
   * @throws GatehouseError `not_found`, `not_remembered`
   */
  async merge(ids: readonly string[], via: AnswerVia): Promise<void> {
    const rules = [...new Set(ids)].map((id) => this.#rule(id));
    const [first] = rules;
    const key = first === undefined ? null : mergeKey(first);
    if (
      first === undefined ||
      key === null ||
      rules.length < 2 ||
      rules.some((rule) => mergeKey(rule) !== key)
    )
      throw new GatehouseError('not_remembered', 'these cannot be made one', {
        hint: 'only rules of one tool, client, place and scope can',
      });
    const commands = rules.flatMap(({ shape }) => (shape.kind === 'commands' ? shape.commands : []));
    const patterns = [...new Map(commands.map((one) => [JSON.stringify(one), one])).values()];
    if (first.shape.kind !== 'commands') return;
    const ends = rules.flatMap(({ endsMicros }) => endsMicros ?? []);
    const forMs = ends.length === 0 ? null : Math.min(...ends) / 1000 - this.#parts.nowMs();
    const sentence = [...new Set(rules.map((rule) => rule.sentence))].join('; ').slice(0, 160).toWellFormed();
    const draft = { ...first, shape: { ...first.shape, commands: patterns }, sentence, forMs };
    await this.#replace(rules, draft, 'made one of several', via);
  }

  /** The new rule is made first: between the two nothing is asked that was answered. */
  async #replace(
    old: readonly RememberedRule[],
    draft: Omit<RememberedRule, 'endsMicros'> & { readonly forMs: number | null },
    why: string,
    via: AnswerVia,
  ): Promise<void> {
    const { rules } = this.#parts.engine;
    const { scope, client, module, action, sandboxed, shape, sentence, forMs } = draft;
    const made = await rules.make({
      ...{ scope, client, module, action, sandboxed, shape, sentence, forMs, via, callId: null },
      app: draft.app ?? '',
      session: draft.session ?? '',
    });
    for (const { id } of old) if (id !== made.id) await rules.end(id, 'merged', via, why);
  }

  /** What past calls each choice for a request would have covered. */
  async coverageOf(approval: Approval): Promise<CoverageReport> {
    return this.#coverage(approval.call, this.#parts.engine.choices(approval));
  }

  /** The same for the call of a row of the timeline. */
  async coverageOfRow(seq: number): Promise<CoverageReport> {
    const { asked } = await this.#row(seq);
    return this.#coverage(asked.call, this.#parts.engine.choices(asked));
  }

  async #coverage(call: ToolCall, { choices }: Choices): Promise<CoverageReport> {
    const { module, action } = canonicalCall(call.module, call.action);
    return this.#parts.replayer.coverage({
      ...{ client: call.client, module, action, app: call.app, session: call.session, cwd: call.cwd },
      sinceMs: this.#parts.nowMs() - COVERAGE_DAYS * 86_400_000,
      choices: choices.map(({ id, shape }) => ({ id, shape })),
      paramsDigest: createHash('sha256').update(canonicalJson(call.params)).digest('hex'),
    });
  }

  /** What may be remembered of the call of a row: it is decided by what is in force now. */
  async rowChoices(seq: number): Promise<RowChoices> {
    const { home, engine } = this.#parts;
    const { asked, problem, live } = await this.#row(seq);
    const { call, decision } = asked;
    const choices =
      problem === null ? engine.choices(asked) : { choices: [], once: problem, exactOnly: null };
    return {
      seq,
      title: titleOf(call, home),
      app: { root: tildePath(call.app, home), name: appName(call.app) },
      decision: decision.kind,
      problem,
      remember: choicesView(choices, call),
      live,
    };
  }

  /**
   * Makes a rule of the call of a row.
   *
   * @throws GatehouseError `not_found`, `not_remembered`, `changed`
   */
  async makeFromRow(
    seq: number,
    scope: RuleScope,
    remember: RememberWish,
    via: AnswerVia,
  ): Promise<RememberedRule> {
    const { asked, problem, live } = await this.#row(seq);
    if (problem !== null) throw new GatehouseError('not_remembered', problem);
    if (scope === 'session' && !live)
      throw new GatehouseError('not_remembered', 'the session of this call is over', {
        hint: 'choose the project',
      });
    return this.#parts.engine.remember(asked, { kind: 'allow', scope, remember, via });
  }

  async #row(seq: number): Promise<{ asked: AskedCall; problem: string | null; live: boolean }> {
    const { log, engine, policy, protection, analyses, home } = this.#parts;
    const row = await log.row(seq);
    if (row?.event.type !== 'call.decided')
      throw new GatehouseError('not_found', `row ${seq} is no call that was decided`);
    const { event } = row;
    const session = engine.sessions.list().find(({ id }) => id === event.call.session);
    const call = callOfRow(event);
    const enforcement: Enforcement = session === undefined ? 'none' : engine.sessions.enforcement(session.id);
    const known = { ...understanding(home, analyses), enforcement };
    const decision = decide(call, policy(call.app), freshFacts(call, protection(), known));
    const files = await readRunFiles(analyses.of(call).runs);
    const asked = { call, decision, fingerprint: fingerprintOf(call, files) };
    const live = session !== undefined && !session.ended;
    const problem = !isWhole(event)
      ? 'The log does not hold all of this call, as secrets were taken out or long text cut: no rule can be made of it.'
      : call.point === 'test'
        ? 'A test request is never remembered.'
        : decision.kind === 'deny'
          ? `The policy refuses this call, and a remembered answer lifts no refusal: ${decision.reason}`
          : decision.kind === 'allow'
            ? 'Such a call runs without a question already.'
            : null;
    return { asked, problem, live };
  }

  #rule(id: string): RememberedRule {
    const rule = this.#parts.engine.rules.get(id);
    if (rule === null) throw new GatehouseError('not_found', 'nothing is remembered under this name');
    return rule;
  }
}
