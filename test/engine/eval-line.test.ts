import { expect, it } from 'vitest';
import { evalLine } from '../../main/engine/eval-line.ts';
import { policyOf, protection } from './calls.ts';

const policy = policyOf(
  'tools:\n  modules: { filesystem: {}, shell: {} }\n  capabilities:\n    default_policy: block\n    max_risk_level: high\n    grant: [filesystem.read]\n    approve: [shell.bash]\n',
);

it('answers each line with one decision', () => {
  const ask = (line: object) => evalLine(policy, JSON.stringify(line), protection);
  expect(
    ask({ agent: 'main', module: 'filesystem', action: 'read', params: { file_path: 'a' }, cwd: '/x' }),
  ).toEqual({
    decision: 'allow',
    gate: 'gate5_classification',
    rule: 'capabilities.grant[0] at policy.yaml:6',
    reason: expect.any(String),
    messages: [],
    effects: {},
  });
  expect(ask({ module: 'shell', action: 'bash', params: { command: 'ls' } })).toMatchObject({
    decision: 'approve',
    gate: 'gate4_policy',
    rule: 'capabilities.approve[0] at policy.yaml:7',
  });
  expect(ask({ module: 'filesystem', action: 'write' })).toMatchObject({
    decision: 'deny',
    gate: 'gate4_policy',
    rule: 'default_policy at policy.yaml:4',
  });
  expect(
    ask({ module: 'shell', action: 'bash', params: { command: 'cat ~/.config/gatehouse/x' } }),
  ).toMatchObject({ decision: 'deny', gate: 'self_protection', rule: null });
});

it('denies a line that is no call', () => {
  for (const line of [
    '',
    'x',
    '[]',
    'null',
    '"a"',
    '{}',
    '{"module":"a"}',
    '{"module":1,"action":"b"}',
    '{"module":"a","action":"b","params":[]}',
    '{"module":"a","action":"b","cwd":5}',
    '{"module":"a","action":"b","agent":null}',
  ]) {
    expect([line, evalLine(policy, line)]).toEqual([
      line,
      expect.objectContaining({ decision: 'deny', gate: 'input' }),
    ]);
  }
  expect(evalLine(null, '{"module":"filesystem","action":"read"}')).toMatchObject({
    decision: 'deny',
    gate: 'gate0_inactive',
  });
});
