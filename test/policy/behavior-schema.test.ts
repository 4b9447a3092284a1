/** The schema for editors says of behaviour rules what the compiler says, key by key and in examples. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BEHAVIOR_FIELDS } from '../../main/policy/behavior/compile-behavior.ts';
import { CUSTOM_FIELDS, RULE_FIELDS } from '../../main/policy/behavior/compile-rule.ts';
import { CLASSIFIER } from '../../main/policy/behavior/runtime-keys.ts';
import { SWITCHES } from '../../main/policy/behavior/switches.ts';
import { RESET_FIELDS, TRACKING_FIELDS } from '../../main/policy/behavior/tracking.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import { CONDITION_KEYS } from '../../main/policy/conditions/compile-condition.ts';
import { policySchema } from '../../main/policy/json-schema.ts';
import { type Json, mapOf, readCases, textOf } from '../conformance/cases.ts';
import { fileWith } from '../conformance/policy-area.ts';
import { schemaProblems } from '../support/json-schema.ts';

const root = join(import.meta.dirname, '..', '..');
const schema = policySchema();

type Part = { readonly [key: string]: unknown };

/** A part of the schema; `*` is what any name has, `[]` what is in a list. */
function part(...path: readonly string[]): Part {
  let here = schema as Part;
  for (const step of path) {
    const next = step === '[]' ? here['items'] : step === '*' ? here['additionalProperties'] : here[step];
    if (typeof next !== 'object' || next === null) throw new Error(`nothing at ${path.join('/')}`);
    here = next as Part;
  }
  return here;
}
const BEHAVIOR = ['properties', 'security', 'properties', 'behavior'];
const TRACKING = [...BEHAVIOR, 'properties', 'state_tracking'];
const COUNTER = [...TRACKING, 'properties', 'counters', '*'];

/** Whether the compiler and the schema take a file, and what they say. */
function both(file: unknown): {
  readonly compiler: boolean;
  readonly schema: boolean;
  readonly said: string;
} {
  const compiled = compilePolicy(JSON.stringify(file), 'p.yaml', {
    findProfile: () => ({ file: 'behavior/x.yaml', text: 'extends: dev' }),
  });
  const problems = schemaProblems(schema, file, schema);
  return {
    compiler: compiled.ok,
    schema: problems.length === 0,
    said: [...(compiled.ok ? [] : compiled.diagnostics.map(formatDiagnostic)), ...problems].join('\n'),
  };
}
const behavior = (value: object) => ({ security: { behavior: value } });
const rule = (value: object) => behavior({ rule_definitions: [{ id: 'r', when: 'post_tool', ...value }] });
const condition = (value: object) => rule({ condition: value });

/** What is right and what is not of every condition. */
const CONDITIONS: Readonly<Record<string, { good: readonly unknown[]; bad: readonly unknown[] }>> = {
  all: { good: [[], [{ first_tool_this_turn: true }]], bad: [{ first_tool_this_turn: true }, ['x']] },
  any: { good: [[{ not: { flag_is: { name: 'has_web_searched' } } }]], bad: [true] },
  not: { good: [{}, { any: [] }], bad: [[], 'x'] },
  param_matches: {
    good: [{ param: 'a', pattern: '^x' }],
    bad: [{ param: 'a' }, { param: 'a', pattern: '' }, { param: 'a', pattern: 'x', value: 'y' }, 'x'],
  },
  param_contains: {
    good: [{ param: 'a', value: 'x' }],
    bad: [{ value: 'x' }, { param: '', value: 'x' }, { param: 'a', value: 1 }],
  },
  param_has_any: { good: [['a', 'b']], bad: [[], 'a', [1]] },
  text_matches: { good: ['todo'], bad: ['', 1, ['x']] },
  result_has_lint_errors: { good: [true, false], bad: ['true', 1] },
  target_in_set: { good: ['read_files'], bad: ['', ['read_files']] },
  target_not_in_set: { good: ['written_files'], bad: [true] },
  counter_gte: {
    good: [{ name: 'reads_since_search', value: 1 }],
    bad: [{ name: 'reads_since_search', value: 0 }, { name: 'reads_since_search' }, { value: 2 }, 3],
  },
  flag_is: {
    good: [{ name: 'has_web_searched' }, { name: 'has_web_searched', value: false }],
    bad: [{ value: true }, { name: 'has_web_searched', value: 'no' }, 'has_web_searched'],
  },
  consecutive_gte: { good: [1, 8], bad: [0, 1.5, '3'] },
  tool_calls_this_turn_eq: { good: [0, 8], bad: [-1, '8'] },
  first_tool_this_turn: { good: [true, false], bad: ['yes'] },
  no_text_before_tools: { good: [true], bad: [[]] },
  data_from: {
    good: [
      'web.fetch',
      ['web.fetch', 'mcp_x.y'],
      '*',
      { tools: ['read'], paths: ['**/.env*'] },
      { tools: 'read' },
    ],
    bad: [{ paths: ['x'] }, { tools: 'read', path: 'x' }, 1],
  },
  path_matches: {
    good: ['src/**', ['a/*', '~/.ssh/**'], { param: 'file_path', pattern: 'x' }, { pattern: ['a', 'b'] }],
    bad: ['', [], { param: 'file_path' }, { pattern: 'a', paths: 'b' }, { param: '', pattern: 'x' }, 7],
  },
  domain_matches: {
    good: ['example.com', ['*.example.com', '10.0.0.1'], { param: 'url', domain: 'example.com' }],
    bad: [[], { param: 'url' }, { param: 'url', domain: 'example.com', host: 'x' }, true],
  },
  command_is: { good: ['ordinary', ['git status', 'git diff']], bad: ['', [], [''], { program: 'git' }] },
  call_is: { good: ['ordinary', ['ordinary', 'reads']], bad: ['', [], ['nothing'], { is: 'reads' }] },
  target_exists_on_disk: { good: [true, false], bad: ['false'] },
  sandboxed: { good: [true, false, 'strict', 'maximum'], bad: ['none', '', 'off', 2, ['strict']] },
};

