/**
 * Reviews: what sessions wrote to copies of projects, told, carried over, undone or thrown away.
 *
 * Only a person decides; who asks is checked before this is called. One step at a time: two reviews of one project
 * never mix, and the second finds what the first has changed.
 */
import { createHash } from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReviewEvent } from '../../audit/review-event.ts';
import type { LogPort } from '../../engine/ports.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { writePrivateFile } from '../../platform/private-file.ts';
import { processRuns, readStat } from '../../platform/process-facts.ts';
import type { Copies, Copy, CopyEnd } from '../../points/run/copies.ts';
import { type Change, ownRows, shownPath } from '../../sandbox/review/change.ts';
import type { ChangeOutcome, Conflict } from '../../sandbox/review/review-program.ts';
import { selected } from '../../sandbox/review/selection.ts';
import { foundOf, ReviewBook, type ReviewBookOptions } from './review-book.ts';
import { contentOf, type ReviewContent, ReviewContents } from './review-content.ts';
import type { Found, ReviewRecord, ReviewState, Via } from './review-record.ts';
import { endLines } from './review-words.ts';

export interface ReviewDeskOptions extends ReviewBookOptions {
  readonly log: LogPort;
  readonly wallMs: () => number;
  /** How a command line is to be written. */
  readonly command: string;
}

/** How long what was carried over can be undone. */
export const UNDO_DAYS = 7;
const DAY_MS = 86_400_000;
const MOST_FIRST = 12;
const DEATH_TRIES = 100;

