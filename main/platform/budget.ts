/** A bucket of tokens that refills with time: so many at once, so many a second after that. */
import type { Clock } from './clock.ts';

export class Budget {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #size: number;
  readonly #perSecond: number;
  #left: number;
  #countedAt: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>, size: number, perSecond: number) {
    this.#clock = clock;
    this.#size = size;
    this.#perSecond = perSecond;
    this.#left = size;
    this.#countedAt = clock.monotonicMs();
  }

  /** Takes one; false when there is none left. */
  take(): boolean {
    const now = this.#clock.monotonicMs();
    this.#left = Math.min(this.#size, this.#left + ((now - this.#countedAt) / 1000) * this.#perSecond);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
