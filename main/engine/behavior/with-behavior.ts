/**
 * Behaviour rules on top of what the gates say, before a person is asked. A rule that blocks stops the call; one
 * that is `confirmable` has a person asked about this one exact call. The others only tell the agent something.
 */
import type { Decision } from '../decision.ts';
import type { Question } from '../gates/question.ts';
import { NOTHING_KNOWN, subjectBefore } from './facts.ts';
import { askRules, type Firing, NO_FIRINGS } from './firing.ts';

/** @param gates what the gates say, which is no refusal */
export function withBehavior(gates: Decision, question: Question): Decision {
  const { policy, module, action, call, facts } = question;
  const rules = policy.behavior.rulesFor('pre_tool', module, action);
  if (rules.length === 0) return gates;
  const known = facts.behavior ?? NOTHING_KNOWN;
  const subject = subjectBefore(call, module, action, known);
  const without = known.committed === known.projected ? null : { ...subject, state: known.committed };
  const behavior = askRules(rules, subject, without);
  if (behavior === NO_FIRINGS) return gates;
  const blocks = behavior.filter(isBlock);
  const final = blocks.find(({ rule }) => !rule.confirmable);
  if (final !== undefined)
    return {
      ...gates,
      kind: 'deny',
      gate: 'behavior',
      rule: final.rule.rule,
      reason: reasonOf(final),
      behavior,
    };
  const [asking] = blocks;
  if (asking === undefined) return { ...gates, behavior };
  const reason = reasonOf(asking);
  return {
    ...gates,
    kind: 'approve',
    gate: 'behavior',
    rule: asking.rule.rule,
    reason: gates.kind === 'approve' ? `${reason} ${gates.reason}` : reason,
    behavior,
    trace: gates.trace.map((tick) =>
      tick.gate === 4 ? { gate: tick.gate, state: 'asks' as const, note: `rule ${asking.rule.id}` } : tick,
    ),
  };
}

/** For people: the message, and which rule says so. */
export function reasonOf({ message, rule }: Firing): string {
  return `${message} (rule ${rule.id})`;
}

function isBlock({ state, rule }: Firing): boolean {
  return state === 'fired' && rule.action === 'block';
}

/** The rule that blocks a call for good; null when none does. */
export function blockOf({ behavior }: Decision): Firing | null {
  return behavior.find((firing) => isBlock(firing) && !firing.rule.confirmable) ?? null;
}

/** Ids of the confirmable rules that a person is asked about: a yes covers these, and no rule that fires later. */
export function confirmed({ behavior }: Decision): ReadonlySet<string> {
  return new Set(behavior.filter(isBlock).map(({ rule }) => rule.id));
}

/** A rule that blocks now and was not on the card when the person said yes; null when there is none. */
export function notConfirmed(asked: Decision, now: Decision): Firing | null {
  const known = confirmed(asked);
  return now.behavior.find((firing) => isBlock(firing) && !known.has(firing.rule.id)) ?? null;
}
