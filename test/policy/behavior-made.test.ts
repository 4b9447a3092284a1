/** What the compiler makes of behaviour rules, tracking, switches and profiles. */
import { describe, expect, it } from 'vitest';
import type { BehaviorPolicy } from '../../main/policy/behavior/behavior-policy.ts';
import { namesOf } from '../../main/policy/behavior/tracking.ts';
import type { CompileOptions } from '../../main/policy/compile.ts';
import { toolNames } from '../../main/policy/conditions/tool-names.ts';
import { compiled, made, withFile } from '../support/behavior-compile-bench.ts';

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
