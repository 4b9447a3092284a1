/**
 * When rows of sessions may go. A wrong clock must not empty the log: put ten years ahead, every row would be past
 * its time. So a row goes at a look only when it was past its time at the look before as well, most of a day
 * earlier: what a clock says for some hours takes nothing, however often it is started in them, and a machine that
 * was off for a month loses nothing on its first day.
 */
import { type Clock, systemClock } from '../platform/clock.ts';

const DAY_MS = 86_400_000;
/** Sooner after a look there is none: less than a day, for timers and people are not exact. */
const APART_MS = 20 * 3_600_000;
/** Rows of sessions are kept for so many days. */
export const KEEP_DAYS = 30;

export interface SettingStore {
  read(): string | null;
  write(json: string): void;
}

export class Retention {
  readonly #clock: Clock;
  readonly #setting: SettingStore;

  /** @param setting  where the time of the last look is kept over a restart */
  constructor(setting: SettingStore, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#setting = setting;
  }

  /**
   * One look.
   *
   * @returns rows older than this may go, in microseconds since 1970; null when none may at this look
   */
  look(): number | null {
    const now = this.#clock.wallMicros();
    const last = this.#last();
    if (last !== null && now >= last && now - last < APART_MS * 1000) return null;
    this.#setting.write(JSON.stringify(now));
    return last === null ? null : Math.min(now, last) - KEEP_DAYS * DAY_MS * 1000;
  }

  #last(): number | null {
    const json = this.#setting.read();
    if (json === null) return null;
    try {
      const told: unknown = JSON.parse(json);
      return typeof told === 'number' && Number.isFinite(told) ? told : null;
    } catch {
      return null;
    }
  }
}
