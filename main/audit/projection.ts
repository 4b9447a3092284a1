/**
 * The lines for reading, kept in the same transaction as the rows they come from.
 *
 * A call is one line, whatever happens to it: decided, answered, completed. The log itself never changes; only
 * this view of it does.
 */
import { basename } from 'node:path';
import type { Database } from '../store/database.ts';
import type { AuditEvent, CallOutcome } from './event.ts';
import { LINE_COLUMNS, type LineGate, type LineRecord } from './line.ts';
import { sentenceOf } from './sentences.ts';
import { behaviorTick, firstTick, laterTick, readTrace, traceText } from './trace.ts';

type Value = string | number | null;

const STOPPED: ReadonlySet<string> = new Set(['denied', 'refused', 'expired', 'cancelled']);

export class Projection {
  readonly #database: Database;
  readonly #insert;
  readonly #index;
  readonly #byCall;
  readonly #resolve;
  readonly #complete;
  readonly #count;
  readonly #setMeta;
  readonly #getMeta;
  /** What the open transaction adds to the counters. */
  #added = { total: 0, stopped: 0, asked: 0 };

  constructor(database: Database) {
    this.#database = database;
    // By position, and without asking first whether the call is known: every microsecond here is one of every row.
    this.#insert = database.prepare<Value[]>(
      `INSERT INTO lines (id, last_seq, call_id, at, outcome, by_person, client, agent, app, app_name, session, turn, module, action, gate, risk, rule, summary, reason, trace, scope, success, duration, alarm, asked)
       VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)
       ON CONFLICT (call_id) DO NOTHING`,
    );
    this.#index = database.prepare('INSERT INTO search (rowid, body) VALUES (?, ?)');
    this.#byCall = database.prepare<[string], LineRecord>(
      `SELECT ${LINE_COLUMNS} FROM lines WHERE call_id = ?`,
    );
    this.#resolve = database.prepare<Value[]>(
      'UPDATE lines SET last_seq = ?, outcome = ?, by_person = ?, reason = ?, trace = ?, scope = ?, gate = ? WHERE id = ?',
    );
    this.#complete = database.prepare<Value[]>(
      'UPDATE lines SET last_seq = ?, success = ?, duration = ? WHERE id = ?',
    );
    this.#count = database.prepare<[number, string]>('UPDATE counters SET n = n + ? WHERE name = ?');
    this.#setMeta = database.prepare<[string, string]>(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    );
    this.#getMeta = database.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?');
  }

  /** Takes one row in, inside the transaction that wrote it. Answers the line it made or changed. */
  apply(seq: number, wallMicros: number, event: AuditEvent): LineRecord | null {
    switch (event.type) {
      case 'call.decided':
        return this.#decided(seq, wallMicros, event);
      case 'approval.resolved':
        return this.#resolved(seq, event);
      case 'call.completed':
        return this.#completed(seq, event);
      default: {
        const { summary, reason, client, app, session, alarm } = sentenceOf(event);
        const line = {
          ...newLine(seq, wallMicros),
          client,
          app,
          session,
          turn: event.type === 'turn.started' ? event.turn : null,
          action: event.type,
          summary,
          reason,
          alarm: alarm ? 1 : 0,
        };
        return this.#add(line, null);
      }
    }
  }

  /** Before the first row of a transaction: forgets what one that failed had counted. */
  begin(): void {
    this.#added = { total: 0, stopped: 0, asked: 0 };
  }

  /** After the last row of a transaction: remembers that all rows up to this one are in. */
  caughtUp(seq: number): void {
    for (const [name, n] of Object.entries(this.#added)) if (n !== 0) this.#count.run(n, name);
    this.#setMeta.run('projected', String(seq));
  }

  /** The last row that is in. */
  projected(): number {
    return Number(this.#getMeta.get('projected')?.value ?? 0);
  }

  /** The rows end before the lines: notes how far those reached, which tells a log that was cut short. */
  startOver(): void {
    this.#setMeta.run('cut_from', String(this.projected()));
    this.clear();
  }

  /** Forgets the lines whose rows are all gone; part of the transaction that removes the rows. */
  forget(lineIds: readonly number[]): void {
    for (const id of lineIds) {
      const line = this.#database
        .prepare<[number], { asked: number; outcome: string | null }>(
          'SELECT asked, outcome FROM lines WHERE id = ?',
        )
        .get(id);
      if (line === undefined) continue;
      this.#database.prepare('DELETE FROM lines WHERE id = ?').run(id);
      this.#database.prepare('DELETE FROM search WHERE rowid = ?').run(id);
      this.#added.total -= 1;
      if (line.outcome !== null && STOPPED.has(line.outcome)) this.#added.stopped -= 1;
      this.#added.asked -= line.asked;
    }
  }

  /** Throws the lines away, to be made anew from the rows. */
  clear(): void {
    this.#database.exec(`DELETE FROM lines; DELETE FROM search; UPDATE counters SET n = 0`);
    this.begin();
    this.caughtUp(0);
  }

  #decided(
    seq: number,
    wallMicros: number,
    event: Extract<AuditEvent, { type: 'call.decided' }>,
  ): LineRecord | null {
    const { call } = event;
    const outcome: CallOutcome =
      event.decision === 'allowed' ? 'allowed' : event.decision === 'denied' ? 'refused' : 'waits';
    const line: LineRecord = {
      ...newLine(seq, wallMicros),
      call_id: call.id,
      outcome,
      client: call.client,
      agent: call.agent,
      app: call.app,
      session: call.session,
      turn: call.turn,
      module: call.module,
      action: `${call.module}.${call.action}`,
      risk: event.risk,
      rule: ruleOf(event),
      summary: call.summary,
      reason: event.reason,
      trace: traceText(ticksOf(event)),
      scope: event.grant === null ? null : 'session',
    };
    return this.#add(line, gateNumber(event.gate));
  }

  #resolved(seq: number, event: Extract<AuditEvent, { type: 'approval.resolved' }>): LineRecord | null {
    const known = this.#byCall.get(event.callId);
    if (known === undefined || known.outcome !== 'waits') return null;
    const person = event.by === 'person';
    const gate = event.gate === null ? null : gateNumber(event.gate);
    const ticks = readTrace(known.trace)?.map((tick, index) =>
      laterTick(tick, index, event.outcome, person, gate),
    );
    const line: LineRecord = {
      ...known,
      last_seq: seq,
      outcome: event.outcome,
      by_person: person ? 1 : 0,
      reason: event.reason ?? known.reason,
      trace: ticks === undefined ? null : traceText(ticks),
      scope: event.scope,
    };
    const { id, last_seq, outcome, by_person, reason, trace, scope } = line;
    this.#resolve.run(last_seq, outcome, by_person, reason, trace, scope, gate ?? 4, id);
    if (STOPPED.has(event.outcome)) this.#added.stopped += 1;
    return line;
  }

  #completed(seq: number, event: Extract<AuditEvent, { type: 'call.completed' }>): LineRecord | null {
    const known = this.#byCall.get(event.callId);
    if (known === undefined || known.success !== null) return null;
    const success = event.success ? 1 : 0;
    this.#complete.run(seq, success, event.durationMs, known.id);
    return { ...known, last_seq: seq, success, duration: event.durationMs };
  }

  /** Puts a new line down; null when its call has one already. */
  #add(line: LineRecord, gate: number | null): LineRecord | null {
    const asked = line.outcome === 'waits';
    const { changes } = this.#insert.run(
      line.id,
      line.last_seq,
      line.call_id,
      line.at,
      line.outcome,
      line.client,
      line.agent,
      line.app,
      basename(line.app) || line.app,
      line.session,
      line.turn,
      line.module,
      line.action,
      gate,
      line.risk,
      line.rule,
      line.summary,
      line.reason,
      line.trace,
      line.scope,
      line.alarm,
      asked ? 1 : 0,
    );
    if (changes === 0) return null;
    this.#index.run(line.id, [line.summary, line.reason, line.client, line.app, line.action].join('\n'));
    this.#added.total += 1;
    if (line.outcome !== null && STOPPED.has(line.outcome)) this.#added.stopped += 1;
    if (asked) this.#added.asked += 1;
    return line;
  }
}

