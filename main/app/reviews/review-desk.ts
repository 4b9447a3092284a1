/**
 * Reviews: what sessions wrote to copies of projects, told, carried over, undone or thrown away; and what they wrote to projects themselves, taken back.
 *
 * Only a person decides; who asks is checked before this is called. One step at a time: two reviews of one project
 * never mix, and the second finds what the first has changed.
 */
import type { ReviewEvent } from '../../audit/review-event.ts';
import type { LogPort } from '../../engine/ports.ts';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { writePrivateFile } from '../../platform/private-file.ts';
import type { Copies, Copy, CopyEnd, CopyFacts, Kept } from '../../points/run/copies.ts';
import { ownRows, shownPath } from '../../sandbox/review/change.ts';
import type { ChangeOutcome, Conflict } from '../../sandbox/review/review-program.ts';
import { selected } from '../../sandbox/review/selection.ts';
import { bytesBelow } from './folder-size.ts';
import { sameIndexes } from './index-since.ts';
import { KeptProjects } from './kept-projects.ts';
import { asCarried, foundOf, ReviewBook, type ReviewBookOptions } from './review-book.ts';
import { type ReviewContent, ReviewContents } from './review-content.ts';
import type { Found, ReviewRecord, Since, Via } from './review-record.ts';
import { changedSince, notBegun, nothingFound, notWaiting } from './review-refusals.ts';
import { type Sides, sidesOf } from './review-sides.ts';
import { dueMs, LIMITS, type SpaceLimits, spaceWarning, tooMuch } from './review-space.ts';
import { DAY_MS, UNDO_DAYS } from './review-words.ts';
import {
  firstOf,
  MOST_FIRST,
  NOTHING,
  runsStill,
  type SessionEnd,
  sessionEnd,
  untilGone,
} from './session-end.ts';
import { type Carried, type Told, toldOf } from './told.ts';

export interface ReviewDeskOptions extends ReviewBookOptions {
  readonly log: LogPort;
  readonly wallMs: () => number;
  /** How much room all of them may take. */
  readonly limits?: SpaceLimits;
  /** How a command line is to be written. */
  readonly command: string;
}