describe('the schema of behaviour rules', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['security.behavior', BEHAVIOR, BEHAVIOR_FIELDS],
    ['rules', [...BEHAVIOR, 'properties', 'rules'], SWITCHES],
    ['a rule', ['$defs', 'rule'], RULE_FIELDS],
    ['a rule in the older form', ['$defs', 'custom_rule'], CUSTOM_FIELDS],
    ['a condition', ['$defs', 'condition'], CONDITION_KEYS],
    ['state_tracking', TRACKING, Object.keys(TRACKING_FIELDS)],
    ['a set', [...TRACKING, 'properties', 'sets', '*'], TRACKING_FIELDS.sets],
    ['a counter', COUNTER, TRACKING_FIELDS.counters],
    ['a flag', [...TRACKING, 'properties', 'flags', '*'], TRACKING_FIELDS.flags],
    ['reset_when', [...COUNTER, 'properties', 'reset_when'], RESET_FIELDS],
    ['classifier', [...BEHAVIOR, 'properties', 'classifier'], CLASSIFIER],
  ])('has the keys that the compiler takes, and no others: %s', (_what, path, keys) => {
    const properties = part(...path, 'properties');
    expect(Object.keys(properties).toSorted()).toEqual([...keys].toSorted());
    expect(part(...path)['additionalProperties']).toBeDefined();
  });

  it('says of every key what it is', () => {
    const silent: string[] = [];
    const walk = (here: unknown, at: string): void => {
      if (typeof here !== 'object' || here === null) return;
      for (const [name, inner] of Object.entries((here as Part)['properties'] ?? {}))
        if (typeof (inner as Part)['description'] !== 'string' && (inner as Part)['$ref'] === undefined)
          silent.push(`${at}.${name}`);
      for (const [name, inner] of Object.entries(here)) walk(inner, `${at}/${name}`);
    };
    for (const path of [BEHAVIOR, ['$defs', 'condition'], ['$defs', 'rule'], ['$defs', 'custom_rule']])
      walk(part(...path), path.at(-1) ?? '');
    expect(silent).toEqual([]);
  });

  it('has examples of every condition', () => {
    expect(Object.keys(CONDITIONS).toSorted()).toEqual([...CONDITION_KEYS].toSorted());
  });

  it.each(Object.entries(CONDITIONS))(
    'takes and refuses what the compiler does: %s',
    (key, { good, bad }) => {
      for (const [wanted, values] of [
        [true, good],
        [false, bad],
      ] as const)
        for (const value of values) {
          const { compiler, schema: fits, said } = both(condition({ [key]: value }));
          expect({ value, compiler, schema: fits, said }).toMatchObject({ compiler: wanted, schema: wanted });
        }
    },
  );

  it.each<[string, object]>([
    ['nothing', behavior({})],
    ['a profile', behavior({ profile: 'coding' })],
    ['a file as profile', behavior({ profile: '{{ behavior.mine }}' })],
    ['switches', behavior({ rules: { read_before_edit: false, max_blind_reads: 3 } })],
    ['a number for a rule', behavior({ rules: { max_sequential_same_tool: 4 } })],
    ['a rule off by its number’s name', behavior({ rules: { max_sequential_same_tool: false } })],
    [
      'a rule with everything',
      rule({
        ...{ description: 'd', trigger: ['edit', 'mcp_x.y'], when: 'pre_tool', action: 'block' },
        ...{ condition: {}, message: 'm {target}', confirmable: true },
      }),
    ],
    ['a trigger as text', rule({ trigger: 'edit, write' })],
    [
      'tracking',
      behavior({
        state_tracking: {
          sets: { seen: { add_on: ['web.fetch'], target: 'url', aliases: ['uri'] } },
          counters: {
            n: {
              increment_on: '*',
              reset_on: 'read',
              reset_when: { tool: 'bash', param: 'command', matches: 'x' },
            },
          },
          flags: { f: { set_on: 'web.search', unset_on: ['bash'] } },
        },
      }),
    ],
    [
      'the older form',
      behavior({ custom: [{ id: 'c', rule: 'r', condition: { param: 'a', contains: 'x' } }] }),
    ],
    [
      'the older form with a pattern',
      behavior({ custom: [{ id: 'c', condition: { param: 'a', matches: 'x' } }] }),
    ],
    [
      'what a model runtime uses',
      behavior({
        ...{ classify_turns: true, use_agent_brain: false, brain: { model: 'x' } },
        classifier: { frequency: 'every_turn', frequency_n: 0, timeout: 5, context: 'x', risk_levels: [] },
      }),
    ],
  ])('takes what the compiler takes: %s', (_what, file) => {
    const { compiler, schema: fits, said } = both(file);
    expect({ compiler, fits, said }).toEqual({ compiler: true, fits: true, said: '' });
  });

  it.each<[string, object]>([
    ['an unknown key', behavior({ rule: [] })],
    ['a profile that is none', behavior({ profile: 'coder' })],
    ['a path as profile', behavior({ profile: '{{behavior.../x}}' })],
    ['an unknown switch', behavior({ rules: { read_first: true } })],
    ['a switch that is no yes or no', behavior({ rules: { read_before_edit: 'on' } })],
    ['a number below one', behavior({ rules: { max_blind_reads: 0 } })],
    ['a rule in a row that is 0', behavior({ rules: { max_sequential_same_tool: 0 } })],
    ['a word that is none', behavior({ rules: { verbosity: 'loud' } })],
    ['a rule without an id', behavior({ rule_definitions: [{ action: 'warn' }] })],
    ['an id that is none', rule({ id: 'two words' })],
    ['a moment that is none', rule({ when: 'before' })],
    ['an action that is none', rule({ action: 'deny' })],
    ['an unknown key of a rule', rule({ level: 'warn' })],
    ['two conditions in one', condition({ consecutive_gte: 2, first_tool_this_turn: true })],
    ['an unknown condition', condition({ path_match: 'x' })],
    ['a message that is too long', rule({ message: 'x'.repeat(2001) })],
    ['a text for confirmable', rule({ when: 'pre_tool', action: 'block', confirmable: 'yes' })],
    ['a set of no tools', behavior({ state_tracking: { sets: { s: { target: 'url' } } } })],
    ['a set with a name that is none', behavior({ state_tracking: { sets: { 'a b': { add_on: 'edit' } } } })],
    [
      'a counter that resets on half a thing',
      behavior({
        state_tracking: { counters: { c: { increment_on: 'edit', reset_when: { tool: 'bash' } } } },
      }),
    ],
    ['an unknown kind of tracking', behavior({ state_tracking: { lists: {} } })],
    ['a negative number of a runtime', behavior({ classifier: { timeout: -1 } })],
    ['an unknown frequency', behavior({ classifier: { frequency: 'often' } })],
  ])('refuses what the compiler refuses: %s', (_what, file) => {
    const { compiler, schema: fits } = both(file);
    expect({ compiler, fits }).toEqual({ compiler: false, fits: false });
  });
});

