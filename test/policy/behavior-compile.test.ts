/** What the compiler says of behaviour rules, tracking, switches and profiles: every mistake at its place, and what is made of the rest. */
import { describe, expect, it } from 'vitest';
import type { BehaviorPolicy } from '../../main/policy/behavior/behavior-policy.ts';
import type { BundleFile } from '../../main/policy/behavior/profile-file.ts';
import { namesOf } from '../../main/policy/behavior/tracking.ts';
import { type CompileOptions, compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import { toolNames } from '../../main/policy/conditions/tool-names.ts';

interface Compiled {
  readonly behavior: BehaviorPolicy | null;
  readonly errors: readonly string[];
  readonly notes: readonly string[];
  readonly files: readonly string[];
}

/** Of lines below `security.behavior`; they begin in line 4. */
function compiled(behavior: string, options: CompileOptions = {}): Compiled {
  const text = `tools: { capabilities: {} }\nsecurity:\n  behavior:\n${behavior.replaceAll(/^/gm, '    ')}\n`;
  const result = compilePolicy(text, 'p.yaml', options);
  if (!result.ok)
    return {
      behavior: null,
      errors: result.diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic),
      notes: [],
      files: [],
    };
  const { policy, notes } = result;
  return { behavior: policy.behavior, errors: [], notes: notes.map(formatDiagnostic), files: [] };
}
const errors = (behavior: string, options: CompileOptions = {}) => compiled(behavior, options).errors;
function made(behavior: string, options: CompileOptions = {}): BehaviorPolicy {
  const found = compiled(behavior, options);
  if (found.behavior === null) throw new Error(found.errors.join('\n'));
  return found.behavior;
}
const withFile =
  (text: string): NonNullable<CompileOptions['findProfile']> =>
  (name): BundleFile => ({ file: `behavior/${name}.yaml`, text });

