/**
 * Moments as people type them, in the reader's own time zone: `1h`, `today`, `13:04`, `2026-11-23T13:04`.
 *
 * Pure. Times are wall time in milliseconds since 1970; null is "not a time".
 */

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Reads a moment.
 *
 * A bare time of day means the last such moment before now. A day means its beginning with `since` and its end
 * with `until`, so that `since:X until:X` is that day.
 */
export function parseMoment(text: string, now: number, edge: 'since' | 'until'): number | null {
  const ago = /^(\d{1,6})\s*(s|m|min|h|d|w)$/u.exec(text);
  if (ago !== null) return now - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0);
  if (text === 'now') return now;
  if (text === 'today' || text === 'yesterday')
    return dayEdge(addDays(new Date(now), text === 'today' ? 0 : -1), edge);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/u.exec(text);
  if (clock !== null) {
    const today = atTime(new Date(now), clock[1], clock[2], clock[3]);
    if (today === null) return null;
    return today.getTime() <= now ? today.getTime() : addDays(today, -1).getTime();
  }
  const dated = /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/u.exec(text);
  if (dated === null) return null;
  const day = new Date(Number(dated[1]), Number(dated[2]) - 1, Number(dated[3]));
  // A 31 February rolls over instead of failing: compare.
  if (day.getMonth() !== Number(dated[2]) - 1 || day.getDate() !== Number(dated[3])) return null;
  if (dated[4] === undefined) return dayEdge(day, edge);
  return atTime(day, dated[4], dated[5], dated[6])?.getTime() ?? null;
}

function atTime(
  day: Date,
  hours: string | undefined,
  minutes: string | undefined,
  seconds: string | undefined,
): Date | null {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds ?? '0')];
  if (h > 23 || m > 59 || s > 59) return null;
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), h, m, s);
}

/** Days are added by the calendar, so that a day with 23 hours is still one day. */
function addDays(moment: Date, days: number): Date {
  const moved = new Date(moment);
  moved.setDate(moved.getDate() + days);
  return moved;
}

function dayEdge(day: Date, edge: 'since' | 'until'): number {
  const start = new Date(day.getFullYear(), day.getMonth(), day.getDate());
  return edge === 'since' ? start.getTime() : addDays(start, 1).getTime() - 1;
}
