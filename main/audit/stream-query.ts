/** What can be asked of the log by project and session, and how it is answered. */
import type { AuditRow } from './event.ts';
import type { TimelineFilter } from './filter.ts';
import type { StreamType } from './stream-event.ts';

export interface StreamQuery {
  /** Canonical project roots; null: every project. */
  readonly apps: readonly string[] | null;
  readonly session: string | null;
  readonly types: readonly StreamType[] | null;
  /** Rows with seq above this one. */
  readonly sinceSeq: number;
  /** Rows with seq up to this one; null: to the newest. */
  readonly upToSeq: number | null;
  /** Microseconds since 1970, inclusive. */
  readonly sinceMicros: number | null;
  readonly untilMicros: number | null;
  /** Only what was let through or ran well. */
  readonly successOnly: boolean;
  /** Only rows of lines that match. */
  readonly lines?: TimelineFilter | null;
  readonly limit: number;
  readonly offset: number;
  readonly newestFirst: boolean;
}

export interface StreamRow {
  readonly row: AuditRow;
  readonly type: StreamType;
  readonly app: string;
  /** `module.action` of the call it is about. */
  readonly tool: string | null;
}

export interface StreamPage {
  readonly rows: readonly StreamRow[];
  /** There is more to the same question. */
  readonly more: boolean;
  /** The log's newest row when this was read. */
  readonly head: number;
}

export interface MetricsQuery {
  readonly apps: readonly string[] | null;
  readonly sinceMicros: number;
  readonly untilMicros: number;
}

interface Counted {
  readonly app: string;
  /** UTC, `2026-07-27`. */
  readonly day: string;
  readonly count: number;
}

export interface Metrics {
  /** Calls that were let through and failed. */
  readonly failed: readonly Counted[];
  /** How long requests waited for an answer, by how they ended. */
  readonly waited: readonly (Counted & {
    readonly outcome: string;
    readonly totalMs: number;
    readonly longestMs: number;
  })[];
  /** How often each rule decided. */
  readonly fired: readonly (Counted & { readonly rule: string; readonly decision: string })[];
}
