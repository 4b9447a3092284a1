import { expect, it } from 'vitest';
import { editDistance, suggest } from '../../main/policy/suggest.ts';

it('counts edits, a swap of neighbours as one', () => {
  expect([
    editDistance('', ''),
    editDistance('a', ''),
    editDistance('bash', 'bassh'),
    editDistance('read', 'raed'),
    editDistance('kitten', 'sitting'),
  ]).toEqual([0, 1, 1, 1, 3]);
});

it('suggests the nearest word, and none that is far', () => {
  expect(suggest('filesytem', ['shell', 'filesystem', 'web'])).toBe('filesystem');
  expect(suggest('Approv', ['auto', 'approve'])).toBe('approve');
  expect(suggest('xyz', ['auto', 'approve'])).toBeNull();
  expect(suggest('a', ['b'])).toBeNull();
  expect(suggest('a'.repeat(10_000_000), ['aaaa'])).toBeNull();
});
