/**
 * The log's worker thread: a writer, a reader, or a one-off check of the whole chain, each with a connection of
 * its own, so that reading and checking never hold up what must become durable.
 */
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import process from 'node:process';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { openDatabase } from '../store/database.ts';
import type { AuditEvent, Receipt } from './event.ts';
import type { TimelineFilter } from './filter.ts';
import { type Density, type GroupBy, type Groups, LineMap, type MapPage } from './map.ts';
import type { PruneWish } from './pruner.ts';
import type { LineDetail, TimelinePage } from './reader.ts';
import { Reader } from './reader.ts';
import { genesisHash } from './row.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from './schema.ts';
import { openStreamIndex, type StreamIndex } from './stream-index.ts';
import type { Metrics, MetricsQuery, StreamPage, StreamQuery } from './stream-query.ts';
import { type ChainReport, type Evidence, readLogId, verifyChain } from './verify.ts';
import { type Entry, type Projected, Writer, type Written } from './writer.ts';

export interface WorkerSetup {
  readonly role: 'writer' | 'reader' | 'index' | 'map';
  readonly file: string;
  readonly bootId: string;
  /** For long work that nobody waits for: other threads go first, where the system has priorities for threads. */
  readonly background?: boolean;
  /** With role `index`: where the index lies. */
  readonly indexFile?: string;
}

export type Question =
  | { readonly kind: 'append'; readonly entries: readonly Entry[] }
  | {
      readonly kind: 'timeline';
      readonly filter: TimelineFilter;
      readonly before: number | null;
      readonly limit: number;
    }
  | { readonly kind: 'detail'; readonly seq: number }
  | {
      readonly kind: 'rowsSince';
      readonly seq: number;
      readonly limit: number;
      readonly type?: AuditEvent['type'];
    }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'verify'; readonly evidence: Evidence | null }
  | { readonly kind: 'prune'; readonly wish: PruneWish }
  | { readonly kind: 'stream'; readonly query: StreamQuery }
  | { readonly kind: 'metrics'; readonly query: MetricsQuery }
  | { readonly kind: 'apps' }
  | { readonly kind: 'appOf'; readonly session: string }
  | {
      readonly kind: 'mapPage';
      readonly filter: TimelineFilter;
      readonly first: number | null;
      readonly limit: number;
    }
  | { readonly kind: 'mapNewest'; readonly filter: TimelineFilter; readonly limit: number }
  | { readonly kind: 'mapPlace'; readonly filter: TimelineFilter; readonly id: number }
  | {
      readonly kind: 'mapDensity';
      readonly filter: TimelineFilter;
      readonly from: number | null;
      readonly to: number | null;
      readonly buckets: number;
    }
  | {
      readonly kind: 'mapGroups';
      readonly filter: TimelineFilter;
      readonly by: GroupBy;
      readonly limit: number;
    }
  | { readonly kind: 'close' };

export type Reply =
  | Written
  | TimelinePage
  | LineDetail
  | ChainReport
  | StreamPage
  | Metrics
  | MapPage
  | Density
  | Groups
  | number
  | readonly unknown[]
  | string
  | null;

export type FromWorker =
  | { readonly kind: 'ready'; readonly head: Receipt; readonly log: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly value: Reply }
  | { readonly kind: 'error'; readonly id: number; readonly message: string }
  | ({ readonly kind: 'lines' } & Projected);

/** Rows come first while they come in a rush; the lines are never further behind than this. */
const MOST_BEHIND = 8192;

interface Asked {
  readonly id: number;
  readonly question: Question;
}

const ownPort = parentPort;
if (ownPort === null)
  throw new GatehouseError('not_a_worker', 'the audit worker was not started as a worker');
const port = ownPort;
const setup = workerData as WorkerSetup;

try {
  if (setup.background ?? false) stepBack();
  serve();
} catch (error) {
  const code = error instanceof GatehouseError ? error.code : 'audit_unwritable';
  port.postMessage({ kind: 'failed', code, message: messageOf(error) } satisfies FromWorker);
}

