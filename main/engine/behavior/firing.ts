/** Asking behaviour rules, and what they say: pure, like the gates. */
import type { BehaviorAction, BehaviorRule, Moment } from '../../policy/behavior/behavior-policy.ts';
import { expandMessage } from '../../policy/behavior/message.ts';
import type { Subject } from '../../policy/conditions/subject.ts';

/** A rule that has something to say, or that could not be asked. */
export interface Firing {
  readonly rule: BehaviorRule;
  /** `unavailable`: what it asks about is not told in this session; it has not fired. */
  readonly state: 'fired' | 'unavailable';
  /** Its message, filled in once; empty when it has not fired. */
  readonly message: string;
}

export const NO_FIRINGS: readonly Firing[] = Object.freeze([]);

/**
 * Asks the rules in their order. A rule that blocks is asked about every subject, and one that holds of any
 * fires; the others are asked about the first.
 */
export function askRules(
  rules: readonly BehaviorRule[],
  subject: Subject,
  also: Subject | null = null,
): readonly Firing[] {
  let firings: Firing[] | null = null;
  for (const rule of rules) {
    const first = rule.condition.test(subject);
    const second =
      also !== null && rule.action === 'block' && first !== true ? rule.condition.test(also) : first;
    if (first === false && second === false) continue;
    firings ??= [];
    if (first === true || second === true) {
      const message = expandMessage(rule.message, first === true ? subject : (also ?? subject));
      firings.push({ rule, state: 'fired', message });
    } else firings.push({ rule, state: 'unavailable', message: '' });
  }
  return firings ?? NO_FIRINGS;
}

const WORDS: Readonly<Record<BehaviorAction, string>> = {
  block: 'BLOCKED',
  warn: 'WARNING',
  remind: 'REMINDER',
};

/** Blanks and line breaks of a file name must not look like lines of ours. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** What the agent reads, in up to three lines. */
export function agentText({ rule, message }: Firing, moment: Moment = rule.when): string {
  const head = `[BEHAVIOR ${WORDS[rule.action]}] ${oneLine(message)}\nRule: ${rule.id}`;
  if (rule.action !== 'block') return head;
  return moment === 'pre_tool'
    ? `${head}\nThe tool call was NOT executed. Fix the violation first.`
    : `${head}\nThis has happened already. Put it right before you go on.`;
}

/** Texts of those that fired and let the call go on. */
export function noticesOf(firings: readonly Firing[]): readonly string[] {
  return firings
    .filter(({ state, rule }) => state === 'fired' && rule.action !== 'block')
    .map((firing) => agentText(firing));
}
