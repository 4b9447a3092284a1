/** Past calls as the log has them, newest first, and which of them can be decided anew. */
import { createHash } from 'node:crypto';
import type { AuditEvent } from '../../audit/event.ts';
import type { Caller, Point, ToolCall } from '../../engine/tool-call.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Confinement } from '../../policy/conditions/subject.ts';
import type { Database } from '../../store/database.ts';

export type Decided = Extract<AuditEvent, { type: 'call.decided' }>;
export type Kind = 'allow' | 'deny' | 'approve';

export interface PastCall {
  readonly seq: number;
  /** Microseconds since 1970. */
  readonly at: number;
  /** How it ended: `allowed`, `denied`, … */
  readonly outcome: string | null;
  readonly event: Decided;
}

/**
 * Calls since a moment, newest first.
 *
 * @param action canonical `module.action`; null: all
 */
export function* pastCalls(
  database: Database,
  sinceMs: number,
  most: number,
  action: string | null = null,
): Generator<PastCall> {
  const rows = database
    .prepare<(string | number)[], { id: number; at: number; outcome: string | null; event: string }>(
      `SELECT lines.id, lines.at, lines.outcome, rows.event FROM lines JOIN rows ON rows.seq = lines.id
       WHERE lines.call_id IS NOT NULL AND lines.at >= ? ${action === null ? '' : 'AND lines.action = ?'}
       ORDER BY lines.id DESC LIMIT ?`,
    )
    .iterate(sinceMs * 1000, ...(action === null ? [] : [action]), most);
  for (const { id, at, outcome, event: text } of rows) {
    const event = JSON.parse(text) as AuditEvent;
    if (event.type === 'call.decided') yield { seq: id, at, outcome, event };
  }
}

/** Whether the log has every byte of the parameters: nothing was redacted or cut. */
export function isWhole({ call }: Decided): boolean {
  try {
    return createHash('sha256').update(canonicalJson(call.params)).digest('hex') === call.paramsDigest;
  } catch {
    return false;
  }
}

/** The call as it was made. */
export function callOfRow({ call }: Decided): ToolCall {
  const { confined, ...rest } = call;
  return {
    ...rest,
    caller: call.caller as Caller,
    point: call.point as Point,
    ...(confined === undefined ? {} : { confined: confined as Confinement }),
  };
}

/** What the policy said of it then, whatever a pause, monitor mode or a remembered answer made of that. */
export function saidThen(event: Decided): Kind {
  const paused = event.trace.find(({ note }) => note?.startsWith('paused; ') === true)?.note;
  if (event.observed !== undefined) return event.observed === 'denied' ? 'deny' : 'approve';
  if (paused !== undefined && paused !== null) return paused.endsWith('refused') ? 'deny' : 'approve';
  if (event.grant !== null) return 'approve';
  return event.decision === 'allowed' ? 'allow' : event.decision === 'denied' ? 'deny' : 'approve';
}

/** Why what was decided then cannot be compared with what the policy says alone; null when it can. */
export function whyNot(event: Decided): string | null {
  if (!isWhole(event))
    return 'The log does not hold all of their parameters: secrets were taken out, or long text cut.';
  if (event.gate === 'gate6_rate_limit')
    return 'They were refused for their rate, which depends on the moment.';
  if (event.gate === 'gate0_inactive') return 'Nothing was allowed at the time, whatever the policy said.';
  if (event.gate === 'behavior' || event.behavior !== undefined) return BEHAVIOR;
  if (event.trace.some(({ note }) => note === 'looks closely'))
    return 'A tool of a server was new or had changed, which was asked about whatever the policy said.';
  return null;
}

/** Why a call is left out that behaviour rules have a say in. */
export const BEHAVIOR = 'Behaviour rules had a say, which depends on what the session had done before.';
