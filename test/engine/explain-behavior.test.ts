/** Why behaviour rules fire or not, part by part, and what would change the answer. */
import { describe, expect, it } from 'vitest';
import { NOTHING_KNOWN } from '../../main/engine/behavior/facts.ts';
import { understanding } from '../../main/engine/eval-line.ts';
import { explain } from '../../main/engine/explain.ts';
import { bash, callOf, facts, HOME, policyOf } from './calls.ts';

const FACTS = {
  ...facts,
  behavior: { ...NOTHING_KNOWN, home: HOME, commands: understanding(HOME).commands },
};
const policy = (behavior: object, capabilities: object = {}) =>
  policyOf({
    tools: {
      modules: { shell: {}, filesystem: {} },
      capabilities: { default_policy: 'auto', max_risk_level: 'high', ...capabilities },
    },
    security: { behavior },
  });
const rule = (condition: object, more: object = {}) =>
  policy({
    rule_definitions: [{ id: 'own', trigger: 'bash', action: 'block', condition, message: 'No.', ...more }],
  });
const PUSH = { param_contains: { param: 'command', value: 'push' } };
const FORCE = { param_matches: { param: 'command', pattern: '--force' } };
const of = (condition: object, command: string, more: object = {}) =>
  explain(bash(command), rule(condition, more), FACTS).rules[0];

describe('explaining behaviour rules', () => {
  it.each<[string, object, string, string, string]>([
    [
      'a part',
      PUSH,
      'git push',
      'fired',
      'holds: param_contains {param:command,value:push} (line 1); it says: No.',
    ],
    [
      'a part',
      PUSH,
      'git pull',
      'not_fired',
      'does not hold: param_contains {param:command,value:push} (line 1)',
    ],
    [
      'the part of all that fails',
      { all: [PUSH, FORCE] },
      'git push',
      'not_fired',
      'does not hold: param_matches {param:command,pattern:--force} (line 1)',
    ],
    [
      'every part of all',
      { all: [PUSH, { param_has_any: ['command'] }] },
      'git push',
      'fired',
      'holds: param_contains {param:command,value:push} (line 1); holds: param_has_any [command] (line 1); it says: No.',
    ],
    [
      'the part of any that holds',
      { any: [FORCE, PUSH] },
      'git push',
      'fired',
      'holds: param_contains {param:command,value:push} (line 1); it says: No.',
    ],
    [
      'every part of any',
      { any: [FORCE, PUSH] },
      'ls',
      'not_fired',
      'does not hold: param_matches {param:command,pattern:--force} (line 1); does not hold: param_contains {param:command,value:push} (line 1)',
    ],
    [
      'what not turns round',
      { not: PUSH },
      'git push',
      'not_fired',
      'holds: param_contains {param:command,value:push} (line 1)',
    ],
    [
      'what nobody tells',
      { text_matches: 'sorry' },
      'ls',
      'unavailable',
      'nobody tells whether text_matches sorry (line 1)',
    ],
    [
      'the part that nobody tells',
      { all: [PUSH, { no_text_before_tools: true }] },
      'git push',
      'unavailable',
      'nobody tells whether no_text_before_tools true (line 1)',
    ],
    ['no condition', {}, 'ls', 'fired', 'holds: it has no condition; it says: No.'],
    ['none of nothing', { any: [] }, 'ls', 'not_fired', 'any of nothing'],
  ])('names %s', (_what, condition, command, state, said) => {
    expect(of(condition, command)).toMatchObject({
      id: 'own',
      action: 'block',
      when: 'pre_tool',
      state,
      said,
    });
  });

  it('gives each rule its place, in the order in which they are asked', () => {
    const both = policyOf(
      `tools: { modules: { shell: {} }, capabilities: { default_policy: auto, max_risk_level: high } }
security:
  behavior:
    profile: coding
    rule_definitions:
      - { id: second_line, trigger: bash, action: warn, condition: { first_tool_this_turn: true } }
`,
    );
    const { rules } = explain(bash('rm -rf build'), both, FACTS);
    expect(rules.map(({ id, state, rule: { line } }) => [id, state, line])).toEqual([
      ['second_line', 'fired', 6],
      ['no_bash_for_files', 'not_fired', 4],
      ['no_blind_exploration', 'not_fired', 4],
      ['confirm_destructive', 'fired', 4],
      ['plan_before_execute', 'unavailable', 4],
      ['max_sequential_same_tool', 'not_fired', 4],
      ['delegate_complex', 'later', 4],
    ]);
    expect(rules.find(({ id }) => id === 'max_sequential_same_tool')?.said).toBe(
      'does not hold: this tool is called 8 times in a row',
    );
    expect(rules.at(-1)?.said).toBe('asked when the call has run');
  });

  it('tells what comes when the agent speaks', () => {
    const spoken = rule({ text_matches: 'todo' }, { when: 'on_text', action: 'warn' });
    expect(explain(bash('ls'), spoken, FACTS).rules).toMatchObject([
      { state: 'later', said: 'asked when the agent speaks' },
    ]);
  });

  it('does not ask them about a call that a gate refuses, nor about the supervisor’s own', () => {
    const denied = policy({ rule_definitions: [{ id: 'own', action: 'block' }] }, { deny: ['shell'] });
    expect(explain(bash('ls'), denied, FACTS).rules).toMatchObject([{ state: 'not_asked' }]);
    expect(explain(bash('ls', { caller: 'hook' }), rule({}), FACTS).rules).toMatchObject([
      { state: 'not_asked' },
    ]);
    expect(explain(bash('ls', { caller: 'hook' }), rule({}), FACTS).decision.kind).toBe('allow');
  });

  it('leaves rules about other tools out, and has none without a policy', () => {
    expect(explain(callOf('filesystem.read', { file_path: 'a' }), rule({}), FACTS).rules).toEqual([]);
    expect(explain(bash('ls'), null, FACTS).rules).toEqual([]);
  });

  it.each<[string, object, object, readonly [string, string][]]>([
    [
      'a rule of one’s own',
      {},
      {},
      [
        ['Take out the rule own', 'allow'],
        ['Give the rule own confirmable: true', 'approve'],
      ],
    ],
    ['one that is confirmed', {}, { confirmable: true }, [['Take out the rule own', 'allow']]],
  ])('offers what would change it: %s', (_what, condition, more, wanted) => {
    const { changes, decision } = explain(bash('ls'), rule(condition, more), FACTS);
    expect(decision.gate).toBe('behavior');
    expect(changes.slice(0, wanted.length).map(({ text, becomes }) => [text, becomes])).toEqual(wanted);
    expect(changes[0]?.rule).toMatchObject({ file: 'policy.yaml', line: 1 });
  });

  it('offers to switch a built-in rule off', () => {
    const { changes } = explain(bash('rm -rf /srv/data'), policy({ profile: 'coding' }), FACTS);
    expect(changes[0]).toMatchObject({
      text: 'Set confirm_destructive to false under security.behavior.rules',
      becomes: 'allow',
    });
  });

  it('offers nothing about rules that only warn, or that are not the last to block', () => {
    const warns = rule({}, { action: 'warn' });
    expect(explain(bash('ls'), warns, FACTS).changes.some(({ text }) => text.includes('own'))).toBe(false);
    const two = policy({
      rule_definitions: [
        { id: 'a', action: 'block' },
        { id: 'b', action: 'block' },
      ],
    });
    const { changes } = explain(bash('ls'), two, FACTS);
    expect(changes.some(({ text }) => text.startsWith('Take out the rule'))).toBe(false);
  });
});
