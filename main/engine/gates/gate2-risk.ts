/**
 * Gate 2: is the action's risk at most the cap? Asked of models only.
 *
 * A grant or approve entry that names the action lifts the cap; one for the whole module does not, and nothing
 * lifts an unknown risk.
 */
import { DEFAULT_MAX_RISK } from '../../policy/policy.ts';
import { namedConnection } from './connection.ts';
import { lifting } from './lifting.ts';
import {
  type Answer,
  atLine,
  citing,
  type Gate,
  labelOf,
  PASSED,
  passed,
  type Question,
  stopped,
} from './question.ts';

const RANK = { low: 0, medium: 1, high: 2 } as const;

function ask(question: Question): Answer {
  const { spec, policy, fromModel } = question;
  if (!fromModel) return PASSED;
  if (spec === null || spec.risk === 'unknown') {
    return stopped(
      'risk unknown',
      `Gatehouse does not know ${labelOf(question)}, so its risk cannot be judged and it is refused. Use a tool that Gatehouse knows.`,
    );
  }
  const cap = policy.capabilities?.maxRisk.value ?? DEFAULT_MAX_RISK;
  const rank = RANK[spec.risk];
  const most = RANK[cap];
  if (rank < most) return PASSED;
  if (rank === most) return passed('at the cap');
  const lift = lifting(question);
  if (lift !== null) return passed(`lifted${atLine(lift.rule)}`);
  if (namedConnection(question) !== null) return passed('lifted, a named host');
  const rule = policy.capabilities?.maxRisk.rule ?? null;
  return stopped(
    `${spec.risk}, cap ${cap}`,
    `${labelOf(question)} has ${spec.risk} risk, and the policy allows at most ${cap}${citing(rule)}. Use a tool of lower risk, or ask the person to grant it by name.`,
    rule,
  );
}

export const gate2Risk: Gate = { code: 'gate2_risk', number: 2, ask };
