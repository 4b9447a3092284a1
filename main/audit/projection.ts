/**
 * The lines for reading, kept in the same transaction as the rows they come from.
 *
 * A call is one line, whatever happens to it: decided, answered, completed. The log itself never changes; only
 * this view of it does.
 */
import { basename } from 'node:path';
import type { Database } from '../store/database.ts';
import type { AuditEvent, CallOutcome, StoredGate } from './event.ts';
import { LINE_COLUMNS, type LineGate, type LineRecord, lineOf, type TimelineLine } from './line.ts';
import { sentenceOf } from './sentences.ts';

const STOPPED: ReadonlySet<string> = new Set(['denied', 'refused', 'expired', 'cancelled']);

export class Projection {
  readonly #database: Database;
  readonly #insert;
  readonly #index;
  readonly #byCall;
  readonly #byId;
  readonly #resolve;
  readonly #complete;
  readonly #count;
  readonly #setMeta;
  readonly #getMeta;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO lines (id, last_seq, call_id, at, outcome, by_person, client, app, app_name, session, module, action, gate, risk, summary, reason, trace, scope, success, duration, alarm, asked)
       VALUES (@id, @id, @callId, @at, @outcome, 0, @client, @app, @appName, @session, @module, @action, @gate, @risk, @summary, @reason, @trace, @scope, NULL, NULL, @alarm, @asked)`,
    );
    this.#index = database.prepare('INSERT INTO search (rowid, body) VALUES (?, ?)');
    this.#byCall = database.prepare<[string], LineRecord>(
      `SELECT ${LINE_COLUMNS} FROM lines WHERE call_id = ?`,
    );
    this.#byId = database.prepare<[number], LineRecord>(`SELECT ${LINE_COLUMNS} FROM lines WHERE id = ?`);
    this.#resolve = database.prepare(
      'UPDATE lines SET last_seq = @seq, outcome = @outcome, by_person = @byPerson, reason = @reason, trace = @trace, scope = @scope, gate = @gate WHERE id = @id',
    );
    this.#complete = database.prepare(
      'UPDATE lines SET last_seq = @seq, success = @success, duration = @duration WHERE id = @id',
    );
    this.#count = database.prepare<[number, string]>('UPDATE counters SET n = n + ? WHERE name = ?');
    this.#setMeta = database.prepare<[string, string]>(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    );
    this.#getMeta = database.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?');
  }

  /** Takes one row in, inside the transaction that wrote it. Answers the line it made or changed. */
  apply(seq: number, wallMicros: number, event: AuditEvent): TimelineLine | null {
    switch (event.type) {
      case 'call.decided':
        return this.#decided(seq, wallMicros, event);
      case 'approval.resolved':
        return this.#resolved(seq, event);
      case 'call.completed':
        return this.#completed(seq, event);
      default: {
        const { summary, reason, client, app, session, alarm } = sentenceOf(event);
        return this.#add(seq, {
          callId: null,
          at: wallMicros,
          outcome: null,
          client,
          app,
          session,
          module: '',
          action: event.type,
          gate: null,
          risk: null,
          summary,
          reason,
          trace: null,
          scope: null,
          alarm: alarm ? 1 : 0,
          asked: 0,
        });
      }
    }
  }

  /** Remembers that all rows up to this one are in. */
  caughtUp(seq: number): void {
    this.#setMeta.run('projected', String(seq));
  }

  /** The last row that is in. */
  projected(): number {
    return Number(this.#getMeta.get('projected')?.value ?? 0);
  }

  /** Throws the lines away, to be made anew from the rows. */
  clear(): void {
    this.#database.exec(`DELETE FROM lines; DELETE FROM search; UPDATE counters SET n = 0`);
    this.caughtUp(0);
  }

  #decided(
    seq: number,
    wallMicros: number,
    event: Extract<AuditEvent, { type: 'call.decided' }>,
  ): TimelineLine | null {
    const known = this.#byCall.get(event.call.id);
    if (known !== undefined) return null;
    const { call } = event;
    const outcome: CallOutcome =
      event.decision === 'allowed' ? 'allowed' : event.decision === 'denied' ? 'refused' : 'waits';
    const asked = outcome === 'waits' ? 1 : 0;
    return this.#add(seq, {
      callId: call.id,
      at: wallMicros,
      outcome,
      client: call.client,
      app: call.app,
      session: call.session,
      module: call.module,
      action: `${call.module}.${call.action}`,
      gate: gateNumber(event.gate),
      risk: event.risk,
      summary: call.summary,
      reason: event.reason,
      trace: JSON.stringify(event.trace.map(firstTick)),
      scope: event.grant === null ? null : 'session',
      alarm: 0,
      asked,
    });
  }

  #resolved(seq: number, event: Extract<AuditEvent, { type: 'approval.resolved' }>): TimelineLine | null {
    const known = this.#byCall.get(event.callId);
    if (known === undefined || known.outcome !== 'waits') return null;
    const person = event.by === 'person';
    const gate = event.gate === null ? null : gateNumber(event.gate);
    const trace =
      known.trace === null
        ? null
        : JSON.stringify(
            (JSON.parse(known.trace) as LineGate[]).map((tick, index) =>
              laterTick(tick, index, event.outcome, person, gate),
            ),
          );
    this.#resolve.run({
      id: known.id,
      seq,
      outcome: event.outcome,
      byPerson: person ? 1 : 0,
      reason: event.reason ?? known.reason,
      trace,
      scope: event.scope,
      gate: gate ?? 4,
    });
    if (STOPPED.has(event.outcome)) this.#count.run(1, 'stopped');
    return this.#line(known.id);
  }

  #completed(seq: number, event: Extract<AuditEvent, { type: 'call.completed' }>): TimelineLine | null {
    const known = this.#byCall.get(event.callId);
    if (known === undefined || known.success !== null) return null;
    this.#complete.run({ id: known.id, seq, success: event.success ? 1 : 0, duration: event.durationMs });
    return this.#line(known.id);
  }

  #add(
    id: number,
    line: Record<string, string | number | null> & {
      app: string;
      outcome: CallOutcome | null;
      asked: number;
    },
  ): TimelineLine | null {
    this.#insert.run({ ...line, id, appName: basename(line.app) || line.app });
    this.#index.run(
      id,
      [line['summary'], line['reason'], line['client'], line.app, line['action']].join('\n'),
    );
    this.#count.run(1, 'total');
    if (line.outcome !== null && STOPPED.has(line.outcome)) this.#count.run(1, 'stopped');
    if (line.asked === 1) this.#count.run(1, 'asked');
    return this.#line(id);
  }

  #line(id: number): TimelineLine | null {
    const record = this.#byId.get(id);
    return record === undefined ? null : lineOf(record);
  }
}

function firstTick(gate: StoredGate): LineGate {
  return { state: gate.state === 'asks' ? 'waits' : gate.state, note: gate.note, person: false };
}

/** A tick after the request ended: the gate that waited shows the answer; a gate that refused at release shows that. */
function laterTick(
  tick: LineGate,
  index: number,
  outcome: string,
  person: boolean,
  refusedAt: number | null,
): LineGate {
  if (refusedAt !== null) {
    if (index === refusedAt) return { state: 'stopped', note: tick.note, person: false };
    if (index > refusedAt) return { ...tick, state: 'not_asked' };
    return tick.state === 'waits' ? { ...tick, state: 'passed' } : tick;
  }
  if (tick.state !== 'waits') return tick;
  const state =
    outcome === 'allowed' ? 'allowed' : outcome === 'denied' || outcome === 'refused' ? 'stopped' : 'lapsed';
  return { ...tick, state, person };
}

/** `gate4_policy` → 4; null for what is no gate. */
function gateNumber(code: string): number | null {
  const digit = /^gate([0-6])_/.exec(code)?.[1];
  return digit === undefined ? null : Number(digit);
}
