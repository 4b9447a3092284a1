/**
 * The decision: a pure function of the call, the policy and the facts. No clock, no disk, no state.
 *
 * Self-protection comes first and no policy lifts it. Then the gates in their order; the first refusal wins. When
 * gate 4 wants a person, gates 5 and 6 and the behaviour rules are asked before that, so that nobody is asked
 * about a call that would be refused anyway. Names bypass nothing: every module and action goes the same way.
 */
import { assertNever } from '../platform/errors.ts';
import { builtinCatalog, canonicalCall } from '../policy/catalog.ts';
import { type CompiledPolicy, DEFAULT_APPROVAL_TIMEOUT, NO_CONDITION_HOLDS } from '../policy/policy.ts';
import { NO_FIRINGS } from './behavior/firing.ts';
import { withBehavior } from './behavior/with-behavior.ts';
import type { Decision, GateCode, GateNumber, GateResult } from './decision.ts';
import { gateChain } from './gates/chain.ts';
import { holdsFor } from './gates/conditions.ts';
import type { Asks, Facts, Passed, Question } from './gates/question.ts';
import { observing } from './observing.ts';
import { NO_RATE } from './rate-window.ts';
import { protectsNamed, spawnsAgentNamed } from './self-protection.ts';
import type { Caller, ToolCall } from './tool-call.ts';

export type { Facts } from './gates/question.ts';

const GATES: readonly GateNumber[] = [0, 1, 2, 3, 4, 5, 6];
const plainTrace = (state: GateResult['state']): readonly GateResult[] =>
  GATES.map((gate) => Object.freeze({ gate, state, note: null }));
const PASSED_TRACE = plainTrace('passed');
const NOT_ASKED_TRACE = Object.freeze(plainTrace('not_asked'));

/** Decides a call. `policy` is null when none is in force: then everything is refused. */
export function decide(call: ToolCall, policy: CompiledPolicy | null, facts: Facts): Decision {
  const question = questionOf(call, policy, facts);
  const { module, action } = question;
  const hit = protectsNamed(call, module, action, facts.protection);
  const aimed = hit?.reason ?? facts.aims ?? null;
  if (aimed !== null) return outOfTrack(question, policy, 'self_protection', aimed, NOT_ASKED_TRACE);
  if (policy === null) {
    const reason =
      'No policy is in force, so nothing is allowed. Ask the person to put one in force in Gatehouse.';
    return outOfTrack(question, null, 'gate0_inactive', reason, stoppedAt0('no policy'));
  }
  return observing(judged(question), question);
}

function judged(question: Question): Decision {
  const { call, module, action, facts } = question;
  const gates = throughGates(question);
  if (gates.kind === 'deny' || !question.fromModel) return gates;
  const own = withBehavior(gates, question);
  if (own.kind === 'deny') return own;
  const concern = facts.concern ?? null;
  const decision = concern === null ? own : withConcern(own, concern);
  const agent = spawnsAgentNamed(call, module, action, facts.protection);
  return agent === null ? decision : withSpawn(decision, question, agent);
}

/** A call as the gates see it. For asking one gate alone, and for lists. */
export function questionOf(call: ToolCall, policy: CompiledPolicy | null, facts: Facts): Question {
  const { module, action } = canonicalCall(call.module, call.action);
  const spec = (policy?.catalog ?? builtinCatalog).action(module, action);
  return {
    call,
    module,
    action,
    // Without a policy no gate is asked; see decide.
    policy: policy as CompiledPolicy,
    spec,
    fromModel: isFromModel(call.caller),
    holds:
      policy?.capabilities?.grant.conditional === true
        ? holdsFor(call, module, action, facts)
        : NO_CONDITION_HOLDS,
    facts,
  };
}

