/** Why each behaviour rule about a call fires or does not: the part of its condition that settles it, and its line. */
import { BehaviorPolicy, type BehaviorRule } from '../policy/behavior/behavior-policy.ts';
import type { Condition } from '../policy/conditions/condition.ts';
import type { Subject } from '../policy/conditions/subject.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { RuleRef } from '../policy/rule-ref.ts';
import { NOTHING_KNOWN, subjectBefore } from './behavior/facts.ts';
import { questionOf } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Facts } from './gates/question.ts';
import type { ToolCall } from './tool-call.ts';

export interface ExplainedRule {
  readonly id: string;
  readonly action: BehaviorRule['action'];
  readonly when: BehaviorRule['when'];
  /** `later`: it is asked after the call, or when the agent speaks. `not_asked`: the call was refused before. */
  readonly state: 'fired' | 'not_fired' | 'unavailable' | 'later' | 'not_asked';
  readonly said: string;
  readonly rule: RuleRef;
}

/** The rules about this tool, in the order in which they are asked. */
export function explainRules(
  call: ToolCall,
  policy: CompiledPolicy,
  facts: Facts,
  decision: Decision,
): readonly ExplainedRule[] {
  const { module, action, fromModel } = questionOf(call, policy, facts);
  const asked =
    fromModel && (decision.kind !== 'deny' || decision.gate === 'behavior' || decision.behavior.length > 0);
  const subject = subjectBefore(call, module, action, facts.behavior ?? NOTHING_KNOWN);
  const before = policy.behavior.rulesFor('pre_tool', module, action).map((rule): ExplainedRule => {
    if (!asked) return explained(rule, 'not_asked', 'not asked: the call goes no further');
    const firing = decision.behavior.find((one) => one.rule.id === rule.id);
    if (firing?.state === 'fired')
      return explained(rule, 'fired', `${settledBy(rule.condition, subject)}; it says: ${firing.message}`);
    if (firing !== undefined) return explained(rule, 'unavailable', settledBy(rule.condition, subject));
    return explained(rule, 'not_fired', settledBy(rule.condition, subject));
  });
  const later = [
    ...policy.behavior
      .rulesFor('post_tool', module, action)
      .map((rule) => explained(rule, 'later', 'asked when the call has run')),
    ...policy.behavior
      .rulesFor('on_text', module, action)
      .map((rule) => explained(rule, 'later', 'asked when the agent speaks')),
  ];
  return [...before, ...later];
}

function explained(
  { id, action, when, rule }: BehaviorRule,
  state: ExplainedRule['state'],
  said: string,
): ExplainedRule {
  return { id, action, when, state, said, rule };
}

/** The parts of a condition that make it hold, not hold, or not to be told. */
function settledBy(condition: Condition, subject: Subject): string {
  const { about } = condition;
  const truth = condition.test(subject);
  if (about.join === null) {
    const at = about.rule === null ? '' : ` (line ${about.rule.line})`;
    if (truth === null) return `nobody tells whether ${about.words}${at}`;
    return `${truth ? 'holds' : 'does not hold'}: ${about.words}${at}`;
  }
  const { parts } = about;
  if (about.join === 'not') return parts.map((part) => settledBy(part, subject)).join('');
  // One part is enough to settle it this way; the other way takes all of them.
  const settles = about.join === 'any';
  const decisive = truth === null || truth === settles;
  const told = decisive ? parts.filter((part) => part.test(subject) === truth).slice(0, 1) : parts;
  if (told.length === 0) return `${about.join} of nothing`;
  return told.map((part) => settledBy(part, subject)).join('; ');
}

/** The policy without a rule, and, of one that blocks for good, with a person asked instead. */
export function withoutRule(policy: CompiledPolicy, id: string): CompiledPolicy {
  const { behavior } = policy;
  return {
    ...policy,
    behavior: new BehaviorPolicy({
      ...partsOf(behavior),
      rules: behavior.rules.filter((rule) => rule.id !== id),
    }),
  };
}

export function withConfirmable(policy: CompiledPolicy, id: string): CompiledPolicy {
  const { behavior } = policy;
  const rules = behavior.rules.map((rule) => (rule.id === id ? { ...rule, confirmable: true } : rule));
  return { ...policy, behavior: new BehaviorPolicy({ ...partsOf(behavior), rules }) };
}

function partsOf({ profile, values, tracking, sources, rules }: BehaviorPolicy) {
  return { profile, values, tracking, sources, rules };
}
