/**
 * Why a call is decided as it is: what each gate says, which line of which file, and the nearest changes to the
 * policy that would make the answer another one. The changes are tried, not guessed: each is one line put in or
 * taken out, and the call is decided again with it.
 */
import {
  type Capabilities,
  type CompiledPolicy,
  type Entry,
  liftingTable,
  RuleTable,
} from '../policy/policy.ts';
import type { RuleRef } from '../policy/rule-ref.ts';
import { decide, questionOf } from './decide.ts';
import type { Decision, GateCode, GateNumber } from './decision.ts';
import { type ExplainedRule, explainRules, withConfirmable, withoutRule } from './explain-behavior.ts';
import { gateChain } from './gates/chain.ts';
import type { Facts } from './gates/question.ts';
import { labelOf } from './gates/question.ts';
import type { ToolCall } from './tool-call.ts';

export interface ExplainedGate {
  readonly gate: GateNumber;
  readonly code: GateCode;
  readonly state: 'passed' | 'asks' | 'stopped' | 'not_asked';
  /** What it says, or a word that it let the call pass. */
  readonly said: string;
  readonly rule: RuleRef | null;
}

export interface Change {
  /** What to do to the file, as a sentence. */
  readonly text: string;
  /** The line that it is about; null when a line is added. */
  readonly rule: RuleRef | null;
  /** What the call would then be. */
  readonly becomes: Decision['kind'];
}

export interface Explanation {
  readonly decision: Decision;
  readonly gates: readonly ExplainedGate[];
  /** Behaviour rules about the tool, in the order in which they are asked. */
  readonly rules: readonly ExplainedRule[];
  /** The nearest first; empty when no single line would do. */
  readonly changes: readonly Change[];
}

const MOST_CHANGES = 4;

export function explain(call: ToolCall, policy: CompiledPolicy | null, facts: Facts): Explanation {
  const decision = decide(call, policy, facts);
  return {
    decision,
    gates: gatesOf(call, policy, facts, decision),
    rules: policy === null ? [] : explainRules(call, policy, facts, decision),
    changes:
      policy === null || decision.gate === 'self_protection' ? [] : changesOf(call, policy, facts, decision),
  };
}

function gatesOf(
  call: ToolCall,
  policy: CompiledPolicy | null,
  facts: Facts,
  decision: Decision,
): readonly ExplainedGate[] {
  let stopped = policy === null || decision.gate === 'self_protection';
  return gateChain.map(({ code, number, ask }) => {
    if (stopped) return { gate: number, code, state: 'not_asked', said: 'not asked', rule: null };
    const answer = ask(questionOf(call, policy, facts));
    if (answer.kind === 'stopped') stopped = true;
    const said =
      answer.kind === 'passed'
        ? answer.reason !== ''
          ? answer.reason
          : (answer.note ?? 'passed')
        : answer.reason;
    return { gate: number, code, state: answer.kind, said, rule: answer.rule };
  });
}

/** What is decided now, for comparing: in monitor mode what would have been. */
function kindOf(decision: Decision): Decision['kind'] {
  if (decision.observed === undefined) return decision.kind;
  return decision.observed === 'denied' ? 'deny' : 'approve';
}

function changesOf(
  call: ToolCall,
  policy: CompiledPolicy,
  facts: Facts,
  decision: Decision,
): readonly Change[] {
  const now = kindOf(decision);
  const changes: Change[] = [];
  for (const { text, rule, policy: edited, facts: then = facts } of edits(call, policy, facts, decision)) {
    const becomes = kindOf(decide(call, edited, then));
    if (becomes === now || changes.some((change) => change.text === text)) continue;
    changes.push({ text, rule, becomes });
    if (changes.length >= MOST_CHANGES) break;
  }
  return changes;
}

interface Edit {
  readonly text: string;
  readonly rule: RuleRef | null;
  readonly policy: CompiledPolicy;
  /** What would be known then; left out: what is known now. */
  readonly facts?: Facts;
}

