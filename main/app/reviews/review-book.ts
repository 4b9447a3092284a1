/** The records of reviews, in memory and on disk, and the steps that their folders go through. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { assertNever, GatehouseError } from '../../platform/errors.ts';
import { Pace } from '../../platform/pace.ts';
import { type Change, type ChangeList, parseChanges, reversed } from '../../sandbox/review/change.ts';
import type { ChangeOutcome, ReviewProgram } from '../../sandbox/review/review-program.ts';
import { changeText, selected, stepsBack, stepsForth } from '../../sandbox/review/selection.ts';
import { Going } from './going.ts';
import { withSince } from './index-since.ts';
import { type Found, folders, ReviewFolder, type ReviewRecord, type ReviewState } from './review-record.ts';

export interface ReviewBookOptions {
  /** Absolute; made when it is not there. */
  readonly folder: string;
  readonly program: ReviewProgram;
  readonly changed: () => void;
  readonly defect: (error: unknown) => void;
}

export class ReviewBook {
  readonly #options: ReviewBookOptions;
  readonly #records = new Map<string, ReviewRecord>();

  readonly #going: Going;

  constructor(options: ReviewBookOptions) {
    this.#options = options;
    this.#going = new Going(options.folder, options.program, options.defect);
  }

  /** Reads what is on disk. A folder without a record never got that far, and goes. */
  async load(): Promise<void> {
    this.#going.resume();
    for (const folder of folders(this.#options.folder)) {
      try {
        const record = folder.read();
        if (record === null) await this.#going.take(this.#options.folder, folder.id);
        else this.#records.set(record.id, record);
      } catch (error) {
        this.#options.defect(error);
      }
    }
  }

  /** Waits for what is on its way off the disk, a moment at most. */
  close(): Promise<void> {
    return this.#going.close();
  }

  /** The newest first. */
  list(): readonly ReviewRecord[] {
    return [...this.#records.values()].toSorted((a, b) => b.beganMs - a.beganMs);
  }

  /** @throws GatehouseError `not_found` */
  get(id: string): ReviewRecord {
    const record = this.#records.get(id);
    if (record === undefined)
      throw new GatehouseError('not_found', 'there is no such review', { hint: 'gatehouse review list' });
    return record;
  }

  /** Durable before it returns. */
  put(record: ReviewRecord): void {
    this.folder(record.id).write(record);
    this.#records.set(record.id, record);
    this.#options.changed();
  }

  folder(id: string): ReviewFolder {
    return new ReviewFolder(this.#options.folder, id);
  }

  /** @throws GatehouseError `not_the_list` when the list on disk is another one */
  async changes({ id }: ReviewRecord, found: Found): Promise<ChangeList> {
    const bytes = await readFile(this.folder(id).changes);
    if (createHash('sha256').update(bytes).digest('hex') !== found.digest)
      throw new GatehouseError('not_the_list', 'the list of changes on disk is not the one that was made', {
        hint: 'discard the review',
      });
    return parseChanges(bytes.toString('latin1'));
  }

  /** Carries the picked ones of its changes over, or back; `restore` finishes or takes back one that was cut off. */
  async carry(
    record: ReviewRecord,
    changes: readonly Change[],
    picked: readonly string[] | null,
    way: 'forth' | 'back',
    mode: 'apply' | 'restore',
  ): Promise<ChangeOutcome> {
    const folder = this.folder(record.id);
    const pace = new Pace();
    const lay = 'lay' in record.now ? (record.now.lay ?? []) : [];
    const since = record.now.state === 'undoing' ? (record.now.since ?? []) : [];
    const carried = withSince(withSince(asCarried(record, changes), lay, 'before'), since, 'after');
    const chosen = await selected(carried, picked === null ? null : new Set(picked), pace);
    const { app: path, device, inode } = record;
    const text = await changeText(
      {
        ...{ mode, root: { path, device, inode }, stage: folder.stage },
        source: way === 'forth' ? folder.source(record.kind) : folder.backup,
        backup: way === 'forth' ? folder.backup : folder.undo,
        steps: way === 'forth' ? stepsForth(chosen) : stepsBack(chosen),
      },
      pace,
    );
    return this.#options.program.change(text, mode);
  }

  /** Makes one of its folders anew. */
  async clear(id: string, name: 'backup' | 'undo'): Promise<void> {
    const folder = this.folder(id);
    await this.#going.take(folder.path(), name);
    mkdirSync(folder.path(name), { mode: 0o700 });
  }

  async remove(id: string): Promise<void> {
    await this.#going.take(this.#options.folder, id);
    if (this.#records.delete(id)) this.#options.changed();
  }
}

const OBJECTS = /^(?:.*\/)?\.git\/(?:modules\/.*\/)?objects(?=\/)/;

/** A session's changes, as applying its review makes them: from a copy into the project, or out of it again. */
export function asCarried({ kind }: ReviewRecord, changes: readonly Change[]): readonly Change[] {
  if (kind === 'copy') return changes;
  // What git made in a repository that was there stays: git packs anew what it had, and an older pack may not be kept.
  const made = new Set<string>();
  const carried: Change[] = [];
  for (const change of changes) {
    const added = change.before.kind === 'nothing';
    if (added && change.after.kind === 'folder') made.add(change.path);
    const objects = added ? OBJECTS.exec(change.path)?.[0] : undefined;
    if (objects === undefined || made.has(objects)) carried.push(reversed(change));
  }
  return carried;
}

/** What was found when its session had ended; null before that, where it cannot be told, and when it goes. */
export function foundOf(now: ReviewState): Found | null {
  switch (now.state) {
    case 'running':
    case 'uncompared':
    case 'discarding':
      return null;
    case 'waits':
    case 'applying':
    case 'applied':
    case 'undoing':
    case 'kept':
      return now.found;
    default:
      return assertNever(now, 'state of a review');
  }
}
