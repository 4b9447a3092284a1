import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonValue } from '../../main/platform/canonical-json.ts';
import { randomFrom } from '../engine/calls.ts';

const refused = expect.objectContaining({ code: 'not_canonical' });

/** A number by the bits of its IEEE 754 double, as RFC 8785 appendix B lists them. */
function fromBits(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}

describe('numbers, as RFC 8785 appendix B has them', () => {
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('%s is %s', (bits, text) => {
    expect(canonicalJson(fromBits(bits))).toBe(text);
  });

  it.each(['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000'])('%s has no form', (bits) => {
    expect(() => canonicalJson(fromBits(bits))).toThrow(refused);
    expect(() => canonicalJson({ a: [fromBits(bits)] })).toThrow(refused);
  });

  it('comes back as the same number, for random ones', () => {
    const random = randomFrom(5);
    for (let round = 0; round < 5000; round += 1) {
      const bytes = Buffer.from(Array.from({ length: 8 }, () => Math.floor(random() * 256)));
      const number = bytes.readDoubleBE();
      if (Number.isFinite(number)) expect(Number(canonicalJson(number))).toBe(number === 0 ? 0 : number);
    }
  });
});

describe('keys and strings', () => {
  it('sorts keys by UTF-16 units, as RFC 8785 section 3.2.3 does', () => {
    const members = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = [...canonicalJson(members).matchAll(/:"([^"]+)"/g)].map(([, name]) => name);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('writes the sample of RFC 8785 section 3.2.2 to the byte', () => {
    const text = `{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('does not order numbers among the keys by their value, nor by how they were put in', () => {
    expect(canonicalJson({ b: 1, 10: 1, 9: 1, a: 1 })).toBe('{"10":1,"9":1,"a":1,"b":1}');
    expect(canonicalJson({ aa: 1, a: 2, '': 3, A: 4 })).toBe('{"":3,"A":4,"a":2,"aa":1}');
  });

  it('takes a key for what it is, whatever objects mean by it', () => {
    const odd = JSON.parse('{"__proto__":1,"constructor":2,"toJSON":3,"toString":4}') as JsonValue;
    expect(canonicalJson(odd)).toBe('{"__proto__":1,"constructor":2,"toJSON":3,"toString":4}');
  });

  it('tells composed from decomposed letters: bytes are bound, not looks', () => {
    expect(canonicalJson('\u00e9')).not.toBe(canonicalJson('e\u0301'));
  });

  it.each(['\ud800', 'a\udc00b', '\ud83d', '\ude00\ud83d'])(
    'refuses half of a surrogate pair: %j',
    (text) => {
      for (const value of [text, [text], { a: text }, { [text]: 1 }, { a: [{ [text]: null }] }])
        expect(() => canonicalJson(value)).toThrow(refused);
    },
  );

  it('gives the same bytes for every order of the same members, and others for any other value', () => {
    const random = randomFrom(9);
    const shuffled = (value: JsonValue): JsonValue => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return (value as readonly JsonValue[]).map(shuffled);
      const entries = Object.entries(value).map(([key, item]) => [key, shuffled(item as JsonValue)] as const);
      return Object.fromEntries(entries.sort(() => random() - 0.5));
    };
    const value: JsonValue = { a: [1, { z: 'x', b: [null] }, 'y'], c: { d: { f: 1, e: 2 } }, '': true };
    const bytes = canonicalJson(value);
    for (let round = 0; round < 50; round += 1) expect(canonicalJson(shuffled(value))).toBe(bytes);
    expect(JSON.parse(bytes)).toEqual(value);
    const others: JsonValue[] = [
      { a: '1' },
      { a: 1 },
      { a: [1] },
      { a: null },
      {},
      [],
      '',
      'a',
      ['a'],
      [['a']],
      1,
      '1',
    ];
    const digests = others.map((other) => createHash('sha256').update(canonicalJson(other)).digest('hex'));
    expect(new Set(digests).size).toBe(others.length);
  });
});

describe('what has no canonical form', () => {
  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a big integer', 1n],
    ['undefined in an object', { a: undefined }],
    ['undefined in an array', [1, undefined]],
  ])('%s', (_name, value) => {
    expect(() => canonicalJson(value as unknown as JsonValue)).toThrow(refused);
  });

  it('a hole in an array', () => {
    const holey: number[] = [1];
    holey[2] = 3;
    expect(() => canonicalJson(holey)).toThrow(refused);
  });

  it('what is nested deeper than 200 levels, without ending the program', () => {
    const nested = (depth: number): JsonValue => {
      let value: JsonValue = 1;
      for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
      return value;
    };
    expect(() => canonicalJson(nested(200))).not.toThrow();
    expect(() => canonicalJson(nested(201))).toThrow(refused);
    expect(() => canonicalJson(nested(100_000))).toThrow(refused);
  });
});