/** Single lines that could matter, nearest first: the one that decided, then those that would speak before it. */
function* edits(call: ToolCall, policy: CompiledPolicy, facts: Facts, decision: Decision): Generator<Edit> {
  const question = questionOf(call, policy, facts);
  const { module, action, spec } = question;
  const label = labelOf(question);
  const rules = policy.capabilities;
  if (rules === null) return;
  for (const { state, rule } of decision.behavior) {
    if (state !== 'fired' || rule.action !== 'block') continue;
    const own = rule.rule.path !== `behavior.${rule.id}`;
    yield {
      text: own ? `Take out the rule ${rule.id}` : `Set ${rule.id} to false under security.behavior.rules`,
      rule: rule.rule,
      policy: withoutRule(policy, rule.id),
    };
    if (own && !rule.confirmable)
      yield {
        text: `Give the rule ${rule.id} confirmable: true`,
        rule: rule.rule,
        policy: withConfirmable(policy, rule.id),
      };
  }
  const edited = (change: Partial<Capabilities>): CompiledPolicy => ({
    ...policy,
    capabilities: { ...rules, ...change },
  });
  for (const list of ['hidden', 'deny', 'approve', 'grant'] as const) {
    const entry = rules[list].find(module, action, question.holds);
    if (entry === null) continue;
    yield {
      text: `Take out ${entry.rule.path}`,
      rule: entry.rule,
      policy: edited(withLists(rules, { [list]: without(rules[list], entry) })),
    };
  }
  if (decision.gate === 'gate5_classification' || decision.gate === 'gate4_policy')
    for (const [index, layer] of rules.content.entries()) {
      if (decision.rule === null) continue;
      const row = layer.rules.rows.find(({ rule }) => rule === decision.rule);
      if (row === undefined) continue;
      yield {
        text: `Take out ${row.rule.path}`,
        rule: row.rule,
        policy: edited({
          content: rules.content.with(index, {
            ...layer,
            rules: layer.rules.without(row),
          }),
        }),
      };
    }
  if (decision.gate === 'gate5_classification' && rules.maxClass.value !== null)
    yield {
      text: 'Raise max_data_classification to restricted',
      rule: rules.maxClass.rule,
      policy: edited({
        maxClass: { value: null, rule: null },
        content: rules.content.map((layer) => ({ ...layer, ceiling: { value: null, rule: null } })),
      }),
    };
  if (decision.gate === 'gate6_rate_limit' && decision.rule !== null)
    yield {
      text: `Raise or take out ${decision.rule.path}`,
      rule: decision.rule,
      policy,
      // The gate reads how far each limit is used up, not the limits: without this line nobody counts for it.
      facts: { ...facts, rate: { uses: facts.rate.uses.filter(({ rule }) => rule !== decision.rule) } },
    };
  if (decision.gate === 'gate1_module' && decision.rule !== null)
    yield {
      text: `Add ${module} to ${decision.rule.path}.modules`,
      rule: decision.rule,
      policy: { ...policy, agentLists: [] },
    };
  if (decision.gate === 'gate1_module' && decision.rule === null)
    yield {
      text: `List the agent ${JSON.stringify(call.agent)} under agents`,
      rule: null,
      policy: { ...policy, agentLists: [] },
    };
  const modulePolicy = { name: module, rule: NOWHERE, limits: [] };
  if (!policy.modules.has(module) && (spec?.permissions.length ?? 0) > 0)
    yield {
      text: `Add ${module} to tools.modules`,
      rule: null,
      policy: { ...policy, modules: new Map([...policy.modules, [module, modulePolicy]]) },
    };
  for (const list of ['grant', 'approve', 'deny'] as const)
    yield {
      text: `Add { module: ${module}, actions: [${action}] } to ${list}`,
      rule: null,
      policy: edited(withLists(rules, { [list]: withEntry(rules[list], module, action) })),
    };
  if (spec?.risk === 'medium' || spec?.risk === 'high')
    yield {
      text: `Raise max_risk_level to ${spec.risk}`,
      rule: rules.maxRisk.rule,
      policy: edited({ maxRisk: { value: spec.risk, rule: null } }),
    };
  for (const value of ['auto', 'approve', 'block'] as const)
    if (value !== rules.defaultPolicy.value)
      yield {
        text: `Set default_policy to ${value}, for ${label} and everything no rule names`,
        rule: rules.defaultPolicy.rule,
        policy: edited({ defaultPolicy: { value, rule: null } }),
      };
}

const NOWHERE: RuleRef = Object.freeze({ path: '', file: '', line: 1, column: 1 });

function withLists(
  rules: Capabilities,
  change: Partial<Pick<Capabilities, 'grant' | 'approve' | 'deny' | 'hidden'>>,
): Partial<Capabilities> {
  const { grant, approve } = { ...rules, ...change };
  return { ...change, lifting: liftingTable([grant.entries, approve.entries]) };
}

function without(table: RuleTable, entry: Entry): RuleTable {
  return new RuleTable(table.entries.filter((other) => other.index !== entry.index));
}

function withEntry(table: RuleTable, module: string, action: string): RuleTable {
  return new RuleTable([
    ...table.entries,
    { module, actions: [action], when: null, reason: null, rule: NOWHERE, index: table.entries.length },
  ]);
}
