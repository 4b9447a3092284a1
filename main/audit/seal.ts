/**
 * Keeps the log signed, and knows from elsewhere how far it reached.
 *
 * Every 256 rows or 30 seconds in which something was written, a checkpoint is signed; each day has its own key.
 * The newest row and record are noted outside the log (the anchor). What fails here never stops the log: a log
 * that cannot be signed goes on, and says so.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Clock } from '../platform/clock.ts';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { readPrivateFile, writePrivateFile } from '../platform/private-file.ts';
import type { SignedPlace } from './anchor.ts';
import { noRecordHash, recordHash, signedLine, type Unsigned } from './checkpoint.ts';
import { type CheckpointChain, readCheckpoints } from './checkpoint-chain.ts';
import type { Alarm, Custody, CustodyState } from './custody.ts';
import type { AuditLog } from './log.ts';
import type { ChainProblem, ChainReport } from './problem.ts';
import { SigningKey } from './signing-key.ts';
import type { Evidence } from './verify.ts';

const ROWS_A_CHECKPOINT = 256;
const CHECKPOINT_MS = 30_000;
const DAY_MICROS = 86_400_000_000;
const LARGEST_FILE = 64 * 1024 * 1024;

export type Finding =
  | { readonly kind: 'in_order' }
  /** What was written is not there any more, or something else is. */
  | { readonly kind: 'broken'; readonly problem: ChainProblem }
  /** It is another log; the one before it ended at row `seq`. */
  | { readonly kind: 'another'; readonly seq: number };

type Log = Pick<AuditLog, 'row' | 'rowsSince' | 'prune' | 'stats' | 'name' | 'verify'>;

export interface SealOptions {
  readonly log: Log;
  /** The file of checkpoints. */
  readonly file: string;
  /** Where the key is kept, and what is noted of the log outside of it. */
  readonly custody: Custody;
  readonly clock: Clock;
}

export interface SealState {
  /** Rows up to this one are signed. */
  readonly signedTo: number;
  /** The first key's public half; null while nothing was signed. */
  readonly root: string | null;
  /** Why nothing can be signed now; null when it can. */
  readonly why: string | null;
  /** What a start found wrong with the log, until a check finds it in order. */
  readonly found: ChainProblem | null;
  readonly custody: CustodyState;
}

