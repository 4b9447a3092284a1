/** What a person reads before trusting a repository's policy: every line of it that gives something. */
import { describe, expect, it } from 'vitest';
import { type CompileOptions, compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import type { PolicyLayer } from '../../main/policy/layer.ts';
import { trustChanges } from '../../main/policy/trust-changes.ts';

function policyOf(text: string, file: string, options: CompileOptions = {}) {
  const result = compilePolicy(text, file, options);
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.policy;
}

const OWN: PolicyLayer = {
  name: 'user',
  policy: policyOf(
    'tools: { modules: { shell: {} }, capabilities: { default_policy: approve } }',
    'user.yaml',
  ),
  trusted: true,
};

function told(text: string, others: readonly PolicyLayer[] = [OWN], options: CompileOptions = {}) {
  return trustChanges(others, policyOf(text, 'p.yaml', options)).map(
    ({ kind, line, text: words }) => `${kind} ${line} ${words}`,
  );
}

const capabilities = (lines: readonly string[]) =>
  `tools:\n  modules: { shell: {} }\n  capabilities: ${lines.length === 0 ? '{}' : `\n${lines.map((line) => `    ${line}\n`).join('')}`}`;

describe('trusting a file', () => {
  it('changes nothing when it says nothing', () => {
    expect(told('app: { name: x }')).toEqual([]);
    expect(told('app: { name: x }', [])).toEqual([]);
  });

  it('lets run without a question what it grants', () => {
    expect(
      told(
        capabilities([
          'grant:',
          '  - shell',
          '  - { module: web, actions: [fetch, search] }',
          '  - { module: shell, actions: [bash], when: { command_is: [ls] } }',
        ]),
      ),
    ).toEqual([
      'widens 5 Without a question: everything of shell',
      'widens 6 Without a question: web.fetch, web.search',
      'widens 7 Without a question, under a condition: shell.bash',
    ]);
  });

  it('asks about what lay above the cap only where an entry names an action', () => {
    expect(told(capabilities(['approve:', '  - web', '  - shell.bash']))).toEqual([
      'widens 6 Asked about even above the risk cap: shell.bash',
      'tightens 5 Asked about: everything of web',
      'tightens 6 Asked about: shell.bash',
    ]);
  });

  it('tells what holds already after all that is given, each in the order of the file', () => {
    expect(
      told(
        capabilities([
          'deny: [web.fetch]',
          'hidden_actions: [filesystem.read]',
          'approve: [web]',
          'grant: [shell.bash]',
          'hidden_modules: [lsp]',
        ]),
      ),
    ).toEqual([
      'widens 7 Without a question: shell.bash',
      'tightens 4 Denied: web.fetch',
      'tightens 5 Hidden: filesystem.read',
      'tightens 6 Asked about: everything of web',
      'tightens 8 Hidden: everything of lsp',
    ]);
  });

  it('brings modules that were not there, and no others', () => {
    expect(told('tools:\n  modules:\n    shell: {}\n    web: {}')).toEqual([
      'widens 4 The module web, with the permissions of its actions',
    ]);
  });

  it('changes settings that nobody else has written, where they are wider than the default', () => {
    const silent: PolicyLayer = { ...OWN, policy: policyOf(capabilities([]), 'user.yaml') };
    const wide = [
      'max_data_classification: internal',
      'default_policy: auto',
      'max_risk_level: high',
      'approval_timeout: 3600',
    ];
    expect(told(capabilities(wide), [silent])).toEqual([
      'widens 5 default_policy becomes auto, now approve',
      'widens 6 max_risk_level becomes high, now medium',
      'widens 7 approval_timeout becomes 3600 s, now 300 s',
    ]);
    const written: PolicyLayer = {
      ...OWN,
      policy: policyOf(
        capabilities(['default_policy: block', 'max_risk_level: low', 'approval_timeout: 60']),
        'user.yaml',
      ),
    };
    expect(told(capabilities(wide), [written])).toEqual([]);
    const narrow = ['default_policy: block', 'max_risk_level: low', 'approval_timeout: 30'];
    expect(told(capabilities(narrow), [silent])).toEqual([]);
  });

  it('tells no settings where nothing else is in force', () => {
    expect(told(capabilities(['default_policy: auto']), [])).toEqual([
      'widens 2 The module shell, with the permissions of its actions',
    ]);
  });

  it('names agents with what they use', () => {
    expect(told('agents:\n  - { id: main }\n  - { id: helper, modules: [web, shell] }\n', [OWN])).toEqual([
      'widens 2 Its list of agents holds: main as it is',
      'widens 3 Its list of agents holds: helper uses web, shell',
    ]);
  });

  it('opens places of the sandbox', () => {
    expect(
      told(
        'security:\n  sandbox:\n    level: strict\n    allow_paths: [/data, "/out:rw"]\n    network: { allow: [example.org, "db.local:5432"] }\n',
      ),
    ).toEqual([
      expect.stringMatching(/^widens 1 Inside the sandbox: .*data, to read$/),
      expect.stringMatching(/^widens 1 Inside the sandbox: .*out, to write$/),
      'widens 1 From inside the sandbox: example.org',
      'widens 1 From inside the sandbox: db.local:5432',
    ]);
  });

  it('asks for credentials', () => {
    expect(
      told(
        'security: { credentials_schema: { providers: [{ name: forge, type: api_key, scope: per_user }, { name: mail, type: api_key, scope: system_wide }] } }',
      ),
    ).toEqual([
      'widens 1 Asks for the credential forge (per user)',
      'widens 1 Asks for the credential mail (system wide)',
    ]);
  });

  describe('tells behaviour rules, whose words reach the agent', () => {
    it('the built-in ones in one line, its own each', () => {
      const lines = told(`security:
  behavior:
    profile: coding
    rule_definitions:
      - { id: mine, action: warn, message: "do\\n  this" }
      - { id: other, action: warn, message: that }
`);
      expect(lines).toEqual([
        expect.stringMatching(/^widens 3 The behaviour rules .*read_before_edit.*, by the profile coding$/),
        'widens 5 Told to the agent by the rule mine: do ⏎ this',
        'widens 6 Told to the agent by the rule other: that',
      ]);
      expect(lines[0]).not.toMatch(/mine|other/);
    });

    it('without a profile where there is none', () => {
      expect(told('security:\n  behavior:\n    rules: { read_before_edit: true }\n')).toEqual([
        'widens 3 The behaviour rules read_before_edit',
      ]);
    });

    it('with the file they stand in, where that is another one', () => {
      const text = 'rule_definitions:\n  - { id: theirs, action: warn, message: hear }\n';
      expect(
        told('security: { behavior: { profile: "{{behavior.team}}" } }', [OWN], {
          findProfile: () => ({ file: '/home/dev/p/behavior/team.yaml', text }),
        }),
      ).toEqual(['widens 2 Told to the agent by the rule theirs (behavior/team.yaml): hear']);
      expect(
        told('security: { behavior: { profile: "{{behavior.team}}" } }', [OWN], {
          findProfile: () => ({ file: 'C:\\p\\behavior\\team.yaml', text }),
        }),
      ).toEqual(['widens 2 Told to the agent by the rule theirs (behavior/team.yaml): hear']);
    });
  });
});
