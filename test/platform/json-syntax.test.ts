import { describe, expect, it } from 'vitest';
import { JsonSyntaxError, jsonValue, memberOf, parseJson } from '../../main/platform/json-syntax.ts';

function problemOf(text: string, limits?: { maxDepth: number; maxValues: number }): string {
  try {
    parseJson(text, limits);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return `${error.line}:${error.column} ${error.problem}`;
    throw error;
  }
  return 'accepted';
}

describe('parseJson', () => {
  const accepted = [
    'null',
    'true',
    ' false ',
    '0',
    '-0',
    '-12.5e+3',
    '""',
    String.raw`"a\"\\\/\b\f\n\r\tA\ud83d\ude00"`,
    '[]',
    '[ ]',
    '[1,"two",[3,{}]]',
    '{"a":{"b":[null,{"c":""}]},"constructor":1,"toString":2}',
    '\t\r\n {"a" : 1 , "b":[ 1 , 2 ] } \n',
    '"😀"',
  ];
  it.each(accepted)('reads %s as JSON.parse does', (text) => {
    expect(jsonValue(parseJson(text).root)).toEqual(JSON.parse(text));
  });

  const refused: readonly (readonly [string, string])[] = [
    ['', '1:1 expected a value, found the end of the text'],
    ['{', '1:2 expected a key in quotes, found the end of the text'],
    ['{"a":1,}', '1:8 expected a key in quotes, found "}"'],
    ['[1,]', '1:4 expected a value, found "]"'],
    ["{'a':1}", '1:2 expected a key in quotes, found "\'"'],
    ['{"a":1 "b":2}', "1:8 expected ',' or '}', found \"\\\"\""],
    ['{\n  // note\n}', '2:3 expected a key in quotes, found "/"'],
    ['{"a":01}', "1:7 expected ',' or '}', found \"1\""],
    ['+1', '1:1 expected a value, found "+"'],
    ['.5', '1:1 expected a value, found "."'],
    ['1.', '1:2 unexpected "." after the value'],
    ['NaN', '1:1 expected a value, found "N"'],
    ['nullx', '1:5 unexpected "x" after the value'],
    ['1e999', '1:1 a number out of range'],
    ['"a', '1:1 the text ends inside a string'],
    ['"a\\', '1:1 the text ends inside a string'],
    ['"a\nb"', '1:3 "\\n" must be escaped in a string'],
    ['"\u0000"', '1:2 "\\u0000" must be escaped in a string'],
    ['"\\x41"', '1:1 a string with an escape that JSON does not know'],
    ['"\\u12g4"', '1:1 a string with an escape that JSON does not know'],
    ['\ufeff{}', '1:1 expected a value, found "\\ufeff"'],
    ['\u00a0{}', '1:1 expected a value, found "\\u00a0"'],
    ['{} {}', '1:4 unexpected "{" after the value'],
    ['{"a":1,"a":2}', '1:8 the key "a" stands twice in one object'],
    [String.raw`{"a":1,"\u0061":2}`, '1:8 the key "a" stands twice in one object'],
    ['{"x":{"__proto__":{}}}', '1:7 the key "__proto__" is not accepted'],
    [String.raw`{"\u005f_proto__":{}}`, '1:2 the key "__proto__" is not accepted'],
    ['{"a":1,\r\n\r\n"a":2}', '3:1 the key "a" stands twice in one object'],
  ];
  it.each(refused)('refuses %j with its place', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it('bounds depth and number of values', () => {
    expect(problemOf('['.repeat(100) + ']'.repeat(100))).toBe('accepted');
    expect(problemOf('['.repeat(101) + ']'.repeat(101))).toContain('nested deeper than 100 levels');
    expect(problemOf('['.repeat(5_000_000))).toContain('nested deeper than 100 levels');
    expect(problemOf('[1,2,3]', { maxDepth: 5, maxValues: 4 })).toBe('accepted');
    expect(problemOf('[1,2,3,4]', { maxDepth: 5, maxValues: 4 })).toContain('more than 4 values');
  });

  it('tells of NUL and half surrogates, in keys too', () => {
    expect(parseJson('{"a":"b"}')).toMatchObject({ hasNul: false, hasLoneSurrogate: false });
    expect(parseJson(String.raw`{"a":["x\u0000"]}`).hasNul).toBe(true);
    expect(parseJson(String.raw`{"\u0000":1}`).hasNul).toBe(true);
    expect(parseJson(String.raw`{"a":"\ud800"}`).hasLoneSurrogate).toBe(true);
    expect(parseJson(String.raw`{"\udc00":1}`).hasLoneSurrogate).toBe(true);
    expect(parseJson(String.raw`"\ud83d\ude00"`).hasLoneSurrogate).toBe(false);
  });

  it('gives places that cut out exactly the value', () => {
    const text = '{ "a" : [1, "x"] }';
    const member = memberOf(parseJson(text).root, 'a');
    expect(member === null ? null : text.slice(member.value.start, member.value.end)).toBe('[1, "x"]');
    expect(member?.keyStart).toBe(2);
    expect(memberOf(parseJson(text).root, 'b')).toBeNull();
  });

  it('reads a long string with many escapes without trouble', () => {
    const value = 'line "with" \\ \n'.repeat(200_000);
    expect(jsonValue(parseJson(JSON.stringify([value])).root)).toEqual([value]);
  });
});
