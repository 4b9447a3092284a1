import { expect, it } from 'vitest';
import { compare } from './compare.ts';

it('decides as Cedar does, over random policies and calls; `npm run proof -- cedar` does 12 000', () => {
  const { differences, answers } = compare(20_261_126, 60, 5);
  expect(differences).toEqual([]);
  // Every answer is among them: otherwise nothing was compared.
  for (const answer of ['allow', 'deny', 'approve'])
    expect([answer, (answers[answer] ?? 0) > 10]).toEqual([answer, true]);
}, 120_000);
