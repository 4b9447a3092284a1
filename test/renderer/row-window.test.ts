/** Which rows of a long list are drawn. */
import { describe, expect, it } from 'vitest';
import { drawable, MOST_PIXELS, rowWindow } from '../../renderer/features/reviews/row-window.ts';

const ROW = 33;

describe('a list of rows of one height', () => {
  it('draws those on the screen and some around, and keeps the height of all', () => {
    for (const top of [0, 10, 33, 500_000, 3_299_000, 3_300_000]) {
      const { from, to, above, below } = rowWindow({ total: 100_000, row: ROW, open: null }, top, 600);
      expect(above + (to - from) * ROW + below).toBe(100_000 * ROW);
      expect(to - from).toBeLessThan(60);
      expect(from * ROW).toBeLessThanOrEqual(top);
      expect(Math.min(100_000, to) * ROW).toBeGreaterThanOrEqual(Math.min(top + 600, 100_000 * ROW));
    }
  });

  it('knows of one that is open and taller, wherever it is', () => {
    const extent = { total: 1000, row: ROW, open: { at: 500, more: 900 } };
    for (const top of [0, 499 * ROW, 500 * ROW, 500 * ROW + 400, 501 * ROW + 900, 30_000]) {
      const { from, to, above, below } = rowWindow(extent, top, 600);
      const drawn = (to - from) * ROW + (from <= 500 && to > 500 ? 900 : 0);
      expect(above + drawn + below).toBe(1000 * ROW + 900);
      expect(above).toBeLessThanOrEqual(top);
      expect(above + drawn).toBeGreaterThanOrEqual(Math.min(top + 600, 1000 * ROW + 900));
    }
  });

  it('draws nothing of nothing, and no more than a browser lays out', () => {
    expect(rowWindow({ total: 0, row: ROW, open: null }, 0, 600)).toMatchObject({ from: 0, to: 0 });
    expect(drawable({ total: 4_000_000, row: ROW })).toBe(Math.floor(MOST_PIXELS / ROW));
    expect(rowWindow({ total: 4_000_000, row: ROW, open: null }, MOST_PIXELS, 600).below).toBe(0);
  });
});
