/** Typed access to a file: each kind of value is taken, any other is told at its place, and nothing is guessed. */
import { describe, expect, it } from 'vitest';
import { type Field, readDocument } from '../../main/policy/document.ts';
import { isSet, Reader } from '../../main/policy/reader.ts';

function opened(text: string) {
  const { root, problems } = readDocument(text, 'f');
  const reader = new Reader(problems);
  return {
    reader,
    root,
    said: () =>
      problems.all('error').map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`),
  };
}

/** What an accessor answers for `v: TEXT`, and what it says. */
function read(
  text: string,
  access: (reader: Reader, field: Field) => unknown,
): readonly [unknown, ...string[]] {
  const { reader, root, said } = opened(`v: ${text}`);
  const field = reader.members(root)?.get('v');
  if (field === undefined) throw new Error('no v');
  const value = access(reader, field);
  return [value, ...said().map((words) => words.replace(/^1:4 v /, ''))];
}

describe('a value', () => {
  const accessors: Readonly<Record<string, (reader: Reader, field: Field) => unknown>> = {
    text: (reader, field) => reader.text(field),
    scalarText: (reader, field) => reader.scalarText(field),
    integer: (reader, field) => reader.integer(field),
    number: (reader, field) => reader.number(field),
    flag: (reader, field) => reader.flag(field),
    items: (reader, field) => reader.items(field)?.length ?? null,
    members: (reader, field) => reader.members(field)?.size ?? null,
    plain: (reader, field) => reader.plain(field),
    choice: (reader, field) => reader.choice(field, ['auto', 'approve']),
  };

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['abc', { text: 'abc', scalarText: 'abc' }],
    ['"5"', { text: '5', scalarText: '5' }],
    ['5', { scalarText: '5', integer: 5, number: 5 }],
    ['0', { scalarText: '0', integer: 0, number: 0 }],
    ['1.5', { scalarText: '1.5', number: 1.5 }],
    ['1e300', { scalarText: '1e+300', number: 1e300 }],
    ['.inf', { scalarText: 'Infinity' }],
    ['.nan', { scalarText: 'NaN' }],
    ['true', { scalarText: 'true', flag: true }],
    ['false', { scalarText: 'false', flag: false }],
    ['[a, b]', { items: 2 }],
    ['{ a: 1, b: 2 }', { members: 2, plain: { a: 1, b: 2 } }],
    ['auto', { text: 'auto', scalarText: 'auto', choice: 'auto' }],
  ])('%s', (text, fits) => {
    for (const [name, access] of Object.entries(accessors)) {
      const [value, ...said] = read(text, access);
      const wanted = Object.hasOwn(fits, name) ? [fits[name], 0] : [null, 1];
      expect([name, value, said.length]).toEqual([name, ...wanted]);
    }
  });

  it.each(['', '~', 'null'])('that is unset (%j) is no mistake', (text) => {
    for (const [name, access] of Object.entries(accessors)) {
      const empty = name === 'items' || name === 'members' ? 0 : null;
      expect([name, ...read(text, access)]).toEqual([name, empty]);
    }
  });

  it.each<[string, string, string]>([
    ['text', '5', 'must be text, not a number; put it in quotes'],
    ['text', 'true', 'must be text, not yes or no; put it in quotes'],
    ['text', '[a]', 'expected text, found a list'],
    ['text', '{ a: 1 }', 'expected text, found a mapping'],
    ['scalarText', '[a]', 'expected text, found a list'],
    ['integer', '1.5', 'expected a whole number, found 1.5'],
    ['integer', '"1"', 'expected a whole number, found the text "1"'],
    ['number', '.inf', 'expected a number, found Infinity'],
    ['flag', 'yes', 'expected true or false, found the text "yes"'],
    ['flag', '1', 'expected true or false, found 1'],
    ['items', 'a', 'expected a list ([a, b]), found the text "a"'],
    ['items', '{}', 'expected a list ([a, b]), found a mapping'],
    ['members', 'true', 'expected a mapping (key: value), found true'],
    ['members', '[]', 'expected a mapping (key: value), found a list'],
    ['plain', '[]', 'expected a mapping (key: value), found a list'],
    ['choice', 'Auto', 'invalid value "Auto"; allowed: auto, approve; did you mean auto'],
    ['choice', '5', 'invalid value "5"; allowed: auto, approve'],
    ['choice', '[auto]', 'invalid value a list or mapping; allowed: auto, approve'],
  ])('as %s, %s is told', (name, text, words) => {
    const access = accessors[name];
    expect(access === undefined ? [] : read(text, access)).toEqual([null, words]);
  });

  it('that is one of a few words may be brought into form first, and empty text is unset', () => {
    const lower = (text: string) => text.toLowerCase();
    expect(read('AUTO', (reader, field) => reader.choice(field, ['auto'], lower))).toEqual(['auto']);
    expect(read('""', (reader, field) => reader.choice(field, ['auto']))).toEqual([null]);
  });

  it('in a list of texts is told alone', () => {
    const texts = (reader: Reader, field: Field) =>
      reader.texts(field)?.map(({ value, field: { path } }) => [value, path]);
    expect(read('[a, 5, ~, b, ""]', texts)).toEqual([
      [
        ['a', 'v[0]'],
        ['b', 'v[3]'],
        ['', 'v[4]'],
      ],
      expect.stringContaining('v[1] must be text, not a number'),
      expect.stringContaining('v[2] must be text, and nothing stands here'),
    ]);
    expect(read('a', texts)).toEqual([undefined, 'expected a list ([a, b]), found the text "a"']);
  });
});

describe('plain JSON', () => {
  const plain = (text: string) => read(text, (reader, field) => reader.plain(field))[0];

  it('holds what the file holds, and what JSON cannot hold as null', () => {
    expect(plain('{ a: [1, x, true, false, null, .inf, .nan, { b: "" }], c: , d: 1.5 }')).toEqual({
      a: [1, 'x', true, false, null, null, null, { b: '' }],
      c: null,
      d: 1.5,
    });
  });

  it('is frozen at every depth', () => {
    const value = plain('{ a: [{ b: 1 }] }') as { a: { b: number }[] };
    expect([Object.isFrozen(value), Object.isFrozen(value.a), Object.isFrozen(value.a[0])]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('leaves out keys that are no text, and one that would set what an object is made of', () => {
    const value = plain('{ 1: a, [x]: b, __proto__: { polluted: true }, null: c, ok: d }') as object;
    expect(Object.keys(value)).toEqual(['ok']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('polluted' in value).toBe(false);
  });
});

describe('members', () => {
  it('have paths that can be read back', () => {
    const { reader, root } = opened(
      `a: 1\na-b_9: 1\n"*": 1\na.b: 1\n"": 1\n"x y": 1\n"y]": 1\n${'k'.repeat(65)}: 1\n${'j'.repeat(64)}: 1`,
    );
    expect([...(reader.members(root)?.values() ?? [])].map(({ path }) => path)).toEqual([
      'a',
      'a-b_9',
      '*',
      '["a.b"]',
      '[""]',
      '["x y"]',
      '["y]"]',
      `["${'k'.repeat(65)}"]`,
      'j'.repeat(64),
    ]);
  });

  it('whose keys are no text are not among them', () => {
    const { reader, root } = opened('{ 1: a, true: b, [c]: d, e: f }');
    expect([...(reader.members(root)?.keys() ?? [])]).toEqual(['e']);
  });

  it('may be told apart from those that are unset', () => {
    const { reader, root } = opened('a: 0\nb: ""\nc: false\nd: []\ne:\nf: ~');
    const members = reader.members(root);
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => isSet(members?.get(key)))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('that nobody knows are told with what is allowed, or with a hint', () => {
    const { reader, root, said } = opened('colour: 1\nsize: 2\nconstructor: 3');
    expect(reader.known(root, ['color', 'size'], { toString: 'x' })?.size).toBe(3);
    expect(reader.known(root, ['size', 'constructor'], { colour: 'write color' })?.size).toBe(3);
    expect(said()).toEqual([
      '1:1 colour unknown field "colour"; allowed: color, size; did you mean color',
      '1:1 colour unknown field "colour"; write color',
      '3:1 constructor unknown field "constructor"; allowed: color, size',
    ]);
  });
});
