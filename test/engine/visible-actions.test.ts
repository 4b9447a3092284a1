import { expect, it } from 'vitest';
import { visibleActions } from '../../main/engine/gates/visible-actions.ts';
import { policyOf } from './calls.ts';

const viewer = { client: 'claude-code', agent: 'main', appActive: true };
const actions = [
  ['filesystem', 'read'],
  ['filesystem', 'glob'],
  ['filesystem', 'delete'],
  ['shell', 'bash'],
  ['mcp_git', 'push'],
  ['nonsense', 'x'],
].map(([module = '', action = '']) => ({ module, action }));
const seen = (capabilities: object, more: object = {}) =>
  visibleActions(
    policyOf({ tools: { modules: { filesystem: {}, shell: {}, mcp: {} }, capabilities } }),
    { ...viewer, ...more },
    actions,
  ).map(({ module, action }) => `${module}.${action}`);

it('shows what may be called or asked for, in the given order', () => {
  expect(
    seen({ default_policy: 'auto', hidden_actions: ['filesystem.glob'], deny: ['filesystem.delete'] }),
  ).toEqual(['filesystem.read']);
  expect(seen({ default_policy: 'approve', max_risk_level: 'high' })).toEqual([
    'filesystem.read',
    'filesystem.glob',
    'filesystem.delete',
    'shell.bash',
    'mcp_git.push',
  ]);
  expect(seen({ default_policy: 'auto', max_risk_level: 'high' }, { mcpAllowedServers: [] })).not.toContain(
    'mcp_git.push',
  );
  expect(
    seen({ default_policy: 'auto', rate_limits: { '*': 1 }, max_data_classification: 'public' }),
  ).toEqual([]);
});

it('shows nothing without a policy, or while the app is stopped', () => {
  expect(visibleActions(null, viewer, actions)).toEqual([]);
  expect(seen({ default_policy: 'auto' }, { appActive: false })).toEqual([]);
});
