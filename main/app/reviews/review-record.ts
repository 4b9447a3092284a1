/**
 * One review on disk: a folder with the copy's layers, the list of what changed, backups, and this record, which
 * says where it stands. It survives a restart at every step.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { GatehouseError } from '../../platform/errors.ts';
import { readPrivateFile, writePrivateFile } from '../../platform/private-file.ts';

const Via = z.enum(['page', 'window', 'terminal']);
export type Via = z.infer<typeof Via>;

/** What was found when the session had ended. */
const Found = z.object({
  endedMs: z.number(),
  /** SHA-256 of the list of changes, hex: what a person's yes is bound to. */
  digest: z.string(),
  files: z.number(),
  first: z.array(z.string()),
  /** False when something of the copy could not be looked at. */
  whole: z.boolean(),
  /** What nothing is told of, each with why: a first part, and how many there are. */
  left: z.array(z.string()).default([]),
  leftAll: z.number().default(0),
  /** What git's indexes said that lay in the project then, of those that changed: see `indexMeaning`. */
  indexes: z.array(z.object({ path: z.string(), hash: z.string(), meaning: z.string() })).optional(),
});
export type Found = z.infer<typeof Found>;

/** An index of git that says what was expected there, in other bytes. `path`: byte string; `hash`: SHA-256, hex. */
const Since = z.object({ path: z.string(), size: z.number(), hash: z.string() });
export type Since = z.infer<typeof Since>;

/** Byte strings; null: everything. */
const Picked = z.array(z.string()).nullable();
/** `lay`: what lay in the project in place of what the list has. */
const Carried = {
  ...{ found: Found, picked: Picked, via: Via, files: z.number(), first: z.array(z.string()) },
  lay: z.array(Since).optional(),
};

const State = z.discriminatedUnion('state', [
  /** The session writes to the copy. `first`: process 1 of its sandbox, null until it stands. */
  z.object({
    state: z.literal('running'),
    first: z.object({ pid: z.number(), startTime: z.string().nullable() }).nullable(),
  }),
  /** The session is over, and what it changed cannot be told. It is tried again at the next start. */
  z.object({ state: z.literal('uncompared'), why: z.string(), endedMs: z.number() }),
  z.object({ state: z.literal('waits'), found: Found }),
  z.object({ state: z.literal('applying'), ...Carried }),
  z.object({ state: z.literal('applied'), ...Carried, atMs: z.number(), untilMs: z.number() }),
  z.object({
    state: z.literal('undoing'),
    ...Carried,
    ...{ atMs: z.number(), untilMs: z.number() },
    since: z.array(Since).optional(),
  }),
  /** Something could not be put back: what was there before lies in the backup. */
  z.object({ state: z.literal('kept'), ...Carried, why: z.string() }),
  z.object({ state: z.literal('discarding') }),
]);
export type ReviewState = z.infer<typeof State>;

const Record = z.object({
  version: z.literal(1),
  /**
   * `copy`: the session wrote to a copy, and applying carries it over into the project. `undo`: it wrote to the project,
   * and applying takes that back, by what was kept before.
   */
  kind: z.enum(['copy', 'undo']).default('copy'),
  /** That were written to keep it, about. */
  bytes: z.number().default(0),
  id: z.string().regex(/^review_[0-9a-z]{1,40}$/),
  run: z.string(),
  session: z.string(),
  client: z.string(),
  /** Root of the project, and which folder it was. */
  app: z.string(),
  device: z.string(),
  inode: z.string(),
  beganMs: z.number(),
  now: State,
});
export type ReviewRecord = z.infer<typeof Record>;

const MOST_BYTES = 64 * 1024 * 1024;

/** Where things of a review lie. */
export class ReviewFolder {
  readonly base: string;
  readonly id: string;

  constructor(base: string, id: string) {
    this.base = base;
    this.id = id;
  }

  path(name = ''): string {
    return join(this.base, this.id, name);
  }
  get upper(): string {
    return this.path('layers/upper');
  }
  /** Where the content lies that applying puts into the project. */
  source(kind: ReviewRecord['kind']): string {
    return kind === 'copy' ? this.upper : this.path('before');
  }
  get backup(): string {
    return this.path('backup');
  }
  get undo(): string {
    return this.path('undo');
  }
  get changes(): string {
    return this.path('changes');
  }
  /** Name of the folder in the project in which new files are made ready. */
  get stage(): string {
    return `.gatehouse-${this.id}`;
  }

  make(kind: ReviewRecord['kind'] = 'copy'): void {
    const names = kind === 'copy' ? ['', 'layers', 'layers/upper', 'layers/work'] : [''];
    for (const path of [this.base, ...names.map((name) => this.path(name))]) {
      // One at a time: of a disk that may only be read Node's recursive mkdir says that a folder is not there.
      if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
    }
  }

  write(record: ReviewRecord): void {
    writePrivateFile(this.path('review.json'), JSON.stringify(record));
  }
  /**
   * Null when there is none.
   *
   * @throws GatehouseError `not_read` for one that is not understood: it may be of a later version, and is not ours to lose
   */
  read(): ReviewRecord | null {
    const bytes = readPrivateFile(this.path('review.json'), MOST_BYTES);
    if (bytes === null) return null;
    const parsed = Record.safeParse(JSON.parse(bytes.toString('utf8')));
    if (parsed.success && parsed.data.id === this.id) return parsed.data;
    throw new GatehouseError('not_read', `the record of ${this.id} is not understood`, {
      hint: `its copy is in ${this.path()}`,
    });
  }
}

/** The reviews below a folder. */
export function folders(base: string): readonly ReviewFolder[] {
  mkdirSync(base, { recursive: true, mode: 0o700 });
  return readdirSync(base)
    .filter((name) => /^review_[0-9a-z]{1,40}$/.test(name))
    .map((name) => new ReviewFolder(base, name));
}
