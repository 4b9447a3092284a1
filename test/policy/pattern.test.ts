import { describe, expect, it } from 'vitest';
import { compileGlob, compilePattern, type PatternResult } from '../../main/policy/pattern.ts';

function matcher(result: PatternResult): (text: string) => boolean {
  if (!result.ok) throw new Error(result.problem);
  return result.pattern.test;
}

function problem(result: PatternResult): string {
  return result.ok ? 'compiles' : result.problem;
}

describe('a regular expression', () => {
  it('is searched for anywhere, in any case, over line breaks, and keeps its text', () => {
    const result = compilePattern('rm.+-rf');
    expect(['sudo RM -RF x', 'rm\n-rf', 'rm-rf'].map(matcher(result))).toEqual([true, true, false]);
    expect(result).toMatchObject({ ok: true, pattern: { source: 'rm.+-rf' } });
  });

  it.each([
    ['', 'is empty, and would match everything'],
    ['a'.repeat(2001), 'is longer than 2000 characters'],
    ['((((a{30}){30}){30}){30})', 'invalid repeat count'],
    ['(?:abcdefghij){999}'.repeat(3), 'is too large when its repeats are written out'],
    ['(?=a)b', 'lookaround and back references are not supported'],
    ['(?<!a)b', 'lookaround and back references are not supported'],
    ['(a)\\1', 'lookaround and back references are not supported'],
    ['(a)\\9', 'lookaround and back references are not supported'],
  ])('%# is refused', (source, words) => {
    const result = compilePattern(source);
    expect([result.ok, problem(result)]).toEqual([false, expect.stringContaining(words)]);
  });

  it('is refused in words about the pattern, without those of the library', () => {
    expect(problem(compilePattern('a('))).toBe('missing closing ): `a(`');
    expect(problem(compileGlob('/(a[z-b]', false))).toBe('invalid character class range: `z-b`');
    expect(problem(compilePattern('a\\z\\0'))).not.toContain('lookaround');
    expect(problem(compilePattern('(?P<a'))).not.toContain('lookaround');
  });

  it('may be as long as 2000 characters', () => {
    expect(matcher(compilePattern('a'.repeat(2000)))('a'.repeat(2000))).toBe(true);
  });
});

describe('a glob', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['/a/*.ts', ['/a/x.ts', '/a/.ts'], ['/a/b/x.ts', '/a/x.ts/', '/b/a/x.ts', '/a/x.tsx', '/a/xts']],
    ['/a/*', ['/a/x'], ['/a/', '/a', '/a/x/y']],
    ['/*/x', ['/a/x'], ['//x', '/a/b/x']],
    ['*', ['a'], ['', 'a/b']],
    ['*/x', ['a/x'], ['/x']],
    ['/a/x*', ['/a/x', '/a/xy'], ['/a/x/y']],
    ['/a/*x', ['/a/x', '/a/yx'], ['/a/y/x']],
    ['/a/?', ['/a/b'], ['/a/', '/a//', '/a/bc']],
    ['/a/**', ['/a', '/a/', '/a/b', '/a/b/c'], ['/ab', '/b', '/a.b']],
    ['/a/**/x', ['/a/x', '/a/b/x', '/a/b/c/x'], ['/a/bx', '/ax', '/a/b/cx', '/a/bcx']],
    ['**/x', ['x', 'a/x', 'a/b/x'], ['ax', 'a/bx']],
    ['/a**/x', ['/ab/x', '/a/b/x', '/a/x'], ['/ax', '/b/x']],
    ['/a/**b', ['/a/b', '/a/x/b', '/a/xb'], ['/a/bx', '/a']],
    ['/a/**bc', ['/a/bc', '/a/x/bc'], ['/a/c', '/a/xc']],
    ['/a/**x/c', ['/a/x/c', '/a/y/zx/c'], ['/a/y/c', '/a']],
    ['/{a,b}/c', ['/a/c', '/b/c'], ['/a,b/c', '/ab/c', '/c']],
    ['/{a,b/**}', ['/a', '/b', '/b/x'], ['/a/x', '/c']],
    ['/{a/**,b}', ['/a', '/a/x', '/b'], ['/b/x', '/']],
    ['/{a/**x,b}', ['/a/x', '/a/y/x', '/b'], ['/a', '/a/y']],
    ['/a/**,b', ['/a/,b', '/a/x/,b', '/a/x,b'], ['/a', '/a,b', '/a/x']],
    ['/a/**}', ['/a/}', '/a/x}'], ['/a', '/a/x']],
    ['/x{a,{b,c}d}', ['/xa', '/xbd', '/xcd'], ['/xb', '/xd', '/xad']],
    ['/{a,b}{c,d}', ['/ac', '/bd'], ['/a', '/c', '/abcd']],
    ['/{a,b},c', ['/a,c', '/b,c'], ['/a', 'c', '/a,b,c']],
    ['/a,b', ['/a,b'], ['/a', 'b', 'a,b']],
    ['/a}b', ['/a}b'], ['/ab', '/a']],
    ['/[ab]c', ['/ac', '/bc'], ['/c', '/abc', '/[ab]c', '/ab', '/cc']],
    ['/x[ab]', ['/xa', '/xb'], ['/x', '/xx', '/x[']],
    ['/[a-c]', ['/a', '/b', '/c'], ['/d', '/-']],
    ['/[!ab]', ['/c', '/!'], ['/a', '/b', '//', '/']],
    ['/[^ab]', ['/c', '/^'], ['/a', '/b', '//']],
    ['/[a!]', ['/a', '/!'], ['/b']],
    ['/[a^]', ['/a', '/^'], ['/b', '/\\']],
    ['/[]a]', ['/]', '/a'], ['/a]', '/[']],
    ['/[a]b]', ['/ab]'], ['/a', '/b', '/]']],
    ['a]/[b]', ['a]/b'], ['a', 'a]/[b]', 'a]/c']],
    ['/\\*', ['/*'], ['/a', '/\\*']],
    ['/\\{a,b\\}', ['/{a,b}'], ['/a', '/b']],
    ['/\\[a', ['/[a'], ['/a']],
    ['/\\ab', ['/ab'], ['/b', '/\\ab']],
    ['/a.b+c(d)$^|', ['/a.b+c(d)$^|'], ['/axb+c(d)$^|', '/a.bbc(d)$^|']],
    ['/a\n*', ['/a\nb\n'], ['/a', '/a\nb/']],
  ])('%j', (glob, covered, left) => {
    const covers = matcher(compileGlob(glob, false));
    expect([...covered, ...left].map((path) => [path, covers(path)])).toEqual([
      ...covered.map((path) => [path, true]),
      ...left.map((path) => [path, false]),
    ]);
  });

  it('heeds case as the file system does', () => {
    expect(matcher(compileGlob('/Home/[a-c]*', false))('/home/Cat')).toBe(false);
    expect(matcher(compileGlob('/Home/[a-c]*', true))('/hOME/Cat')).toBe(true);
  });

  it.each(['/[a', '/[', '/[]', '/[!', '/{a', '/{a,{b}', '/a\\'])('%j is left open', (glob) => {
    expect(compileGlob(glob, false)).toEqual({
      ok: false,
      problem: 'a bracket or brace is not closed',
    });
  });

  it('is refused when it is empty, or a range runs backwards', () => {
    expect(problem(compileGlob('', true))).toContain('is empty');
    expect(compileGlob('/[z-a]', true)).toEqual({ ok: false, problem: expect.stringContaining('range') });
  });
});
