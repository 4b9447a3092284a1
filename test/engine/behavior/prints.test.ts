/** Prints of what was read: a piece that is long enough is known again wherever it stands, in any layout. */
import { describe, expect, it } from 'vitest';
import { Prints, SHARED } from '../../../main/engine/behavior/prints.ts';
import { randomFrom } from '../calls.ts';

function printed(...texts: readonly string[]): Prints {
  const prints = new Prints();
  for (const text of texts) prints.add(text);
  return prints;
}
/** Letters without a pattern. */
function letters(length: number, seed: number): string {
  const random = randomFrom(seed);
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('');
}

describe('a piece', () => {
  const source = letters(600, 1);

  it('of the promised length is found wherever it begins, between other text', () => {
    const prints = printed(source);
    for (let at = 0; at + SHARED <= source.length; at += 1)
      expect(prints.meets(`${letters(50, at)}${source.slice(at, at + SHARED)}${letters(50, at + 1)}`)).toBe(
        true,
      );
  });

  it('is found in capitals, with quotes, and with blanks between', () => {
    const prints = printed('The quick brown fox jumps over the lazy dog, twice.');
    for (const text of [
      'THE QUICK BROWN FOX JUMPS OVER',
      'the\'quick\\brown"fox`jumps\nover',
      'the  \t quick\n\n\nbrown    fox jumps over',
      'thequickbrownfoxjumpsover',
    ])
      expect([text, prints.meets(text)]).toEqual([text, true]);
  });

  it('is not found in what is something else', () => {
    const prints = printed(source);
    for (let seed = 2; seed < 40; seed += 1) expect(prints.meets(letters(600, seed))).toBe(false);
  });

  it('of what was read later is found too', () => {
    const other = letters(100, 99);
    expect(printed(source, other).meets(other.slice(20, 60))).toBe(true);
  });
});

describe('short texts', () => {
  it.each<[string, number, boolean]>([
    ['one letter less than a piece', 11, false],
    ['one piece', 12, true],
    ['one piece and one more', 13, true],
    ['less than a window', 19, true],
    ['a whole window', 20, true],
  ])('%s', (_what, length, found) => {
    const text = letters(length, 7);
    expect(printed(text).meets(text)).toBe(found);
    expect(printed(text).size > 0).toBe(found);
  });

  it('keep each of their few pieces', () => {
    expect(printed(letters(12, 3)).size).toBe(1);
    expect(printed(letters(15, 3)).size).toBe(4);
    expect(printed(letters(19, 3)).size).toBe(8);
    const text = letters(16, 3);
    for (let at = 0; at < 5; at += 1) expect(printed(text).meets(text.slice(at, at + 12))).toBe(true);
  });

  it('keep the least alone of a window', () => {
    expect(printed(letters(20, 3)).size).toBe(1);
    const size = printed(letters(5000, 3)).size;
    // Winnowing keeps about two of each window and one.
    expect(size).toBeGreaterThan(5000 / 9);
    expect(size).toBeLessThan(5000 / 3);
  });

  it('are nothing without any', () => {
    expect(printed().meets('a text that is long enough for prints')).toBe(false);
    expect(printed('').size).toBe(0);
  });
});

it('forgets the oldest beyond a hundred thousand', () => {
  const prints = new Prints();
  const first = letters(200, 500);
  prints.add(first);
  for (let seed = 1000; seed < 1030; seed += 1) prints.add(letters(20_000, seed));
  prints.add(letters(20_000, 5));
  expect(prints.size).toBe(100_000);
  expect(prints.meets(first)).toBe(false);
  expect(prints.meets(letters(20_000, 5).slice(-60))).toBe(true);
});
