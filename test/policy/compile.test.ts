import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../main/policy/check.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { CompiledPolicy } from '../../main/policy/policy.ts';

/** Errors as they are printed, without the file's name. */
function errorsOf(text: string): readonly string[] {
  const result = compilePolicy(text, 'f');
  return result.ok
    ? []
    : result.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic).replace(/^f:/, ''));
}

function compiled(text: string): { policy: CompiledPolicy; notes: readonly string[] } {
  const result = compilePolicy(text, 'f');
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return { policy: result.policy, notes: result.notes.map(formatDiagnostic) };
}

const capabilities = (lines: string): string =>
  `tools:\n  modules: { shell: {}, filesystem: {}, web: {} }\n  capabilities:\n${lines.replace(/^/gm, '    ')}\n`;

describe('a policy that is right', () => {
  it('has defaults, a hash of its very bytes, and cannot be changed', () => {
    const text = '\ufefftools: { capabilities: {} }\r\n';
    const { policy } = compiled(text);
    expect(policy.hash).toBe(createHash('sha256').update(text).digest('hex'));
    expect(policy.capabilities?.defaultPolicy).toEqual({ value: 'approve', rule: null });
    expect(policy.capabilities?.maxRisk).toEqual({ value: 'medium', rule: null });
    expect(policy.capabilities?.maxClass).toEqual({ value: null, rule: null });
    expect(policy.capabilities?.approvalTimeoutSeconds).toBe(300);
    for (const part of [
      policy,
      policy.capabilities,
      policy.capabilities?.grant,
      policy.capabilities?.grant.entries,
      policy.unenforced,
      policy.kept,
    ])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('takes empty values as unset and null sections as absent', () => {
    const { policy } = compiled(
      capabilities(
        'default_policy: ""\nmax_risk_level:\nmax_data_classification: ""\napproval_timeout: 0\ngrant:\ndeny: []\nhidden_modules: null',
      ),
    );
    expect(policy.capabilities).toMatchObject({
      defaultPolicy: { value: 'approve' },
      maxRisk: { value: 'medium' },
      maxClass: { value: null },
      approvalTimeoutSeconds: 300,
    });
    expect(compiled('tools: { capabilities: }').policy.capabilities).toBeNull();
    expect(compiled('tools: { capabilities: }').notes.join()).toMatch(/every call is denied/);
  });

  it('reads entries in every form, and cites them where they stand', () => {
    const { policy } = compiled(
      capabilities(
        'grant:\n  - filesystem\n  - Shell.Bash\n  - filesystem__read\n  - filesystem.\n  - { module: web, tools: [fetch], actions: [search, fetch], reason: because }\n  - mcp__github__create_issue\n  - mcp_github\n  - { module: mcp, actions: [Delete] }',
      ),
    );
    expect(
      policy.capabilities?.grant.entries.map(({ module, actions, reason, rule }) => [
        module,
        actions,
        reason,
        rule.path,
        rule.line,
        rule.column,
      ]),
    ).toEqual([
      ['filesystem', null, null, 'capabilities.grant[0]', 5, 9],
      ['shell', ['bash'], null, 'capabilities.grant[1]', 6, 9],
      ['filesystem', ['read'], null, 'capabilities.grant[2]', 7, 9],
      ['filesystem', null, null, 'capabilities.grant[3]', 8, 9],
      ['web', ['fetch', 'search'], 'because', 'capabilities.grant[4]', 9, 9],
      ['mcp_github', ['create_issue'], null, 'capabilities.grant[5]', 10, 9],
      ['mcp_github', null, null, 'capabilities.grant[6]', 11, 9],
      ['mcp', ['delete'], null, 'capabilities.grant[7]', 12, 9],
    ]);
  });

  it('reads agents in every form', () => {
    const { policy } = compiled(
      'agents:\n  - { id: a, modules: [filesystem, shell.bash] }\n  - { id: b, modules: [{ filesystem: [read] }, { filesystem: [Grep] }] }\n  - { id: c, modules: { web: [fetch], mcp: [] } }\n  - { id: d, modules: [{ module: shell, actions: [bash] }] }\n  - { id: e }\n  - { id: f, modules: [] }\n',
    );
    const may = (agent: string, module: string, action: string) =>
      policy.agents.get(agent)?.modules?.allows(module, action);
    expect([may('a', 'filesystem', 'x'), may('a', 'shell', 'bash'), may('a', 'shell', 'kill')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([
      may('b', 'filesystem', 'read'),
      may('b', 'filesystem', 'grep'),
      may('b', 'filesystem', 'write'),
    ]).toEqual([true, true, false]);
    expect([may('c', 'web', 'fetch'), may('c', 'web', 'search'), may('c', 'mcp_x', 'y')]).toEqual([
      true,
      false,
      true,
    ]);
    expect([may('d', 'shell', 'bash'), may('d', 'shell', 'kill')]).toEqual([true, false]);
    expect(policy.agents.get('e')?.modules).toBeNull();
    expect(may('f', 'filesystem', 'read')).toBe(false);
  });

  it('keeps what is for a model runtime only, and says so once', () => {
    const { policy, notes } = compiled(
      'runtime: { mode: x }\nsecurity: { behavior: { profile: dev }, sandbox: { level: strict }, credentials_schema: { required: true } }\ntools: { capabilities: {} }\nagents: [{ id: main, role: x, brain: {}, system_prompt: y }]\n',
    );
    expect(policy.unenforced).toEqual([]);
    expect(policy.credentials).toEqual({ required: true, providers: [] });
    expect(policy.kept).toEqual({
      runtime: { mode: 'x' },
    });
    expect(notes.filter((note) => /not enforced/.test(note))).toHaveLength(0);
    expect(notes.filter((note) => /kept and ignored/.test(note))).toEqual([
      'f:1:1 kept and ignored, for a model runtime only: runtime, agents[0].role, agents[0].brain, agents[0].system_prompt',
    ]);
  });

  it('says where a rule reaches less far than it reads', () => {
    const { notes } = compiled(
      'tools: { modules: { shell: {} }, capabilities: { grant: [filesystem, todo, shell] } }',
    );
    expect(notes.filter((note) => /is not in tools.modules/.test(note))).toEqual([
      expect.stringContaining('module filesystem'),
    ]);
    expect(compiled('tools: { capabilities: { default_policy: auto } }').notes.join()).toMatch(
      /names no module/,
    );
  });
});

describe('a policy that is wrong', () => {
  it('reports everything at once, in the order of the file', () => {
    expect(
      errorsOf(
        'app: { app_id: 1, nam: x }\ntools:\n  modules: { shel: {} }\n  capabilities:\n    default_policy: allow\n    deny: [shell.bassh]\n    approval_timeout: 5\nsecurty: {}\n',
      ).map((line) => line.replace(/[:;] .*/, '')),
    ).toEqual([
      '1:16 app.app_id',
      '1:19 app.nam',
      '3:14 tools.modules.shel',
      '5:21 tools.capabilities.default_policy',
      '6:12 tools.capabilities.deny[0]',
      '7:23 tools.capabilities.approval_timeout',
      '8:1 securty',
    ]);
  });

  it.each([
    [
      'default_policy: aproove',
      'tools.capabilities.default_policy: invalid value "aproove"; allowed: auto, approve, block; did you mean approve',
    ],
    ['max_risk_level: HIGH', 'invalid value "HIGH"; allowed: low, medium, high; did you mean high'],
    ['max_risk_level: 3', 'invalid value "3"'],
    ['max_risk_level: [low]', 'invalid value a list or mapping'],
    [
      'max_data_classification: intrnal',
      'allowed: public, internal, confidential, restricted; did you mean internal',
    ],
    ['approval_timeout: 29', 'approval_timeout must be in [30, 3600] (got 29)'],
    ['approval_timeout: 3601', 'approval_timeout must be in [30, 3600] (got 3601)'],
    ['approval_timeout: 60.5', 'expected a whole number'],
    ['approval_timeout: "60"', 'expected a whole number, found the text "60"'],
    ['approval_timeout: .inf', 'expected a whole number'],
    ['grant: shell', 'expected a list'],
    ['grant: { module: shell }', 'expected a list'],
    ['grant: [[shell]]', 'expected `module`'],
    ['grant: [null]', 'expected `module`'],
    ['grant: [7]', 'expected `module`'],
    ['grant: [".read"]', 'names no module'],
    [
      'grant: [{ module: shell, action: bash }]',
      'unknown field "action"; allowed: module, actions, tools, reason, when; did you mean actions',
    ],
    ['grant: [{ actions: [bash] }]', 'names no module'],
    ['grant: [{ module: shell, actions: bash }]', 'expected a list'],
    ['grant: [{ module: shell, actions: [7] }]', 'must be text, not a number'],
    ['grant: [{ module: shell, actions: [null] }]', 'nothing stands here'],
    ['grant: [{ module: shell.bash }]', 'write { module: shell, actions: [bash] }'],
    ['grant: [{ module: shell, reason: 5 }]', 'must be text'],
    ['grant: [{ module: shell, actions: [bash], when: { x: 1 } }]', 'unknown condition "x"; allowed: '],
    ['deny: [{ module: shell, when: }]', '`when` belongs to grant entries'],
    ['grant: ["*"]', 'patterns are not supported'],
    ['grant: ["mcp_*"]', 'patterns are not supported'],
    ['grant: ["filesystem.*"]', 'patterns are not supported'],
    ['deny: [filesytem]', 'unknown module "filesytem"; allowed: shell, filesystem'],
    ['deny: [filesystem.delte]', 'unknown action "delte" of module filesystem'],
    ['hidden_modules: [shell.bash]', 'hide it with hidden_actions'],
    ['hidden_modules: [nonsense]', 'unknown module'],
    ['hidden_actions: [{ module: filesystem, actions: [globb] }]', 'did you mean glob'],
    ['rate_limits: { shell.bash: -1 }', 'rate limit must be >= 0'],
    ['rate_limits: { shell.bash: 1.5 }', 'expected a whole number'],
    ['rate_limits: { shell.bash: }', 'expected calls a minute'],
    ['rate_limits: { nonsense: 1 }', 'unknown module'],
    ['rate_limits: { shell.nonsense: 1 }', 'unknown action'],
    ['rate_limits: { shell.bash: 1, Shell.Bash: 2 }', 'is limited twice'],
    ['rate_limits: [1]', 'expected a mapping'],
    ['rate_limits: { "*": 99999999999 }', 'at most 100000'],
  ])('%j', (line, wanted) => {
    const found = errorsOf(capabilities(line));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(wanted);
  });

  it('refuses rules that a deny makes unreachable, and nothing else', () => {
    const clash = (lines: string) =>
      errorsOf(capabilities(lines)).map((line) => line.replace(/^\d+:\d+ tools\.capabilities\./, ''));
    expect(clash('grant: [shell]\ndeny: [shell]')).toEqual([
      'grant[0]: module shell is granted but also wholly denied (line 5); remove one of them',
    ]);
    expect(clash('grant: [shell.bash]\ndeny: [shell]')).toEqual([
      'grant[0]: unreachable grant: shell is wholly denied (line 5); remove one of them',
    ]);
    expect(clash('grant: [shell.bash]\ndeny: [Shell.BASH]')).toEqual([
      'grant[0]: shell.bash is granted but also denied (line 5); remove one of them',
    ]);
    expect(clash('approve: [shell.bash]\ndeny: [shell]')).toEqual([
      expect.stringContaining('approve[0]: unreachable approve'),
    ]);
    expect(clash('grant: [mcp_github]\ndeny: [mcp]')).toHaveLength(1);
    expect(clash('grant: [mcp_github.delete]\ndeny: [{ module: mcp, actions: [delete] }]')).toHaveLength(1);
    expect(clash('grant: [mcp]\ndeny: [mcp_github]')).toEqual([]);
    expect(clash('grant: [shell]\ndeny: [shell.bash]')).toEqual([]);
    expect(clash('grant: [shell.bash]\napprove: [shell.bash]')).toEqual([]);
  });

  it.each([
    ['agents: {}', 'agents: expected a list'],
    ['agents: [main]', 'expected a mapping'],
    ['agents: [null]', 'expected a mapping with an id'],
    ['agents: [{ modules: [shell] }]', 'an agent needs an id'],
    ['agents: [{ id: "" }]', 'an agent needs an id'],
    ['agents: [{ id: a }, { id: a }]', 'is there twice'],
    ['agents: [{ id: a, module: [shell] }]', 'did you mean modules'],
    ['agents: [{ id: a, capabilities: {} }]', 'rules per agent are not supported'],
    ['agents: [{ id: a, modules: shell }]', 'expected a list of modules'],
    ['agents: [{ id: a, modules: [shel] }]', 'did you mean shell'],
    ['agents: [{ id: a, modules: [{ shell: [bassh] }] }]', 'did you mean bash'],
    ['agents: [{ id: a, modules: [5] }]', 'expected a module'],
    ['agents: [{ id: a, modules: [{ module: shell, action: [bash] }] }]', 'unknown field "action"'],
    ['tools: { modules: { shell.bash: {} } }', 'names an action'],
    ['tools: { modules: { shell: {}, Shell: {} } }', 'is there twice'],
    ['tools: { modules: [shell] }', 'expected a mapping'],
    [
      'tools: { modules: { shell: { constraints: { allowed_paths: [x] } } } }',
      'unknown field "allowed_paths"',
    ],
    ['tools: { modules: { filesystem: { constraints: { allowed_paths: ["a*"] } } } }', 'is a pattern'],
    ['tools: { modules: { filesystem: { constraint: {} } } }', 'did you mean constraints'],
    ['capabilities: {}', 'it belongs below tools'],
    ['security: { sandbx: {} }', 'did you mean sandbox'],
    ['security: { sandbox: [] }', 'expected a mapping'],
    ['app: { app_id: "a b" }', 'must be 1 to 64 letters'],
    ['app: { version: 1.0 }', 'put it in quotes'],
    ['agents: [{ id: a, brain: { credential: key } }]', 'ref "key" is not declared; declared: none'],
  ])('%j', (text, wanted) => {
    const found = errorsOf(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(wanted);
  });

  it('checks references to credentials by name, scope and provider', () => {
    const schema =
      'security: { credentials_schema: { providers: [{ name: key, scope: per_user }, { name: other, scope: per_app_shared }] } }\n';
    const agent = (credential: string) =>
      errorsOf(`${schema}agents: [{ id: a, brain: { provider: openai, credential: ${credential} } }]`);
    expect(agent('key')).toEqual([]);
    expect(agent('{ ref: key, scope: per_user, provider: openai }')).toEqual([]);
    expect(agent('{ ref: other }')).toEqual([
      expect.stringContaining('is declared with scope per_app_shared, not per_user'),
    ]);
    expect(agent('{ ref: key, scope: per_usr }')).toEqual([expect.stringContaining('did you mean per_user')]);
    expect(agent('{ ref: key, provider: other }')).toEqual([
      expect.stringContaining('the provider beside the credential is "openai"'),
    ]);
    expect(agent('{ rf: key }').join()).toMatch(
      /unknown field "rf".*names no credential|names no credential.*unknown field "rf"/s,
    );
    expect(errorsOf(`${schema}agents: [{ id: a, brain: { fallback: { credential: kye } } }]`)).toEqual([
      expect.stringContaining('agents[0].brain.fallback.credential: ref "kye"'),
    ]);
  });
});

describe('the shipped files', () => {
  const preset = readFileSync(
    fileURLToPath(new URL('../../resources/presets/careful.yaml', import.meta.url)),
    'utf8',
  );

  it('the preset compiles without a remark', () => {
    expect(compiled(preset).notes).toEqual([]);
    expect(checkFile(preset, 'careful.yaml')).toEqual({
      lines: [`careful.yaml: ok (sha256 ${createHash('sha256').update(preset).digest('hex')})`],
      exitCode: 0,
    });
  });

  it('a check that fails says how often', () => {
    expect(checkFile('x: 1\ny: 2', 'f').lines.at(-1)).toBe('f: 2 errors; it is not put in force');
    expect(checkFile('x: 1', 'f')).toMatchObject({
      exitCode: 1,
      lines: [expect.stringMatching(/^f:1:1 x: unknown field "x"/), 'f: 1 error; it is not put in force'],
    });
  });
});
