/**
 * Gate 4: deny, then approve, then grant, then the default. The first entry of a list that matches decides.
 *
 * Deny holds for every caller; a person is asked about models' calls only. Without `tools.capabilities` nothing
 * is allowed.
 */
import { assertNever } from '../../platform/errors.ts';
import { beyondList, namedConnection } from './connection.ts';
import { type Answer, atLine, citing, type Gate, labelOf, type Question, stopped } from './question.ts';

function ask(question: Question): Answer {
  const { policy, module, action, fromModel, holds } = question;
  const rules = policy.capabilities;
  if (rules === null)
    return stopped(
      'no rules',
      `The policy has no tools.capabilities, so nothing is allowed. Ask the person to add rules for ${labelOf(question)}.`,
    );
  const denied = rules.deny.find(module, action);
  if (denied !== null) {
    return stopped(
      `denied${atLine(denied.rule)}`,
      denied.reason ??
        `${labelOf(question)} is denied by the policy${citing(denied.rule)}. Do not try it in another way; ask the person or go on without it.`,
      denied.rule,
    );
  }
  const asked = fromModel ? rules.approve.find(module, action) : null;
  if (asked !== null) {
    return {
      kind: 'asks',
      note: `asks you${atLine(asked.rule)}`,
      rule: asked.rule,
      reason:
        asked.reason ?? `The policy wants a person's yes for ${labelOf(question)}${citing(asked.rule)}.`,
    };
  }
  const granted = rules.grant.find(module, action, holds);
  if (granted !== null)
    return {
      kind: 'passed',
      note: `granted${atLine(granted.rule)}`,
      rule: granted.rule,
      reason: granted.reason ?? `${labelOf(question)} is granted${citing(granted.rule)}`,
    };
  const { value, rule } = rules.defaultPolicy;
  const named = namedConnection(question);
  if (named !== null && (value !== 'block' || beyondList(question)))
    return { kind: 'passed', note: 'a named host', rule: null, reason: named };
  if (value === 'auto' && fromModel && beyondList(question))
    return {
      kind: 'asks',
      note: 'asks you, not listed',
      rule: null,
      reason: 'security.sandbox.network.allow does not name this host, so a person is asked.',
    };
  switch (value) {
    case 'auto':
      return {
        kind: 'passed',
        note: `by default${atLine(rule)}`,
        rule,
        reason: `the policy allows by default what no rule names${citing(rule)}`,
      };
    case 'approve':
      if (!fromModel)
        return {
          kind: 'passed',
          note: 'nobody to ask',
          rule,
          reason: `${labelOf(question)} is the supervisor's own call`,
        };
      return {
        kind: 'asks',
        note: `asks you${rule === null ? ', by default' : atLine(rule)}`,
        rule,
        reason: `No rule names ${labelOf(question)}, and by default a person is asked${citing(rule)}.`,
      };
    case 'block':
      return stopped(
        `blocked${atLine(rule)}`,
        `No rule allows ${labelOf(question)}, and the policy blocks by default${citing(rule)}. Go on without it, or ask the person to grant it.`,
        rule,
      );
    default:
      return assertNever(value, 'default_policy');
  }
}

export const gate4Policy: Gate = { code: 'gate4_policy', number: 4, ask };
