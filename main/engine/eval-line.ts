/** `gatehouse policy eval`: one tool call a line in, one decision a line out. Nothing runs and nothing is counted. */
import type { JsonObject, JsonValue } from '../platform/canonical-json.ts';
import { messageOf } from '../platform/errors.ts';
import { builtinCatalog, canonicalCall } from '../policy/catalog.ts';
import type { CommandView, Enforcement } from '../policy/conditions/subject.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import { CommandForms } from './behavior/command-forms.ts';
import { diskFacts } from './behavior/disk-facts.ts';
import { NOTHING_KNOWN } from './behavior/facts.ts';
import { agentText } from './behavior/firing.ts';
import type { CallAnalyses } from './call-analysis.ts';
import { decide } from './decide.ts';
import type { GateCode, RuleRef } from './decision.ts';
import { effectsJson } from './effects-json.ts';
import { redacted } from './gates/gate5-classification.ts';
import type { Facts } from './gates/question.ts';
import { protectsNested } from './nested-protection.ts';
import { NO_RATE } from './rate-window.ts';
import type { Protection } from './self-protection.ts';
import type { ToolCall } from './tool-call.ts';

export interface EvalResult {
  readonly decision: 'allow' | 'deny' | 'approve';
  /** `input`: the line is no call that can be decided; such a line is denied. */
  readonly gate: GateCode | 'input';
  /** `path at file:line`; null when no line of the policy decided. */
  readonly rule: string | null;
  readonly reason: string;
  /** Messages of behaviour rules. */
  readonly messages: readonly string[];
  /** What the call would do, see `effectsJson`; empty where nothing analyses. `params`: it would run with these. */
  readonly effects: JsonObject;
  /** Allowed only because the agent is observed: what would have been decided. */
  readonly observed?: 'denied' | 'approval_required';
}

/** What is known of calls before they run. */
export interface Understanding {
  readonly commands: CommandView;
  readonly analyses: CallAnalyses | null;
  /** How strongly the session is taken to be enforced; left out: not at all. */
  readonly enforcement?: Enforcement;
}

/** With an analysis: what the supervisor itself is told. */
export function understanding(home: string, analyses: CallAnalyses | null = null): Understanding {
  const forms = new CommandForms(home);
  return { commands: analyses === null ? forms : analyses.view(forms), analyses };
}

const NO_PROTECTION: Protection = Object.freeze({ paths: [], pids: [], home: '/' });

/**
 * Decides one canonical line: `{"agent","client","module","action","params","cwd"}`; agent is `main` where it is
 * left out. A line in an agent's own form (`from`) has to be turned into this one before; `rewrites` says that the
 * client runs a call with other parameters when it is told to.
 */
export function evalLine(
  policy: CompiledPolicy | null,
  line: string,
  protection: Protection = NO_PROTECTION,
  known: Understanding = understanding(protection.home),
): EvalResult {
  const given = evalCall(line, protection, known);
  if ('refused' in given) return refused(given.refused);
  const { call, facts } = given;
  const { kind, gate, rule, reason, observed, behavior } = decide(call, policy, facts);
  const { module } = canonicalCall(call.module, call.action);
  const changed = facts.rewrites === true && policy !== null ? redacted(policy, module, call.params) : null;
  return {
    decision: kind,
    gate,
    rule: ruleText(rule),
    reason,
    messages: behavior.filter(({ state }) => state === 'fired').map((firing) => agentText(firing)),
    effects: {
      ...(known.analyses === null ? {} : effectsJson(known.analyses.of(call))),
      ...(kind === 'deny' || changed === null ? {} : { params: changed }),
    },
    ...(observed === undefined ? {} : { observed }),
  };
}

/** A line as a call with the facts it is decided by, in a session that has done nothing yet; or why it is none. */
export function evalCall(
  line: string,
  protection: Protection = NO_PROTECTION,
  known: Understanding = understanding(protection.home),
): { readonly call: ToolCall; readonly facts: Facts } | { readonly refused: string } {
  let input: JsonValue;
  try {
    input = JSON.parse(line) as JsonValue;
  } catch (error) {
    return { refused: `this line is not JSON: ${messageOf(error)}` };
  }
  if (!isObject(input)) return { refused: 'a line must be a JSON object' };
  const { module, action, params = {} } = input;
  const text = (key: string, fallback: string): string | null => {
    const value = Object.hasOwn(input, key) ? input[key] : fallback;
    return typeof value === 'string' ? value : null;
  };
  const [agent, client, cwd, app] = [
    text('agent', 'main'),
    text('client', ''),
    text('cwd', '/'),
    text('app', ''),
  ];
  if (typeof module !== 'string' || typeof action !== 'string')
    return { refused: 'module and action must be there and be text' };
  if (!isObject(params)) return { refused: 'params must be an object' };
  if (agent === null || client === null || cwd === null || app === null)
    return { refused: 'agent, client, cwd and app must be text' };
  const call: ToolCall = {
    id: 'eval',
    app: app === '' ? cwd : app,
    agent,
    client,
    session: 'eval',
    turn: 0,
    module,
    action,
    params,
    cwd,
    caller: 'llm',
    point: 'api',
    toolName: `${module}.${action}`,
  };
  return { call, facts: { ...freshFacts(call, protection, known), rewrites: input['rewrites'] === true } };
}

/** What a call is decided by in a session that has done nothing. */
export function freshFacts(call: ToolCall, protection: Protection, known: Understanding): Facts {
  const { module, action, params, cwd, confined } = call;
  const { home } = protection;
  const { analyses, commands, enforcement = 'none' } = known;
  const aimed = analyses === null ? null : protectsNested(call, analyses.of(call), protection);
  return {
    appActive: true,
    rate: NO_RATE,
    protection,
    aims: aimed?.reason ?? null,
    behavior: {
      ...NOTHING_KNOWN,
      home,
      disk: diskFacts(builtinCatalog, { ...canonicalCall(module, action), params, cwd, home }),
      commands,
      enforcement: confined ?? enforcement,
    },
  };
}

function refused(reason: string): EvalResult {
  return { decision: 'deny', gate: 'input', rule: null, reason, messages: [], effects: {} };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ruleText(rule: RuleRef | null): string | null {
  return rule === null ? null : `${rule.path} at ${rule.file}:${rule.line}`;
}
