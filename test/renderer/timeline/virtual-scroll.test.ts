import { describe, expect, it } from 'vitest';
import { TALLEST, VirtualScroll } from '../../../renderer/features/timeline/virtual-scroll.ts';

const VIEW = 560;

function list(content: number): VirtualScroll {
  const scroll = new VirtualScroll();
  scroll.resize({ content, view: VIEW });
  return scroll;
}

describe('a list that fits', () => {
  it('stands where its bar stands', () => {
    const scroll = list(28_000);
    scroll.scrolled(1_234);
    expect([scroll.height, scroll.top, scroll.offset]).toEqual([28_000, 1_234, 0]);
    expect(scroll.goTo(99_999)).toBe(28_000 - VIEW);
  });
});

describe('a list that is taller than a browser lays out', () => {
  const ROWS = 1_000_000 * 28;

  it('reaches both ends and every share between', () => {
    const scroll = list(ROWS);
    expect(scroll.height).toBe(TALLEST);
    scroll.scrolled(TALLEST - VIEW);
    expect(scroll.top).toBe(ROWS - VIEW);
    scroll.scrolled(0);
    expect(scroll.top).toBe(0);
    scroll.scrolled((TALLEST - VIEW) / 2);
    expect(scroll.top / (ROWS - VIEW)).toBeCloseTo(0.5, 5);
  });

  it('moves rows by just as much as the wheel, also for a thousand turns', () => {
    const scroll = list(ROWS);
    scroll.goTo(9_000_000);
    let bar = scroll.settle();
    const start = scroll.top;
    for (let turn = 1; turn <= 1_000; turn += 1) {
      bar += 100;
      scroll.scrolled(bar);
      expect(scroll.top).toBe(start + turn * 100);
      // Every few turns the reader rests.
      if (turn % 7 === 0) bar = scroll.settle();
      expect(scroll.top).toBe(start + turn * 100);
    }
  });

  it('is never stuck at an end of its bar before the end of the rows', () => {
    const scroll = list(ROWS);
    for (const top of [1, 27, ROWS - VIEW - 1]) {
      const bar = scroll.goTo(top);
      expect(bar).toBeGreaterThan(0);
      expect(bar).toBeLessThan(TALLEST - VIEW);
      expect(scroll.top).toBe(top);
    }
  });
});
