/** Long work that lets other things have their turn. */
import { expect, it } from 'vitest';
import { Pace, sortInSlices } from '../../main/platform/pace.ts';

it('sorts as at once, whatever the length, and lets others go on meanwhile', async () => {
  for (const length of [0, 1, 2, 4096, 4097, 50_001]) {
    const numbers = Array.from({ length }, (_, index) => (index * 7919) % 10_007);
    let turns = 0;
    const others = setInterval(() => {
      turns += 1;
    }, 0);
    const sorted = await sortInSlices([...numbers], (a, b) => a < b, new Pace(0));
    clearInterval(others);
    expect(sorted).toEqual(numbers.toSorted((a, b) => a - b));
    if (length === 50_001) expect(turns).toBeGreaterThan(0);
  }
});

it('keeps the order of what is the same', async () => {
  const items = Array.from({ length: 9000 }, (_, index) => ({ key: index % 3, index }));
  const sorted = await sortInSlices([...items], (a, b) => a.key < b.key, new Pace());
  expect(sorted).toEqual(items.toSorted((a, b) => a.key - b.key));
});

it('is due when its slice is over, and not after a rest', async () => {
  expect(new Pace(60_000).isDue).toBe(false);
  const pace = new Pace(0);
  expect(pace.isDue).toBe(true);
  await pace.rest();
});