/** The line of a row about which nothing is known yet. */
function newLine(seq: number, wallMicros: number): LineRecord {
  return {
    id: seq,
    last_seq: seq,
    call_id: null,
    at: wallMicros,
    outcome: null,
    by_person: 0,
    client: '',
    agent: '',
    app: '',
    session: '',
    turn: null,
    module: '',
    action: '',
    risk: null,
    rule: null,
    summary: '',
    reason: '',
    trace: null,
    scope: null,
    success: null,
    duration: null,
    alarm: 0,
  };
}

function ticksOf({ trace, behavior, decision }: Extract<AuditEvent, { type: 'call.decided' }>): LineGate[] {
  const rules = behavior === undefined ? null : behaviorTick(behavior, decision);
  return [...trace.map(firstTick), ...(rules === null ? [] : [rules])];
}

/** What decided. A behaviour rule goes by its id, which a person knows, and its place. */
function ruleOf({ rule, gate, behavior }: Extract<AuditEvent, { type: 'call.decided' }>): string | null {
  if (gate !== 'behavior') return rule;
  const blocks = behavior?.find(({ action, state }) => action === 'block' && state === 'fired');
  return blocks === undefined ? rule : `${blocks.rule} at ${blocks.at.split(' at ').at(-1) ?? ''}`;
}

/** `gate4_policy` → 4; null for what is no gate. */
function gateNumber(code: string): number | null {
  const digit = /^gate([0-6])_/.exec(code)?.[1];
  return digit === undefined ? null : Number(digit);
}
