/** Remembered answers on the way of a call: whether one covers it, what may be remembered of it, and remembering it. */
import { GatehouseError } from '../../platform/errors.ts';
import { canonicalCall } from '../../policy/catalog.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { PersonAnswer } from '../approvals/approval.ts';
import { confirmed } from '../behavior/with-behavior.ts';
import type { Decision } from '../decision.ts';
import type { Judge } from '../judge.ts';
import type { SessionKeeper } from '../sessions/keeper.ts';
import type { ToolCall } from '../tool-call.ts';
import type { RuleBook } from './book.ts';
import { type Choice, type Choices, choicesFor, notByShape, onlyOnce } from './choice.ts';
import { type RememberedRule, type RuleScope, shapeDigest } from './rule.ts';
import { sentenceOf } from './words.ts';

/** How long an answer is remembered when nobody says: a rule of a project or of all. */
export const DEFAULT_END_MS = 30 * 86_400_000;
const LONGEST_MS = 366 * 86_400_000;
const SHORTEST_MS = 60_000;

/** A call that a person is or was asked about. */
export interface AskedCall {
  readonly call: ToolCall;
  readonly fingerprint: string;
  readonly decision: Decision;
}

export class Remembering {
  readonly book: RuleBook;
  readonly #judge: Judge;
  readonly #sessions: Pick<SessionKeeper, 'enforcement'>;

  constructor(parts: {
    readonly book: RuleBook;
    readonly judge: Judge;
    readonly sessions: Pick<SessionKeeper, 'enforcement'>;
  }) {
    this.book = parts.book;
    this.#judge = parts.judge;
    this.#sessions = parts.sessions;
  }

  /**
   * The rules that answer in a person's place; empty when a person has to. What speaks against a call, and a rule
   * that blocks it, is never answered by a yes from before.
   */
  covering(
    { call, fingerprint, decision }: AskedCall,
    policy: CompiledPolicy | null,
  ): readonly RememberedRule[] {
    if (call.point === 'test' || decision.kind !== 'approve') return [];
    if (this.#judge.concern(call) !== null || confirmed(decision).size > 0) return [];
    const asked = {
      call: { ...call, ...canonicalCall(call.module, call.action) },
      sandboxed: this.#sandboxed(call),
    };
    const narrowOnly = () => notByShape({ decision, policy, spawns: this.#judge.spawns(call) }) !== null;
    const exact = this.book.exact(fingerprint, asked);
    if (exact !== null) return exact.scope === 'session' || !narrowOnly() ? [exact] : [];
    let analysis = null;
    const rules = this.book.shapes(asked, () => {
      analysis = this.#judge.analysis(call);
      return analysis ?? UNKNOWN;
    });
    return rules.length === 0 || analysis === null || narrowOnly() ? [] : rules;
  }

  /** What may be remembered of a call that waits, or waited. */
  choices(asked: AskedCall): Choices {
    const { call, fingerprint, decision } = asked;
    const analysis = this.#judge.analysis(call);
    if (analysis === null) return withoutAnalysis(asked);
    return choicesFor({
      ...{ call, fingerprint, decision, analysis },
      policy: this.#judge.policy(call.app),
      sandboxed: this.#sandboxed(call),
      spawns: this.#judge.spawns(call),
    });
  }

  /**
   * The choice that an answer names, if it may reach that far.
   *
   * @throws GatehouseError `not_remembered`, `changed`
   */
  chosen(asked: AskedCall, answer: Extract<PersonAnswer, { kind: 'allow' }>): Choice | null {
    if (answer.scope === 'once') return null;
    const wish = answer.remember ?? { choice: 'exact', digest: null, forMs: null };
    const { choices, once } = this.choices(asked);
    if (once !== null) throw new GatehouseError('not_remembered', once, { hint: 'allow it once' });
    const choice = choices.find(({ id }) => id === wish.choice);
    if (choice === undefined)
      throw new GatehouseError('not_remembered', 'this cannot be remembered of such a call', {
        hint: 'choose something narrower',
      });
    if (wish.digest !== null && shapeDigest(choice.shape) !== wish.digest)
      throw new GatehouseError('changed', 'what would be remembered is not what was shown', {
        hint: 'look at it again',
      });
    if (REACH.indexOf(answer.scope) > REACH.indexOf(choice.widest))
      throw new GatehouseError('not_remembered', choice.limit ?? 'it cannot be remembered that widely', {
        hint: 'choose a narrower scope',
      });
    return choice;
  }

  /** Makes the rule. In force when this resolves. */
  async remember(
    { call }: AskedCall,
    choice: Choice,
    answer: Extract<PersonAnswer, { kind: 'allow' }>,
  ): Promise<RememberedRule> {
    const scope = answer.scope as RuleScope;
    const { module, action } = canonicalCall(call.module, call.action);
    return this.book.make({
      scope,
      ...{ client: call.client, module, action, app: call.app, session: call.session },
      sandboxed: choice.sandboxed,
      shape: choice.shape,
      sentence: sentenceOf(choice.shape, { ...call, module, action }),
      forMs: endOf(scope, answer.remember?.forMs),
      via: answer.via,
      callId: call.id,
    });
  }

  #sandboxed({ session, confined }: ToolCall): boolean {
    return confined !== undefined || this.#sessions.enforcement(session) !== 'none';
  }
}

/** Nothing but the call's own bytes is known, and they are remembered for its session. */
function withoutAnalysis({ call, fingerprint, decision }: AskedCall): Choices {
  const exactOnly = 'What such a call would do is not known here.';
  const once = onlyOnce({ call, decision, analysis: { ...UNKNOWN, opaque: null } });
  const shape = { kind: 'exact', fingerprint } as const;
  const exact = { id: 'exact', shape, widest: 'session', limit: exactOnly, sandboxed: false } as const;
  return once === null ? { choices: [exact], once, exactOnly } : { choices: [], once, exactOnly: null };
}

const REACH: readonly string[] = ['once', 'session', 'project', 'always'];

/** Undefined: nobody said. A session's rule ends with it, unless it is to end before. */
function endOf(scope: RuleScope, forMs: number | null | undefined): number | null {
  if (forMs === undefined) return scope === 'session' ? null : DEFAULT_END_MS;
  return forMs === null ? null : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, forMs));
}

const UNKNOWN = {
  commands: [],
  effects: [],
  concerns: [],
  opaque: 'nothing analyses it',
  sets: [],
  runs: [],
  undo: 'unknown',
  risk: 'high',
} as const;
