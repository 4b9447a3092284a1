/** One walk over a text answers for all values that begin alike: what it costs does not grow with their number. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Folder } from '../../main/vault/redaction/fold.ts';
import { PatternTree, PlainReader } from '../../main/vault/redaction/pattern-tree.ts';
import { REDACTED, Redactor } from '../../main/vault/redaction/redactor.ts';

afterEach(() => void vi.restoreAllMocks());

const BEGINNING = 'sk-ant-api03-';
const keys = (count: number): string[] =>
  Array.from({ length: count }, (_each, at) => `${BEGINNING}${String(at * 7919).padStart(8, '0')}-of-${at}`);

function knowing(values: readonly string[]): Redactor {
  const redactor = new Redactor();
  for (const value of values) redactor.add(Buffer.from(value));
  return redactor;
}

/** How many units are compared while a text is looked through. */
function looks(redactor: Redactor, text: string): number {
  const plain = vi.spyOn(PlainReader.prototype, 'next');
  const folded = vi.spyOn(Folder.prototype, 'next');
  redactor.text(text);
  const count = plain.mock.calls.length + folded.mock.calls.length;
  vi.restoreAllMocks();
  return count;
}

describe('values that begin alike', () => {
  it.each([
    ['their first eight characters', BEGINNING.slice(0, 8)],
    ['all that they have in common', BEGINNING],
    ['one but for its last character', keys(400)[7]?.slice(0, -1) ?? ''],
    ['the same in hex', Buffer.from(BEGINNING).toString('hex')],
  ])('cost no more when there are a hundred times as many: a text of %s', (_name, part) => {
    const text = part.repeat(200);
    const few = looks(knowing(keys(4)), text);
    expect(few).toBeGreaterThan(200 * 8);
    expect(looks(knowing(keys(400)), text)).toBeLessThan(4 * few);
  });

  it('are found each, also the one that another begins with', () => {
    const values = [...keys(60), `${BEGINNING}short`, `${BEGINNING}short-and-longer`];
    const redactor = knowing(values);
    for (const value of values) {
      expect(redactor.text(`a ${value} b`)).toBe(`a ${REDACTED} b`);
      expect(redactor.text(`a ${[...value].join('\n')} b`)).toBe(`a ${REDACTED} b`);
    }
    expect(redactor.text(`${BEGINNING}shor`)).toBe(`${BEGINNING}shor`);
  });
});

describe('the tree', () => {
  it('answers the longest pattern that stands at a place, as comparing each would', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const word = (longest: number): string =>
      Array.from({ length: 1 + random(longest) }, () => 'ab'[random(2)]).join('');
    for (let round = 0; round < 200; round += 1) {
      const patterns = Array.from({ length: random(40) }, () => word(8));
      const tree = new PatternTree();
      for (const pattern of patterns) tree.add(pattern);
      const text = word(30);
      for (let at = 0; at < text.length; at += 1) {
        const ends = patterns.filter((one) => text.startsWith(one, at)).map((one) => at + one.length);
        const reader = new PlainReader();
        reader.begin(text, at);
        expect(tree.endOf(reader)).toBe(Math.max(-1, ...ends));
      }
    }
  });
});