/** On Linux a thread has a priority of its own, by its thread id; elsewhere this would slow the whole process down. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW);
  } catch {
    // Then it runs beside the others as one of them.
  }
}

function serve(): void {
  const writing = setup.role === 'writer';
  const database = openDatabase({
    file: setup.file,
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
    readonly: !writing,
  });
  const writer = writing ? new Writer(database, setup.bootId) : null;
  const reader = new Reader(database);
  const index = setup.indexFile === undefined ? null : openStreamIndex(database, setup.indexFile);
  const map = setup.role === 'map' ? new LineMap(database) : null;
  const mapped = (): LineMap => {
    if (map === null) throw new GatehouseError('not_a_map', 'this worker has no map');
    return map;
  };
  const asked = (): StreamIndex => {
    if (index === null) throw new GatehouseError('not_an_index', 'this worker has no index');
    return index;
  };
  const answer = (question: Question): Reply => {
    switch (question.kind) {
      case 'append':
        if (writer === null) throw new GatehouseError('not_a_writer', 'this worker only reads');
        return writer.append(question.entries);
      case 'timeline':
        return reader.timeline(question.filter, question.before, question.limit);
      case 'detail':
        return reader.detail(question.seq);
      case 'rowsSince':
        return reader.rowsSince(question.seq, question.limit, question.type);
      case 'waiting':
        return reader.waiting();
      case 'verify':
        return verifyChain(database, 1, question.evidence);
      case 'prune':
        if (writer === null) throw new GatehouseError('not_a_writer', 'this worker only reads');
        return writer.prune(question.wish);
      case 'stream':
        return asked().page(question.query);
      case 'metrics':
        return asked().metrics(question.query);
      case 'apps':
        return asked().apps();
      case 'appOf':
        return asked().appOf(question.session);
      case 'mapPage':
        return mapped().page(question.filter, question.first, question.limit);
      case 'mapNewest':
        return mapped().newest(question.filter, question.limit);
      case 'mapPlace':
        return mapped().place(question.filter, question.id);
      case 'mapDensity':
        return mapped().density(question.filter, question.from, question.to, question.buckets);
      case 'mapGroups':
        return mapped().groups(question.filter, question.by, question.limit);
      case 'close':
        index?.close();
        database.close();
        return null;
    }
  };
  const project = () => {
    const projected = writer?.project() ?? null;
    if (projected !== null) port.postMessage({ kind: 'lines', ...projected } satisfies FromWorker);
  };
  const take = ({ id, question }: Asked) => {
    // Whatever is asked for beside rows sees all lines.
    if (question.kind !== 'append') project();
    try {
      port.postMessage({ kind: 'answer', id, value: answer(question) } satisfies FromWorker);
    } catch (error) {
      port.postMessage({ kind: 'error', id, message: messageOf(error) } satisfies FromWorker);
    }
    if (question.kind === 'append') settle(writer);
  };
  port.on('message', (first: Asked) => {
    for (let next: Asked | null = first; next !== null; next = waitingAt(port)) {
      take(next);
      if (next.question.kind === 'close') {
        port.close();
        return;
      }
      if ((writer?.pending ?? 0) >= MOST_BEHIND) project();
    }
    project();
  });
  port.postMessage({
    kind: 'ready',
    head: writer?.head() ?? { seq: reader.stats().rows, hash: '' },
    log: genesisHash(readLogId(database)),
  } satisfies FromWorker);
}

/** What has been asked already and waits. */
function waitingAt(from: NonNullable<typeof parentPort>): Asked | null {
  const received = receiveMessageOnPort(from) as { readonly message: Asked } | undefined;
  return received?.message ?? null;
}

/** The rows are durable and answered for: what fails here is tried again after the next ones. */
function settle(writer: Writer | null): void {
  try {
    writer?.settle();
  } catch {
    // A full disk shows at the next append, whose caller is told.
  }
}
