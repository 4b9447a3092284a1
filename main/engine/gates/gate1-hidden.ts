/** Gate 1b: is the action hidden from models? What is hidden may still be called by the supervisor's own work. */
import {
  type Answer,
  atLine,
  citing,
  type Gate,
  labelOf,
  PASSED,
  type Question,
  stopped,
} from './question.ts';

function ask(question: Question): Answer {
  const { policy, module, action, fromModel } = question;
  const entry = fromModel ? (policy.capabilities?.hidden.find(module, action) ?? null) : null;
  if (entry === null) return PASSED;
  return stopped(
    `hidden${atLine(entry.rule)}`,
    entry.reason ?? `${labelOf(question)} is hidden from agents here${citing(entry.rule)}. Use another tool.`,
    entry.rule,
  );
}

export const gate1Hidden: Gate = { code: 'gate1_hidden', number: 1, ask };
