/** `decide` against a slow reading of the rules that walks the file's lists one by one. */
import { expect, it } from 'vitest';
import { decide } from '../../main/engine/decide.ts';
import type { RateSnapshot } from '../../main/engine/rate-window.ts';
import type { Caller } from '../../main/engine/tool-call.ts';
import { builtinCatalog } from '../../main/policy/catalog.ts';
import { callOf, facts, policyOf, randomFrom } from './calls.ts';

interface Entry {
  module: string;
  actions?: string[];
}
interface Rules {
  default_policy?: string;
  max_risk_level?: string;
  max_data_classification?: string;
  grant: Entry[];
  approve: Entry[];
  deny: Entry[];
  hidden_modules: string[];
  hidden_actions: Entry[];
}
interface World {
  rules: Rules | null;
  modules: string[];
  agents: { id: string; modules?: Entry[] }[];
  active: boolean;
  servers: string[] | null;
  rateFull: boolean;
}
interface Asked {
  module: string;
  action: string;
  caller: string;
  agent: string;
  client: string;
}

const NAMES: readonly (readonly [string, string])[] = [
  ['filesystem', 'read'],
  ['filesystem', 'write'],
  ['filesystem', 'delete'],
  ['shell', 'bash'],
  ['web', 'search'],
  ['web', 'fetch'],
  ['todo', 'write'],
  ['workspace', 'delete'],
  ['mcp_git', 'push'],
  ['mcp_git', 'log'],
  ['mcp_db', 'push'],
  ['filesystem', 'nonsense'],
  ['nonsense', 'read'],
];
const ENTRY_MODULES = ['filesystem', 'shell', 'web', 'todo', 'workspace', 'mcp_git', 'mcp_db', 'mcp'];
const RANK: Readonly<Record<string, number>> = { low: 0, medium: 1, high: 2 };
const CLASS: Readonly<Record<string, number>> = { public: 0, internal: 1, confidential: 2, restricted: 3 };

const sameModule = (entry: string, module: string): boolean =>
  entry === module || (entry === 'mcp' && module.startsWith('mcp_'));
const covers = (list: readonly Entry[], { module, action }: Asked): boolean =>
  list.some(
    (entry) =>
      sameModule(entry.module, module) &&
      ((entry.actions ?? []).length === 0 || (entry.actions ?? []).includes(action)),
  );
const names = (list: readonly Entry[], { module, action }: Asked): boolean =>
  list.some((entry) => sameModule(entry.module, module) && (entry.actions ?? []).includes(action));

function reference({ rules, modules, agents, active, servers, rateFull }: World, asked: Asked): string {
  const model = !['setup', 'hook', 'channel', 'internal'].includes(asked.caller);
  const spec = builtinCatalog.action(asked.module, asked.action);
  if (!active) return 'deny gate0_inactive';
  if (model) {
    if (agents.length > 0) {
      const agent =
        agents.find(({ id }) => id === asked.client) ?? agents.find(({ id }) => id === asked.agent);
      if (agent === undefined) return 'deny gate1_module';
      if (agent.modules !== undefined && !covers(agent.modules, asked)) return 'deny gate1_module';
    }
    if (servers !== null && asked.module.startsWith('mcp_') && !servers.includes(asked.module.slice(4)))
      return 'deny gate1_mcp_server';
    if (
      rules !== null &&
      (rules.hidden_modules.some((name) => sameModule(name, asked.module)) ||
        covers(rules.hidden_actions, asked))
    )
      return 'deny gate1_hidden';
    const lifted = rules !== null && (names(rules.grant, asked) || names(rules.approve, asked));
    if (spec === null) return 'deny gate2_risk';
    if ((RANK[spec.risk] ?? 9) > (RANK[rules?.max_risk_level ?? 'medium'] ?? -1) && !lifted)
      return 'deny gate2_risk';
    if (spec.permissions.length > 0 && !modules.some((name) => sameModule(name, asked.module)) && !lifted)
      return 'deny gate3_permissions';
  }
  if (rules === null || covers(rules.deny, asked)) return 'deny gate4_policy';
  let answer = 'allow gate5_classification';
  if (model && covers(rules.approve, asked)) answer = 'approve gate4_policy';
  else if (!covers(rules.grant, asked)) {
    const fallback = rules.default_policy ?? 'approve';
    if (fallback === 'block') return 'deny gate4_policy';
    if (fallback === 'approve' && model) answer = 'approve gate4_policy';
  }
  if (
    rules.max_data_classification !== undefined &&
    (CLASS[spec?.classification ?? 'internal'] ?? 3) > (CLASS[rules.max_data_classification] ?? -1)
  )
    return 'deny gate5_classification';
  return rateFull ? 'deny gate6_rate_limit' : answer;
}

