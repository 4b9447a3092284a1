/**
 * The audit log as the supervisor uses it.
 *
 * `append` resolves when the row is on disk: at once when the writer is idle, together with everything that queued
 * meanwhile when it is not. When a row cannot be written the promise rejects, and whoever waits for it must not go on.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../platform/clock.ts';
import { GatehouseError } from '../platform/errors.ts';
import { AppendQueue } from './append-queue.ts';
import { ClockDrift } from './clock-drift.ts';
import type { AuditEvent, AuditRow, Receipt } from './event.ts';
import type { TimelineFilter } from './filter.ts';
import type { TimelineLine } from './line.ts';
import { LineFeed } from './line-feed.ts';
import type { PruneWish } from './pruner.ts';
import type { LineDetail, TimelinePage, WaitingCall } from './reader.ts';
import { canonicalEvent } from './row.ts';
import type { ChainReport, Evidence } from './verify.ts';
import type { Question, Reply } from './worker.ts';
import { WorkerLink } from './worker-link.ts';
import type { Projected, Written } from './writer.ts';

export type { TimelineFilter } from './filter.ts';
export type { TimelineLine } from './line.ts';
export type { LineDetail, TimelinePage, WaitingCall } from './reader.ts';
export type { ChainReport, Evidence } from './verify.ts';

/** One payload in canonical form, at most. */
export const MAX_EVENT_BYTES = 1024 * 1024;
/** So many rows that queue are handed over while the writer still writes, so that it never waits for them. */
const AHEAD_ROWS = 64;
const WRITE_DEADLINE_MS = 10_000;
const READ_DEADLINE_MS = 30_000;
const RESTART_MS = [100, 500, 2000, 5000] as const;

export type LogState = 'intact' | 'broken' | 'unwritable';

export interface LogStats {
  readonly rows: number;
  readonly head: string;
  readonly state: LogState;
  /** Why it is not intact. */
  readonly why: string | null;
}

export interface AuditLog {
  /** @param when `soon` for a row that nobody waits for: it does not hold up the next one that somebody does */
  append(event: AuditEvent, when?: 'now' | 'soon'): Promise<Receipt>;
  timeline(filter: TimelineFilter, before: number | null, limit: number): Promise<TimelinePage>;
  detail(seq: number): Promise<LineDetail | null>;
  /** Rows with seq above `seq`, oldest first, at most `limit`; of one type alone if it is given. */
  rowsSince(seq: number, limit: number, type?: AuditEvent['type']): Promise<readonly AuditRow[]>;
  /** One row; null when there is none of that number. */
  row(seq: number): Promise<AuditRow | null>;
  /** Calls that wait for a person, oldest first: at the start those that an earlier supervisor left. */
  waiting(): Promise<readonly WaitingCall[]>;
  /** Checks the whole chain while appends go on; with evidence, against that too. */
  verify(evidence?: Evidence): Promise<ChainReport>;
  /** Removes rows of sessions that are older, on the record. Answers how many; `onId` hears each removal's id first. */
  prune(beforeMicros: number, by: 'retention' | 'person', onId?: (id: string) => void): Promise<number>;
  /** Names the log: what its first row follows. */
  name(): Promise<string>;
  stats(): LogStats;
  /** Lines that are new or changed, many at once, in the order of their change. */
  onChange(listener: (lines: readonly TimelineLine[]) => void): () => void;
  /** The log became writable, or stopped being so. */
  onState(listener: () => void): () => void;
  /** Writes what is queued, then closes. */
  close(): Promise<void>;
}

/**
 * Opens the log, making it when it does not exist.
 *
 * A log whose tail does not verify is opened for reading: its state is `broken` and every append is refused.
 *
 * @throws GatehouseError `store_unreadable`, `store_foreign`, `store_newer`
 */
