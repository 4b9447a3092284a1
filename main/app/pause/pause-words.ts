/** Pauses in words. Times are local, as a person reads a clock. */
import type { PauseLength } from '../../../preload/contract.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A pause is an exception: longer than a day is not one. */
export const LONGEST_PAUSE_MS = 24 * HOUR_MS;
const MORNING_HOUR = 6;

/** `15:00`, `tomorrow 06:00`. */
export function untilWords(untilMs: number, nowMs: number): string {
  const until = new Date(untilMs);
  const clock = `${String(until.getHours()).padStart(2, '0')}:${String(until.getMinutes()).padStart(2, '0')}`;
  return until.toDateString() === new Date(nowMs).toDateString() ? clock : `tomorrow ${clock}`;
}

/** `until 15:00. Calls run and are recorded.`, with who is meant in front. */
export function pausedSentence(who: string | null, untilMs: number, nowMs: number): string {
  const until = untilWords(untilMs, nowMs);
  return who === null
    ? `Paused until ${until}. Calls run and are recorded.`
    : `${who} is paused until ${until}. Its calls run and are recorded.`;
}

/** When a pause of this length would end that begins now, milliseconds since 1970. */
export function endOf(length: PauseLength, nowMs: number): number {
  switch (length) {
    case '15m':
      return nowMs + 15 * MINUTE_MS;
    case '1h':
      return nowMs + HOUR_MS;
    case 'tomorrow':
      return nextMorning(nowMs);
  }
}

/** The next 06:00 that is at least an hour away: who says "tomorrow" at half past five means the day after. */
function nextMorning(nowMs: number): number {
  const morning = new Date(nowMs);
  morning.setHours(MORNING_HOUR, 0, 0, 0);
  while (morning.getTime() < nowMs + HOUR_MS) {
    morning.setDate(morning.getDate() + 1);
    morning.setHours(MORNING_HOUR, 0, 0, 0);
  }
  return morning.getTime();
}

/**
 * When a pause ends that was typed: `15m`, `2h`, `tomorrow`.
 *
 * @returns null when it is none of these, or longer than a day
 */
export function endOfTyped(text: string, nowMs: number): number | null {
  if (text === 'tomorrow') return nextMorning(nowMs);
  const found = /^([1-9]\d{0,3})(m|min|h)$/.exec(text);
  if (found === null) return null;
  const length = Number(found[1]) * (found[2] === 'h' ? HOUR_MS : MINUTE_MS);
  return length <= LONGEST_PAUSE_MS ? nowMs + length : null;
}
