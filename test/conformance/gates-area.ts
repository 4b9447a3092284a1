/** gates, toolset and rate_limit: decisions of compiled policies. */
import { decide, type Facts, questionOf } from '../../main/engine/decide.ts';
import type { Decision } from '../../main/engine/decision.ts';
import { gateChain } from '../../main/engine/gates/chain.ts';
import { visibleActions } from '../../main/engine/gates/visible-actions.ts';
import { NO_RATE, RateWindow } from '../../main/engine/rate-window.ts';
import type { Caller, ToolCall } from '../../main/engine/tool-call.ts';
import type { Catalog } from '../../main/policy/catalog.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';
import { type Case, type JsonMap, listOf, mapOf, type Outcome, sameJson, textOf } from './cases.ts';
import { permissiveCatalog, specFrom } from './permissive-catalog.ts';

const GATE_BY_NAME: Readonly<Record<string, string>> = {
  '0': 'gate0_inactive',
  '1a': 'gate1_module',
  '1b': 'gate1_hidden',
  '1c': 'gate1_mcp_server',
  '2': 'gate2_risk',
  '3': 'gate3_permissions',
  '4': 'gate4_policy',
  '5': 'gate5_classification',
  '6': 'gate6_rate_limit',
};
const WORDS = { allow: 'allow', deny: 'deny', approve: 'needs_approval' } as const;

/** The policy file that a case's input describes. Rules that contradict each other are part of some cases. */
function compileInput(input: JsonMap, catalog: Catalog): { policy: CompiledPolicy } | { errors: string } {
  const file: JsonMap = {};
  if (input['agent_modules'] !== undefined)
    file['agents'] = [{ id: 'main', modules: input['agent_modules'] }];
  file['tools'] = input['capabilities'] === undefined ? {} : { capabilities: input['capabilities'] };
  const result = compilePolicy(JSON.stringify(file), 'case.yaml', { catalog, contradictions: 'note' });
  return result.ok
    ? { policy: result.policy }
    : { errors: result.diagnostics.map(formatDiagnostic).join('\n') };
}

export function callOf(module: string, action: string, caller: string): ToolCall {
  return {
    id: 'call',
    app: '/project',
    agent: 'main',
    client: 'case',
    session: 's',
    turn: 0,
    module,
    action,
    params: {},
    cwd: '/project',
    caller: caller as Caller,
    point: 'api',
    toolName: `${module}.${action}`,
  };
}

function factsOf(input: JsonMap): Facts {
  const servers = input['mcp_allowed_servers'];
  return {
    appActive: input['app_active'] !== false,
    rate: NO_RATE,
    protection: { paths: [], pids: [], home: '/home/case' },
    mcpAllowedServers: Array.isArray(servers) ? servers.map(textOf) : null,
  };
}

export function runGates({ input, expected }: Case): Outcome {
  const [module, action] = [textOf(input['module']), textOf(input['action'])];
  const catalog = permissiveCatalog([{ module, action, spec: specFrom(input['tool']) }]);
  const compiled = compileInput(input, catalog);
  if ('errors' in compiled) {
    if (expected['compile_error'] === undefined) return `does not compile: ${compiled.errors}`;
    return sameGist(compiled.errors, textOf(expected['compile_error']));
  }
  if (expected['compile_error'] !== undefined) return 'compiles, and must not';
  const call = callOf(module, action, textOf(input['caller']));
  const only = input['only_gate'];
  const found =
    only === undefined
      ? decide(call, compiled.policy, factsOf(input))
      : askOne(textOf(only), call, compiled.policy, factsOf(input));
  const wrong = sameJson(
    { decision: WORDS[found.kind], gate: found.gate },
    { decision: expected['decision'], gate: expected['gate'] },
  );
  return wrong ?? reasonOutcome(found, expected, input);
}

/** An entry's own words must reach the agent; every refusal and question must say why. Our wording is our own. */
function reasonOutcome(found: Pick<Decision, 'kind' | 'reason'>, expected: JsonMap, input: JsonMap): Outcome {
  const wanted = textOf(expected['reason']);
  if (wanted !== '' && JSON.stringify(input['capabilities'] ?? {}).includes(JSON.stringify(wanted))) {
    return found.reason.includes(wanted)
      ? null
      : `the reason ${JSON.stringify(found.reason)} is not the policy's own: ${JSON.stringify(wanted)}`;
  }
  return found.kind !== 'allow' && found.reason === '' ? 'no reason is given' : null;
}

