/** Lines that are new or changed, told to listeners many at once. */
import { type LineRecord, lineOf, type TimelineLine } from './line.ts';

const CHANGE_MS = 40;

export class LineFeed {
  readonly #listeners = new Set<(lines: readonly TimelineLine[]) => void>();
  #changed = new Map<number, LineRecord>();
  #timer: NodeJS.Timeout | null = null;

  onChange(listener: (lines: readonly TimelineLine[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param text JSON of LineRecords, in the order of their change */
  announce(text: string): void {
    if (this.#listeners.size === 0) return;
    for (const record of JSON.parse(text) as readonly LineRecord[]) {
      // A line that changes twice is told once, at the place of its last change.
      this.#changed.delete(record.id);
      this.#changed.set(record.id, record);
    }
    if (this.#changed.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const changed = [...this.#changed.values()].map(lineOf);
      this.#changed = new Map();
      for (const listener of this.#listeners) listener(changed);
    }, CHANGE_MS);
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
