import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../main/analysis/shell/options.ts';
import { word } from '../../main/analysis/shell/text.ts';

const given = (text: string) =>
  parseOptions(
    text.split(' ').map((one) => word(one)),
    { values: 'o', long: ['output', 'output-dir'] },
  );
const texts = (text: string, ...names: string[]) =>
  given(text)
    .values(...names)
    .map((one) => one.text);

describe('options', () => {
  it('are known by their beginnings, but not by another option that is one', () => {
    expect(texts('--output-di here', 'output-dir')).toEqual([]);
    expect(texts('--output-di=here', 'output-dir')).toEqual(['here']);
    expect(texts('--output here', 'output-dir')).toEqual([]);
    expect(texts('--output here', 'o', 'output')).toEqual(['here']);
    expect(given('--recur x').has('recursive')).toBe(true);
  });
});
