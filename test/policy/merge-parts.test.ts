/** What several layers come to, part by part: the strictest of what is written, and what widens from trusted layers only. */
import { describe, expect, it } from 'vitest';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { PolicyLayer } from '../../main/policy/layer.ts';
import { mergeBehaviors } from '../../main/policy/merge-behaviors.ts';
import { mergeLayers } from '../../main/policy/merge-layers.ts';
import { mergeSandboxes } from '../../main/policy/merge-sandboxes.ts';

function layer(name: PolicyLayer['name'], text: string, trusted = name !== 'project'): PolicyLayer {
  const result = compilePolicy(text, `${name}.yaml`);
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return { name, policy: result.policy, trusted };
}
const user = (text: string) => layer('user', text);
const managed = (text: string) => layer('managed', text);
const project = (text: string, trusted = false) => layer('project', text, trusted);

describe('the sandbox', () => {
  const box = (value: string) => `security: { sandbox: { ${value} } }`;
  const merged = (...layers: readonly PolicyLayer[]) => mergeSandboxes(layers);

  it('is none where nobody writes one, and the one that is written where one is', () => {
    expect(merged()).toBeNull();
    expect(merged(user('app: { app_id: x }'))).toBeNull();
    expect(merged(user('app: { app_id: x }'), project(box('level: strict')))?.level.value).toBe('strict');
  });

  it.each<[string, readonly PolicyLayer[], string]>([
    [
      'the strictest of trusted layers',
      [managed(box('level: standard')), user(box('level: maximum'))],
      'maximum',
    ],
    [
      'the strictest, in either order',
      [managed(box('level: maximum')), user(box('level: standard'))],
      'maximum',
    ],
    ['one that is written, not a default', [managed(box('pool_size: 1')), user(box('level: "off"'))], 'off'],
    [
      'an untrusted one where it is stricter',
      [user(box('level: standard')), project(box('level: strict'))],
      'strict',
    ],
    ['not where it is weaker', [user(box('level: strict')), project(box('level: standard'))], 'strict'],
    [
      'an untrusted one alone, down to the default',
      [user(box('audit: true')), project(box('level: "off"'))],
      'standard',
    ],
    [
      'the default where nobody writes a level',
      [user(box('audit: true')), project(box('audit: true'))],
      'standard',
    ],
  ])('has a level: %s', (_what, layers, level) => {
    expect(merged(...layers)?.level.value).toBe(level);
  });

  it('takes the smallest amounts, and what any layer asks to watch', () => {
    const both = merged(
      user(
        box(
          'session_timeout: 600, idle_timeout: 40, require: standard, resources: { memory: 64MB, cpu: 2 }, namespaces: [pid]',
        ),
      ),
      project(
        box(
          'session_timeout: 120, workspace_snapshot: true, require: strict, resources: { memory: 32MB, processes: 9 }, namespaces: [net, pid]',
        ),
      ),
    );
    expect(both).toMatchObject({
      require: { value: 'strict', rule: { file: 'project.yaml' } },
      sessionTimeoutSeconds: 120,
      idleTimeoutSeconds: 40,
      written: { sessionTimeout: true, idleTimeout: true },
      workspaceSnapshot: true,
      audit: false,
      namespaces: ['pid', 'net'],
      resources: { memoryBytes: 32 * 2 ** 20, cpu: 2, processes: 9 },
    });
    const plain = merged(user(box('level: strict')), project(box('audit: true')));
    expect(plain).toMatchObject({
      require: { value: null },
      namespaces: null,
      audit: true,
      workspaceSnapshot: false,
      written: { sessionTimeout: false, idleTimeout: false },
      resources: { memoryBytes: null, cpu: null, processes: null },
      networkAllow: null,
    });
  });

  it('takes sizes, paths and hosts from trusted layers only', () => {
    const ours = user(
      box('pool_size: 3, pool_max: 4, allow_paths: [/a], network: { allow: [a.test] }, mdwe: "on"'),
    );
    const theirs = box('pool_size: 9, allow_paths: ["/b:rw"], network: { allow: [b.test] }, mdwe: "off"');
    expect(merged(ours, project(theirs))).toMatchObject({
      poolSize: 3,
      poolMax: 4,
      allowPaths: [{ path: '/a' }],
      networkAllow: [{ host: 'a.test' }],
      mdwe: 'on',
    });
    expect(merged(ours, project(theirs, true))).toMatchObject({
      poolSize: 3,
      allowPaths: [{ path: '/a' }, { path: '/b', writable: true }],
      networkAllow: [{ host: 'a.test' }, { host: 'b.test' }],
    });
    expect(merged(user(box('level: strict')), project(theirs))?.networkAllow).toBeNull();
  });
});

