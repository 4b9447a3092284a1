/** The rows of one review, asked for a page at a time as they come into sight; pages that are far away are let go. */
import type { ReviewRow, ReviewRows } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';

const PAGE = 200;
const MOST_PAGES = 20;

export class RowPages {
  readonly #id: string;
  readonly #told: (rows: Omit<ReviewRows, 'rows'> | null, problem: string | null) => void;
  readonly #pages = new Map<number, readonly ReviewRow[]>();
  readonly #asked = new Set<number>();
  readonly #listeners = new Set<() => void>();

  /** @param told  what each answer says of the whole, or why there is none */
  constructor(id: string, told: (rows: Omit<ReviewRows, 'rows'> | null, problem: string | null) => void) {
    this.#id = id;
    this.#told = told;
  }

  /** Null while it is on its way. */
  at(index: number): ReviewRow | null {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null;
  }

  /** These are in sight. */
  want(from: number, to: number): void {
    const first = Math.floor(from / PAGE);
    const last = Math.floor(Math.max(from, to - 1) / PAGE);
    for (let page = first; page <= last; page += 1) void this.#ask(page);
    for (const page of [...this.#pages.keys()])
      if (this.#pages.size > MOST_PAGES && (page < first - 1 || page > last + 1)) this.#pages.delete(page);
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #ask(page: number): Promise<void> {
    if (this.#pages.has(page) || this.#asked.has(page)) return;
    this.#asked.add(page);
    const result = await call('reviewRows', this.#id, page * PAGE, PAGE);
    this.#asked.delete(page);
    if (result.ok) {
      const { rows, ...rest } = result.value;
      this.#pages.set(page, rows);
      this.#told(rest, null);
    } else {
      this.#told(null, result.error.message);
    }
    for (const listener of this.#listeners) listener();
  }
}
