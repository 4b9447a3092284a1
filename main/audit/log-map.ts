/**
 * The map of the log's lines, for the page: a worker thread that is started when it is asked, and ended when nobody
 * has asked for a while, because it holds some fifty bytes a line.
 */
import type { TimelineFilter } from './filter.ts';
import type { Density, GroupBy, Groups, MapPage } from './map.ts';
import type { TimelinePage } from './reader.ts';
import type { Question, Reply } from './worker.ts';
import { WorkerLink } from './worker-link.ts';

/** A first answer over a large log waits until its lines are read. */
const DEADLINE_MS = 120_000;
const IDLE_MS = 5 * 60_000;

export class LogMap {
  readonly #file: string;
  readonly #idleMs: number;
  #link: WorkerLink | null = null;
  #idle: NodeJS.Timeout | null = null;

  /** @param file the log's database */
  constructor(file: string, idleMs = IDLE_MS) {
    this.#file = file;
    this.#idleMs = idleMs;
  }

  /** Lines by place; see LineMap. @throws GatehouseError `audit_unwritable` when the log cannot be read */
  page(filter: TimelineFilter, first: number | null, limit: number): Promise<MapPage> {
    return this.#ask<MapPage>({ kind: 'mapPage', filter, first, limit });
  }

  /** The newest lines that match, quickly; null while the map is being made, which this begins. */
  newest(filter: TimelineFilter, limit: number): Promise<TimelinePage | null> {
    return this.#ask<TimelinePage | null>({ kind: 'mapNewest', filter, limit });
  }

  place(filter: TimelineFilter, id: number): Promise<number | null> {
    return this.#ask<number | null>({ kind: 'mapPlace', filter, id });
  }

  density(filter: TimelineFilter, from: number | null, to: number | null, buckets: number): Promise<Density> {
    return this.#ask<Density>({ kind: 'mapDensity', filter, from, to, buckets });
  }

  groups(filter: TimelineFilter, by: GroupBy, limit: number): Promise<Groups> {
    return this.#ask<Groups>({ kind: 'mapGroups', filter, by, limit });
  }

  async close(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const link = this.#link;
    this.#link = null;
    await link?.close();
  }

  async #ask<T extends Reply>(question: Question): Promise<T> {
    if (this.#link === null) {
      const made: WorkerLink = new WorkerLink({ role: 'map', file: this.#file, bootId: '' }, () => {
        if (this.#link === made) this.#link = null;
      });
      this.#link = made;
    }
    const link = this.#link;
    await link.ready;
    const answer = await link.ask<T>(question, DEADLINE_MS);
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref();
    return answer;
  }
}
