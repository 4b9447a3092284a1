/** How a connection out of a sandbox is decided: by the list of hosts, the rules, and what the point knows. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../main/engine/decide.ts';
import type { ToolCall } from '../../main/engine/tool-call.ts';
import { callOf, facts, policyOf } from './calls.ts';

function outcome(
  capabilities: string,
  allow: string | null,
  host = 'api.example.com',
  more: Partial<ToolCall> = {},
) {
  const network = allow === null ? '' : `, network: { allow: ${allow} }`;
  const policy = policyOf(`tools:
  modules: { filesystem: {} }
  capabilities: { ${capabilities} }
security: { sandbox: { level: strict${network} } }
`);
  const call = callOf('web.connect', { url: `tcp://${host}:443` }, { point: 'egress', ...more });
  const { kind, gate } = decide(call, policy, facts);
  return kind === 'deny' ? gate : kind;
}
const LIST = '["api.example.com:443", "*.below.example"]';
const GRANT = 'grant: [{ module: web, actions: [connect], when: { domain_matches: "*.good.example" } }]';

describe('a connection', () => {
  it('is let through to a host that the list names, whatever the default, cap and modules are', () => {
    for (const value of ['auto', 'approve', 'block'])
      for (const host of ['api.example.com', 'x.below.example'])
        expect(outcome(`default_policy: ${value}, max_risk_level: low`, LIST, host)).toBe('allow');
  });

  it('is asked about at least where a list is written and does not name it', () => {
    const web = 'approve: [{ module: web, actions: [search] }]';
    expect(outcome(`default_policy: auto, ${web}`, LIST, 'other.example')).toBe('gate3_permissions');
    const lifted = 'grant: [{ module: web, actions: [connect], when: { domain_matches: "never.example" } }]';
    expect(outcome(`default_policy: auto, ${lifted}`, LIST, 'other.example')).toBe('gate3_permissions');
    const policy = policyOf(`tools:
  modules: { web: {} }
  capabilities: { default_policy: auto }
security: { sandbox: { network: { allow: ${LIST} } } }
`);
    const asks = (host: string, port = 443) =>
      decide(callOf('web.connect', { url: `tcp://${host}:${port}` }, { point: 'egress' }), policy, facts)
        .kind;
    expect(asks('other.example')).toBe('approve');
    expect(asks('api.example.com', 80)).toBe('approve');
    expect(asks('api.example.com')).toBe('allow');
    expect(asks('api.example.com.evil.example')).toBe('approve');
  });

  it('is denied by a rule that denies, and asked about by one that asks, also when the list names it', () => {
    expect(outcome('default_policy: auto, deny: [{ module: web, actions: [connect] }]', LIST)).toBe(
      'gate4_policy',
    );
    expect(outcome('default_policy: auto, approve: [{ module: web, actions: [connect] }]', LIST)).toBe(
      'approve',
    );
    expect(outcome('default_policy: auto, hidden_modules: [web]', LIST)).toBe('gate1_hidden');
  });

  it('is granted by a rule with a condition on its host', () => {
    expect(outcome(`default_policy: block, ${GRANT}`, null, 'a.good.example')).toBe('allow');
    expect(outcome(`default_policy: block, ${GRANT}`, null, 'a.bad.example')).toBe('gate3_permissions');
  });

  it('to the model is let through without a list, and by no list that leaves it out, no denial and no blocking default', () => {
    const standing = 'the agent’s model is there';
    expect(outcome('default_policy: approve', null, 'api.example.com', { standing })).toBe('allow');
    expect(outcome('default_policy: approve', null)).toBe('gate3_permissions');
    expect(outcome('default_policy: approve', '["x.example"]', 'api.example.com', { standing })).toBe(
      'gate3_permissions',
    );
    expect(outcome('default_policy: block', null, 'api.example.com', { standing })).toBe('gate4_policy');
    expect(
      outcome('default_policy: auto, deny: [{ module: web }]', null, 'api.example.com', { standing }),
    ).toBe('gate4_policy');
  });

  it('has no standing by another way in, and other calls have none', () => {
    const standing = 'claimed';
    for (const point of ['hook', 'mcp', 'api'] as const)
      expect(outcome('default_policy: approve', null, 'api.example.com', { standing, point })).toBe(
        'gate3_permissions',
      );
    const policy = policyOf('tools: { modules: {}, capabilities: { default_policy: approve } }\n');
    const fetch = callOf('web.fetch', { url: 'https://api.example.com' }, { point: 'egress', standing });
    expect(decide(fetch, policy, facts).kind).toBe('deny');
  });
});
