/** What the policy page is shown in tests: files as the real views have them. */
import { readFileSync } from 'node:fs';
import { presetFile } from '../../main/app/resources.ts';
import type { PolicyExplanation, PolicyFiles, PolicyLayerView } from '../../preload/contract.ts';

export const OWN_POLICY = `tools:
  modules: { shell: {}, filesystem: {} }
  capabilities:
    default_policy: approve
    grant:
      - { module: filesystem, actions: [read] }
`;

export function policyLayer(change: Partial<PolicyLayerView> = {}): PolicyLayerView {
  return {
    id: 'user',
    layer: 'user',
    app: null,
    file: '~/.config/gatehouse/policy.yaml',
    state: 'in_force',
    sentence: 'The policy file is in force.',
    text: OWN_POLICY,
    hash: 'own',
    trusted: true,
    errors: [],
    notes: [],
    changes: [],
    ...change,
  };
}

export function projectLayer(change: Partial<PolicyLayerView> = {}): PolicyLayerView {
  return policyLayer({
    id: '/home/dev/web',
    layer: 'project',
    app: 'web',
    file: '~/web/gatehouse.yaml',
    sentence: 'It can only tighten: what it denies, hides and asks about holds, and nothing else in it.',
    text: 'tools: { capabilities: { grant: [shell.bash], deny: [web] } }\n',
    hash: 'a'.repeat(64),
    trusted: false,
    changes: [
      { kind: 'widens', line: 1, text: 'Without a question: shell.bash' },
      { kind: 'tightens', line: 1, text: 'Denied: everything of web' },
    ],
    ...change,
  });
}

export function policyFiles(...layers: readonly PolicyLayerView[]): PolicyFiles {
  return {
    layers: layers.length === 0 ? [policyLayer()] : [...layers],
    presets: ['careful', 'coding'].map((name) => ({ name, text: readFileSync(presetFile(name), 'utf8') })),
    tools: ['shell.bash', 'filesystem.read', 'filesystem.write', 'web.fetch'],
  };
}

export const ASKS: PolicyExplanation = {
  decision: 'approve',
  observed: null,
  gate: 'gate4_policy',
  reason: 'No rule names shell.bash, and by default a person is asked (default_policy, line 4).',
  steps: [
    { gate: 0, name: 'Active', state: 'passed', said: 'passed', place: null },
    { gate: 1, name: 'Module', state: 'passed', said: 'passed', place: null },
    { gate: 2, name: 'Risk', state: 'passed', said: 'at the cap', place: null },
    { gate: 3, name: 'Permission', state: 'passed', said: 'passed', place: null },
    {
      gate: 4,
      name: 'Policy',
      state: 'asks',
      said: 'by default a person is asked',
      place: 'policy.yaml:4',
    },
    { gate: 5, name: 'Data', state: 'passed', said: 'passed', place: null },
    { gate: 6, name: 'Rate', state: 'passed', said: 'passed', place: null },
  ],
  rules: [
    {
      id: 'no_blind_exploration',
      action: 'warn',
      state: 'not_fired',
      said: 'does not hold: the command looks around',
      place: 'policy.yaml:12',
    },
  ],
  changes: [{ text: 'Add { module: shell, actions: [bash] } to grant', place: null, becomes: 'allow' }],
  caveats: [],
};
