/**
 * Folders of reviews that are to go: out of sight at once, off the disk while nobody waits. A hundred thousand files
 * take a disk a while. What an earlier start left goes at the next one.
 */
import { mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../platform/ids.ts';
import type { ReviewProgram } from '../../sandbox/review/review-program.ts';

/** At the end nobody waits longer: the launcher that removes goes on alone. */
const LONGEST_END_MS = 2000;

export class Going {
  readonly #folder: string;
  readonly #program: ReviewProgram;
  readonly #defect: (error: unknown) => void;
  #work: Promise<void> = Promise.resolve();

  /** @param reviews  absolute: the folder of all reviews, beside which they go */
  constructor(reviews: string, program: ReviewProgram, defect: (error: unknown) => void) {
    this.#folder = `${reviews}.going`;
    this.#program = program;
    this.#defect = defect;
  }

  /** What an earlier start left. */
  resume(): void {
    for (const name of this.#names()) this.#removeLater(name);
  }

  /** Takes `name` out of `folder`. When this resolves it is not there any more. @throws GatehouseError `not_removed` */
  async take(folder: string, name: string): Promise<void> {
    const out = newId('going');
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      renameSync(join(folder, name), join(this.#folder, out));
    } catch {
      // Not there, or on another disk.
      return this.#program.remove(folder, name);
    }
    this.#removeLater(out);
  }

  /** Waits for what still goes, a moment at most. */
  async close(): Promise<void> {
    const end = new AbortController();
    const limit = sleep(LONGEST_END_MS, null, { signal: end.signal, ref: false }).catch(() => null);
    await Promise.race([this.#work, limit]);
    end.abort();
  }

  /** One after the other: a disk does not go faster for two. */
  #removeLater(name: string): void {
    this.#work = this.#work
      .then(() => this.#program.remove(this.#folder, name))
      .then(() => {
        if (this.#names().length === 0) rmdirSync(this.#folder);
      })
      .catch(this.#defect);
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }
}