export class ReviewDesk implements Copies {
  readonly #options: ReviewDeskOptions;
  readonly #book: ReviewBook;
  readonly #contents: ReviewContents;
  /** Those whose run this process began, and which has not ended. */
  readonly #open = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ReviewDeskOptions) {
    this.#options = options;
    this.#book = new ReviewBook(options);
    this.#contents = new ReviewContents(this.#book);
  }

  /** Takes up what an earlier start left: sessions that were killed wait, what was cut off is put back. */
  async recover(): Promise<void> {
    await this.#book.load();
    await this.sweep();
    for (const { id } of this.#book.list())
      await this.#inTurn(() => this.#recover(id)).catch(this.#options.defect);
  }

  async #recover(id: string): Promise<void> {
    const record = this.#book.get(id);
    const { now } = record;
    if (now.state === 'discarding') return this.#book.remove(id);
    if (now.state !== 'applying' && now.state !== 'undoing') return;
    const { changes } = await this.#book.changes(record, now.found);
    const way = now.state === 'applying' ? 'forth' : 'back';
    const outcome = await this.#book.carry(record, changes, now.picked, way, 'restore');
    const applied = now.state === 'applying' ? outcome.state === 'done' : outcome.state !== 'done';
    if (outcome.state === 'failed' && !outcome.whole) await this.#keep(record, now, outcome);
    else if (applied) await this.#settleApplied(record, now);
    else await this.#settleWaits(record, now.found);
    if (outcome.state === 'failed' && outcome.whole) await this.#tell(record, 'cut_off', now, '', null);
  }

  /** Ends what is due: sessions that died unseen, and the time in which something can be undone. */
  async sweep(): Promise<void> {
    for (const { id, now } of this.#book.list()) {
      if (now.state === 'running' && !runsStill(now.first) && !this.#open.has(id))
        await this.#inTurn(() => this.#settleEnd(id)).catch(this.#options.defect);
      if (now.state === 'applied' && now.untilMs <= this.#options.wallMs())
        await this.#inTurn(() => this.#book.remove(id)).catch(this.#options.defect);
    }
  }

  async begin(facts: { readonly run: string; readonly app: string; readonly client: string }): Promise<Copy> {
    const id = newId('review');
    const folder = this.#book.folder(id);
    const { dev, ino, mode } = statSync(facts.app, { bigint: true });
    folder.make();
    // It is the root of what is seen inside.
    chmodSync(folder.upper, Number(mode) & 0o777);
    const record: ReviewRecord = {
      ...{ version: 1, id, run: facts.run, session: '', client: facts.client, app: facts.app },
      ...{ device: String(dev), inode: String(ino), beganMs: this.#options.wallMs() },
      now: { state: 'running', first: null },
    };
    this.#open.add(id);
    this.#book.put(record);
    return {
      layers: folder.path('layers'),
      // The kernel marks what an overlay works with as not to be mounted again, for it may be half on the disk.
      again: async () => {
        await this.#options.program.remove(folder.path('layers'), 'work');
        folder.make();
      },
      stands: (session, pid) => {
        const startTime = readStat(pid)?.startTime ?? null;
        this.#book.put({
          ...this.#book.get(id),
          session,
          now: { state: 'running', first: { pid, startTime } },
        });
      },
      drop: () => this.#inTurn(() => this.#book.remove(id)),
      ended: () => this.#inTurn(() => this.#settleEnd(id)),
    };
  }

  async #settleEnd(id: string): Promise<CopyEnd> {
    const record = this.#book.get(id);
    if (record.now.state !== 'running') return { files: 0, notable: [], deleted: null, lines: [] };
    // Its launcher may be gone before the last process is.
    for (let tries = 0; runsStill(record.now.first); tries += 1) {
      if (tries === DEATH_TRIES) throw new GatehouseError('still_runs', 'the session does not end');
      await sleep(50);
    }
    this.#open.delete(id);
    const folder = this.#book.folder(id);
    const { bytes, list } = await this.#options.program.scan(folder.upper, record.app, record.beganMs);
    const { rows } = await contentOf(list);
    if (rows.length === 0 && list.whole) {
      await this.#book.remove(id);
      return { files: 0, notable: [], deleted: null, lines: ['nothing of the project changed in its copy.'] };
    }
    writePrivateFile(folder.changes, bytes);
    const found: Found = {
      endedMs: this.#options.wallMs(),
      digest: createHash('sha256').update(bytes).digest('hex'),
      ...{ files: rows.length, first: firstOf(rows.map(({ change }) => change)), whole: list.whole },
    };
    this.#book.put({ ...record, now: { state: 'waits', found } });
    await this.#tell(record, 'waits', { found, files: found.files, first: found.first }, '', null);
    const notable = rows.filter(({ first }) => first !== null);
    const named = notable
      .slice(0, MOST_FIRST)
      .map(({ change, first }) => `${shownPath(change.path)} (${first})`);
    const lines = endLines(id, rows.length, named, notable.length, this.#options.command);
    return { files: rows.length, notable: named, deleted: null, lines };
  }

  /** Those that a person may do something about, the newest first. */
  list(): readonly ReviewRecord[] {
    return this.#book.list();
  }

  /** @throws GatehouseError `not_found`, `still_runs` */
  async content(id: string): Promise<ReviewContent> {
    const record = this.#book.get(id);
    const found = foundOf(record.now);
    if (found === null)
      throw new GatehouseError('still_runs', 'its session still runs: there is nothing to review yet');
    return this.#contents.of(record, found);
  }

  /** Both sides of one path, at most `limit` bytes of each; null where no file is. */
  async sides(
    id: string,
    path: string,
    limit: number,
  ): Promise<{ before: Buffer | null; after: Buffer | null }> {
    const { record, byPath } = await this.content(id);
    const change = byPath.get(path)?.change;
    if (change === undefined) throw new GatehouseError('not_found', 'this path is not in the review');
    const folder = this.#book.folder(id);
    const { program } = this.#options;
    const [before, after] = await Promise.all([
      change.before.kind === 'file' ? program.read(record.app, path, limit) : null,
      change.after.kind === 'file' ? program.read(folder.upper, path, limit) : null,
    ]);
    return { before, after };
  }

  /**
   * Carries changes over into the project: all of them, or nothing.
   *
   * @param digest  of the list that the person saw
   * @param picked  paths of rows, byte strings; null: everything
   * @throws GatehouseError `changed_meanwhile`, `not_applied`, `not_the_list`, `not_waiting`, `nothing_picked`
   */
  apply(id: string, digest: string, picked: readonly string[] | null, via: Via): Promise<number> {
    return this.#inTurn(async () => {
      const record = this.#book.get(id);
      const { now } = record;
      if (now.state !== 'waits') throw notWaiting(now);
      if (digest !== now.found.digest)
        throw new GatehouseError('not_the_list', 'this is not the list of changes that was shown');
      const { changes } = (await this.#contents.of(record, now.found)).list;
      const chosen = await selected(changes, picked === null ? null : new Set(picked));
      if (chosen.length === 0) throw new GatehouseError('nothing_picked', 'nothing of it was picked');
      const rows = await ownRows(chosen);
      const carried = {
        found: now.found,
        picked: picked === null ? null : [...picked],
        via,
        files: rows.length,
      };
      const told = { ...carried, first: firstOf(rows) };
      const moved = chosen.filter((change) => change.moved);
      if (moved.length > 0) {
        const why = 'it was changed in the project while the session ran';
        await this.#refuse(
          record,
          told,
          moved.map(({ path }) => ({ path, why })),
          via,
        );
      }
      await this.#book.clear(id, 'backup');
      this.#book.put({ ...record, now: { state: 'applying', ...told } });
      const outcome = await this.#carry(record, told, 'forth');
      if (outcome.state === 'done') {
        await this.#settleApplied(this.#book.get(id), told);
        await this.#tell(record, 'applied', told, '', via);
        return rows.length;
      }
      if (outcome.state === 'failed' && !outcome.whole) return this.#keep(record, told, outcome);
      await this.#settleWaits(record, now.found);
      if (outcome.state === 'refused') return this.#refuse(record, told, outcome.conflicts, via);
      await this.#tell(record, 'refused', told, outcome.why, via);
      throw new GatehouseError('not_applied', `nothing was changed: ${outcome.why}`);
    });
  }

  /** Takes what was carried over out again; then it waits as before. @throws GatehouseError as `apply` */
  undo(id: string, via: Via): Promise<number> {
    return this.#inTurn(async () => {
      const record = this.#book.get(id);
      const { now } = record;
      if (now.state !== 'applied')
        throw new GatehouseError('not_applied', 'nothing of this review is in the project');
      await this.#book.clear(id, 'undo');
      this.#book.put({ ...record, now: { ...now, state: 'undoing' } });
      const outcome = await this.#carry(record, now, 'back');
      if (outcome.state === 'done') {
        await this.#settleWaits(record, now.found);
        await this.#tell(record, 'undone', now, '', via);
        return now.files;
      }
      if (outcome.state === 'failed' && !outcome.whole) return this.#keep(record, now, outcome);
      this.#book.put(record);
      if (outcome.state === 'refused') return this.#refuse(record, now, outcome.conflicts, via);
      throw new GatehouseError('not_applied', `nothing was changed: ${outcome.why}`);
    });
  }

  /** Throws the copy away, or what is kept for an undo. @throws GatehouseError `still_runs`, `not_found` */
  discard(id: string, via: Via): Promise<void> {
    return this.#inTurn(async () => {
      const record = this.#book.get(id);
      const found = foundOf(record.now);
      if (found === null) throw new GatehouseError('still_runs', 'its session still runs');
      const told = record.now.state === 'waits';
      this.#book.put({ ...record, now: { state: 'discarding' } });
      if (told)
        await this.#tell(record, 'discarded', { found, files: found.files, first: found.first }, '', via);
      await this.#book.remove(id);
    });
  }

  /** A launcher that was killed on the way has left its work for another one to put back. */
  async #carry(
    record: ReviewRecord,
    { found, picked }: Carried,
    way: 'forth' | 'back',
  ): Promise<ChangeOutcome> {
    const { changes } = (await this.#contents.of(record, found)).list;
    const outcome = await this.#book.carry(record, changes, picked, way, 'apply');
    if (outcome.state !== 'failed' || outcome.whole || outcome.conflicts.length > 0) return outcome;
    const again = await this.#book.carry(record, changes, picked, way, 'restore');
    return again.state === 'failed' ? { ...again, why: outcome.why } : again;
  }

  async #settleApplied(record: ReviewRecord, now: Carried): Promise<void> {
    const { found, picked, via, files, first } = now;
    const atMs = this.#options.wallMs();
    const until = { atMs, untilMs: atMs + UNDO_DAYS * DAY_MS };
    this.#book.put({ ...record, now: { state: 'applied', found, picked, via, files, first, ...until } });
  }
  async #settleWaits(record: ReviewRecord, found: Found): Promise<void> {
    this.#book.put({ ...record, now: { state: 'waits', found } });
    await this.#book.clear(record.id, 'backup');
  }

  async #keep(
    record: ReviewRecord,
    now: Carried,
    outcome: Extract<ChangeOutcome, { state: 'failed' }>,
  ): Promise<never> {
    const { found, picked, via, files, first } = now;
    const why = [outcome.why, ...outcome.conflicts.map(({ path, why }) => `${shownPath(path)}: ${why}`)].join(
      '; ',
    );
    this.#book.put({ ...record, now: { state: 'kept', found, picked, via, files, first, why } });
    await this.#tell(record, 'kept', now, why, via);
    throw new GatehouseError(
      'half_applied',
      `it was half carried over, and not all could be put back: ${why}`,
      {
        hint: `what was there before is in ${this.#book.folder(record.id).backup}`,
      },
    );
  }

  async #refuse(record: ReviewRecord, now: Told, conflicts: readonly Conflict[], via: Via): Promise<never> {
    const named = conflicts.slice(0, MOST_FIRST).map(({ path, why }) => `${shownPath(path)}: ${why}`);
    const more = conflicts.length > named.length ? [`and ${conflicts.length - named.length} more`] : [];
    const why = [...named, ...more].join('; ');
    await this.#tell(record, 'refused', now, why, via);
    throw new GatehouseError('changed_meanwhile', `nothing was changed: ${why}`, {
      hint: 'carry the others over, or copy these by hand',
    });
  }

  async #tell(
    record: ReviewRecord,
    change: ReviewEvent['change'],
    { found, files, first }: Told,
    why: string,
    via: Via | null,
  ): Promise<void> {
    const { id: review, run, session, client, app } = record;
    const event = { type: 'review.changed', v: 1, review, run, session, client, app } as const;
    await this.#options.log.append({ ...event, change, files, first, digest: found.digest, why, via });
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

type Told = { readonly found: Found; readonly files: number; readonly first: readonly string[] };
type Carried =
  | Extract<ReviewState, { state: 'applying' }>
  | Omit<Extract<ReviewState, { state: 'applying' }>, 'state'>;

function notWaiting(now: ReviewState): GatehouseError {
  const why = now.state === 'applied' ? 'it is in the project already' : `it is ${now.state}`;
  return new GatehouseError('not_waiting', `this review cannot be carried over: ${why}`);
}

function runsStill(first: { readonly pid: number; readonly startTime: string | null } | null): boolean {
  return first !== null && processRuns(first.pid, first.startTime);
}

function firstOf(rows: readonly Change[]): string[] {
  return rows.slice(0, MOST_FIRST).map(({ path }) => shownPath(path));
}