function askOne(
  name: string,
  call: ToolCall,
  policy: CompiledPolicy,
  facts: Facts,
): Pick<Decision, 'kind' | 'gate' | 'reason'> {
  const code = GATE_BY_NAME[name];
  const gate = gateChain.find((item) => item.code === code);
  if (gate === undefined) throw new Error(`no gate ${name}`);
  const answer = gate.ask(questionOf(call, policy, facts));
  const kind = answer.kind === 'passed' ? 'allow' : answer.kind === 'asks' ? 'approve' : 'deny';
  return { kind, gate: gate.code, reason: answer.reason };
}

/**
 * A compile error is right when it names the field and every allowed value that the expectation names, or holds
 * what it says word by word.
 */
export function sameGist(found: string, wanted: string): Outcome {
  if (found.includes(wanted)) return null;
  const allowed = /(?:allowed: |one of )([\w, ]+)/.exec(wanted)?.[1]?.split(', ') ?? [];
  const path = /\b(?:tools|security|agents|app)\.[\w.[\]]+/.exec(wanted)?.[0] ?? '';
  const field = /^\w+_\w+/.exec(wanted)?.[0] ?? '';
  const first = /^(?:rate limit|unknown field \w+|invalid value)/.exec(wanted)?.[0] ?? '';
  const parts = [
    ...allowed,
    normalPath(path),
    field,
    first.replace(/unknown field (\w+)/, 'unknown field "$1"'),
  ].filter((part) => part !== '');
  const missing = parts.filter((part) => !normalPath(found).includes(part));
  return parts.length > 0 && missing.length === 0
    ? null
    : `says ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`;
}

/** `rules.0.when` and `rules[0].when` are the same place. */
function normalPath(text: string): string {
  return text.replace(/\.(\d+)(?=[.\s]|$)/g, '[$1]');
}

export function runToolset({ input, expected }: Case): Outcome {
  const actions = listOf(input['actions']).map((item) => {
    const { module, action, tool } = mapOf(item);
    return { module: textOf(module), action: textOf(action), spec: specFrom(tool) };
  });
  const compiled = compileInput(input, permissiveCatalog(actions));
  if ('errors' in compiled) return `does not compile: ${compiled.errors}`;
  const servers = input['mcp_allowed_servers'];
  const viewer = {
    client: 'case',
    agent: 'main',
    appActive: input['app_active'] !== false,
    mcpAllowedServers: Array.isArray(servers) ? servers.map(textOf) : null,
  };
  const visible = visibleActions(compiled.policy, viewer, actions).map(
    ({ module, action }) => `${module}.${action}`,
  );
  return sameJson(visible, expected['visible']);
}

export function runRateLimit({ input, expected }: Case): Outcome {
  const calls = listOf(input['calls']).map(mapOf);
  const named = calls.map((call) => ({
    module: textOf(call['module']),
    action: textOf(call['action']),
    spec: specFrom({ risk_level: 'low' }),
  }));
  const compiled = compileInput(
    { capabilities: { default_policy: 'auto', rate_limits: input['rate_limits'] ?? {} } },
    permissiveCatalog(named),
  );
  if ('errors' in compiled)
    return expected['compile_error'] === undefined
      ? `does not compile: ${compiled.errors}`
      : sameGist(compiled.errors, textOf(expected['compile_error']));
  if (expected['compile_error'] !== undefined) return 'compiles, and must not';
  const window = new RateWindow();
  const results = calls.map((item) => {
    const call = callOf(textOf(item['module']), textOf(item['action']), 'llm');
    const now = Number(item['t']) * 1000;
    const rate = window.snapshot(call, compiled.policy, now);
    const { kind, gate, reason, retryAfterMs } = decide(call, compiled.policy, { ...factsOf({}), rate });
    if (kind === 'allow') window.consume(call, compiled.policy, now);
    return { allowed: kind === 'allow', gate, reason, retryAfterMs };
  });
  const wrong = sameJson(
    results.map(({ allowed }) => allowed),
    listOf(expected['results']).map((item) => mapOf(item)['allowed']),
  );
  if (wrong !== null) return wrong;
  const bad = results.find(
    ({ allowed, gate, reason, retryAfterMs }) =>
      !allowed &&
      (gate !== 'gate6_rate_limit' ||
        reason === '' ||
        retryAfterMs === null ||
        retryAfterMs < 0 ||
        retryAfterMs > 60_000),
  );
  return bad === undefined ? null : `a refusal is wrong: ${JSON.stringify(bad)}`;
}
