import { expect, it } from 'vitest';
import { floodGuard } from '../../main/platform/flood-guard.ts';

it('lets so many through a minute, and says once that there are more', () => {
  let now = 0;
  const told: string[] = [];
  const report = floodGuard(
    2,
    (what: string) => told.push(what),
    ['more'],
    () => now,
  );
  for (const what of ['a', 'b', 'c', 'd', 'e']) report(what);
  expect(told).toEqual(['a', 'b', 'more']);
  now = 59_999;
  report('f');
  expect(told).toHaveLength(3);
  now = 60_000;
  report('g');
  expect(told.at(-1)).toBe('g');
});