export class LogSeal {
  readonly #options: SealOptions;
  readonly #key: SigningKey;
  #log: string | null = null;
  #place: SignedPlace | null = null;
  #spine: readonly string[] = [];
  #dayBegan = 0;
  #signedTo = 0;
  #signedAtMs = Number.NEGATIVE_INFINITY;
  #why: string | null = null;
  #usable = false;
  #noted: number | null = null;
  /** Ids of the removals that were made here. */
  readonly #removals = new Set<string>();
  /** One thing at a time: a signature must follow the one before it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SealOptions) {
    this.#options = options;
    this.#key = new SigningKey(options.custody);
  }

  /** At the start: whether the log goes on where it was left; makes ready to sign if it does. */
  open(): Promise<Finding> {
    return this.#inTurn(async () => {
      const name = await this.#options.log.name();
      this.#log = name;
      await this.#options.custody.open(name);
      return this.#look(name);
    });
  }

  async #look(name: string): Promise<Finding> {
    const { custody, file } = this.#options;
    const before = custody.notes().find(({ log }) => log !== name);
    if (before !== undefined) {
      setAside(file, before.log);
      await this.#begin(null);
      return { kind: 'another', seq: before.seq };
    }
    const chain = this.#read(name);
    const problem = chain.problem ?? (await this.#short(chain));
    if (problem !== null) return { kind: 'broken', problem: await this.#found(problem) };
    await this.#begin(chain);
    return { kind: 'in_order' };
  }

  state(): SealState {
    return {
      signedTo: this.#signedTo,
      root: this.#place?.root ?? null,
      why: this.#why,
      found: this.#wasFound(),
      custody: this.#options.custody.state(),
    };
  }

  /** What a full check holds the rows against. */
  evidence(): Evidence {
    return { checkpoints: textOf(this.#options.file), anchors: this.#options.custody.notes() };
  }

  /** What was found about key and notes since this was last asked. */
  takeAlarms(): readonly Alarm[] {
    return this.#options.custody.takeAlarms();
  }

  /** Checks the whole log as it is on the disk, against its checkpoints and what is noted of it. */
  async verify(): Promise<ChainReport> {
    this.#log ??= await this.#options.log.name();
    const { rows } = this.#options.log.stats();
    // Read before the rows: what is signed while they are read would be of rows that the reading does not see.
    const report = await this.#options.log.verify(await this.#inTurn(async () => this.evidence()));
    const found = this.#wasFound();
    if (found !== null && !report.ok) return { ...report, problem: found };
    if (found !== null) this.#options.custody.noteFound(null);
    // The open log may be a file that has no name any more, while another one stands in its place.
    if (report.ok && report.last < rows)
      return { ...report, ok: false, problem: { seq: report.last + 1, kind: 'rolled_back', text: GONE } };
    return report;
  }

  /**
   * Signs when it is time; notes how far the log reaches. Call it every few seconds.
   *
   * @returns what the keychain's answer says of the log when that came only now; null otherwise
   */
  tick(): Promise<Finding | null> {
    return this.#inTurn(async () => {
      const finding = this.#options.custody.hasArrived() ? await this.#arrived() : null;
      if (finding?.kind === 'broken') return finding;
      const { rows } = this.#options.log.stats();
      const waited = this.#options.clock.monotonicMs() - this.#signedAtMs >= CHECKPOINT_MS;
      if (rows > this.#signedTo && (rows - this.#signedTo >= ROWS_A_CHECKPOINT || waited)) await this.#sign();
      this.#note('now_and_then');
      return finding;
    });
  }

  /** Signs whatever is not yet signed, and notes it: at the end, at lock. */
  flush(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#options.log.stats().rows > this.#signedTo) await this.#sign();
      this.#note('now');
      await this.#options.custody.settle();
    });
  }

  /**
   * Removes rows of sessions that are older, and signs at once what tells of it: a removal that is found unsigned
   * was made by somebody else. Answers how many.
   *
   * @throws GatehouseError `not_sealed` while nothing can be signed; what the log throws
   */
  async prune(beforeMicros: number, by: 'retention' | 'person'): Promise<number> {
    await this.flush();
    if (!this.#usable || this.#why !== null)
      throw new GatehouseError('not_sealed', `no row is removed from an unsigned log: ${this.#why ?? ''}`);
    try {
      return await this.#options.log.prune(beforeMicros, by, (id) => this.#removals.add(id));
    } finally {
      await this.flush();
    }
  }

  /**
   * Begins anew with a new key, after the old one was lost or when the person takes the log as it is. The old file
   * is kept beside the new one.
   */
  reseal(): Promise<string> {
    return this.#inTurn(async () => {
      const name = await this.#options.log.name();
      this.#log = name;
      this.#options.custody.startOver();
      setAside(this.#options.file, `${name.slice(0, 8)}.${this.#options.clock.wallMicros()}`);
      await this.#key.begin();
      await this.#begin(null);
      if (!this.#usable)
        throw new GatehouseError('not_sealed', `the log was not signed anew: ${this.#why ?? ''}`);
      // A person takes the log as it is, with what was removed from it before.
      this.#signedTo = this.#options.log.stats().rows;
      await this.#sign();
      this.#noted = null;
      this.#note('now');
      await this.#options.custody.settle();
      return this.#place?.root ?? '';
    });
  }

  /** The keychain has answered since the start: what it knows counts from now on, and the key may move into it. */
  async #arrived(): Promise<Finding> {
    const name = this.#log ?? '';
    if (!this.#usable) return this.#look(name);
    const chain = this.#read(name);
    const problem = chain.problem ?? (await this.#short(chain));
    if (problem !== null) return { kind: 'broken', problem: await this.#found(problem) };
    const before = this.#options.custody.notes().find(({ log }) => log !== name);
    if (before !== undefined) return { kind: 'another', seq: before.seq };
    try {
      await this.#key.keepAgain();
    } catch (error) {
      this.#why = messageOf(error);
    }
    return { kind: 'in_order' };
  }

  #wasFound(): ChainProblem | null {
    const notes = this.#options.custody.notes().filter(({ log }) => log === this.#log);
    return notes.find(({ found }) => found != null)?.found ?? null;
  }

  /** Names what is wrong as exactly as it can be told, and keeps that. */
  async #found(problem: ChainProblem): Promise<ChainProblem> {
    const before = this.#wasFound();
    if (before !== null) return before;
    const report = await this.#options.log.verify(this.evidence());
    const found = report.problem ?? problem;
    this.#options.custody.noteFound(found);
    return found;
  }

  /** Before signing: the log must reach what the file and the notes say. */
  async #short(chain: CheckpointChain): Promise<ChainProblem | null> {
    const { log, custody } = this.#options;
    const last = chain.checkpoints.at(-1);
    const known = [
      ...(last === undefined ? [] : [{ seq: last.seq, hash: last.head }]),
      ...custody.notes().flatMap((note) => (note.log === this.#log ? [note] : [])),
    ];
    for (const { seq, hash } of known) {
      const row = await log.row(seq);
      if (row?.hash === hash || log.stats().head === hash) continue;
      if (row === null && log.stats().rows >= seq) continue;
      if (row === null) return { seq, kind: 'rolled_back', text: GONE };
      return { seq, kind: 'rewritten', text: OTHER };
    }
    return null;
  }

  /** Makes ready to sign after the records of `chain`; null: a file is begun. */
  async #begin(chain: CheckpointChain | null): Promise<void> {
    this.#place = chain?.place ?? null;
    this.#spine = chain?.spine ?? [];
    this.#dayBegan = chain?.dayBegan ?? 0;
    this.#signedTo = chain?.checkpoints.at(-1)?.seq ?? 0;
    this.#usable = false;
    try {
      await this.#key.open(chain?.key ?? null);
      if (chain?.place == null) {
        // A key without a file: its file is gone, or it is another log's.
        await this.#key.begin();
        await this.#append({ kind: 'begin', ...this.#common(true), prev: noRecordHash(this.#log ?? '') });
      }
      this.#usable = true;
      this.#why = null;
    } catch (error) {
      this.#why = messageOf(error);
      if (error instanceof GatehouseError && error.code === 'signing_key_replaced')
        this.#options.custody.replaced(error.message);
    }
  }

  async #sign(): Promise<void> {
    if (!this.#usable) return;
    const { log, clock } = this.#options;
    const { rows: seq, head } = log.stats();
    if (seq === 0) return;
    try {
      const day = (micros: number) => Math.floor(micros / DAY_MICROS);
      await this.#key.tidy().catch(() => undefined);
      await this.#tellRemovals(seq);
      const isNewDay = day(clock.wallMicros()) > day(this.#dayBegan) && this.#signedTo > 0;
      const kept = isNewDay ? await this.#key.handOver((next) => this.#handOver(seq, head, next)) : 'no';
      // A day whose key cannot be kept goes on under the key before.
      if (kept !== null)
        this.#append({
          kind: 'checkpoint',
          ...this.#common(false),
          prev: this.#place?.record ?? '',
          seq,
          head,
        });
      this.#signedTo = seq;
      this.#signedAtMs = clock.monotonicMs();
      this.#why = null;
    } catch (error) {
      this.#why = messageOf(error);
    }
  }

  /** A row that claims a removal is easily written by anybody; what was signed before is not removed unnoticed. */
  async #tellRemovals(upTo: number): Promise<void> {
    const { log, custody } = this.#options;
    for (const { seq, event } of await log.rowsSince(this.#signedTo, 1000, 'log.pruned')) {
      if (event.type !== 'log.pruned' || seq > upTo || this.#removals.has(event.id)) continue;
      custody.removed(
        `Rows between ${event.from} and ${event.to} are gone, and the row that tells of it (${seq}) was not signed when it was written: another program removed them, or this one was killed right after it did`,
      );
    }
  }

  #handOver(seq: number, head: string, next: string): void {
    const prev = this.#place?.spine ?? '';
    this.#append({ kind: 'key', ...this.#common(true), prev, seq, head, next });
  }

  #common(begins: boolean) {
    const place = this.#place;
    return {
      v: 1 as const,
      log: this.#log ?? '',
      day: place === null ? 0 : begins ? place.day + 1 : place.day,
      i: begins ? 0 : (place?.i ?? 0) + 1,
      at: this.#options.clock.wallMicros(),
      key: this.#key.name ?? '',
    };
  }

  /** Puts a record into the file, durably: a checkpoint behind the others, one that begins a day in their place. */
  #append(record: Unsigned): void {
    const { file } = this.#options;
    const line = signedLine(record, this.#key.key);
    const hash = recordHash(line);
    if (record.kind === 'checkpoint') appendLine(file, line);
    else {
      writePrivateFile(file, `${[...this.#spine, line].join('\n')}\n`);
      this.#spine = [...this.#spine, line];
      this.#dayBegan = record.at;
    }
    const spine = record.kind === 'checkpoint' ? (this.#place?.spine ?? '') : hash;
    const { day, i } = record;
    this.#place = { root: this.#place?.root ?? record.key, day, i, record: hash, spine };
  }

  #note(when: 'now_and_then' | 'now'): void {
    const { log, custody } = this.#options;
    const { rows: seq, head: hash, state } = log.stats();
    if (!this.#usable || this.#log === null || seq === 0 || state !== 'intact') return;
    // What is noted already is not written again, but the keychain may not have it yet.
    if (seq === this.#noted && custody.state().notedTo === seq) return;
    custody.note({ log: this.#log, seq, hash, signed: this.#place }, when);
    this.#noted = seq;
  }

  #read(name: string): CheckpointChain {
    return readCheckpoints(textOf(this.#options.file), name, this.#options.custody.notes());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

const GONE =
  'it was written and is not there any more: the log was cut short, or an older copy was put in its place';
const OTHER =
  'it is another row than the one that was written: an older or a foreign copy was put in its place';

function textOf(file: string): string {
  return readPrivateFile(file, LARGEST_FILE)?.toString('utf8') ?? '';
}

/** Behind the last whole line: what a crash left half written is cut off. */
function appendLine(file: string, line: string): void {
  const text = readPrivateFile(file, LARGEST_FILE);
  const whole = (text?.lastIndexOf(0x0a) ?? -1) + 1;
  const handle = openSync(file, 'r+');
  try {
    if (text !== null && whole < text.length) ftruncateSync(handle, whole);
    writeSync(handle, `${line}\n`, whole);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Keeps the file of another log as evidence. */
function setAside(file: string, mark: string): void {
  const text = textOf(file);
  if (text !== '') writePrivateFile(`${file}.${mark.replace(/[^\w.]/g, '').slice(0, 40)}`, text);
  if (text !== '') writePrivateFile(file, '');
}
