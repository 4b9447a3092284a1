import { describe, expect, it } from 'vitest';
import { explain } from '../../main/engine/explain.ts';
import { NO_RATE, RateWindow } from '../../main/engine/rate-window.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { policyFrom } from '../support/engine-bench.ts';
import { bash, callOf, facts, policyOf } from './calls.ts';

function explained(capabilities: string, name: string, params: JsonObject = {}) {
  const [module = '', action = ''] = name.split('.');
  return explain(
    {
      id: 'c',
      app: '/p',
      agent: 'main',
      client: 'x',
      session: 's',
      turn: 0,
      module,
      action,
      params,
      cwd: '/p',
      caller: 'llm',
      point: 'api',
      toolName: '',
    },
    policyFrom(capabilities),
    { appActive: true, rate: NO_RATE, protection: { paths: ['/gatehouse'], pids: [], home: '/home/dev' } },
  );
}
const changes = (capabilities: string, name: string, params?: JsonObject) =>
  explained(capabilities, name, params).changes.map(
    ({ text, rule, becomes }) => `${text}${rule === null ? '' : ` (line ${rule.line})`}: ${becomes}`,
  );

describe('explain', () => {
  it('says what each gate says, up to the one that stops it', () => {
    const { gates } = explained('max_risk_level: low\ngrant: [filesystem]', 'filesystem.write');
    expect(gates.map(({ code, state }) => `${code} ${state}`)).toEqual([
      'gate0_inactive passed',
      'gate1_module passed',
      'gate1_mcp_server passed',
      'gate1_hidden passed',
      'gate2_risk stopped',
      'gate3_permissions not_asked',
      'gate4_policy not_asked',
      'gate5_classification not_asked',
      'gate6_rate_limit not_asked',
    ]);
    expect(gates[4]).toMatchObject({ rule: { line: 5 }, said: expect.stringMatching(/medium risk/) });
  });

  it('names the line to take out, and what would come of it', () => {
    expect(changes('default_policy: auto\ndeny: [filesystem.read]', 'filesystem.read')[0]).toBe(
      'Take out capabilities.deny[0] (line 6): allow',
    );
    expect(
      changes('default_policy: block\nhidden_modules: [web]\ngrant: [web.search]', 'web.search')[0],
    ).toBe('Take out capabilities.hidden_modules[0] (line 6): allow');
    expect(changes('default_policy: approve\ngrant: [web.search]', 'web.search')[0]).toBe(
      'Take out capabilities.grant[0] (line 6): approve',
    );
  });

  it('leaves out what would not help: a second rule that says the same', () => {
    const found = changes('default_policy: auto\nmax_risk_level: low\ndeny: [shell.bash]', 'shell.bash');
    expect(found).toEqual([]);
  });

  it('offers the line to add', () => {
    expect(changes('default_policy: approve', 'filesystem.write')).toEqual([
      'Add { module: filesystem, actions: [write] } to grant: allow',
      'Add { module: filesystem, actions: [write] } to deny: deny',
      'Set default_policy to auto, for filesystem.write and everything no rule names (line 5): allow',
      'Set default_policy to block, for filesystem.write and everything no rule names (line 5): deny',
    ]);
    expect(changes('default_policy: auto', 'agent.spawn')).toEqual([
      'Add agent to tools.modules: allow',
      'Add { module: agent, actions: [spawn] } to grant: allow',
      'Add { module: agent, actions: [spawn] } to approve: approve',
    ]);
    expect(changes('default_policy: auto', 'shell.bash')).toContain('Raise max_risk_level to high: allow');
  });

  it('knows the rows about content and the ceiling', () => {
    const mail = { query: 'jane.doe@acme-corp.io' };
    expect(changes('default_policy: auto\ncontent: { email: deny }', 'web.search', mail)[0]).toBe(
      'Take out capabilities.content.email (line 6): allow',
    );
    expect(changes('default_policy: auto\nmax_data_classification: internal', 'web.search', mail)[0]).toBe(
      'Raise max_data_classification to restricted (line 6): allow',
    );
  });

  it('has nothing to offer against self-protection', () => {
    const found = explained('default_policy: auto', 'filesystem.write', { path: '/gatehouse/x' });
    expect([found.decision.gate, found.changes]).toEqual(['self_protection', []]);
    expect(found.gates.every(({ state }) => state === 'not_asked')).toBe(true);
  });
});

