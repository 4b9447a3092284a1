/** Mistakes in behaviour rules, tracking, switches and profiles: each is told once, at its place. */
import { describe, expect, it } from 'vitest';
import { errors, withFile } from '../support/behavior-compile-bench.ts';

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
