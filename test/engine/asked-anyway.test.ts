/** Calls that a person is asked about whatever the rules allow: something speaks against them, or they start an agent. */
import { describe, expect, it } from 'vitest';
import { decide, questionOf, throughGates } from '../../main/engine/decide.ts';
import { bash, callOf, facts, policyOf } from './calls.ts';

const tools = (capabilities: object, behavior: object = {}) =>
  policyOf({
    tools: {
      modules: { shell: {}, filesystem: {}, agent: {} },
      capabilities: { max_risk_level: 'high', ...capabilities },
    },
    security: { behavior },
  });
const AUTO = { default_policy: 'auto' };
const CONCERN = { ...facts, concern: 'this tool is not what it was' };
const CLAUDE = bash('claude -p "do it"');

describe('a concern', () => {
  it('makes what is allowed a question', () => {
    const found = decide(bash('ls'), tools({ ...AUTO, grant: ['shell.bash'] }), CONCERN);
    expect(found).toMatchObject({
      kind: 'approve',
      gate: 'gate4_policy',
      rule: null,
      reason: 'Look closely: this tool is not what it was.',
      risk: 'high',
      approvalTimeoutSeconds: 300,
    });
    expect(found.trace).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((gate) =>
        gate === 4
          ? { gate, state: 'asks', note: 'looks closely' }
          : { gate, state: 'passed', note: gate === 2 ? 'at the cap' : null },
      ),
    );
  });

  it('stands before the reason of a question that is asked anyway', () => {
    const found = decide(bash('ls'), tools({ approve: ['shell.bash'] }), CONCERN);
    expect(found).toMatchObject({ kind: 'approve', rule: { path: 'capabilities.approve[0]' } });
    expect(found.reason).toMatch(/^Look closely: this tool is not what it was\. The policy wants/);
    expect(found.trace[4]?.note).toBe('asks you, line 1');
  });

  it('does not soften a refusal, of a gate or of a behaviour rule', () => {
    const denied = decide(bash('ls'), tools({ ...AUTO, deny: ['shell.bash'] }), CONCERN);
    expect([denied.kind, denied.gate, denied.reason.includes('Look closely')]).toEqual([
      'deny',
      'gate4_policy',
      false,
    ]);
    const blocks = { rule_definitions: [{ id: 'no', action: 'block', message: 'No.' }] };
    const ruled = decide(bash('ls'), tools(AUTO, blocks), CONCERN);
    expect([ruled.kind, ruled.gate, ruled.reason.includes('Look closely')]).toEqual([
      'deny',
      'behavior',
      false,
    ]);
    expect(decide(CLAUDE, tools(AUTO, blocks), facts)).toMatchObject({ kind: 'deny', gate: 'behavior' });
  });

  it('is about models only', () => {
    expect(decide(bash('ls', { caller: 'internal' }), tools(AUTO), CONCERN).kind).toBe('allow');
    expect(decide({ ...CLAUDE, caller: 'internal' }, tools(AUTO), facts).kind).toBe('allow');
    expect(decide({ ...CLAUDE, caller: 'else' as never }, tools(AUTO), facts).kind).toBe('approve');
  });
});

describe('a command that starts an agent', () => {
  it.each<[string, object, string | null, RegExp]>([
    ['nobody names either', AUTO, null, /supervises when it is started so\. A person is asked\.$/],
    ['agent.spawn is asked about', { ...AUTO, approve: ['agent.spawn'] }, 'approve[0]', /A person is asked/],
    [
      'the command is asked about',
      { ...AUTO, approve: ['shell.bash'] },
      'approve[0]',
      /started so\. The policy/,
    ],
    [
      'both are: by the command’s line',
      { ...AUTO, approve: ['agent.spawn', 'shell.bash'] },
      'approve[1]',
      /started so\. The policy/,
    ],
    ['both are granted', { ...AUTO, grant: ['agent.spawn', 'shell.bash'] }, null, /A person is asked/],
  ])('asks where %s', (_what, capabilities, rule, reason) => {
    const found = decide(CLAUDE, tools(capabilities), facts);
    expect(found).toMatchObject({ kind: 'approve', gate: 'gate4_policy', risk: 'high' });
    expect(found.rule?.path ?? null).toBe(rule === null ? null : `capabilities.${rule}`);
    expect(found.reason).toMatch(/^This command starts claude, /);
    expect(found.reason).toMatch(reason);
    expect(found.trace.map(({ state, note }) => `${state} ${note}`)).toEqual([
      'passed null',
      'passed null',
      'passed at the cap',
      'passed null',
      'asks starts claude',
      'passed null',
      'passed null',
    ]);
  });

  it('is refused with the reason of agent.spawn, and its own risk', () => {
    const found = decide(CLAUDE, tools({ ...AUTO, deny: ['agent.spawn'] }), facts);
    expect(found).toMatchObject({ kind: 'deny', risk: 'high', rule: { path: 'capabilities.deny[0]' } });
    expect(found.reason).toMatch(/^This command starts claude.*agent\.spawn is denied/);
  });

  it('does not count as a call of agent.spawn: its rate holds nothing up', () => {
    const rate = { uses: [{ key: 'shell', limit: 2, used: 1, retryAfterMs: 0, rule: null }] };
    expect(decide(CLAUDE, tools(AUTO), { ...facts, rate }).kind).toBe('approve');
  });
});

describe('the track of a call', () => {
  it('is as far as it came', () => {
    const denied = decide(callOf('filesystem.read'), tools({ ...AUTO, deny: ['filesystem'] }), facts);
    expect(denied.trace.map(({ gate, state, note }) => `${gate} ${state} ${note}`)).toEqual([
      '0 passed null',
      '1 passed null',
      '2 passed null',
      '3 passed null',
      '4 stopped denied, line 1',
      '5 not_asked null',
      '6 not_asked null',
    ]);
    const allowed = decide(callOf('filesystem.read'), tools(AUTO), facts);
    expect(allowed.trace[4]).toEqual({ gate: 4, state: 'allowed', note: 'by default, line 1' });
    expect(allowed.reason).toMatch(/allows by default/);
    expect(allowed.rule?.path).toBe('default_policy');
  });

  it('ends where it is told to', () => {
    const rate = { uses: [{ key: '*', limit: 1, used: 1, retryAfterMs: 9, rule: null }] };
    const question = questionOf(callOf('filesystem.read'), tools(AUTO), { ...facts, rate });
    expect(throughGates(question, 5).kind).toBe('allow');
    expect(throughGates(question).gate).toBe('gate6_rate_limit');
    expect(throughGates(question, 3).trace[4]).toEqual({ gate: 4, state: 'allowed', note: null });
    expect(throughGates(question, 3)).toMatchObject({ kind: 'allow', rule: null, reason: '' });
  });

  it('is not begun without a policy', () => {
    const found = decide(callOf('nonsense.x'), null, facts);
    expect(found).toMatchObject({ kind: 'deny', gate: 'gate0_inactive', risk: 'unknown', rule: null });
    expect(found.trace[0]).toEqual({ gate: 0, state: 'stopped', note: 'no policy' });
    expect(found.trace.slice(1).every(({ state }) => state === 'not_asked')).toBe(true);
    const bare = decide(callOf('filesystem.read', { file_path: '/opt/gatehouse/x' }), policyOf({}), facts);
    expect(bare).toMatchObject({ gate: 'self_protection', approvalTimeoutSeconds: 300 });
    const own = tools({ ...AUTO, approval_timeout: 77 });
    expect(decide(callOf('filesystem.read'), own, { ...facts, aims: 'x' }).approvalTimeoutSeconds).toBe(77);
  });
});
