import { describe, expect, it } from 'vitest';
import { addItem, addMember, removeAt, replaceAt } from '../../../main/points/agents/json-edit.ts';

describe('addMember and removeAt', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{}', '{\n  "k": {\n    "a": [\n      1\n    ]\n  }\n}'],
    ['{"a":1}', '{"a":1,"k":{"a":[1]}}'],
    ['{"a": 1}', '{"a": 1, "k": {"a": [1]}}'],
    ['{ "a": 1 }', '{ "a": 1, "k": {"a": [1]} }'],
    ['{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "k": {\n    "a": [\n      1\n    ]\n  }\n}\n'],
    ['{\r\n\t"a": 1\r\n}', '{\r\n\t"a": 1,\r\n\t"k": {\r\n\t\t"a": [\r\n\t\t\t1\r\n\t\t]\r\n\t}\r\n}'],
    [
      '{\n    "a": 1   \n    }',
      '{\n    "a": 1,\n    "k": {\n        "a": [\n            1\n        ]\n    }   \n    }',
    ],
    ['{"a":1,\n "b":2}', '{"a":1,\n "b":2,\n "k": {\n   "a": [\n     1\n   ]\n }}'],
  ];
  it.each(cases)('%j becomes %j and comes back', (before, after) => {
    const added = addMember(before, [], 'k', { a: [1] });
    expect(added).toBe(after);
    expect(JSON.parse(added)).toEqual({ ...(JSON.parse(before) as object), k: { a: [1] } });
    expect(removeAt(added, ['k'])).toBe(before);
  });

  it('takes out the first, the middle, the last and the only one', () => {
    expect(removeAt('[1, 2, 3]', [0])).toBe('[2, 3]');
    expect(removeAt('[1, 2, 3]', [1])).toBe('[1, 3]');
    expect(removeAt('[1, 2, 3]', [2])).toBe('[1, 2]');
    expect(removeAt('[ 1 ]', [0])).toBe('[]');
    expect(removeAt('{\n  "a": 1,\n  "b": 2\n}', ['a'])).toBe('{\n  "b": 2\n}');
  });

  it('adds items deep down', () => {
    expect(addItem('{"a":[{"b":[]}]}', ['a', 0, 'b'], 'x')).toBe('{"a":[{"b":[\n  "x"\n]}]}');
    expect(addItem('{\n  "a": [\n    1\n  ]\n}', ['a'], { x: 1 })).toBe(
      '{\n  "a": [\n    1,\n    {\n      "x": 1\n    }\n  ]\n}',
    );
  });

  it('replaces exactly one value', () => {
    expect(replaceAt('{"a": 1, "b": [ ]}', ['b'], '[ 2 ]')).toBe('{"a": 1, "b": [ 2 ]}');
  });

  it('refuses places that are not there', () => {
    for (const edit of [
      () => removeAt('{}', ['a']),
      () => removeAt('[1]', [1]),
      () => removeAt('[1]', []),
      () => addMember('[]', [], 'a', 1),
      () => addItem('{}', [], 1),
      () => replaceAt('{}', ['a', 0], '1'),
    ]) {
      expect(edit).toThrow(/there is no such place/);
    }
  });
});
