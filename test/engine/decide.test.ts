import { describe, expect, it } from 'vitest';
import { decide, type Facts } from '../../main/engine/decide.ts';
import { RateWindow } from '../../main/engine/rate-window.ts';
import type { Caller } from '../../main/engine/tool-call.ts';
import { bash, callOf, facts, policyOf } from './calls.ts';

const modules = { shell: {}, filesystem: {}, web: {}, agent: {}, workspace: {}, mcp: {} };
const tools = (capabilities: object) => policyOf({ tools: { modules, capabilities } });
const states = (decision: ReturnType<typeof decide>) => decision.trace.map(({ state }) => state).join(' ');

describe('the order of things', () => {
  it('refuses everything without a policy, at gate 0', () => {
    const found = decide(callOf('filesystem.read', { file_path: 'a' }), null, facts);
    expect(found).toMatchObject({
      kind: 'deny',
      gate: 'gate0_inactive',
      rule: null,
      risk: 'low',
      approvalTimeoutSeconds: 300,
    });
    expect(found.reason).toMatch(/No policy is in force/);
    expect(states(found)).toBe('stopped not_asked not_asked not_asked not_asked not_asked not_asked');
    expect(decide(callOf('filesystem.read', {}, { caller: 'internal' }), null, facts).kind).toBe('deny');
  });

  it('puts self-protection before a missing policy and before any rule', () => {
    const everything = tools({
      default_policy: 'auto',
      max_risk_level: 'high',
      grant: ['shell.bash', 'filesystem.read'],
    });
    for (const policy of [everything, null]) {
      const found = decide(bash('cat ~/.config/gatehouse/policy.yaml'), policy, facts);
      expect(found).toMatchObject({ kind: 'deny', gate: 'self_protection', rule: null });
      expect(found.trace.every(({ state }) => state === 'not_asked')).toBe(true);
      expect(found.trace.map(({ gate }) => gate)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    }
    expect(decide(bash('gdbus call', { caller: 'hook' }), everything, facts).gate).toBe('self_protection');
  });

  it('says where a call was let through, and by which line', () => {
    const policy = policyOf(
      'tools:\n  modules: { filesystem: {} }\n  capabilities:\n    grant:\n      - { module: filesystem, actions: [read] }\n',
    );
    const found = decide(callOf('filesystem.read', { file_path: 'a' }), policy, facts);
    expect(found).toMatchObject({
      kind: 'allow',
      gate: 'gate5_classification',
      rule: { path: 'capabilities.grant[0]', file: 'policy.yaml', line: 5, column: 9 },
    });
    expect(states(found)).toBe('passed passed passed passed allowed passed passed');
    expect(found.trace[4]?.note).toBe('granted, line 5');
  });

  it('asks gates 5 and 6 before a person', () => {
    const policy = tools({
      approve: ['shell.bash'],
      max_risk_level: 'high',
      rate_limits: { 'shell.bash': 1 },
      approval_timeout: 60,
    });
    const window = new RateWindow();
    const call = bash('ls');
    const first = decide(call, policy, { ...facts, rate: window.snapshot(call, policy, 0) });
    expect(first).toMatchObject({
      kind: 'approve',
      gate: 'gate4_policy',
      approvalTimeoutSeconds: 60,
      retryAfterMs: null,
    });
    expect(states(first)).toBe('passed passed passed passed asks passed passed');
    expect(first.trace[2]?.note).toBe('at the cap');
    expect(first.trace[4]?.note).toMatch(/^asks you, line 1$/);
    expect(first.trace[6]?.note).toBe('1 of 1 a minute');
    window.consume(call, policy, 0);
    const second = decide(call, policy, { ...facts, rate: window.snapshot(call, policy, 10_000) });
    expect(second).toMatchObject({ kind: 'deny', gate: 'gate6_rate_limit' });
    expect(second.retryAfterMs).toBeGreaterThan(49_000);
    expect(states(second)).toBe('passed passed passed passed passed passed stopped');
    const capped = tools({
      approve: ['shell.bash'],
      max_data_classification: 'public',
      max_risk_level: 'high',
    });
    expect(decide(call, capped, facts)).toMatchObject({ kind: 'deny', gate: 'gate5_classification' });
  });

  it('surfaces the first matching reason word by word', () => {
    const policy = tools({
      default_policy: 'auto',
      deny: [
        { module: 'filesystem', actions: ['delete'], reason: 'first' },
        { module: 'filesystem', reason: 'second' },
      ],
    });
    expect(decide(callOf('filesystem.delete', { path: 'a' }), policy, facts).reason).toBe('first');
    expect(decide(callOf('filesystem.read', { path: 'a' }), policy, facts).reason).toBe('second');
  });
});

describe('names bypass nothing', () => {
  const deny = tools({
    default_policy: 'auto',
    max_risk_level: 'high',
    deny: [{ module: 'filesystem', actions: ['delete'] }, { module: 'mcp_evil' }],
  });

  it.each([
    'Filesystem.Delete',
    ' filesystem . delete ',
    'FILESYSTEM.DELETE',
    'filesystem__delete',
    'filesystem.delete ',
  ])('%j is what it is', (name) => {
    expect(decide(callOf(name), deny, facts)).toMatchObject({ kind: 'deny', gate: 'gate4_policy' });
  });

  it.each(['mcp__evil__x', 'MCP__Evil__x', 'mcp_evil.x', 'mcp__evil.x'])(
    '%j belongs to the denied server',
    (name) => {
      expect(decide(callOf(name), deny, facts)).toMatchObject({ kind: 'deny', gate: 'gate4_policy' });
    },
  );

  it.each([
    'execute_tool',
    'run_parallel',
    'background_run',
    'use_skill',
    'call_app',
    'ask_user',
    'agent',
    'search_tools',
    'get_tool',
    'list_categories',
    'browse_category',
  ])('a tool named %s goes through every gate', (action) => {
    expect(decide(callOf(`mcp_evil.${action}`), deny, facts)).toMatchObject({
      kind: 'deny',
      gate: 'gate4_policy',
    });
    expect(
      decide(callOf(`memory.${action}`), tools({ default_policy: 'block', max_risk_level: 'high' }), facts)
        .kind,
    ).toBe('deny');
    expect(
      decide(callOf(`shell.${action}`), tools({ default_policy: 'auto', max_risk_level: 'high' }), facts),
    ).toMatchObject({ kind: 'deny', gate: 'gate2_risk', risk: 'unknown' });
  });

  it.each([
    '',
    'filesystem',
    '.read',
    '__proto__.constructor',
    'constructor.toString',
    'hasOwnProperty.x',
    'filesystem.__proto__',
    'filesystem.constructor',
    'mcp_.x',
    'mcp_x y.z',
    `mcp_${'a'.repeat(500)}.x`,
    'filesystem.read\0',
    'fileѕystem.read',
  ])('%j is refused', (name) => {
    const found = decide(callOf(name), tools({ default_policy: 'auto', max_risk_level: 'high' }), facts);
    expect(found.kind).toBe('deny');
    expect(found.reason).not.toMatch(/\p{Cc}/u);
  });

  it('treats a caller that it does not know as a model', () => {
    const policy = tools({ default_policy: 'auto', max_risk_level: 'low' });
    for (const caller of ['unknown', '', 'LLM', 'Internal', undefined]) {
      expect(decide(bash('ls', { caller: caller as Caller }), policy, facts)).toMatchObject({
        kind: 'deny',
        gate: 'gate2_risk',
      });
    }
    expect(decide(bash('ls', { caller: 'hook' }), policy, facts).kind).toBe('allow');
  });
});

describe('lifting', () => {
  it('needs the action by name, and never lifts an unknown risk', () => {
    const bashCall = bash('ls');
    expect(decide(bashCall, tools({ default_policy: 'auto', grant: ['shell'] }), facts)).toMatchObject({
      kind: 'deny',
      gate: 'gate2_risk',
    });
    expect(decide(bashCall, tools({ default_policy: 'auto', grant: ['shell.bash'] }), facts)).toMatchObject({
      kind: 'allow',
    });
    expect(decide(bashCall, tools({ default_policy: 'auto', approve: ['shell.bash'] }), facts)).toMatchObject(
      { kind: 'approve' },
    );
    const bare = (capabilities: object) => policyOf({ tools: { capabilities } });
    expect(
      decide(callOf('filesystem.write', { path: 'a' }), bare({ default_policy: 'auto' }), facts),
    ).toMatchObject({ kind: 'deny', gate: 'gate3_permissions' });
    expect(
      decide(
        callOf('filesystem.write', { path: 'a' }),
        bare({ default_policy: 'auto', grant: ['filesystem'] }),
        facts,
      ),
    ).toMatchObject({ kind: 'deny', gate: 'gate3_permissions' });
    expect(
      decide(
        callOf('filesystem.write', { path: 'a' }),
        bare({ default_policy: 'auto', grant: ['filesystem.write'] }),
        facts,
      ).kind,
    ).toBe('allow');
    expect(
      decide(
        callOf('mcp_github.create'),
        bare({ default_policy: 'auto', grant: [{ module: 'mcp', actions: ['create'] }] }),
        facts,
      ).kind,
    ).toBe('allow');
  });
});

describe('agents', () => {
  const policy = policyOf({
    agents: [
      { id: 'main', modules: ['filesystem'] },
      { id: 'codex', modules: [] },
      { id: 'free' },
      { id: 'runner', modules: [{ shell: ['bash'] }, 'mcp'] },
    ],
    tools: { modules, capabilities: { default_policy: 'auto', max_risk_level: 'high' } },
  });
  const kind = (name: string, more: object) => {
    const { kind: decision, gate } = decide(callOf(name, {}, more), policy, facts);
    return decision === 'allow' ? 'allow' : gate;
  };

  it('looks for the client first, then for the agent', () => {
    expect(kind('filesystem.read', { agent: 'main' })).toBe('allow');
    expect(kind('shell.bash', { agent: 'main' })).toBe('gate1_module');
    expect(kind('filesystem.read', { agent: 'main', client: 'codex' })).toBe('gate1_module');
    expect(kind('filesystem.read', { agent: 'free', client: 'codex' })).toBe('gate1_module');
    expect(kind('web.fetch', { agent: 'free' })).toBe('allow');
    expect(kind('shell.bash', { agent: 'runner' })).toBe('allow');
    expect(kind('shell.kill', { agent: 'runner' })).toBe('gate1_module');
    expect(kind('mcp_github.x', { agent: 'runner' })).toBe('allow');
  });

  it('refuses an agent that is not listed, whatever it calls itself', () => {
    for (const agent of ['explore', 'Main', ' main', '__proto__', 'constructor', ''])
      expect([agent, kind('filesystem.read', { agent })]).toEqual([agent, 'gate1_module']);
    expect(kind('filesystem.read', { agent: 'explore', caller: 'setup' })).toBe('allow');
  });

  it('restricts MCP servers where it is told to', () => {
    const more: Facts = { ...facts, mcpAllowedServers: ['GitHub'] };
    const open = tools({ default_policy: 'auto', max_risk_level: 'high' });
    expect(decide(callOf('mcp_github.x'), open, more).kind).toBe('allow');
    expect(decide(callOf('mcp_other.x'), open, more)).toMatchObject({
      kind: 'deny',
      gate: 'gate1_mcp_server',
    });
    expect(decide(callOf('filesystem.read'), open, more).kind).toBe('allow');
  });
});

describe('a shell command that starts an agent', () => {
  const claude = bash('cd /tmp && claude -p "do it"');

  it('is asked about at least', () => {
    const found = decide(claude, tools({ default_policy: 'auto', max_risk_level: 'high' }), facts);
    expect(found).toMatchObject({ kind: 'approve', gate: 'gate4_policy', risk: 'high' });
    expect(found.reason).toMatch(/starts claude/);
    expect(found.trace[4]).toEqual({ gate: 4, state: 'asks', note: 'starts claude' });
    expect(
      decide(
        claude,
        tools({ default_policy: 'block', max_risk_level: 'high', grant: ['shell.bash', 'agent.spawn'] }),
        facts,
      ).kind,
    ).toBe('approve');
    expect(
      decide(bash('echo claude'), tools({ default_policy: 'auto', max_risk_level: 'high' }), facts).kind,
    ).toBe('allow');
  });

  it('is refused where agent.spawn is', () => {
    const base = { default_policy: 'auto', max_risk_level: 'high' };
    expect(decide(claude, tools({ ...base, deny: ['agent.spawn'] }), facts)).toMatchObject({
      kind: 'deny',
      gate: 'gate4_policy',
    });
    expect(
      decide(claude, policyOf({ tools: { modules: { shell: {} }, capabilities: base } }), facts),
    ).toMatchObject({ kind: 'deny', gate: 'gate3_permissions' });
    expect(decide(claude, tools({ ...base, deny: ['shell.bash'] }), facts)).toMatchObject({
      kind: 'deny',
      gate: 'gate4_policy',
      rule: { path: 'capabilities.deny[0]' },
    });
    const shellOnly = policyOf({
      agents: [{ id: 'main', modules: ['shell'] }],
      tools: { modules, capabilities: base },
    });
    expect(decide(claude, shellOnly, facts)).toMatchObject({ kind: 'deny', gate: 'gate1_module' });
  });
});

describe('allowed_paths', () => {
  const policy = policyOf({
    tools: {
      modules: { filesystem: { constraints: { allowed_paths: ['~/.cache', 'data'] } } },
      capabilities: { default_policy: 'auto', grant: ['filesystem.read'] },
    },
  });
  const ask = (params: object, more: object = {}) =>
    decide(callOf('filesystem.read', params as never, more), policy, facts).kind;

  it('keeps calls to the project and what is named, and no grant lifts it', () => {
    for (const path of ['a.ts', '/home/u/web/a.ts', './x/../a', '~/.cache/x', '/home/u/.cache', 'data/x'])
      expect([path, ask({ file_path: path })]).toEqual([path, 'allow']);
    for (const path of [
      '/etc/passwd',
      '../x',
      '/home/u/website',
      '~/.cachex',
      '~',
      '/home/u/web/../.ssh/id',
      'file:///etc/passwd',
    ])
      expect([path, ask({ file_path: path })]).toEqual([path, 'deny']);
    expect(ask({ file_path: 'a', path: '/etc/passwd' })).toBe('deny');
    expect(ask({ paths: ['a', '/etc/passwd'] })).toBe('deny');
    expect(ask({ file_path: 'a.ts' }, { cwd: '/tmp' })).toBe('deny');
  });
});

it('changes nothing it is given, and answers the same twice', () => {
  const policy = tools({ default_policy: 'approve', max_risk_level: 'high', grant: ['filesystem.read'] });
  const call = Object.freeze(callOf('filesystem.read', Object.freeze({ file_path: 'a' })));
  const frozen = Object.freeze({ ...facts });
  expect(decide(call, policy, frozen)).toEqual(decide(call, policy, frozen));
  expect(() => Object.assign(policy, { hash: '' })).toThrow();
});