/** What all gates together say. */
export function throughGates(question: Question, upTo: GateNumber = 6): Decision {
  const trace = [...PASSED_TRACE];
  const asks: AskedAt[] = [];
  let allows: Passed | null = null;
  for (const { code, number, ask } of gateChain) {
    if (number > upTo) break;
    const answer = ask(question);
    switch (answer.kind) {
      case 'stopped': {
        for (const gate of GATES) if (gate > number) trace[gate] = NOT_ASKED_TRACE[gate] as GateResult;
        trace[number] = { gate: number, state: 'stopped', note: answer.note };
        return decision(question, {
          kind: 'deny',
          gate: code,
          rule: answer.rule,
          reason: answer.reason,
          trace,
          retryAfterMs: answer.retryAfterMs,
        });
      }
      case 'asks':
        asks.push({ ...answer, code, gate: number });
        break;
      case 'passed':
        if (answer.note !== null) trace[number] = { gate: number, state: 'passed', note: answer.note };
        if (number === 4) allows = answer;
        break;
      default:
        return assertNever(answer, 'a gate');
    }
  }
  const [first] = asks;
  if (first?.gate !== 4) trace[4] = { gate: 4, state: 'allowed', note: allows?.note ?? null };
  if (first !== undefined) {
    for (const { gate, note } of asks) trace[gate] = { gate, state: 'asks', note };
    return decision(question, {
      kind: 'approve',
      gate: first.code,
      rule: first.rule,
      // One question, for every gate's reason.
      reason: asks.map(({ reason }) => reason).join(' '),
      trace,
      retryAfterMs: null,
    });
  }
  return decision(question, {
    kind: 'allow',
    gate: 'gate5_classification',
    rule: allows?.rule ?? null,
    reason: allows?.reason ?? '',
    trace,
    retryAfterMs: null,
  });
}

type AskedAt = Asks & { readonly code: GateCode; readonly gate: GateNumber };

/** What speaks against a call makes it one that a person is asked about at least. */
function withConcern(own: Decision, concern: string): Decision {
  const asks = (note: string) =>
    own.trace.map((result) =>
      result.gate === 4 ? { gate: result.gate, state: 'asks' as const, note } : result,
    );
  const reason = `Look closely: ${concern}.`;
  if (own.kind === 'approve') return { ...own, reason: `${reason} ${own.reason}` };
  return { ...own, kind: 'approve', gate: 'gate4_policy', rule: null, reason, trace: asks('looks closely') };
}

/** A shell command that starts an agent program is decided as `agent.spawn` too, and asked about at least. */
function withSpawn(own: Decision, question: Question, agent: string): Decision {
  const { call, policy, facts } = question;
  const spawn = questionOf({ ...call, module: 'agent', action: 'spawn' }, policy, {
    ...facts,
    rate: NO_RATE,
  });
  const known = spawn.spec ?? builtinCatalog.action('agent', 'spawn');
  const verdict = throughGates({ ...spawn, spec: known }, 5);
  const starts = `This command starts ${agent}, an agent that nothing supervises when it is started so.`;
  if (verdict.kind === 'deny') return { ...verdict, risk: own.risk, reason: `${starts} ${verdict.reason}` };
  const trace = own.trace.map((result) =>
    result.gate === 4 ? { gate: result.gate, state: 'asks' as const, note: `starts ${agent}` } : result,
  );
  const rule = own.kind === 'approve' ? own.rule : verdict.kind === 'approve' ? verdict.rule : null;
  const reason = own.kind === 'approve' ? `${starts} ${own.reason}` : `${starts} A person is asked.`;
  return { ...own, kind: 'approve', gate: 'gate4_policy', rule, reason, trace };
}

function decision(
  question: Question,
  fields: Omit<Decision, 'risk' | 'approvalTimeoutSeconds' | 'behavior'>,
): Decision {
  return {
    kind: fields.kind,
    gate: fields.gate,
    rule: fields.rule,
    reason: fields.reason,
    risk: question.spec?.risk ?? 'unknown',
    trace: fields.trace,
    retryAfterMs: fields.retryAfterMs,
    behavior: NO_FIRINGS,
    approvalTimeoutSeconds: question.policy.capabilities?.approvalTimeoutSeconds ?? DEFAULT_APPROVAL_TIMEOUT,
  };
}

function outOfTrack(
  question: Question,
  policy: CompiledPolicy | null,
  gate: GateCode,
  reason: string,
  trace: readonly GateResult[],
): Decision {
  const approvalTimeoutSeconds = policy?.capabilities?.approvalTimeoutSeconds ?? DEFAULT_APPROVAL_TIMEOUT;
  return {
    kind: 'deny',
    gate,
    rule: null,
    reason,
    risk: question.spec?.risk ?? 'unknown',
    trace,
    retryAfterMs: null,
    behavior: NO_FIRINGS,
    approvalTimeoutSeconds,
  };
}

function stoppedAt0(note: string): readonly GateResult[] {
  return NOT_ASKED_TRACE.map((result) => (result.gate === 0 ? { gate: 0, state: 'stopped', note } : result));
}

/** Only the supervisor's own kinds of work are trusted; a caller that is not known is a model. */
function isFromModel(caller: Caller): boolean {
  return caller !== 'setup' && caller !== 'hook' && caller !== 'channel' && caller !== 'internal';
}