describe('what is said of a call', () => {
  it('is nothing without a policy', () => {
    const found = explain(callOf('filesystem.read'), null, facts);
    expect([found.decision.gate, found.rules, found.changes]).toEqual(['gate0_inactive', [], []]);
    expect(found.gates).toHaveLength(9);
    expect(new Set(found.gates.map(({ state, said }) => `${state}: ${said}`))).toEqual(
      new Set(['not_asked: not asked']),
    );
  });

  it('is nothing to change where the policy has no rules, or the tool is not known', () => {
    expect(explain(callOf('filesystem.read'), policyOf({ tools: {} }), facts).changes).toEqual([]);
    expect(explained('default_policy: auto', 'nonsense.x').changes).toEqual([]);
  });

  it('is the gate’s own word, its reason, or that it passed', () => {
    const { gates } = explained('max_risk_level: medium\ngrant: [filesystem]', 'filesystem.write');
    expect(gates.map(({ said }) => said)).toEqual([
      'passed',
      'passed',
      'passed',
      'passed',
      'at the cap',
      'passed',
      'filesystem.write is granted (capabilities.grant[0], line 6)',
      'passed',
      'passed',
    ]);
    const asked = explained('approve: [web.search]', 'web.search').gates[6];
    expect(asked).toMatchObject({ state: 'asks', said: expect.stringMatching(/person's yes/) });
  });

  it('goes on past a gate that only asks', () => {
    const { gates } = explained('approve: [web.search]\nrate_limits: { "*": 1 }', 'web.search');
    expect(gates.slice(7).map(({ state }) => state)).toEqual(['passed', 'passed']);
  });
});

describe('changes', () => {
  const AUTO = { default_policy: 'auto' };
  const offered = (policy: object, name: string, more: object = {}) =>
    explain(callOf(name, {}, more), policyOf(policy), facts).changes;

  it('of a rate that is used up, and only where no other one is', () => {
    const policy = policyOf({
      tools: {
        modules: { shell: {} },
        capabilities: {
          ...AUTO,
          max_risk_level: 'high',
          grant: ['shell'],
          rate_limits: { shell: 1, 'shell.bash': 1 },
        },
      },
    });
    const call = callOf('shell.bash', { command: 'ls' });
    const usedUp = (...keys: readonly string[]) => {
      const { uses } = new RateWindow().snapshot(call, policy, 0);
      expect(uses.map(({ key }) => key)).toEqual(expect.arrayContaining([...keys]));
      const rate = { uses: uses.map((use) => (keys.includes(use.key) ? { ...use, used: use.limit } : use)) };
      return explain(call, policy, { ...facts, rate });
    };
    const one = usedUp('shell.bash');
    expect(one.decision).toMatchObject({ kind: 'deny', gate: 'gate6_rate_limit' });
    expect(one.changes).toMatchObject([
      { text: 'Raise or take out rate_limits["shell.bash"]', becomes: 'allow' },
    ]);
    expect(one.changes[0]?.rule).toBe(one.decision.rule);
    expect(usedUp('shell', 'shell.bash').changes).toEqual([]);
  });

  it('of the list of an agent’s modules', () => {
    const policy = {
      agents: [{ id: 'main', modules: ['shell'] }],
      tools: { modules: { filesystem: {} }, capabilities: AUTO },
    };
    expect(offered(policy, 'filesystem.read')).toMatchObject([
      { text: 'Add filesystem to agents[0].modules', rule: { path: 'agents[0]' }, becomes: 'allow' },
    ]);
    expect(offered(policy, 'filesystem.read', { agent: 'x' })).toEqual([
      { text: 'List the agent "x" under agents', rule: null, becomes: 'allow' },
    ]);
    // Listed, it would still be refused by a gate behind.
    const denied = { ...policy, tools: { capabilities: { ...AUTO, deny: ['filesystem'] } } };
    expect(offered(denied, 'filesystem.read')).toEqual([]);
  });

  it('of the modules: only where permissions are what is missing', () => {
    const bare = { tools: { capabilities: { ...AUTO, max_risk_level: 'high' } } };
    expect(offered(bare, 'shell.bash').map(({ text }) => text)).toEqual([
      'Add shell to tools.modules',
      'Add { module: shell, actions: [bash] } to grant',
      'Add { module: shell, actions: [bash] } to approve',
    ]);
    const there = { tools: { modules: { shell: {} }, capabilities: AUTO } };
    expect(offered(there, 'shell.bash').map(({ text }) => text)).toEqual([
      'Add { module: shell, actions: [bash] } to grant',
      'Add { module: shell, actions: [bash] } to approve',
      'Raise max_risk_level to high',
    ]);
  });

  it('of the cap: to what the tool is', () => {
    expect(changes('default_policy: auto\nmax_risk_level: low', 'filesystem.write')).toContain(
      'Raise max_risk_level to medium (line 6): allow',
    );
  });

  it('of content: the row that decided, and no other', () => {
    const rules = 'default_policy: auto\ncontent: { iban: deny, email: approve }';
    expect(changes(rules, 'web.search', { query: 'jane.doe@acme-corp.io' })[0]).toBe(
      'Take out capabilities.content.email (line 6): allow',
    );
    // A ceiling stands behind the row.
    const both = 'default_policy: auto\nmax_data_classification: internal\ncontent: { email: deny }';
    expect(
      changes(both, 'web.search', { query: 'jane.doe@acme-corp.io' }).some((text) =>
        text.includes('Take out'),
      ),
    ).toBe(false);
  });

  it('of two entries that are alike: one alone would not do', () => {
    expect(changes('default_policy: auto\ndeny: [web.search, web]', 'web.search')).toEqual([]);
    expect(changes('default_policy: block\ngrant: [web.fetch, web.search]', 'web.search')).toEqual([
      'Take out capabilities.grant[1] (line 6): deny',
      'Add { module: web, actions: [search] } to approve: approve',
      'Add { module: web, actions: [search] } to deny: deny',
    ]);
  });

  it('are four at most, of different words', () => {
    const policy = policyOf({
      tools: { modules: { shell: {} }, capabilities: { default_policy: 'approve', max_risk_level: 'high' } },
      security: {
        behavior: { rule_definitions: [{ id: 'own', action: 'block', confirmable: true, message: 'No.' }] },
      },
    });
    const found = explain(bash('ls'), policy, facts).changes;
    expect(found.length).toBeLessThanOrEqual(4);
    expect(new Set(found.map(({ text }) => text)).size).toBe(found.length);
  });
});
