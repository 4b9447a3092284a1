/** Rows that are to be written, in their order, in portions that the writer takes at a time. */
import type { GatehouseError } from '../platform/errors.ts';
import type { Receipt } from './event.ts';
import type { Entry } from './writer.ts';

const MAX_QUEUE_BYTES = 64 * 1024 * 1024;
const MAX_QUEUE_ROWS = 20_000;
const MAX_BATCH_ROWS = 1024;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
/** What nobody waits for goes along with the next row that somebody does, or after this long. */
const SOON_MS = 10;

export interface Queued extends Entry {
  readonly awaited: boolean;
  readonly bytes: number;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: GatehouseError) => void;
}

export class AppendQueue {
  readonly #onDue: () => void;
  #rows: Queued[] = [];
  #bytes = 0;
  #awaited = 0;
  #soon: NodeJS.Timeout | null = null;

  /** @param onDue is called when rows that nobody waits for have waited long enough */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** Whether a row waits that somebody waits for, or that has waited long enough. */
  get isDue(): boolean {
    return this.#awaited > 0;
  }

  /** Whether a row of so many bytes finds room. */
  hasRoom(bytes: number): boolean {
    return this.#rows.length < MAX_QUEUE_ROWS && this.#bytes + bytes <= MAX_QUEUE_BYTES;
  }

  push(row: Queued): void {
    this.#rows.push(row);
    this.#bytes += row.bytes;
    if (row.awaited) this.#awaited += 1;
    else this.#soon ??= this.#later();
  }

  /** The next portion: at least one row when there is one. */
  take(): readonly Queued[] {
    let bytes = 0;
    let count = 0;
    for (const row of this.#rows) {
      if (count > 0 && (count >= MAX_BATCH_ROWS || bytes + row.bytes > MAX_BATCH_BYTES)) break;
      bytes += row.bytes;
      count += 1;
    }
    const batch = this.#rows.slice(0, count);
    this.#rows = this.#rows.slice(count);
    this.#bytes -= bytes;
    this.#awaited = this.#rows.filter((row) => row.awaited).length;
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#soon = this.#awaited < this.#rows.length ? this.#later() : null;
    return batch;
  }

  /** What nobody waits for goes too now. */
  makeDue(): void {
    if (this.#rows.length > 0) this.#awaited += 1;
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#soon = null;
      this.makeDue();
      this.#onDue();
    }, SOON_MS);
  }

  /** Gives all of them up. */
  fail(error: GatehouseError): void {
    const rows = this.#rows;
    this.#rows = [];
    this.#bytes = 0;
    this.#awaited = 0;
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#soon = null;
    for (const row of rows) row.reject(error);
  }
}
