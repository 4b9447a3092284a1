/** A log with its seal as a supervisor keeps them, in a folder that a test may do to what it likes. */
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Anchor } from '../../main/audit/anchor.ts';
import { Custody, type KeychainPort } from '../../main/audit/custody.ts';
import { type AuditLog, openAuditLog } from '../../main/audit/log.ts';
import type { ChainReport } from '../../main/audit/problem.ts';
import { rowHash, type StoredRow } from '../../main/audit/row.ts';
import { type Finding, LogSeal } from '../../main/audit/seal.ts';
import { MovableClock } from '../../main/platform/clock.ts';
import { decided } from './audit-events.ts';

export const DAY_MS = 86_400_000;
export const DATABASE = ['audit.db', 'audit.db-wal', 'audit.db-shm'] as const;
export const PARTS = [...DATABASE, 'checkpoints', 'key', 'anchor'] as const;

export class Kept {
  readonly log: AuditLog;
  readonly seal: LogSeal;
  readonly custody: Custody;
  #rows = 0;

  constructor(log: AuditLog, folder: SealedFolder, keychain: KeychainPort | null, startMs: number) {
    const { path, clock } = folder;
    this.log = log;
    this.custody = new Custody({
      keychain,
      folder: folder.name,
      clock,
      startMs,
      beside: {
        readKey: () => (existsSync(path('key')) ? readFileSync(path('key'), 'utf8') : null),
        writeKey: (secret) => writeFileSync(path('key'), secret),
        removeKey: () => rmSync(path('key'), { force: true }),
        readNote: () =>
          existsSync(path('anchor')) ? (JSON.parse(readFileSync(path('anchor'), 'utf8')) as Anchor) : null,
        writeNote: (note) => writeFileSync(path('anchor'), JSON.stringify(note)),
      },
    });
    this.seal = new LogSeal({ log, clock, file: path('checkpoints'), custody: this.custody });
  }

  /** Appends rows, one by one, and signs after them. */
  async write(count: number, name: string): Promise<void> {
    for (let i = 0; i < count; i += 1) await this.log.append(decided(`${name}_${this.#rows++}`));
    await this.seal.flush();
  }
}

export class SealedFolder {
  readonly clock: MovableClock;
  readonly name = mkdtempSync(join(tmpdir(), 'gatehouse-sealed-'));
  /** Null: everything is kept beside the log. */
  keychain: KeychainPort | null = null;
  /** How long a start waits for it. */
  startMs = 2000;

  constructor(clock = new MovableClock()) {
    this.clock = clock;
  }

  readonly path = (name: string) => join(this.name, name);

  remove(): void {
    rmSync(this.name, { recursive: true, force: true });
  }

  /** Fills it with what stands in another one. */
  fillFrom(other: SealedFolder): void {
    cpSync(other.name, this.name, { recursive: true });
  }

  async open(): Promise<Kept> {
    const log = await openAuditLog({ file: this.path('audit.db'), clock: this.clock });
    return new Kept(log, this, this.keychain, this.startMs);
  }

  async #with<T>(work: (kept: Kept) => Promise<T>): Promise<T> {
    const kept = await this.open();
    try {
      return await work(kept);
    } finally {
      await kept.log.close();
    }
  }

  /** Opens, does its work as a supervisor would, and closes. @throws when the start finds it broken */
  session(work: (kept: Kept) => Promise<void>): Promise<void> {
    return this.#with(async (kept) => {
      const finding = await kept.seal.open();
      if (finding.kind === 'broken') throw new Error(`broken at a start: ${JSON.stringify(finding.problem)}`);
      await work(kept);
    });
  }

  /** What a check of the whole log says, with no supervisor before it. */
  verified(): Promise<ChainReport> {
    return this.#with((kept) => kept.seal.verify());
  }

  /** What a start finds. */
  started(): Promise<Finding> {
    return this.#with((kept) => kept.seal.open());
  }

  /** The database without what guards it. */
  sql(work: (database: Database.Database) => void): void {
    const database = new Database(this.path('audit.db'));
    database.exec('DROP TRIGGER IF EXISTS rows_no_update; DROP TRIGGER IF EXISTS rows_no_delete');
    work(database);
    database.exec(`
      CREATE TRIGGER rows_no_update BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
      CREATE TRIGGER rows_no_delete BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;`);
    database.close();
  }

  save(mark: string, parts: readonly string[] = PARTS): void {
    for (const part of parts)
      if (existsSync(this.path(part))) copyFileSync(this.path(part), this.path(`${part}.${mark}`));
  }

  putBack(mark: string, parts: readonly string[] = PARTS): void {
    for (const part of parts) {
      rmSync(this.path(part), { force: true });
      if (existsSync(this.path(`${part}.${mark}`)))
        copyFileSync(this.path(`${part}.${mark}`), this.path(part));
    }
  }

  /** The lines of the file of checkpoints. */
  lines(): readonly string[] {
    return readFileSync(this.path('checkpoints'), 'utf8').split('\n').slice(0, -1);
  }

  setLines(all: readonly string[]): void {
    writeFileSync(this.path('checkpoints'), all.map((line) => `${line}\n`).join(''));
  }
}

/** Makes the chain anew from a row on, with right hashes, after it was changed. */
export function rechain(database: Database.Database, from: number): void {
  const rows = database
    .prepare<[number], StoredRow>('SELECT * FROM rows WHERE seq >= ? ORDER BY seq')
    .all(from);
  let prev = database
    .prepare('SELECT hash FROM rows WHERE seq = ?')
    .pluck()
    .get(from - 1) as string;
  for (const row of rows) {
    const changed = { ...row, prev_hash: prev };
    prev = rowHash(changed);
    database
      .prepare('UPDATE rows SET prev_hash = ?, hash = ? WHERE seq = ?')
      .run(changed.prev_hash, prev, row.seq);
  }
}

/** Three days with two signed portions each: rows 1 to 60; signed at 10, 20, … 60. The first key lies in `key.first`. */
export async function makeThreeDays(): Promise<SealedFolder> {
  const made = new SealedFolder();
  for (let day = 0; day < 3; day += 1) {
    await made.session(async (kept) => {
      await kept.write(10, `d${day}a`);
      if (day === 0) copyFileSync(made.path('key'), made.path('key.first'));
      await kept.write(10, `d${day}b`);
    });
    if (day < 2) made.clock.advance(DAY_MS);
  }
  return made;
}