describe('the schema and the data of the tests', () => {
  const files = [
    ...[1, 2, 3, 4, 5, 6, 7].map((number) => join('test', 'policy', 'mission', `${number}.yaml`)),
    ...['presets', 'tutorials'].flatMap((folder) =>
      readdirSync(join(root, 'resources', folder))
        .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
        .map((name) => join('resources', folder, name)),
    ),
  ];

  it.each(files)('takes %s', (file) => {
    expect(schemaProblems(schema, parse(readFileSync(join(root, file), 'utf8')), schema)).toEqual([]);
  });

  const rows = readCases(join(root, 'test', 'conformance', 'policy.jsonl')).filter(
    ({ area, input }) =>
      area === 'validate' && input['approval'] === undefined && input['project_file'] === undefined,
  );
  /** A contradiction of rules, each in order by itself: nothing that a schema could say. */
  const CONTRADICTIONS = ['validate-030', 'validate-031'];
  const fileOf = (input: Record<string, Json>): unknown =>
    textOf(input['path']) === '' ? input : fileWith(textOf(input['path']), input['value'] ?? null);

  it.each(rows.map((row) => [row.id, row] as const))('agrees with %s', (id, { input, expected }) => {
    const fits = schemaProblems(schema, fileOf(mapOf(input)), schema).length === 0;
    expect(fits).toBe(expected['ok'] === true || CONTRADICTIONS.includes(id));
  });

  it('takes the rules of every session that is played', () => {
    const sessions = readCases(join(root, 'test', 'conformance', 'policy.jsonl')).filter(
      ({ area, input, expected }) =>
        area === 'behavior' && input['config'] !== undefined && expected['compile_error'] === undefined,
    );
    const refused = sessions.flatMap(({ id, input }) => {
      const config = { ...mapOf(input['config']) };
      // A profile of its own is a file there, not a part of the policy.
      if (textOf(config['profile']).startsWith('{"')) delete config['profile'];
      const problems = schemaProblems(schema, behavior(config), schema);
      return problems.length === 0 ? [] : [`${id}: ${problems.join('; ')}`];
    });
    expect(refused).toEqual([]);
  });
});