describe('mistakes', () => {
  it.each<[string, string, readonly RegExp[]]>([
    [
      'a rule that is no mapping',
      'rule_definitions: [x]',
      [/^p\.yaml:4:\d+ .*rule_definitions\[0\]: expected a rule/],
    ],
    ['a rule that says nothing', 'rule_definitions:\n  -', [/rule_definitions\[0\]: expected a rule/]],
    ['a rule without an id', 'rule_definitions: [{ action: warn }]', [/rule id is required/]],
    ['an empty id', 'rule_definitions: [{ id: "" }]', [/\.id: rule id is required/]],
    ['an id that is no text', 'rule_definitions: [{ id: [1] }]', [/\.id: /]],
    ['an id that is none', 'rule_definitions: [{ id: a b }]', [/\.id: "a b" is no id/]],
    ['an id that is too long', `rule_definitions: [{ id: ${'a'.repeat(65)} }]`, [/is no id/]],
    ['an unknown key', 'rule_definitions: [{ id: a, level: 1 }]', [/level/]],
    ['two rules that are wrong', 'rule_definitions: [{ id: a b }, { id: c, when: x }]', [/is no id/, /when/]],
    [
      'a condition that is wrong',
      'rule_definitions: [{ id: a, condition: { nope: 1 } }]',
      [/unknown condition "nope"/],
    ],
    ['a trigger that is wrong', 'rule_definitions: [{ id: a, trigger: nope.nope }]', [/nope/]],
    [
      'the result, before there is one',
      'rule_definitions: [{ id: a, condition: { result_has_lint_errors: true } }]',
      [
        /\.condition: asks about the result of a call, which there is not yet at pre_tool; write when: post_tool/,
      ],
    ],
    [
      'a message that is too long',
      `rule_definitions: [{ id: a, message: ${'m'.repeat(2001)} }]`,
      [/\.message: a message may hold 2000 characters, this one has 2001/],
    ],
    [
      'a message about what nothing keeps',
      'rule_definitions: [{ id: a, message: "{counter:x} {set_count:y} {flag:z} {param:w} {target}" }]',
      [/\{counter:x\} names nothing/, /\{set_count:y\} names nothing/, /\{flag:z\} names nothing/],
    ],
    [
      'a message that takes one kind for another',
      'rule_definitions: [{ id: a, message: "{counter:read_files} {set_count:has_web_searched} {flag:reads_since_search}" }]',
      [/\{counter:read_files\}/, /\{set_count:has_web_searched\}/, /\{flag:reads_since_search\}/],
    ],
    [
      'what only warns, confirmed',
      'rule_definitions: [{ id: a, confirmable: true }]',
      [/\.confirmable: only a rule that blocks/],
    ],
    [
      'a block after the call, confirmed',
      'rule_definitions: [{ id: a, when: post_tool, action: block, confirmable: true }]',
      [/only a rule that blocks before the call/],
    ],
    ['the older form without a value', 'custom: [{ id: a, condition: { param: x } }]', [/contains/]],
    [
      'the older form with an empty value',
      'custom: [{ id: a, condition: { param: x, contains: "" } }]',
      [/contains/],
    ],
    [
      'the older form with an empty name',
      'custom: [{ id: a, condition: { param: "", contains: y } }]',
      [/param/],
    ],
    [
      'the older form with a wrong pattern',
      'custom: [{ id: a, condition: { param: x, matches: "(" } }]',
      [/matches/],
    ],
    [
      'the older form in the newer list',
      'rule_definitions: [{ id: a, condition: { param: x, contains: y } }]',
      [/condition: a condition has one key, and here are 2/, /"param"/, /"contains"/],
    ],
    ['a set without tools', 'state_tracking: { sets: { s: { target: url } } }', [/add_on is missing/]],
    [
      'a set with an empty target',
      'state_tracking: { sets: { s: { add_on: read, target: "" } } }',
      [/target/],
    ],
    [
      'a set with wrong names',
      'state_tracking: { sets: { s: { add_on: read, aliases: { x: 1 } } } }',
      [/aliases/],
    ],
    [
      'a set that says nothing',
      'state_tracking:\n  sets:\n    s:',
      [/^p\.yaml:6:9 .*says nothing; name the tools/],
    ],
    [
      'a name that is none',
      'state_tracking: { sets: { "a b": { add_on: read } } }',
      [/^p\.yaml:4:\d+ .*"a b" is no name/],
    ],
    ['an unknown key of a set', 'state_tracking: { sets: { s: { add_on: read, key: x } } }', [/key/]],
    [
      'a counter without tools',
      'state_tracking: { counters: { c: { reset_on: read } } }',
      [/increment_on is missing/],
    ],
    ['a flag without tools', 'state_tracking: { flags: { f: { unset_on: read } } }', [/set_on is missing/]],
    ['a flag by a tool that is none', 'state_tracking: { flags: { f: { set_on: nope.nope } } }', [/nope/]],
    [
      'half of a reset',
      'state_tracking: { counters: { c: { increment_on: edit, reset_when: { tool: bash } } } }',
      [/param is missing; write \{ tool/, /matches is missing/],
    ],
    [
      'a reset by a tool that is none',
      'state_tracking: { counters: { c: { increment_on: edit, reset_when: { tool: nope.nope, param: x, matches: y } } } }',
      [/nope/],
    ],
    [
      'a reset by a wrong pattern',
      'state_tracking: { counters: { c: { increment_on: edit, reset_when: { tool: bash, param: x, matches: "(" } } } }',
      [/matches/],
    ],
    ['a switch that is no yes or no', 'rules: { read_before_edit: 3 }', [/read_before_edit/]],
    ['a number below one', 'rules: { max_blind_reads: 0 }', [/max_blind_reads must be >= 1 \(got 0\)/]],
    ['a number that is none', 'rules: { max_blind_reads: many }', [/max_blind_reads/]],
    ['words that are none', 'rules: { verbosity: loud, autonomy: full }', [/verbosity/, /autonomy/]],
    [
      'a profile that is none',
      'profile: codin',
      [/unknown behavior profile "codin".*allowed: dev, coding.*\{\{behavior\.NAME\}\}.*did you mean coding/],
    ],
    ['a profile that every object has', 'profile: constructor', [/unknown behavior profile "constructor"/]],
    ['a profile without its file', 'profile: "{{behavior.mine}}"', [/there is no file behavior\/mine\.yaml/]],
    ['runtime: no flag', 'classify_turns: often', [/classify_turns/]],
    ['runtime: no flag', 'use_agent_brain: 3', [/use_agent_brain/]],
    ['runtime: how often', 'classifier: { frequency: often }', [/frequency/]],
    ['runtime: skipping', 'classifier: { skip_followups: x }', [/skip_followups/]],
    ['runtime: a number', 'classifier: { timeout: -1 }', [/timeout must be >= 0 \(got -1\)/]],
    ['runtime: an unknown key', 'classifier: { model: x }', [/model/]],
  ])('%s', (_what, behavior, wanted) => {
    const found = errors(behavior);
    expect(found, found.join('\n')).toHaveLength(wanted.length);
    for (const [at, pattern] of wanted.entries()) expect(found[at]).toMatch(pattern);
  });

  it('of a profile’s file stand at their place there', () => {
    const profile = 'profile: "{{behavior.mine}}"';
    const said = (text: string) => errors(profile, { findProfile: withFile(text) });
    expect(said('')).toEqual([expect.stringMatching(/^behavior\/mine\.yaml:1:\d+ .*the profile is empty/)]);
    expect(said('extends: coder')).toEqual([expect.stringMatching(/^behavior\/mine\.yaml:1:10 extends/)]);
    expect(said('name: [x]\ndescription: {}\nprompt: [y]')).toHaveLength(3);
    expect(said('rules: { nope: true }')).toEqual([
      expect.stringMatching(/^behavior\/mine\.yaml:1:\d+ rules.*nope/),
    ]);
    expect(said('custom: [{ id: a b }]')).toEqual([expect.stringMatching(/^behavior\/mine\.yaml:1/)]);
    expect(said('rule_definitions: [{ id: a b }]')).toEqual([
      expect.stringMatching(/^behavior\/mine\.yaml:1/),
    ]);
    const broken = () => {
      throw new Error('the disk is gone');
    };
    expect(errors(profile, { findProfile: broken })).toEqual([
      expect.stringMatching(/^p\.yaml:4:\d+ .*the disk is gone/),
    ]);
    expect(errors(profile, { findProfile: () => null })).toEqual([expect.stringMatching(/there is no file/)]);
  });

  it('more rules than can be asked', () => {
    const rules = (count: number) =>
      `rule_definitions: [${Array.from({ length: count }, (_, at) => `{ id: r${at} }`).join(', ')}]`;
    expect(errors(rules(5001))).toEqual([
      expect.stringMatching(/rule_definitions: a policy may have 5000 behaviour rules, this one has 5001/),
    ]);
  });
});

describe('a rule', () => {
  it('is made with what it says, and with what it leaves out', () => {
    const { rules } = made(
      'rule_definitions:\n  - { id: full, description: d, trigger: edit, when: pre_tool, action: block, message: m, confirmable: true }\n  - { id: bare }\n  - { id: told, description: in words }\n  - { id: none, trigger: [], message: "" }',
    );
    expect(rules).toMatchObject([
      { id: 'full', description: 'd', when: 'pre_tool', action: 'block', message: 'm', confirmable: true },
      { id: 'bare', description: '', when: 'pre_tool', action: 'warn', message: 'The rule bare applies.' },
      { id: 'told', message: 'in words', confirmable: false, afterFailure: false },
      { id: 'none', message: 'The rule none applies.' },
    ]);
    expect(rules.map(({ rule }) => [rule.path, rule.line])).toEqual([
      ['behavior.rule_definitions[0]', 5],
      ['behavior.rule_definitions[1]', 6],
      ['behavior.rule_definitions[2]', 7],
      ['behavior.rule_definitions[3]', 8],
    ]);
    expect(
      rules.map(({ trigger }) => [trigger.match('filesystem', 'edit'), trigger.match('web', 'fetch')]),
    ).toEqual([
      [true, false],
      [true, true],
      [true, true],
      [true, true],
    ]);
    expect(made(`rule_definitions: [{ id: a, message: ${'m'.repeat(2000)} }]`).rules).toHaveLength(1);
  });

  it('in the older form takes its text from `rule`, and its condition by the parameter', () => {
    const { rules } = made(
      'custom:\n  - { id: has, rule: r, condition: { param: command, contains: push } }\n  - { id: fits, condition: { param: command, matches: "^git" } }\n  - { id: new, condition: { param_contains: { param: command, value: pull } } }',
    );
    expect(rules.map(({ id, message }) => [id, message])).toEqual([
      ['has', 'r'],
      ['fits', 'The rule fits applies.'],
      ['new', 'The rule new applies.'],
    ]);
    const holds = (command: string) =>
      rules.map(({ condition }) =>
        condition.test({
          phase: 'pre',
          module: 'shell',
          action: 'bash',
          params: { command },
          cwd: '/',
          home: '/',
        } as never),
      );
    expect(holds('git push')).toEqual([true, true, false]);
    expect(holds('a git pull')).toEqual([false, false, true]);
  });

  it('stands for its id where it is the first', () => {
    const twice = compiled('rule_definitions: [{ id: a, message: one }, { id: a, message: two }]');
    expect(twice.behavior?.rules.map(({ message }) => message)).toEqual(['one']);
    expect(twice.notes).toContainEqual(
      expect.stringMatching(/the id a is taken by the rule in line 4; this one has no effect/),
    );
    const replaced = compiled('profile: coding\nrule_definitions: [{ id: read_before_edit, message: mine }]');
    expect(replaced.behavior?.rules.find(({ id }) => id === 'read_before_edit')?.message).toBe('mine');
    expect(replaced.notes.join('\n')).not.toMatch(/is taken/);
  });
});

describe('what rules are asked', () => {
  const policy = made(
    'rule_definitions: [{ id: before, trigger: edit }, { id: all }, { id: after, when: post_tool, trigger: read }, { id: text, when: on_text }]',
  );
  const ids = (...asked: Parameters<BehaviorPolicy['rulesFor']>) =>
    policy.rulesFor(...asked).map(({ id }) => id);

  it('depends on the moment and the tool, each time it is asked', () => {
    for (let times = 0; times < 2; times += 1) {
      expect(ids('pre_tool', 'filesystem', 'edit')).toEqual(['before', 'all']);
      expect(ids('pre_tool', 'filesystem', 'read')).toEqual(['all']);
      expect(ids('post_tool', 'filesystem', 'read')).toEqual(['after']);
      expect(ids('post_tool', 'filesystem', 'edit')).toEqual([]);
      expect(ids('on_text', 'web', 'fetch')).toEqual(['text']);
    }
    for (let at = 0; at < 600; at += 1) expect(ids('pre_tool', 'mcp_x', `t${at}`)).toEqual(['all']);
    expect(ids('pre_tool', 'mcp_x', 't599')).toEqual(['all']);
    expect(policy.rulesFor('pre_tool', 'mcp_x', 't1')).toBe(policy.rulesFor('pre_tool', 'mcp_x', 't1'));
  });

  it.each<[string, boolean]>([
    ['{ id: a }', false],
    ['{ id: a, when: on_text }', true],
    ['{ id: a, condition: { text_matches: x } }', true],
    ['{ id: a, condition: { not: { no_text_before_tools: true } } }', true],
    ['{ id: a, condition: { param_has_any: [x] } }', false],
  ])('needs what the agent says: %s %s', (rule, needs) => {
    expect(made(`rule_definitions: [${rule}]`).needsText).toBe(needs);
  });
});

describe('what is tracked', () => {
  it('is what is always kept, and what is added', () => {
    const { tracking } = made(
      'state_tracking:\n  sets:\n    pages: { add_on: web.fetch, target: url, aliases: [uri, link] }\n    files: { add_on: read }\n    bare: { add_on: read, target: where }\n  counters:\n    n: { increment_on: edit, reset_on: read, reset_when: { tool: bash, param: command, matches: "^make" } }\n    m: { increment_on: edit }\n  flags:\n    f: { set_on: web.search, unset_on: bash }\n    g: { set_on: read }',
    );
    expect(tracking.sets.slice(4)).toMatchObject([
      { name: 'pages', target: 'url', aliases: ['uri', 'link'] },
      { name: 'files', target: 'file_path', aliases: ['path', 'filepath'] },
      { name: 'bare', target: 'where', aliases: [] },
    ]);
    expect(tracking.sets.slice(4).map(({ addOn }) => addOn.match('web', 'fetch'))).toEqual([
      true,
      false,
      false,
    ]);
    const [n, m] = tracking.counters.slice(2);
    expect([n?.name, n?.resetOn?.match('filesystem', 'read'), n?.resetWhen?.param]).toEqual([
      'n',
      true,
      'command',
    ]);
    expect([n?.resetWhen?.pattern.test('make test'), n?.resetWhen?.tool.match('shell', 'bash')]).toEqual([
      true,
      true,
    ]);
    expect([m?.name, m?.resetOn, m?.resetWhen]).toEqual(['m', null, null]);
    expect(
      tracking.flags.slice(1).map(({ name, unsetOn }) => [name, unsetOn?.match('shell', 'bash') ?? null]),
    ).toEqual([
      ['f', true],
      ['g', null],
    ]);
  });

  it('under one name has the targets of both', () => {
    const set = (target: string, ...aliases: readonly string[]) => ({
      name: 's',
      addOn: toolNames('a.b'),
      target,
      aliases,
    });
    const merged = (...sets: readonly ReturnType<typeof set>[]) =>
      namesOf({ sets, counters: [], flags: [] }).sets.get('s');
    expect(merged(set('url', 'uri'))).toEqual({ target: 'url', aliases: ['uri'] });
    expect(merged(set('url', 'uri'), set('url', 'link', 'uri'))).toEqual({
      target: 'url',
      aliases: ['uri', 'link'],
    });
    expect(merged(set('url', 'uri'), set('path'))).toEqual({ target: 'url', aliases: ['uri', 'path'] });
    expect(
      namesOf(made('state_tracking: { counters: { n: { increment_on: edit } } }').tracking),
    ).toMatchObject({
      counters: new Set(['reads_since_search', 'changes_since_test', 'n']),
      flags: new Set(['has_web_searched']),
    });
  });
});

describe('profiles and switches', () => {
  const on = (behavior: string, options: CompileOptions = {}) =>
    made(behavior, options).rules.map(({ id }) => id);

  it('switch rules on and off, by yes, no and number', () => {
    expect(on('rules: { read_before_edit: true }')).toEqual(['read_before_edit']);
    expect(on('profile: coding')).toContain('read_before_edit');
    expect(on('profile: coding\nrules: { read_before_edit: false }')).not.toContain('read_before_edit');
    expect(on('rules: { max_sequential_same_tool: 4 }')).toEqual(['max_sequential_same_tool']);
    expect(on('rules: { max_sequential_same_tool: true }')).toEqual(['max_sequential_same_tool']);
    expect(on('profile: coding\nrules: { max_sequential_same_tool: false }')).not.toContain(
      'max_sequential_same_tool',
    );
    expect(on('rules: { max_blind_reads: 2 }')).toEqual([]);
    expect(on('profile: ""')).toEqual([]);
    expect(on('profile:')).toEqual([]);
  });

  it('have numbers and words, the profile’s where nothing is said', () => {
    expect(made('profile: coding').values).toMatchObject({
      max_blind_reads: 3,
      verbosity: 'concise',
      autonomy: 'high',
    });
    expect(
      made(
        'profile: coding\nrules: { max_blind_reads: 9, changes_before_test_reminder: 1, max_sequential_same_tool: 4, verbosity: detailed, autonomy: low }',
      ).values,
    ).toEqual({
      max_blind_reads: 9,
      changes_before_test_reminder: 1,
      max_sequential_same_tool: 4,
      verbosity: 'detailed',
      autonomy: 'low',
    });
    expect(made('profile: coding').profile).toBe('coding');
  });

  it('stand where they were switched on', () => {
    const lines = (behavior: string, options: CompileOptions = {}) =>
      Object.fromEntries(
        made(behavior, options).rules.map(({ id, rule }) => [id, `${rule.file}:${rule.line}`]),
      );
    const own = lines('profile: coding\nrules:\n  read_before_edit: true');
    expect([own['read_before_edit'], own['confirm_destructive']]).toEqual(['p.yaml:6', 'p.yaml:4']);
    const file = { findProfile: withFile('name: mine\nextends: coding\nrules:\n  read_before_edit: true\n') };
    const theirs = lines('profile: "{{ behavior.mine }}"\nrules:\n  max_sequential_same_tool: 3', file);
    expect([
      theirs['read_before_edit'],
      theirs['confirm_destructive'],
      theirs['max_sequential_same_tool'],
    ]).toEqual(['behavior/mine.yaml:4', 'behavior/mine.yaml:2', 'p.yaml:6']);
  });

  it('may be a file’s, with rules of its own behind the policy’s', () => {
    const text =
      'name: mine\ndescription: d\nprompt: p\nextends: coding\nrules: { read_before_edit: false, max_blind_reads: 7 }\nrule_definitions: [{ id: theirs }, { id: mine, message: not this }]\ncustom: [{ id: old, rule: o }]';
    const policy = made('profile: "{{behavior.mine}}"\nrule_definitions: [{ id: mine, message: this }]', {
      findProfile: withFile(text),
    });
    expect(policy.profile).toBe('{{behavior.mine}}');
    expect(policy.values.max_blind_reads).toBe(7);
    const ids = policy.rules.map(({ id }) => id);
    expect(ids).not.toContain('read_before_edit');
    expect([ids[0], ids[1], ids.at(-1)]).toEqual(['mine', 'theirs', 'old']);
    expect(policy.rules[0]?.message).toBe('this');
    expect(policy.rules[1]?.rule).toMatchObject({ file: 'behavior/mine.yaml', path: 'rule_definitions[0]' });
    const bare = made('profile: "{{behavior.mine}}"', { findProfile: withFile('name: mine') });
    expect(bare.rules).toEqual([]);
  });

  it('of a model runtime are kept, told and without effect', () => {
    const found = compiled(
      'classify_turns: true\nuse_agent_brain: false\nbrain: { model: x }\nclassifier: { frequency: every_turn, skip_followups: true, timeout: 0 }\nrules: { confirm_complex_plans: true }',
    );
    const [note] = found.notes.filter((text) => text.includes('for a model runtime only'));
    for (const key of ['classify_turns', 'use_agent_brain', 'brain', 'classifier', 'confirm_complex_plans'])
      expect(note).toContain(key);
    expect(found.behavior?.rules).toEqual([]);
    expect(compiled('profile: coding').notes.join()).not.toContain('model runtime');
    expect(compiled('classifier:\nclassify_turns:').errors).toEqual([]);
  });
});
