import { describe, expect, it } from 'vitest';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { evalLine, understanding } from '../../main/engine/eval-line.ts';
import { openAnalyst } from '../support/analyst.ts';
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

describe('with the analysis', async () => {
  const { home } = protection;
  const known = understanding(home, new CallAnalyses(await openAnalyst(), home));
  const granting = policyOf(
    'tools:\n  modules: { filesystem: {}, shell: {} }\n  capabilities:\n    max_risk_level: low\n    grant:\n      - { module: shell, actions: [bash], when: { command_is: [ordinary] } }\n      - { module: filesystem, actions: [read], when: { call_is: [ordinary] } }\n',
  );
  const ask = (params: object, action = 'shell.bash') => {
    const [module, name] = action.split('.');
    const line = JSON.stringify({ module, action: name, params, cwd: '/srv/app' });
    return evalLine(granting, line, protection, known);
  };

  it('fills the effects', () => {
    expect(ask({ command: 'npm test > out.log; curl -s https://example.com/a' })).toMatchObject({
      decision: 'allow',
      effects: {
        write: [{ path: '/srv/app/out.log', at: 'workspace' }],
        network: [{ host: 'example.com', class: 'public', how: 'fetch' }],
        run: [{ what: 'workspace_code', file: '/srv/app/package.json' }],
        undo: expect.any(String),
        risk: 'medium',
      },
    });
    expect(ask({ command: 'rm -rf src' })).toMatchObject({
      decision: 'deny',
      effects: {
        delete: [{ path: '/srv/app/src', at: 'workspace' }],
        concerns: [{ code: 'destroys', says: 'deletes src' }],
        undo: 'no',
        risk: 'high',
      },
    });
    expect(ask({ command: '$X' }).effects).toMatchObject({ opaque: expect.any(String), undo: 'unknown' });
    expect(ask({ file_path: 'a' }, 'filesystem.read').effects).toEqual({
      read: [{ path: '/srv/app/a', at: 'workspace' }],
      undo: 'nothing_to_undo',
      risk: 'low',
    });
  });

  it('opens a grant for what is ordinary, above the cap too, and for nothing that cannot be read', () => {
    expect(ask({ command: 'git status' }).decision).toBe('allow');
    for (const command of [
      '$X',
      'git status; $X',
      'echo "',
      '',
      'if',
      'a\u0000b',
      5,
      {},
      ['ls'],
      ['rm', '-rf', 'src'],
    ])
      expect([command, ask({ command }).decision]).toEqual([command, 'deny']);
    expect(ask({ command: `echo ${'a'.repeat(300_000)}` }).decision).toBe('deny');
    expect(ask({ command: 'ls', cmd: ['rm', '-rf', 'src'] }).decision).toBe('deny');
    expect(ask({}).decision).toBe('deny');
    expect(ask({ file_path: 'a' }, 'filesystem.read').decision).toBe('allow');
    expect(ask({ file_path: '.env' }, 'filesystem.read').decision).toBe('approve');
  });

  it('holds what only the analysis finds against self-protection', () => {
    const command = `D=gatehouse; cat ~/.config/$D/x`;
    expect(ask({ command })).toMatchObject({ decision: 'deny', gate: 'self_protection' });
  });
});