export async function openAuditLog(options: {
  file: string;
  clock?: Clock;
  /** What is written in place of an event: secrets that are known by their value are taken out here. */
  redact?: (event: AuditEvent) => AuditEvent;
}): Promise<AuditLog> {
  const log = new ThreadedLog(options.file, options.clock ?? systemClock, options.redact);
  await log.open();
  return log;
}

class ThreadedLog implements AuditLog {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #redact: (event: AuditEvent) => AuditEvent;
  readonly #bootId = randomUUID();
  readonly #feed = new LineFeed();
  readonly #stateListeners = new Set<() => void>();
  #writer: WorkerLink | null = null;
  #reader: WorkerLink | null = null;
  readonly #queue = new AppendQueue(() => this.#pump());
  /** Batches that the writer has: one, or two when much is to be written. */
  readonly #writing = new Set<Promise<void>>();
  #head: Receipt = { seq: 0, hash: '' };
  /** Every row up to this one is in the lines. */
  #projected = 0;
  #readers: { readonly upTo: number; readonly go: () => void }[] = [];
  #state: LogState = 'intact';
  #why: string | null = null;
  #restarts = 0;
  #restartTimer: NodeJS.Timeout | null = null;
  #closed = false;
  readonly #drift: ClockDrift;

  constructor(file: string, clock: Clock, redact: ((event: AuditEvent) => AuditEvent) | undefined) {
    this.#file = file;
    this.#clock = clock;
    this.#drift = new ClockDrift(clock);
    this.#redact = redact ?? ((event) => event);
  }

  async open(): Promise<void> {
    const writer = this.#startWriter();
    try {
      this.#head = await writer.ready;
      this.#projected = this.#head.seq;
    } catch (error) {
      if (!(error instanceof GatehouseError) || error.code !== 'audit_broken') throw error;
      this.#setState('broken', error.message);
    }
  }

  append(event: AuditEvent, when: 'now' | 'soon' = 'now'): Promise<Receipt> {
    const jump = this.#drift.jump();
    // It is told before what follows it; that it may not be written shows at the row that it came with.
    if (jump !== null) this.#enqueue(jump, when).catch(() => undefined);
    return this.#enqueue(event, when);
  }

