/**
 * Conditions of grants. One that does not hold, or about which nobody can tell, makes its entry absent for every
 * gate: it grants nothing, lifts nothing and holds no permission.
 */
import type { Holds } from '../../policy/policy.ts';
import { NOTHING_KNOWN, subjectBefore } from '../behavior/facts.ts';
import type { ToolCall } from '../tool-call.ts';
import type { Facts } from './question.ts';

export function holdsFor(call: ToolCall, module: string, action: string, facts: Facts): Holds {
  const known = facts.behavior ?? NOTHING_KNOWN;
  const subject = subjectBefore(call, module, action, known);
  // What is under way may fail: a grant opens only if it would without it too.
  const without = known.committed === known.projected ? subject : { ...subject, state: known.committed };
  const asked = new Map<object, boolean>();
  return ({ when }) => {
    if (when === null) return true;
    const before = asked.get(when);
    if (before !== undefined) return before;
    const holds = when.test(subject) === true && (without === subject || when.test(without) === true);
    asked.set(when, holds);
    return holds;
  };
}
