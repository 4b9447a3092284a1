/** How a row of the timeline is said: its time, its outcome, whose it is. Pure. */
import type { TimelineRow } from '../../../preload/contract.ts';

export type OutcomeName = NonNullable<TimelineRow['outcome']>;
export type Tone = 'allow' | 'wait' | 'stop' | 'plain';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** Time of a row: `14:32:08` today, `23 Nov 14:32` in this year, `2025-11-23` before. */
export function rowTime(at: number, now: number): string {
  const moment = new Date(at);
  const today = new Date(now);
  if (moment.getFullYear() !== today.getFullYear()) {
    return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  }
  const sameDay = moment.getMonth() === today.getMonth() && moment.getDate() === today.getDate();
  if (sameDay) return clock(moment);
  return `${moment.getDate()} ${MONTHS[moment.getMonth()] ?? ''} ${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** The whole moment: `Tue 24 Nov 2026, 14:29:16.402`. */
export function fullTime(at: number): string {
  const moment = new Date(at);
  const day = `${DAYS[moment.getDay()] ?? ''} ${moment.getDate()} ${MONTHS[moment.getMonth()] ?? ''} ${moment.getFullYear()}`;
  return `${day}, ${exactClock(at)}`;
}

/** Time of day to the millisecond: `14:29:16.402`. */
export function exactClock(at: number): string {
  const moment = new Date(at);
  return `${clock(moment)}.${String(moment.getMilliseconds()).padStart(3, '0')}`;
}

function clock(moment: Date): string {
  return `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
}

/** A stretch of time as one reads it: `0.3 ms`, `42 ms`, `3.2 s`, `2 min 4 s`. */
export function duration(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The outcome in a word, and who made it when a person did. */
export function outcomeWords(row: Pick<TimelineRow, 'kind' | 'outcome' | 'byPerson' | 'alarm'>): string {
  switch (row.outcome) {
    case 'waits':
      return 'Waits';
    case 'allowed':
      return row.byPerson ? 'Allowed by you' : 'Allowed';
    case 'denied':
      return row.byPerson ? 'Denied by you' : 'Denied';
    case 'refused':
      return 'Refused';
    case 'expired':
      return 'Expired';
    case 'cancelled':
      return 'Cancelled';
    case null:
      return row.alarm ? 'Alarm' : 'Event';
  }
}

export function outcomeTone(row: Pick<TimelineRow, 'outcome' | 'alarm'>): Tone {
  switch (row.outcome) {
    case 'waits':
      return 'wait';
    case 'allowed':
      return 'allow';
    case 'denied':
    case 'refused':
      return 'stop';
    case 'expired':
    case 'cancelled':
      return 'plain';
    case null:
      return row.alarm ? 'stop' : 'plain';
  }
}

/** Whose call it is: `claude-code · web`. An app is a folder; its last part is its name. */
export function whose(row: Pick<TimelineRow, 'client' | 'app'>): string {
  const parts = [row.client, appLabel(row.app)].filter((part) => part !== '');
  return parts.join(' · ');
}

export function appLabel(app: string): string {
  const parts = app.split(/[\\/]+/u).filter((part) => part !== '');
  return parts.at(-1) ?? app;
}

/** What happened after it was let through, where it is known: `failed`. A success needs no word. */
export function resultMark(row: Pick<TimelineRow, 'success' | 'scope'>): readonly string[] {
  return [...(row.scope === null ? [] : [row.scope]), ...(row.success === false ? ['failed'] : [])];
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
