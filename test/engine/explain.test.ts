import { describe, expect, it } from 'vitest';
import { explain } from '../../main/engine/explain.ts';
import { NO_RATE } from '../../main/engine/rate-window.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { policyFrom } from '../support/engine-bench.ts';

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