  #enqueue(event: AuditEvent, when: 'now' | 'soon'): Promise<Receipt> {
    let text: string;
    try {
      text = canonicalEvent(this.#redact(event));
    } catch (error) {
      return Promise.reject(error);
    }
    const bytes = Buffer.byteLength(text);
    const refusal = this.#refusal(bytes);
    if (refusal !== null) return Promise.reject(refusal);
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    this.#queue.push({
      event: text,
      wallMicros: this.#clock.wallMicros(),
      monotonicMs: this.#clock.monotonicMs(),
      bytes,
      awaited: when === 'now',
      resolve,
      reject,
    });
    this.#pump();
    return promise;
  }

  timeline(filter: TimelineFilter, before: number | null, limit: number): Promise<TimelinePage> {
    return this.#read((reader) =>
      reader.ask<TimelinePage>({ kind: 'timeline', filter, before, limit }, READ_DEADLINE_MS),
    );
  }

  detail(seq: number): Promise<LineDetail | null> {
    return this.#read((reader) => reader.ask<LineDetail | null>({ kind: 'detail', seq }, READ_DEADLINE_MS));
  }

  rowsSince(seq: number, limit: number, type?: AuditEvent['type']): Promise<readonly AuditRow[]> {
    const question: Question = { kind: 'rowsSince', seq, limit, ...(type === undefined ? {} : { type }) };
    return this.#read((reader) => reader.ask<readonly AuditRow[]>(question, READ_DEADLINE_MS));
  }

  async row(seq: number): Promise<AuditRow | null> {
    const question = { kind: 'rowsSince', seq: seq - 1, limit: 1 } as const;
    // A log of which the end does not verify has no writer, and is read all the same.
    const [row] =
      this.#state === 'broken'
        ? await this.rowsSince(seq - 1, 1)
        : await this.#askWriter<readonly AuditRow[]>(question);
    return row?.seq === seq ? row : null;
  }

  waiting(): Promise<readonly WaitingCall[]> {
    return this.#askWriter<readonly WaitingCall[]>({ kind: 'waiting' });
  }

  /** For a small question: the writer sees its own rows, and at the start it is the only worker there is. */
  #askWriter<T extends Reply>(question: Question): Promise<T> {
    return this.#writer === null
      ? Promise.reject(new GatehouseError('audit_unwritable', this.#why ?? 'the log is being opened again'))
      : this.#writer.ask<T>(question, READ_DEADLINE_MS);
  }

  async verify(evidence: Evidence | null = null): Promise<ChainReport> {
    const checker = new WorkerLink(
      { role: 'reader', file: this.#file, bootId: this.#bootId, background: true },
      () => undefined,
    );
    try {
      await checker.ready;
      return await checker.ask<ChainReport>({ kind: 'verify', evidence }, null);
    } finally {
      await checker.close();
    }
  }

  async name(): Promise<string> {
    return this.#read(async (reader) => (await reader.ready).log);
  }

  async prune(beforeMicros: number, by: PruneWish['by'], onId?: (id: string) => void): Promise<number> {
    let removed = 0;
    for (;;) {
      // Between two portions what was to be appended meanwhile goes first.
      while (this.#writing.size > 0) await Promise.all(this.#writing);
      const refusal = this.#refusal(0);
      if (refusal !== null) throw refusal;
      const wish = {
        id: randomUUID(),
        beforeMicros,
        by,
        wallMicros: this.#clock.wallMicros(),
        monotonicMs: this.#clock.monotonicMs(),
      };
      onId?.(wish.id);
      const rows = await this.#pruneOnce(wish);
      if (rows === 0) return removed;
      removed += rows;
    }
  }

  async #pruneOnce(wish: PruneWish): Promise<number> {
    const written = await this.#askWriter<Written | null>({ kind: 'prune', wish });
    const hash = written?.hashes[0];
    if (written === null || hash === undefined) return 0;
    if (written.firstSeq > this.#head.seq) this.#head = { seq: written.firstSeq, hash };
    const row = await this.row(written.firstSeq);
    return row?.event.type === 'log.pruned' ? row.event.rows : 0;
  }

  stats(): LogStats {
    return { rows: this.#head.seq, head: this.#head.hash, state: this.#state, why: this.#why };
  }

  onChange(listener: (lines: readonly TimelineLine[]) => void): () => void {
    return this.#feed.onChange(listener);
  }

  onState(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#queue.makeDue();
    this.#pump();
    while (this.#writing.size > 0) await Promise.all(this.#writing);
    this.#queue.fail(new GatehouseError('audit_closed', 'the log is closed'));
    this.#feed.end();
    await Promise.all([this.#writer?.close(), this.#reader?.close()]);
    this.#letRead(Number.POSITIVE_INFINITY);
  }

  #refusal(bytes: number): GatehouseError | null {
    if (this.#closed) return new GatehouseError('audit_closed', 'the log is closed');
    if (this.#state === 'broken')
      return new GatehouseError('audit_broken', `the log does not verify: ${this.#why ?? ''}`);
    if (bytes > MAX_EVENT_BYTES)
      return new GatehouseError(
        'audit_too_large',
        `a row of ${bytes} bytes is larger than the log takes (${MAX_EVENT_BYTES})`,
      );
    if (!this.#queue.hasRoom(bytes)) {
      return new GatehouseError('audit_overloaded', 'the log cannot keep up', {
        hint: 'try again in a moment',
      });
    }
    return this.#writer === null
      ? new GatehouseError('audit_unwritable', this.#why ?? 'the log is being opened again')
      : null;
  }

  #pump(): void {
    if (!this.#queue.isDue || this.#writer === null) return;
    const ahead = this.#writing.size === 1 && this.#queue.length >= AHEAD_ROWS;
    if (this.#writing.size > 0 && !ahead) return;
    const writing = this.#write(this.#writer).finally(() => {
      this.#writing.delete(writing);
      this.#pump();
    });
    this.#writing.add(writing);
    this.#pump();
  }

  async #write(writer: WorkerLink): Promise<void> {
    const batch = this.#queue.take();
    try {
      const entries = batch.map(({ event, wallMicros, monotonicMs }) => ({ event, wallMicros, monotonicMs }));
      const written = await writer.ask<Written>({ kind: 'append', entries }, WRITE_DEADLINE_MS);
      batch.forEach((item, index) => {
        const hash = written.hashes[index];
        if (hash === undefined)
          item.reject(new GatehouseError('audit_unwritable', 'the log gave no receipt'));
        else item.resolve({ seq: written.firstSeq + index, hash });
      });
      const last = written.hashes.at(-1);
      if (last !== undefined) this.#head = { seq: written.firstSeq + written.hashes.length - 1, hash: last };
      this.#restarts = 0;
      this.#setState('intact', null);
    } catch (error) {
      const failure =
        error instanceof GatehouseError ? error : new GatehouseError('audit_unwritable', String(error));
      for (const item of batch) item.reject(failure);
      this.#setState('unwritable', failure.message);
    }
  }

  #startWriter(): WorkerLink {
    const link: WorkerLink = new WorkerLink(
      { role: 'writer', file: this.#file, bootId: this.#bootId },
      (error) => {
        if (this.#writer !== link) return;
        this.#writer = null;
        this.#letRead(Number.POSITIVE_INFINITY);
        this.#queue.fail(error);
        if (error.code === 'audit_broken') this.#setState('broken', error.message);
        else this.#scheduleRestart(error);
      },
      (projected) => this.#projectedTo(projected),
    );
    this.#writer = link;
    return link;
  }

  #scheduleRestart(error: GatehouseError): void {
    if (this.#closed) return;
    this.#setState('unwritable', error.message);
    const delay = RESTART_MS[Math.min(this.#restarts, RESTART_MS.length - 1)];
    this.#restarts += 1;
    this.#restartTimer = setTimeout(() => {
      this.#startWriter().ready.then(
        (head) => {
          this.#head = head;
          this.#projected = head.seq;
          this.#setState('intact', null);
        },
        () => undefined,
      );
    }, delay);
  }

  async #read<T>(ask: (reader: WorkerLink) => Promise<T>): Promise<T> {
    if (this.#closed) throw new GatehouseError('audit_closed', 'the log is closed');
    if (this.#reader === null) {
      const link: WorkerLink = new WorkerLink(
        { role: 'reader', file: this.#file, bootId: this.#bootId },
        () => {
          if (this.#reader === link) this.#reader = null;
        },
      );
      this.#reader = link;
    }
    const reader = this.#reader;
    await Promise.all([reader.ready, this.#linesUpToNow()]);
    return ask(reader);
  }

  /** What is durable now can be read: its lines are made right after its rows. */
  #linesUpToNow(): Promise<void> {
    const upTo = this.#head.seq;
    if (this.#projected >= upTo || this.#writer === null) return Promise.resolve();
    return new Promise((go) => this.#readers.push({ upTo, go }));
  }

  #letRead(upTo: number): void {
    const readers = this.#readers;
    this.#readers = readers.filter((reader) => reader.upTo > upTo);
    for (const reader of readers) if (reader.upTo <= upTo) reader.go();
  }

  #projectedTo({ upTo, lines }: Projected): void {
    this.#projected = upTo;
    this.#letRead(upTo);
    this.#feed.announce(lines);
  }

  #setState(state: LogState, why: string | null): void {
    if (this.#state === state && this.#why === why) return;
    this.#state = state;
    this.#why = why;
    for (const listener of this.#stateListeners) listener();
  }
}
