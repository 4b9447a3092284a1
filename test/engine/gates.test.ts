import { describe, expect, it } from 'vitest';
import { type Facts, questionOf } from '../../main/engine/decide.ts';
import type { GateCode } from '../../main/engine/decision.ts';
import { gateChain } from '../../main/engine/gates/chain.ts';
import type { Caller } from '../../main/engine/tool-call.ts';
import { callOf, facts, policyOf } from './calls.ts';

const MODULES = { shell: {}, filesystem: {}, web: {}, workspace: {} };
const POLICY = `agents: [{ id: main, modules: [filesystem, shell, mcp] }]
tools:
  modules: { filesystem: {}, shell: {}, mcp: {} }
  capabilities:
    default_policy: block
    max_risk_level: medium
    max_data_classification: public
    hidden_modules: [lsp]
    grant: [filesystem.read]
    deny: [{ module: filesystem, actions: [delete] }]
    rate_limits: { filesystem.read: 2 }
`;

function ask(
  code: GateCode,
  name: string,
  more: { policy?: string; facts?: Partial<Facts>; caller?: Caller } = {},
) {
  const gate = gateChain.find((item) => item.code === code);
  if (gate === undefined) throw new Error(code);
  return gate.ask(
    questionOf(callOf(name, {}, { caller: more.caller ?? 'llm' }), policyOf(more.policy ?? POLICY), {
      ...facts,
      ...more.facts,
    }),
  );
}

describe('each gate alone', () => {
  it('stands in its place', () => {
    expect(gateChain.map(({ code, number }) => [number, code])).toEqual([
      [0, 'gate0_inactive'],
      [1, 'gate1_module'],
      [1, 'gate1_mcp_server'],
      [1, 'gate1_hidden'],
      [2, 'gate2_risk'],
      [3, 'gate3_permissions'],
      [4, 'gate4_policy'],
      [5, 'gate5_classification'],
      [6, 'gate6_rate_limit'],
    ]);
    expect(Object.isFrozen(gateChain)).toBe(true);
  });

  it.each<[GateCode, string, string, number | null]>([
    ['gate1_module', 'web.fetch', 'not for this agent', 1],
    ['gate1_hidden', 'lsp.query', 'hidden, line 8', 8],
    ['gate2_risk', 'shell.bash', 'high, cap medium', 6],
    ['gate2_risk', 'shell.nonsense', 'risk unknown', null],
    ['gate3_permissions', 'web.fetch', 'no net.http', null],
    ['gate3_permissions', 'nonsense.x', 'not known', null],
    ['gate4_policy', 'filesystem.delete', 'denied, line 10', 10],
    ['gate4_policy', 'filesystem.write', 'blocked, line 5', 5],
    ['gate5_classification', 'filesystem.read', 'internal data, cap public', 7],
  ])('%s stops %s: %s', (code, name, note, line) => {
    const answer = ask(code, name);
    expect(answer).toMatchObject({ kind: 'stopped', note });
    expect(answer.rule?.line ?? null).toBe(line);
    expect(answer.reason).toMatch(/^[A-Z"a-z].{20,}\.$/);
  });

  it('stops at the rate, and counts towards it', () => {
    const use = (used: number) => ({
      rate: {
        uses: [{ key: 'filesystem.read', limit: 2, used, retryAfterMs: used < 2 ? 0 : 12_345, rule: null }],
      },
    });
    expect(ask('gate6_rate_limit', 'filesystem.read', { facts: use(1) })).toMatchObject({
      kind: 'passed',
      note: '2 of 2 a minute',
    });
    expect(ask('gate6_rate_limit', 'filesystem.read', { facts: use(2) })).toMatchObject({
      kind: 'stopped',
      retryAfterMs: 12_345,
      reason: expect.stringContaining('Wait 13 s'),
    });
    expect(ask('gate6_rate_limit', 'filesystem.read')).toMatchObject({ kind: 'passed', note: null });
  });

  it('asks supervisor calls at gates 0, 4, 5 and 6 only', () => {
    for (const caller of ['setup', 'hook', 'channel', 'internal'] as const) {
      for (const code of [
        'gate1_module',
        'gate1_mcp_server',
        'gate1_hidden',
        'gate2_risk',
        'gate3_permissions',
      ] as const) {
        expect(ask(code, 'nonsense.x', { caller, facts: { mcpAllowedServers: [] } }).kind).toBe('passed');
      }
      expect(ask('gate0_inactive', 'filesystem.read', { caller, facts: { appActive: false } }).kind).toBe(
        'stopped',
      );
      expect(ask('gate4_policy', 'filesystem.delete', { caller }).kind).toBe('stopped');
      expect(ask('gate5_classification', 'filesystem.read', { caller }).kind).toBe('stopped');
    }
  });

  it('degrades approve to allow for supervisor calls', () => {
    const policy = JSON.stringify({
      tools: { modules: MODULES, capabilities: { default_policy: 'approve', approve: ['shell.bash'] } },
    });
    expect(ask('gate4_policy', 'shell.bash', { policy }).kind).toBe('asks');
    expect(ask('gate4_policy', 'web.fetch', { policy })).toMatchObject({
      kind: 'asks',
      note: 'asks you, line 1',
    });
    expect(ask('gate4_policy', 'web.fetch', { policy: '{"tools":{"capabilities":{}}}' })).toMatchObject({
      kind: 'asks',
      note: 'asks you, by default',
      rule: null,
    });
    expect(ask('gate4_policy', 'shell.bash', { policy, caller: 'hook' }).kind).toBe('passed');
  });

  it('puts nothing of a hostile name into its words', () => {
    for (const code of ['gate2_risk', 'gate3_permissions', 'gate4_policy'] as const) {
      const { reason } = ask(code, `evil\u202e\n\u001b[31m${'x'.repeat(5000)}.y`);
      expect(reason.length).toBeLessThan(500);
      expect(reason).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});
