/** Program text in a call is gone through a bounded number of times, whatever it is made of. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { argumentsAt, readCode } from '../../main/analysis/inline/code-text.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

describe('brackets', () => {
  it('are matched once for a text, not once for each call in it', () => {
    let looks = 0;
    const source = 'open('.repeat(400);
    const code = new Proxy(Object(source) as object, {
      get: (_target, name) => {
        if (typeof name === 'string' && /^\d+$/.test(name)) looks += 1;
        const value: unknown = Reflect.get(Object(source) as object, name);
        return typeof value === 'function' ? value.bind(source) : value;
      },
    }) as unknown as string;
    const text = { code, strings: [] };
    for (let at = 4; at < source.length; at += 5) expect(argumentsAt(text, at).end).toBe(source.length);
    expect(looks).toBeLessThanOrEqual(2 * source.length);
  });

  it('hold the strings between them, of the first argument alone where it is literal', () => {
    const text = readCode('f(["a", g("b")], "c") + h("d", x)', 'python');
    expect(argumentsAt(text, 1)).toMatchObject({ end: 20, strings: ['a', 'b', 'c'], isLiteral: false });
    expect(argumentsAt(text, 9)).toMatchObject({ end: 13, strings: ['b'], isLiteral: true });
    expect(argumentsAt(text, 25).strings).toEqual(['d']);
  });
});

describe('a program that opens more files than are looked at', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });

  it('counts as one that writes what nobody knows', () => {
    const codes = (count: number): readonly string[] =>
      analyst
        .shell(`node -e 'const h = os.homedir();${'open("a");'.repeat(count)}'`, PLACE)
        .concerns.map(({ code }) => code);
    expect(codes(3)).toEqual([]);
    expect(codes(100)).toContain('outside_write');
  });
});
