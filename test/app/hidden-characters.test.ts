/** Characters that do not show stand as their names wherever a call is read before it is answered. */
import { describe, expect, it } from 'vitest';
import { printable } from '../../main/app/commands/approvals.ts';
import { visible } from '../../renderer/ui/visible-text.tsx';

const HIDDEN = [
  0x07, 0x1b, 0x7f, 0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200d, 0x202e, 0x2028,
  0x2060, 0x2066, 0x2800, 0x3164, 0xfe00, 0xfeff, 0xffa0, 0xfff9, 0xe0041, 0xe0100,
];
const name = (code: number) => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

describe('characters that do not show', () => {
  it.each(HIDDEN.map((code) => [name(code), code] as const))('%s is named', (named, code) => {
    const text = `rm${String.fromCodePoint(code)}x`;
    expect(visible(text)).toBe(`rm${named}x`);
    expect(printable(text)).toBe(`rm‹${named}›x`);
  });

  it.each(['git status', 'naïve café', '한글', 'שלום', '数据', 'ok ✔️ 👍🏽', 'a b', '⠃⠗'])(
    '%s stays as it is',
    (text) => {
      expect(visible(text)).toBe(text);
      expect(printable(text)).toBe(text);
    },
  );
});
