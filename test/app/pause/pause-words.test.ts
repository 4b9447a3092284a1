import { describe, expect, it } from 'vitest';
import { endOf, endOfTyped, pausedSentence, untilWords } from '../../../main/app/pause/pause-words.ts';

const at = (text: string) => new Date(text).getTime();
const NOON = at('2026-11-26T12:00:00');
const HOUR = 3_600_000;

describe('the end of a pause', () => {
  it('in words is a time of today, or of tomorrow', () => {
    expect(untilWords(NOON + 15 * 60_000, NOON)).toBe('12:15');
    expect(untilWords(at('2026-11-27T06:00:00'), NOON)).toBe('tomorrow 06:00');
    expect(pausedSentence(null, NOON + 3 * HOUR, NOON)).toBe(
      'Paused until 15:00. Calls run and are recorded.',
    );
    expect(pausedSentence('Codex', NOON + HOUR, NOON)).toBe(
      'Codex is paused until 13:00. Its calls run and are recorded.',
    );
  });

  it.each([
    ['2026-11-26T12:00:00', '2026-11-27T06:00:00'],
    ['2026-11-26T23:59:00', '2026-11-27T06:00:00'],
    // Who is up at night means the morning; who is up at half past five means the next one.
    ['2026-11-26T01:30:00', '2026-11-26T06:00:00'],
    ['2026-11-26T05:30:00', '2026-11-27T06:00:00'],
    ['2026-12-31T20:00:00', '2027-01-01T06:00:00'],
  ])('tomorrow, said at %s, is %s', (now, end) => {
    expect(endOf('tomorrow', at(now))).toBe(at(end));
  });

  it.each([
    ['15m', 15 * 60_000],
    ['90min', 90 * 60_000],
    ['2h', 2 * HOUR],
    ['24h', 24 * HOUR],
  ])('is typed as %s', (text, length) => {
    expect(endOfTyped(text, NOON)).toBe(NOON + length);
  });

  it.each(['', '0m', '15', '25h', '1441m', '9999h', '-5m', '1d', 'forever', '1.5h', '15m ', '99999m'])(
    'is never %j',
    (text) => {
      expect(endOfTyped(text, NOON)).toBeNull();
    },
  );
});