describe('behaviour rules', () => {
  const rules = (...ids: readonly string[]) =>
    `security: { behavior: { rule_definitions: [${ids.map((id) => `{ id: ${id}, message: in {file} }`).join(', ')}] } }`;
  const named = (file: string, ...ids: readonly string[]) => rules(...ids).replaceAll('{file}', file);
  const merged = (...layers: readonly PolicyLayer[]) => mergeBehaviors(layers.map(({ policy }) => policy));

  it('are those of all layers, a higher one’s first', () => {
    expect(mergeBehaviors([])).toBeNull();
    const both = merged(managed(named('managed', 'a', 'b')), user(named('user', 'b', 'c')));
    expect(both?.rules.map(({ id, message }) => `${id} ${message}`)).toEqual([
      'a in managed',
      'b in managed',
      'c in user',
    ]);
  });

  it('are one layer’s where only one speaks', () => {
    const [silent, speaks] = [managed('app: { app_id: x }'), user(named('user', 'a'))];
    expect(merged(silent, speaks)).toBe(speaks.policy.behavior);
    expect(merged(silent)).toBe(silent.policy.behavior);
    expect(merged(silent, user('app: { app_id: y }'))).toBe(silent.policy.behavior);
    const source =
      'tools: { capabilities: { grant: [{ module: web, when: { not: { data_from: filesystem.read } } }] } }';
    const both = merged(user(source), managed(named('managed', 'a')));
    expect([both?.rules.length, both?.sources.length]).toEqual([1, 1]);
  });

  it('have the profile that is named highest, and track what each layer tracks', () => {
    const one = managed(
      'security: { behavior: { rule_definitions: [{ id: a }], state_tracking: { flags: { f: { set_on: read } } } } }',
    );
    const two = user(
      'security: { behavior: { profile: research, rules: { max_blind_reads: 4 }, state_tracking: { counters: { n: { increment_on: edit } }, sets: { s: { add_on: read } } } } }',
    );
    const both = merged(one, two);
    expect([both?.profile, both?.values.max_blind_reads]).toEqual(['research', 4]);
    expect(both?.tracking.flags.map(({ name }) => name)).toEqual(['has_web_searched', 'f']);
    expect(both?.tracking.counters.map(({ name }) => name)).toEqual([
      'reads_since_search',
      'changes_since_test',
      'n',
    ]);
    expect(both?.tracking.sets.map(({ name }) => name).at(-1)).toBe('s');
    expect(both?.tracking.sets).toHaveLength(5);
  });
});

