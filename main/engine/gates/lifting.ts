/** The entry that lifts gates 2 and 3: a grant or approve entry that names the action itself. */
import type { Entry } from '../../policy/policy.ts';
import type { Question } from './question.ts';

export function lifting({ policy, module, action, holds }: Question): Entry | null {
  const rules = policy.capabilities;
  if (rules === null) return null;
  return rules.lifting.findNamed(module, action, holds);
}
