import { describe, expect, it } from 'vitest';
import { type Expectation, readExpectations } from '../../main/policy/expectations.ts';

function casesOf(text: string): readonly Expectation[] {
  const read = readExpectations(text, 'p.test.yaml');
  if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('; '));
  return read.cases;
}

function problemsOf(text: string): readonly string[] {
  const read = readExpectations(text, 'p.test.yaml');
  return read.ok
    ? [`${read.cases.length} cases`]
    : read.diagnostics.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
}

describe('expectations', () => {
  it('are read with all their fields and their place', () => {
    const text = `cases:
  - name: reading
    call: { module: filesystem, action: read, params: { file_path: a.ts, limit: 3, deep: [true, null] } }
    expect: deny
    gate: gate4_policy
    rule: capabilities.deny[0]
    says: no
  - { call: { from: claude-code }, expect: approve }
  - { call: {}, expect: allow }
`;
    expect(casesOf(text)).toEqual([
      {
        name: 'reading',
        call: {
          module: 'filesystem',
          action: 'read',
          params: { file_path: 'a.ts', limit: 3, deep: [true, null] },
        },
        expect: 'deny',
        gate: 'gate4_policy',
        rule: 'capabilities.deny[0]',
        says: 'no',
        at: { path: 'cases[0]', file: 'p.test.yaml', line: 2, column: 5 },
      },
      {
        name: 'case 2',
        call: { from: 'claude-code' },
        expect: 'approve',
        gate: null,
        rule: null,
        says: null,
        at: { path: 'cases[1]', file: 'p.test.yaml', line: 8, column: 5 },
      },
      expect.objectContaining({ name: 'case 3', call: {}, expect: 'allow' }),
    ]);
  });

  it('may be an empty list', () => {
    expect(casesOf('cases: []')).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['', ['1:1  there are no cases']],
    ['cases:', ['1:1  there are no cases']],
    ['{}', ['1:1  there are no cases']],
    ['cases: 1\n', ['1:8 cases expected a list']],
    ['[]', ['1:1  expected a mapping']],
    ['cases: [', ['1:9  not valid YAML']],
    ['case: []', ['1:1 case unknown field "case"; allowed: cases; did you mean cases']],
    ['cases: []\nmore: 1', ['2:1 more unknown field "more"']],
    ['cases: [x]', ['1:9 cases[0] expected a mapping']],
    ['cases: [{ expect: allow }]', ['1:9 cases[0] names no call']],
    ['cases: [{ call: , expect: allow }]', ['1:9 cases[0] names no call']],
    ['cases: [{ call: ls, expect: allow }]', ['1:17 cases[0].call expected a mapping { module, action']],
    ['cases: [{ call: [ls], expect: allow }]', ['1:17 cases[0].call expected a mapping { module, action']],
    ['cases: [{ call: {} }]', ['1:9 cases[0] expects nothing']],
    ['cases: [{ call: {}, expect: }]', ['1:9 cases[0] expects nothing']],
    [
      'cases: [{ call: {}, expect: maybe }]',
      ['1:29 cases[0].expect invalid value "maybe"; allowed: allow, '],
    ],
    ['cases: [{}]', ['1:9 cases[0] names no call', '1:9 cases[0] expects nothing']],
    [
      'cases: [{ call: {}, expect: allow, gates: x }]',
      ['1:36 cases[0].gates unknown field "gates"; allowed: name, call, expect, gate, rule, says'],
    ],
    ['cases: [{ call: {}, expect: allow, name: 5 }]', ['1:42 cases[0].name must be text, not a number']],
  ])('%j is refused', (text, wanted) => {
    expect(problemsOf(text)).toEqual(wanted.map((words) => expect.stringContaining(words)));
  });

  it('say each mistake of a file at once', () => {
    expect(problemsOf('cases:\n  - { expect: allow }\n  - { call: {} }\n')).toHaveLength(2);
  });
});