describe('capabilities', () => {
  const rules = (capabilities: string, modules = '{}') =>
    `tools: { modules: ${modules}, capabilities: { ${capabilities} } }`;
  const merged = (...layers: readonly PolicyLayer[]) => mergeLayers(layers);

  it.each<[string, readonly PolicyLayer[], object]>([
    [
      'the strictest that trusted layers write',
      [
        managed(rules('default_policy: auto, max_risk_level: high')),
        user(rules('default_policy: block, max_risk_level: low')),
      ],
      { defaultPolicy: { value: 'block' }, maxRisk: { value: 'low' }, maxClass: { value: null } },
    ],
    [
      'what is written, though it is weaker than the default',
      [managed(rules('')), user(rules('default_policy: auto, max_risk_level: high'))],
      { defaultPolicy: { value: 'auto' }, maxRisk: { value: 'high' } },
    ],
    [
      'an untrusted one where it is stricter',
      [
        user(rules('default_policy: auto')),
        project(rules('default_policy: block, max_risk_level: low, max_data_classification: internal')),
      ],
      { defaultPolicy: { value: 'block' }, maxRisk: { value: 'low' }, maxClass: { value: 'internal' } },
    ],
    [
      'not where it is weaker',
      [
        user(rules('max_data_classification: public')),
        project(rules('default_policy: auto, max_risk_level: high, max_data_classification: restricted')),
      ],
      {
        defaultPolicy: { value: 'approve', rule: null },
        maxRisk: { value: 'medium', rule: null },
        maxClass: { value: 'public' },
      },
    ],
    [
      'the shortest time to answer',
      [managed(rules('approval_timeout: 600')), user(rules('approval_timeout: 900'))],
      { approvalTimeoutSeconds: 600, approvalTimeoutRule: { file: 'managed.yaml' } },
    ],
    [
      'an untrusted time where it is shorter',
      [user(rules('')), project(rules('approval_timeout: 60'))],
      { approvalTimeoutSeconds: 60, approvalTimeoutRule: { file: 'project.yaml' } },
    ],
    [
      'not where it is longer than the default',
      [user(rules('')), project(rules('approval_timeout: 900'))],
      { approvalTimeoutSeconds: 300, approvalTimeoutRule: null },
    ],
  ])('%s', (_what, layers, wanted) => {
    expect(merged(...layers)?.capabilities).toMatchObject(wanted);
  });

  it('are none where no trusted layer has them', () => {
    expect(merged(project(rules('default_policy: auto')))?.capabilities).toBeNull();
    expect(merged(user('app: { app_id: x }'), project(rules('')))?.capabilities).toBeNull();
  });

  it('grant what trusted layers grant, and stop what any stops, without an untrusted word', () => {
    const both = merged(
      user(rules('grant: [web], deny: [{ module: todo, reason: ours }]')),
      project(
        rules(
          'grant: [shell], deny: [{ module: lsp, reason: theirs }], approve: [{ module: plan, reason: theirs }], hidden_modules: [skill]',
        ),
      ),
    )?.capabilities;
    expect(both?.grant.entries.map(({ module }) => module)).toEqual(['web']);
    expect(both?.deny.entries.map(({ module, reason, index }) => [module, reason, index])).toEqual([
      ['todo', 'ours', 0],
      ['lsp', null, 1],
    ]);
    expect(both?.approve.entries.map(({ module, reason }) => [module, reason])).toEqual([['plan', null]]);
    expect(both?.hidden.entries.map(({ module }) => module)).toEqual(['skill']);
    expect(both?.content.map(({ tightensOnly }) => tightensOnly ?? false)).toEqual([false, true]);
  });

  it('hold modules of trusted layers, narrowed by each of them', () => {
    const paths = (path: string) => `{ filesystem: { constraints: { allowed_paths: [${path}] } } }`;
    const both = merged(
      managed(rules('', paths('a'))),
      user(rules('', `{ web: {}, filesystem: { constraints: { allowed_paths: [b] } } }`)),
    );
    expect([...(both?.modules.keys() ?? [])]).toEqual(['filesystem', 'web']);
    expect(both?.modules.get('filesystem')?.limits.map(({ paths: allowed }) => allowed)).toEqual([
      ['a'],
      ['b'],
    ]);
    expect([...(merged(user(rules('')), project(rules('', paths('a'))))?.modules.keys() ?? [])]).toEqual([]);
  });

  it('are told with their layers and a hash that each of them changes', () => {
    const [one, two] = [user(rules('deny: [web]')), project(rules('deny: [todo]'))];
    const both = merged(one, two);
    expect(both?.layers).toMatchObject([
      { name: 'user', file: 'user.yaml', trusted: true },
      { name: 'project', file: 'project.yaml', trusted: false },
    ]);
    expect(both?.hash).not.toBe(merged(one, { ...two, trusted: true })?.hash);
    expect(both?.hash).not.toBe(merged(one)?.hash);
    expect(both?.hash).toBe(merged(one, two)?.hash);
    expect(merged(managed(rules('')), one)?.file).toBe('user.yaml');
    expect(merged(managed(rules('')), two)?.file).toBe('managed.yaml');
  });
});

describe('credentials', () => {
  const declared = (text: string) => `security: { credentials_schema: { ${text} } }`;
  it('are those of trusted layers, a higher one’s first, and required where one says so', () => {
    const merged = (...layers: readonly PolicyLayer[]) => mergeLayers(layers)?.credentials ?? null;
    expect(merged(user('app: { app_id: x }'), managed('app: { app_id: y }'))).toBeNull();
    const both = merged(
      managed(declared('providers: [{ name: key, label: ours }]')),
      user(declared('required: true, providers: [{ name: key, label: mine }, { name: other }]')),
    );
    expect(both?.required).toBe(true);
    expect(
      both?.providers
        .map(({ name, label }) => [name, label])
        .toSorted(([a = ''], [b = '']) => a.localeCompare(b)),
    ).toEqual([
      ['key', 'ours'],
      ['other', 'other'],
    ]);
    expect(merged(user(declared('providers: []')), project(declared('required: true')))?.required).toBe(
      false,
    );
  });
});
