/** One line of the timeline: a call with all that happened to it, or an event. */
import type { CallOutcome } from './event.ts';
import { readTrace } from './trace.ts';

/** A tick of the track as a line keeps it. */
export interface LineGate {
  readonly state: 'passed' | 'allowed' | 'stopped' | 'waits' | 'lapsed' | 'not_asked';
  readonly note: string | null;
  readonly person: boolean;
}

export interface TimelineLine {
  /** Sequence number of its first row. */
  readonly seq: number;
  /** Sequence number of the newest row about it. */
  readonly lastSeq: number;
  readonly callId: string | null;
  /** Wall time of the first row, microseconds since 1970. */
  readonly at: number;
  readonly outcome: CallOutcome | null;
  readonly byPerson: boolean;
  readonly client: string;
  /** The agent within the client, as `main`; empty for an event. */
  readonly agent: string;
  readonly app: string;
  readonly session: string;
  readonly turn: number | null;
  readonly module: string;
  /** `module.action`, or the event's type. */
  readonly action: string;
  readonly risk: string | null;
  /** What decided: `path at file:line`, or null. */
  readonly rule: string | null;
  readonly summary: string;
  readonly reason: string;
  /** Seven entries for a call; an eighth where a behaviour rule blocks. */
  readonly trace: readonly LineGate[] | null;
  readonly scope: string | null;
  readonly success: boolean | null;
  readonly durationMs: number | null;
  readonly alarm: boolean;
}

/** A line as the database holds it. */
export interface LineRecord {
  readonly id: number;
  readonly last_seq: number;
  readonly call_id: string | null;
  readonly at: number;
  readonly outcome: CallOutcome | null;
  readonly by_person: number;
  readonly client: string;
  readonly agent: string;
  readonly app: string;
  readonly session: string;
  readonly turn: number | null;
  readonly module: string;
  readonly action: string;
  readonly risk: string | null;
  readonly rule: string | null;
  readonly summary: string;
  readonly reason: string;
  readonly trace: string | null;
  readonly scope: string | null;
  readonly success: number | null;
  readonly duration: number | null;
  readonly alarm: number;
}

export const LINE_COLUMNS =
  'id, last_seq, call_id, at, outcome, by_person, client, agent, app, session, turn, module, action, risk, rule, summary, reason, trace, scope, success, duration, alarm';

export function lineOf(record: LineRecord): TimelineLine {
  return {
    seq: record.id,
    lastSeq: record.last_seq,
    callId: record.call_id,
    at: record.at,
    outcome: record.outcome,
    byPerson: record.by_person === 1,
    client: record.client,
    agent: record.agent,
    app: record.app,
    session: record.session,
    turn: record.turn,
    module: record.module,
    action: record.action,
    risk: record.risk,
    rule: record.rule,
    summary: record.summary,
    reason: record.reason,
    trace: readTrace(record.trace),
    scope: record.scope,
    success: record.success === null ? null : record.success === 1,
    durationMs: record.duration,
    alarm: record.alarm === 1,
  };
}
