/** Where sessions' copies of projects, and what is kept of projects for an undo, begin. */
import { chmodSync, statSync } from 'node:fs';
import { newId } from '../../platform/ids.ts';
import { readStat } from '../../platform/process-facts.ts';
import type { Copies, Copy, CopyEnd, CopyFacts, Kept } from '../../points/run/copies.ts';
import type { KeepBounds, ReviewProgram } from '../../sandbox/review/review-program.ts';
import { foundOf, type ReviewBook } from './review-book.ts';
import type { ReviewFolder, ReviewRecord } from './review-record.ts';

/** What is kept for an undo that nobody asked for: where it is quick, and little. */
const QUICK: KeepBounds = {
  bytes: 256 * 2 ** 20,
  entries: 30_000,
  milliseconds: 1500,
  largest: 32 * 2 ** 20,
  skips: true,
};
/** In place of the copy that was asked for. The launcher waits a minute in all. */
const WHOLE: KeepBounds = {
  bytes: 8 * 2 ** 30,
  entries: 1_000_000,
  milliseconds: 40_000,
  largest: 2 * 2 ** 30,
  skips: false,
};

export interface KeptProjectsParts {
  readonly book: ReviewBook;
  readonly program: ReviewProgram;
  readonly wallMs: () => number;
  /** Those whose run this process began, and which has not ended. */
  readonly open: Set<string>;
  readonly inTurn: <T>(step: () => Promise<T>) => Promise<T>;
  readonly settleEnd: (id: string) => Promise<CopyEnd>;
}

export class KeptProjects implements Copies {
  readonly #parts: KeptProjectsParts;

  constructor(parts: KeptProjectsParts) {
    this.#parts = parts;
  }

  async begin(facts: CopyFacts): Promise<Copy> {
    const { id, folder, mode } = this.#enter(facts, 'copy');
    // It is the root of what is seen inside.
    chmodSync(folder.upper, mode & 0o777);
    const { program } = this.#parts;
    return {
      layers: folder.path('layers'),
      // The kernel marks what an overlay works with as not to be mounted again, for it may be half on the disk.
      again: async () => {
        await program.remove(folder.path('layers'), 'work');
        folder.make();
      },
      ...this.#kept(id),
    };
  }

  async keep(facts: CopyFacts, whole: boolean): Promise<Kept> {
    const { book, program, open } = this.#parts;
    // Of the newest one of this project most is still the same.
    const earlier = book
      .list()
      .find(({ kind, app, now }) => kind === 'undo' && app === facts.app && foundOf(now) !== null);
    const { id, folder } = this.#enter(facts, 'undo');
    const base = earlier === undefined ? null : book.folder(earlier.id).path();
    try {
      const { copied } = await program.keep(facts.app, folder.path(), base, whole ? WHOLE : QUICK);
      book.put({ ...book.get(id), bytes: copied });
    } catch (error) {
      open.delete(id);
      await book.remove(id);
      throw error;
    }
    return this.#kept(id);
  }

  /** A new record, of a session that has not begun. */
  #enter(
    { run, app, client }: CopyFacts,
    kind: ReviewRecord['kind'],
  ): { readonly id: string; readonly folder: ReviewFolder; readonly mode: number } {
    const { book, open, wallMs } = this.#parts;
    const id = newId('review');
    const folder = book.folder(id);
    const { dev, ino, mode } = statSync(app, { bigint: true });
    folder.make(kind);
    open.add(id);
    book.put({
      ...{ version: 1, kind, bytes: 0, id, run, session: '', client, app },
      ...{ device: String(dev), inode: String(ino), beganMs: wallMs() },
      now: { state: 'running', first: null },
    });
    return { id, folder, mode: Number(mode) };
  }

  #kept(id: string): Kept {
    const { book, open, inTurn, settleEnd } = this.#parts;
    return {
      stands: (session, pid) => {
        const startTime = readStat(pid)?.startTime ?? null;
        book.put({ ...book.get(id), session, now: { state: 'running', first: { pid, startTime } } });
      },
      drop: () =>
        inTurn(async () => {
          open.delete(id);
          await book.remove(id);
        }),
      ended: () => inTurn(() => settleEnd(id)),
    };
  }
}
