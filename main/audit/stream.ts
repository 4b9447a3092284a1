/** The log by project and session, for the API: a worker thread with an index of its own, started when it is asked. */
import type { GatehouseError } from '../platform/errors.ts';
import type { Metrics, MetricsQuery, StreamPage, StreamQuery } from './stream-query.ts';
import { WorkerLink } from './worker-link.ts';

/** A first answer over a large log waits until the index is made. */
const DEADLINE_MS = 120_000;

export class LogStream {
  readonly #file: string;
  readonly #indexFile: string;
  #link: WorkerLink | null = null;

  /**
   * @param file       the log's database
   * @param indexFile  where the index lies; it is made when it is not there
   */
  constructor(file: string, indexFile: string) {
    this.#file = file;
    this.#indexFile = indexFile;
  }

  /** A page of events. @throws GatehouseError `audit_unwritable` when the index cannot be read or made */
  async page(query: StreamQuery): Promise<StreamPage> {
    return (await this.#worker()).ask<StreamPage>({ kind: 'stream', query }, DEADLINE_MS);
  }

  async metrics(query: MetricsQuery): Promise<Metrics> {
    return (await this.#worker()).ask<Metrics>({ kind: 'metrics', query }, DEADLINE_MS);
  }

  /** Roots of all projects that ever had a session. */
  async apps(): Promise<readonly string[]> {
    return (await this.#worker()).ask<readonly string[]>({ kind: 'apps' }, DEADLINE_MS);
  }

  /** The project's root of a session, or null when the log knows no such session. */
  async appOf(session: string): Promise<string | null> {
    return (await this.#worker()).ask<string | null>({ kind: 'appOf', session }, DEADLINE_MS);
  }

  async close(): Promise<void> {
    const link = this.#link;
    this.#link = null;
    await link?.close();
  }

  async #worker(): Promise<WorkerLink> {
    if (this.#link === null) {
      const link: WorkerLink = new WorkerLink(
        { role: 'index', file: this.#file, bootId: '', indexFile: this.#indexFile },
        (_error: GatehouseError) => {
          if (this.#link === link) this.#link = null;
        },
      );
      this.#link = link;
    }
    const link = this.#link;
    await link.ready;
    return link;
  }
}
