/**
 * Files that a page sends and is sent, in parts that fit into a message. In memory, for one page's session, and
 * wiped when they are taken, when the vault locks and when ten minutes have gone.
 */
import { FILE_MAX_BYTES, FILE_PART_BYTES } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';

const KEPT_MS = 10 * 60_000;
/** Of all pages together. */
const MOST_BYTES = 2 * FILE_MAX_BYTES;

interface Kept {
  readonly session: string;
  readonly bytes: Buffer;
  /** How much of it is there. */
  filled: number;
  readonly timer: NodeJS.Timeout;
}

export class PageUploads {
  readonly #kept = new Map<string, Kept>();

  /** @throws GatehouseError `refused` when too much is on its way already */
  begin(session: string, bytes: number): string {
    const others = [...this.#kept.values()].reduce((sum, one) => sum + one.bytes.length, 0);
    if (bytes > FILE_MAX_BYTES || others + bytes > MOST_BYTES)
      throw new GatehouseError('refused', 'the file was not taken: too much is on its way already', {
        hint: 'wait for the others, or use gatehouse vault import in a terminal',
      });
    return this.#keep(session, Buffer.alloc(bytes), 0);
  }

  /** Something to be fetched, whole. */
  offer(session: string, bytes: Buffer): string {
    return this.#keep(session, bytes, bytes.length);
  }

  /** @throws GatehouseError `not_found`, `bad_argument` when a part is not the next one, or too long */
  part(session: string, id: string, at: number, part: Buffer): number {
    const kept = this.#of(session, id);
    if (at !== kept.filled || at + part.length > kept.bytes.length)
      throw new GatehouseError('bad_argument', 'the file was not taken: its parts do not come in order');
    part.copy(kept.bytes, at);
    kept.filled += part.length;
    return kept.filled;
  }

  /** The next part to fetch; after the last it is forgotten. */
  next(session: string, id: string, at: number): { readonly part: Buffer; readonly last: boolean } {
    const kept = this.#of(session, id);
    const part = Buffer.from(kept.bytes.subarray(at, at + FILE_PART_BYTES));
    const last = at + part.length >= kept.bytes.length;
    if (last) this.drop(id);
    return { part, last };
  }

  /** A copy of a whole file; whoever takes it wipes it. @throws GatehouseError `not_found`, `bad_argument` */
  read(session: string, id: string): Buffer {
    const kept = this.#of(session, id);
    if (kept.filled !== kept.bytes.length)
      throw new GatehouseError('bad_argument', 'the file was not taken: a part of it is missing');
    return Buffer.from(kept.bytes);
  }

  drop(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    kept.bytes.fill(0);
    this.#kept.delete(id);
  }

  dropAll(): void {
    for (const id of [...this.#kept.keys()]) this.drop(id);
  }

  #keep(session: string, bytes: Buffer, filled: number): string {
    const id = newId('file');
    const timer = setTimeout(() => this.drop(id), KEPT_MS);
    timer.unref();
    this.#kept.set(id, { session, bytes, filled, timer });
    return id;
  }

  #of(session: string, id: string): Kept {
    const kept = this.#kept.get(id);
    if (kept?.session !== session)
      throw new GatehouseError('not_found', 'the file is not here any more', { hint: 'choose it again' });
    return kept;
  }
}
