import { describe, expect, it } from 'vitest';
import { newId, newTimedId } from '../../main/platform/ids.ts';

describe('identifiers', () => {
  it('have their prefix and 26 letters that are hard to confuse', () => {
    for (let round = 0; round < 1000; round += 1)
      expect(newId('req')).toMatch(/^req_[0-9a-hjkmnp-tv-z]{26}$/);
  });

  it('do not repeat', () => {
    const ids = new Set(Array.from({ length: 20_000 }, () => newId('x')));
    expect(ids.size).toBe(20_000);
  });

  it('use every letter at every place about equally often', () => {
    const rounds = 6400;
    const counts = Array.from({ length: 26 }, () => new Map<string, number>());
    for (let round = 0; round < rounds; round += 1)
      for (const [place, letter] of [...newId('').slice(1)].entries())
        counts[place]?.set(letter, (counts[place]?.get(letter) ?? 0) + 1);
    for (const place of counts) {
      expect(place.size).toBe(32);
      // 200 are expected; eight standard deviations off is no chance.
      for (const count of place.values()) expect(Math.abs(count - rounds / 32)).toBeLessThan(112);
    }
  });
});

describe('identifiers with their time in front', () => {
  it('look like the others and do not repeat', () => {
    const ids = new Set(Array.from({ length: 20_000 }, () => newTimedId('call', 1_800_000_000_000)));
    expect(ids.size).toBe(20_000);
    for (const id of ids) expect(id).toMatch(/^call_[0-9a-hjkmnp-tv-z]{26}$/);
  });

  it('sort by their millisecond, whatever the clock says', () => {
    const times = [-5, 0, 1, 31, 32, 1023, 1024, 1_799_999_999_999.9, 1_800_000_000_000, 2 ** 45 - 1];
    const ids = times.map((time) => newTimedId('call', time).slice(0, 14));
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(times.length - 1);
    expect(newTimedId('call', 1.2).slice(0, 14)).toBe(newTimedId('call', 1.9).slice(0, 14));
  });
});