it('agrees with the slow reading on 6 000 random policies and calls', () => {
  const random = randomFrom(20_261_124);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const some = <T>(most: number, make: () => T): T[] =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, make);
  const entry = (): Entry => {
    const module = pick(ENTRY_MODULES);
    const actions = NAMES.filter(([name, action]) => sameModule(module, name) && action !== 'nonsense').map(
      ([, action]) => action,
    );
    return random() < 0.4 ? { module } : { module, actions: [pick(actions)] };
  };
  const seen = new Map<string, number>();
  for (let round = 0; round < 6000; round += 1) {
    const rules: Rules = {
      grant: some(3, entry),
      approve: some(2, entry),
      deny: some(2, entry),
      hidden_modules: random() < 0.1 ? [pick(ENTRY_MODULES)] : [],
      hidden_actions: random() < 0.1 ? [entry()] : [],
    };
    if (random() < 0.8) rules.default_policy = pick(['auto', 'approve', 'block']);
    if (random() < 0.8) rules.max_risk_level = pick(['low', 'medium', 'high', 'high']);
    if (random() < 0.2) rules.max_data_classification = pick(Object.keys(CLASS));
    const world: World = {
      rules: random() < 0.05 ? null : rules,
      modules: [...new Set(some(8, () => pick(ENTRY_MODULES)))],
      agents: random() < 0.3 ? [{ id: 'main', modules: some(3, entry) }, { id: 'codex' }] : [],
      active: random() > 0.05,
      servers: random() < 0.1 ? ['git'] : null,
      rateFull: random() < 0.1,
    };
    const policy = policyOf(
      {
        agents: world.agents,
        tools: {
          modules: Object.fromEntries(world.modules.map((name) => [name, {}])),
          ...(world.rules === null ? {} : { capabilities: world.rules }),
        },
      },
      { contradictions: 'note' },
    );
    const rate: RateSnapshot = {
      uses: world.rateFull ? [{ key: 'x', limit: 2, used: 2, retryAfterMs: 5, rule: null }] : [],
    };
    const [module, action] = pick(NAMES);
    const asked: Asked = {
      module,
      action,
      caller: pick(['llm', 'llm', 'llm', 'hook', 'setup', 'odd']),
      agent: pick(['main', 'main', 'sub']),
      client: pick(['claude-code', 'codex']),
    };
    const shout = random() < 0.2;
    const call = callOf(
      shout ? `${module.toUpperCase()}.${action.toUpperCase()}` : `${module}.${action}`,
      {},
      { caller: asked.caller as Caller, agent: asked.agent, client: asked.client },
    );
    const found = decide(call, policy, {
      ...facts,
      appActive: world.active,
      mcpAllowedServers: world.servers,
      rate,
    });
    const answer = `${found.kind} ${found.gate}`;
    expect({ answer, world, asked }).toEqual({ answer: reference(world, asked), world, asked });
    expect(found.trace).toHaveLength(7);
    expect(found.reason).not.toBe('');
    const stops = found.trace.filter(({ state }) => state === 'stopped').length;
    expect(stops).toBe(found.kind === 'deny' ? 1 : 0);
    expect(found.trace.filter(({ state }) => state === 'asks').length).toBe(found.kind === 'approve' ? 1 : 0);
    seen.set(answer, (seen.get(answer) ?? 0) + 1);
  }
  // The generator reaches every ending.
  expect([...seen.keys()].sort((a, b) => a.localeCompare(b))).toEqual([
    'allow gate5_classification',
    'approve gate4_policy',
    'deny gate0_inactive',
    'deny gate1_hidden',
    'deny gate1_mcp_server',
    'deny gate1_module',
    'deny gate2_risk',
    'deny gate3_permissions',
    'deny gate4_policy',
    'deny gate5_classification',
    'deny gate6_rate_limit',
  ]);
}, 300_000);