export class ReviewDesk implements Copies {
  readonly #options: ReviewDeskOptions;
  readonly #book: ReviewBook;
  readonly #contents: ReviewContents;
  readonly #copies: KeptProjects;
  /** Those whose run this process began, and which has not ended. */
  readonly #open = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ReviewDeskOptions) {
    this.#options = options;
    this.#book = new ReviewBook(options);
    this.#contents = new ReviewContents(this.#book);
    this.#copies = new KeptProjects({
      ...{ book: this.#book, program: options.program, wallMs: options.wallMs, open: this.#open },
      inTurn: (step) => this.#inTurn(step),
      settleEnd: (id) => this.#settleEnd(id),
    });
  }

  /** Takes up what an earlier start left: sessions that were killed wait, what was cut off is put back. */
  async recover(): Promise<void> {
    await this.#book.load();
    // What could not be compared may be there again: a disk that was not, say.
    for (const { id, now } of this.#book.list())
      if (now.state === 'uncompared')
        await this.#inTurn(() => this.#settleEnd(id)).catch(this.#options.defect);
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
    else if (applied) await this.#settleApplied(record);
    else await this.#settleWaits(record, now.found);
    if (outcome.state === 'failed' && outcome.whole) await this.#tell(record, 'cut_off', now, '', null);
  }

  /** Ends what is due: sessions that died unseen, the time in which something can be undone, and what takes too much room. */
  async sweep(): Promise<void> {
    for (const record of this.#book.list()) {
      await this.#endUnseen(record).catch(this.#options.defect);
      if (dueMs(record) <= this.#options.wallMs())
        await this.#inTurn(() => this.#book.remove(record.id)).catch(this.#options.defect);
    }
    await this.#makeRoom();
  }

  async #endUnseen({ id, now }: ReviewRecord): Promise<void> {
    if (now.state === 'running' && !runsStill(now.first) && !this.#open.has(id))
      await this.#inTurn(() => this.#settleEnd(id));
  }

  close(): Promise<void> {
    return this.#book.close();
  }

  begin(facts: CopyFacts): Promise<Copy> {
    return this.#copies.begin(facts);
  }
  keep(facts: CopyFacts, whole: boolean): Promise<Kept> {
    return this.#copies.keep(facts, whole);
  }

  /** What a person has to know of the room that reviews take; null when there is enough. */
  get spaceWarning(): string | null {
    return spaceWarning(this.#book.list(), this.#options.limits ?? LIMITS);
  }

  /** Lets the oldest settled ones go where all take too much, and says so on the log. */
  async #makeRoom(): Promise<void> {
    await this.#inTurn(async () => {
      for (const record of tooMuch(this.#book.list(), this.#options.limits ?? LIMITS)) {
        const why = 'to make room for newer ones: its undo is gone';
        const change = record.kind === 'copy' ? 'settled' : 'discarded';
        await this.#tell(record, change, toldOf(foundOf(record.now)), why, null);
        await this.#book.remove(record.id);
      }
    }).catch(this.#options.defect);
  }

  async #settleEnd(id: string): Promise<CopyEnd> {
    const record = this.#book.get(id);
    const { now } = record;
    if (now.state !== 'running' && now.state !== 'uncompared') return NOTHING;
    // One that does not end in time is taken up by a later sweep.
    this.#open.delete(id);
    if (now.state === 'running') await untilGone(now.first);
    const { program, command, wallMs } = this.#options;
    const endedMs = now.state === 'running' ? wallMs() : now.endedMs;
    const folder = this.#book.folder(id);
    let compared: SessionEnd = { end: NOTHING, left: null };
    try {
      // Of a command that never ran nothing may be kept to its end.
      if (record.kind === 'copy' || now.state === 'uncompared' || now.first !== null)
        compared = await sessionEnd(record, folder, { program, command, endedMs });
    } catch (error) {
      return this.#keepUncompared(record, endedMs, error);
    }
    const { end, left } = compared;
    if (left === null) {
      await this.#book.remove(id);
      return end;
    }
    const { list, found, bytes } = left;
    writePrivateFile(folder.changes, list);
    const taken = record.kind === 'copy' ? bytes : record.bytes;
    this.#book.put({ ...record, bytes: taken, now: { state: 'waits', found } });
    await this.#tell(record, 'waits', toldOf(found), '', null);
    void this.#makeRoom();
    const warning = this.spaceWarning;
    return warning === null ? end : { ...end, lines: [...end.lines, warning] };
  }

  /** What it changed cannot be told: that is said once, and tried again at the next start. */
  async #keepUncompared(record: ReviewRecord, endedMs: number, error: unknown): Promise<CopyEnd> {
    const why = messageOf(error);
    const { id, kind, now } = record;
    const bytes = kind === 'copy' ? await bytesBelow(this.#book.folder(id).upper) : record.bytes;
    this.#book.put({ ...record, bytes, now: { state: 'uncompared', why, endedMs } });
    if (now.state === 'running') {
      this.#options.defect(error);
      await this.#tell(record, 'uncompared', toldOf(null), why, null);
    }
    return { ...NOTHING, lines: [`what it changed cannot be reviewed: ${why}`] };
  }

  /** Those that a person may do something about, the newest first. */
  list(): readonly ReviewRecord[] {
    return this.#book.list();
  }

  /** @throws GatehouseError `not_found` */
  record(id: string): ReviewRecord {
    return this.#book.get(id);
  }

  /** @throws GatehouseError `going`, `not_compared`, `not_found`, `still_runs` */
  async content(id: string): Promise<ReviewContent> {
    await this.#endUnseen(this.#book.get(id));
    const record = this.#book.get(id);
    const found = foundOf(record.now);
    if (found === null) throw nothingFound(record.now);
    return this.#contents.of(record, found);
  }

  /** Both sides of one path, at most `limit` bytes of each; null where no file is. */
  async sides(id: string, path: string, limit: number): Promise<Sides> {
    const { program } = this.#options;
    return sidesOf(await this.content(id), path, limit, { book: this.#book, program });
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
      if (now.state !== 'waits') throw notWaiting(record);
      if (digest !== now.found.digest)
        throw new GatehouseError('not_the_list', 'this is not the list of changes that was shown');
      const { changes } = (await this.#contents.of(record, now.found)).list;
      const chosen = await selected(asCarried(record, changes), picked === null ? null : new Set(picked));
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
      const outcome = await this.#attempt(record, 'forth', now.found, (lay) =>
        this.#begin(record, 'backup', { state: 'applying', ...told, lay: [...lay] }),
      );
      if (outcome.state === 'done') {
        await this.#settleApplied(this.#book.get(id));
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
        throw new GatehouseError(
          'not_applied',
          record.kind === 'copy'
            ? 'nothing of this review is in the project'
            : 'nothing of it was taken back',
        );
      const outcome = await this.#attempt(record, 'back', now.found, (since) =>
        this.#begin(record, 'undo', { ...now, state: 'undoing', since: [...since] }),
      );
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

  /** @param begin  takes what lies in the project in place of what is expected there, and says the same */
  async #attempt(
    record: ReviewRecord,
    way: 'forth' | 'back',
    found: Found,
    begin: (since: readonly Since[]) => Promise<void>,
  ): Promise<ChangeOutcome> {
    await begin([]);
    const outcome = await this.#carry(record.id, found, way);
    if (outcome.state !== 'refused') return outcome;
    this.#book.put(record);
    const { changes } = (await this.#contents.of(record, found)).list;
    const folder = this.#book.folder(record.id);
    const place = { record, folder, program: this.#options.program, found };
    const since = await sameIndexes(outcome.conflicts, asCarried(record, changes), way, place);
    if (since === null) return outcome;
    await begin(since);
    return this.#carry(record.id, found, way);
  }

  /** Throws the copy away, or what is kept for an undo. @throws GatehouseError `still_runs`, `not_found` */
  discard(id: string, via: Via): Promise<void> {
    return this.#inTurn(async () => {
      const record = this.#book.get(id);
      const { now } = record;
      if (now.state === 'running') throw nothingFound(now);
      this.#book.put({ ...record, now: { state: 'discarding' } });
      if (now.state === 'waits' || now.state === 'uncompared')
        await this.#tell(record, 'discarded', toldOf(foundOf(now)), '', via);
      await this.#book.remove(id);
    });
  }

  /** The last step before the project is touched. */
  async #begin(record: ReviewRecord, backup: 'backup' | 'undo', now: ReviewRecord['now']): Promise<void> {
    try {
      await this.#book.clear(record.id, backup);
      this.#book.put({ ...record, now });
    } catch (error) {
      throw notBegun(error);
    }
  }

  /** A launcher that was killed on the way has left its work for another one to put back. */
  async #carry(id: string, found: Found, way: 'forth' | 'back'): Promise<ChangeOutcome> {
    const record = this.#book.get(id);
    const picked = 'picked' in record.now ? record.now.picked : null;
    const { changes } = (await this.#contents.of(record, found)).list;
    const outcome = await this.#book.carry(record, changes, picked, way, 'apply');
    if (outcome.state !== 'failed' || outcome.whole || outcome.conflicts.length > 0) return outcome;
    const again = await this.#book.carry(record, changes, picked, way, 'restore');
    return again.state === 'failed' ? { ...again, why: outcome.why } : again;
  }

  async #settleApplied(record: ReviewRecord): Promise<void> {
    const { found, picked, via, files, first, lay } = record.now as Carried;
    const atMs = this.#options.wallMs();
    const until = { atMs, untilMs: atMs + UNDO_DAYS * DAY_MS };
    this.#book.put({ ...record, now: { state: 'applied', found, picked, via, files, first, lay, ...until } });
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
    throw new GatehouseError('half_applied', `it was half done, and not all could be put back: ${why}`, {
      hint: `what was there before is in ${this.#book.folder(record.id).backup}`,
    });
  }

  async #refuse(record: ReviewRecord, now: Told, conflicts: readonly Conflict[], via: Via): Promise<never> {
    const named = conflicts.slice(0, MOST_FIRST).map(({ path, why }) => `${shownPath(path)}: ${why}`);
    const more = conflicts.length > named.length ? [`and ${conflicts.length - named.length} more`] : [];
    const why = [...named, ...more].join('; ');
    await this.#tell(record, 'refused', now, why, via);
    throw changedSince(record, why);
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
    const undo = record.kind === 'undo' ? { undo: true as const } : {};
    await this.#options.log.append({
      ...event,
      ...undo,
      change,
      files,
      first,
      digest: found.digest,
      why,
      via,
    });
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
