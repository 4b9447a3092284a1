/** `gatehouse policy explain`: gate by gate, and the nearest lines that would change the answer. */
import { evalCall } from '../../engine/eval-line.ts';
import { type Change, type Explanation, explain } from '../../engine/explain.ts';
import { oneLine } from '../../policy/one-line.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { RuleRef } from '../../policy/rule-ref.ts';
import { answer, type CommandAnswer, type CommandParts, failed } from './command.ts';
import { canonicalLine } from './foreign-calls.ts';
import { protectionHere, understandingHere } from './policy-calls.ts';
import type { InForce } from './policy-summary.ts';

const WORDS = { allow: 'Allowed', deny: 'Refused', approve: 'Asks a person' } as const;

/** @param of a policy by itself, or what is in force for calls of a folder */
export async function explainCommand(
  parts: CommandParts,
  of: CompiledPolicy | ((cwd: string) => InForce),
  line: string,
  json: boolean,
): Promise<CommandAnswer> {
  const given = evalCall(canonicalLine(line), protectionHere(parts), await understandingHere(parts));
  if ('refused' in given)
    return failed(
      `policy explain: ${given.refused}; hint: {"module":"shell","action":"bash","params":{"command":"ls"},"cwd":"/"}`,
    );
  const found = typeof of === 'function' ? of(given.call.cwd) : { policy: of, halted: null };
  if (found.halted !== null) return failed(`policy explain: nothing is decided there: ${found.halted}`);
  const explanation = explain(given.call, found.policy, given.facts);
  return answer(json ? JSON.stringify(jsonOf(explanation), null, 2) : textOf(explanation));
}

/** The stable form of an explanation. */
export function jsonOf({ decision, gates, rules, changes }: Explanation): object {
  return {
    decision: decision.kind,
    gate: decision.gate,
    ...(decision.observed === undefined ? {} : { observed: decision.observed }),
    rule: placeOf(decision.rule),
    reason: decision.reason,
    gates: gates.map(({ gate, code, state, said, rule }) => ({
      gate,
      code,
      state,
      said,
      rule: placeOf(rule),
    })),
    rules: rules.map((one) => ({ ...one, rule: placeOf(one.rule) })),
    changes: changes.map(({ text, rule, becomes }) => ({ text, rule: placeOf(rule), becomes })),
  };
}

function placeOf(rule: RuleRef | null): object | null {
  return rule === null ? null : { path: rule.path, file: rule.file, line: rule.line };
}

export function textOf({ decision, gates, rules, changes }: Explanation): string {
  const mark = { passed: '·', asks: '?', stopped: '✗', not_asked: ' ' } as const;
  return [
    `${WORDS[decision.kind]} at ${decision.gate}${cited(decision.rule)}`,
    `  ${decision.reason}`,
    '',
    ...gates.map(
      ({ code, state, said, rule }) =>
        `  ${mark[state]} ${code.padEnd(20)} ${said}${state === 'passed' ? cited(rule) : ''}`,
    ),
    ...(rules.length === 0 ? [] : ['', 'Behaviour rules about this tool:', ...rules.map(ruleLine)]),
    ...(changes.length === 0 ? [] : ['', 'One line would change it:', ...changes.map(changeLine)]),
  ].join('\n');
}

const RULE_WORDS = {
  fired: 'fires',
  not_fired: 'does not fire',
  unavailable: 'cannot be asked',
  later: 'later',
  not_asked: 'not asked',
} as const;

function ruleLine({ id, action, state, said, rule }: Explanation['rules'][number]): string {
  const mark = state === 'fired' ? (action === 'block' ? '✗' : '!') : '·';
  return `  ${mark} ${id} (${action}) ${RULE_WORDS[state]}: ${oneLine(said)}${cited(rule)}`;
}

function changeLine({ text, rule, becomes }: Change): string {
  return `  ${text}${cited(rule)}: then ${{ allow: 'allowed', deny: 'refused', approve: 'a person is asked' }[becomes]}`;
}

function cited(rule: RuleRef | null): string {
  return rule === null ? '' : ` (${rule.file}:${rule.line})`;
}
