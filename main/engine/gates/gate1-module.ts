/** Gate 1a: may this agent use this module, and this action of it? Asked of models only. */
import { quoted } from '../../policy/diagnostic.ts';
import type { AgentPolicy } from '../../policy/policy.ts';
import { type Answer, citing, type Gate, labelOf, PASSED, type Question, stopped } from './question.ts';

function ask(question: Question): Answer {
  if (!question.fromModel) return PASSED;
  for (const list of question.policy.agentLists) {
    const answer = askList(question, list);
    if (answer.kind !== 'passed') return answer;
  }
  return PASSED;
}

function askList(question: Question, agents: ReadonlyMap<string, AgentPolicy>): Answer {
  const { call, module, action } = question;
  const agent = agents.get(call.client) ?? agents.get(call.agent);
  if (agent === undefined) {
    const who = quoted(call.agent);
    return stopped(
      'agent not listed',
      `The agent ${who} is not listed under agents in the policy, so it may use no tools. Let the main agent do this, or ask the person to list it.`,
    );
  }
  if (agent.modules === null || agent.modules.allows(module, action)) return PASSED;
  const names = agent.modules.names;
  const may = names.length === 0 ? 'It may use no tools' : `It may use: ${names.join(', ')}`;
  return stopped(
    'not for this agent',
    `The agent ${quoted(agent.id)} may not use ${labelOf(question)}${citing(agent.rule)}. ${may}.`,
    agent.rule,
  );
}

export const gate1Module: Gate = { code: 'gate1_module', number: 1, ask };
