import { describe, expect, it } from 'vitest';
import { openAnalyst } from '../support/analyst.ts';
import { fuzz } from '../support/shell-fuzz.ts';

/** About half a minute on an idle machine; `npm run proof -- shell-fuzz` tries a million. */
const INPUTS = 40_000;

describe('the analysis under random texts', () => {
  it('never fails, and no other spelling frees what it stops', { timeout: 300_000 }, async () => {
    const outcome = fuzz(await openAnalyst(), 20_261_126, INPUTS);
    expect(outcome.failures).toEqual([]);
    expect(outcome.freed).toEqual([]);
    expect(outcome.broken + outcome.mutations).toBe(INPUTS);
  });
});
