/** `when:` on a grant: while it does not hold, the entry is not there for any gate. */
import { describe, expect, it } from 'vitest';
import { type BehaviorFacts, NOTHING_KNOWN } from '../../main/engine/behavior/facts.ts';
import { decide } from '../../main/engine/decide.ts';
import { visibleActions } from '../../main/engine/gates/visible-actions.ts';
import { NO_RATE } from '../../main/engine/rate-window.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import { policyFrom } from '../support/engine-bench.ts';

function decided(capabilities: string, name: string, params: JsonObject, known: Partial<BehaviorFacts> = {}) {
  const [module = '', action = ''] = name.split('.');
  const { kind, gate, rule } = decide(
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
    {
      appActive: true,
      rate: NO_RATE,
      protection: { paths: [], pids: [], home: '/home/dev' },
      behavior: { ...NOTHING_KNOWN, ...known },
    },
  );
  return `${kind} ${gate} ${rule?.path ?? '-'}`;
}

const errors = (entry: string, list = 'grant') => {
  const result = compilePolicy(`tools: { capabilities: { ${list}: [${entry}] } }`, 'f');
  return result.ok ? [] : result.diagnostics.map(formatDiagnostic);
};

describe('a grant under a condition', () => {
  const DOCS = 'grant:\n  - { module: filesystem, actions: [write], when: { path_matches: "docs/**" } }';

  it('is there while it holds, and absent otherwise', () => {
    expect(decided(DOCS, 'filesystem.write', { file_path: 'docs/a.md' })).toBe(
      'allow gate5_classification capabilities.grant[0]',
    );
    expect(decided(DOCS, 'filesystem.write', { file_path: 'src/a.ts' })).toBe('approve gate4_policy -');
    expect(decided(DOCS, 'filesystem.write', { file_path: 'docs/../src/a.ts' })).toBe(
      'approve gate4_policy -',
    );
  });

  it('lifts the risk cap and the permissions only while it holds', () => {
    const rules =
      'max_risk_level: low\ngrant:\n  - { module: agent, actions: [workflow], when: { param_contains: { param: name, value: lint } } }';
    expect(decided(rules, 'agent.workflow', { name: 'lint' })).toMatch(/^allow/);
    expect(decided(rules, 'agent.workflow', { name: 'deploy' })).toBe('deny gate2_risk max_risk_level');
    const medium = rules.replace('low', 'high');
    expect(decided(medium, 'agent.workflow', { name: 'lint' })).toMatch(/^allow/);
    expect(decided(medium, 'agent.workflow', { name: 'deploy' })).toBe('deny gate3_permissions -');
  });

  it('stands behind a later entry without a condition, and before it where it holds', () => {
    const rules = `${DOCS}\n  - filesystem`;
    expect(decided(rules, 'filesystem.write', { file_path: 'docs/a' })).toMatch(/grant\[0\]$/);
    expect(decided(rules, 'filesystem.write', { file_path: 'src/a' })).toMatch(/grant\[1\]$/);
  });

  it('does not open when nobody can tell', () => {
    const rules =
      'grant:\n  - { module: filesystem, actions: [write], when: { not: { target_exists_on_disk: true } } }';
    expect(decided(rules, 'filesystem.write', { file_path: 'a' })).toBe('approve gate4_policy -');
    const disk = { exists: () => false, real: () => null };
    expect(decided(rules, 'filesystem.write', { file_path: 'a' }, { disk })).toMatch(/^allow/);
  });

  it('counts only what has happened, not what is under way', () => {
    const rules = 'grant:\n  - { module: filesystem, actions: [write], when: { target_in_set: read_files } }';
    const read = { ...NOTHING_KNOWN.committed, has: () => true };
    expect(decided(rules, 'filesystem.write', { file_path: 'a' }, { projected: read })).toBe(
      'approve gate4_policy -',
    );
    expect(
      decided(rules, 'filesystem.write', { file_path: 'a' }, { projected: read, committed: read }),
    ).toMatch(/^allow/);
    // Two views that say the same, as two: each is asked.
    const again = { ...read };
    expect(
      decided(rules, 'filesystem.write', { file_path: 'a' }, { projected: read, committed: again }),
    ).toMatch(/^allow/);
    const nothing = NOTHING_KNOWN.committed;
    expect(
      decided(rules, 'filesystem.write', { file_path: 'a' }, { projected: nothing, committed: read }),
    ).toBe('approve gate4_policy -');
  });

  it('knows how strongly the session is enforced', () => {
    const rules =
      'grant:\n  - { module: shell, actions: [bash], when: { sandboxed: strict } }\nmax_risk_level: high';
    expect(decided(rules, 'shell.bash', { command: 'make' })).toMatch(/^approve/);
    expect(decided(rules, 'shell.bash', { command: 'make' }, { enforcement: 'standard' })).toMatch(
      /^approve/,
    );
    expect(decided(rules, 'shell.bash', { command: 'make' }, { enforcement: 'strict' })).toMatch(/^allow/);
  });

  it('is listed: with the right parameters it would open', () => {
    const viewer = { client: 'x', agent: 'main', appActive: true };
    const rules =
      'max_risk_level: low\ngrant:\n  - { module: shell, actions: [bash], when: { sandboxed: strict } }';
    expect(visibleActions(policyFrom(rules), viewer, [{ module: 'shell', action: 'bash' }])).toHaveLength(1);
  });
});

describe('what is no condition', () => {
  it.each([
    [
      '{ module: web, when: { path_match: x } }',
      'grant',
      /unknown condition "path_match".*did you mean path_matches/,
    ],
    ['{ module: web, when: }', 'grant', /`when` says nothing/],
    ['{ module: web, when: [a] }', 'grant', /expected a mapping/],
    ['{ module: web, when: { sandboxed: strict } }', 'deny', /`when` belongs to grant entries/],
    ['{ module: web, when: { sandboxed: strict } }', 'approve', /`when` belongs to grant entries/],
    ['{ module: web, when: { sandboxed: strict } }', 'hidden_actions', /`when` belongs to grant entries/],
  ])('%s in %s is refused', (entry, list, words) => {
    const found = errors(entry, list);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(words);
  });
});
