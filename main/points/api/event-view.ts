/** Rows of the log as the API tells them. */
import type { AuditEvent, StoredPeer } from '../../audit/event.ts';
import type { StreamQuery, StreamRow } from '../../audit/stream-query.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { appNameOf } from './apps.ts';
import type { EventView } from './event-schema.ts';

const RISKS = ['low', 'medium', 'high'] as const;

/** A query that narrows nothing. */
export const EVERYTHING: StreamQuery = {
  apps: null,
  session: null,
  types: null,
  sinceSeq: 0,
  upToSeq: null,
  sinceMicros: null,
  untilMicros: null,
  successOnly: false,
  limit: 500,
  offset: 0,
  newestFirst: false,
};

/** @param user  the person's account: every session is theirs */
export function eventView({ row, app, tool }: StreamRow, user: string): EventView {
  const { event } = row;
  const base = { seq: row.seq, ts: row.wallMicros, app_id: appNameOf(app).app_id };
  switch (event.type) {
    case 'session.started':
      return {
        type: 'session_started',
        ...base,
        session_id: event.session,
        client: event.client,
        enforcement: event.enforcement,
        peer: peerView(event.peer),
      };
    case 'session.ended':
      return { type: 'session_ended', ...base, session_id: event.session, reason: event.reason };
    case 'turn.started':
      return { type: 'turn_started', ...base, session_id: event.session, turn: event.turn };
    case 'call.decided':
      return decisionView(base, event, user);
    case 'approval.resolved':
      return {
        type: event.outcome === 'expired' ? 'auto_denied' : 'approval_resolved',
        ...base,
        session_id: event.session,
        call_id: event.callId,
        tool_name: tool,
        request_id: event.request ?? null,
        approved: event.outcome === 'allowed',
        outcome: event.outcome,
        by: event.by,
        via: event.via,
        token: event.token ?? null,
        reason: event.reason,
        waited_ms: event.waitedMs,
      };
    case 'call.completed':
      return {
        type: 'call_completed',
        ...base,
        session_id: event.session,
        call_id: event.callId,
        tool_name: tool,
        success: event.success,
        source: event.source,
        error: event.success ? null : event.preview,
        duration_ms: event.durationMs,
        result_sha256: event.resultDigest,
        result_bytes: event.resultBytes,
        behavior: [...(event.behavior ?? [])],
      };
    case 'behavior.fired':
      return { type: 'behavior_fired', ...base, session_id: event.session, firing: event.firing };
    case 'grant.changed':
      return {
        type: 'grant_changed',
        ...base,
        session_id: event.session,
        call_id: event.callId,
        grant_id: event.grant,
        change: event.change,
      };
    case 'security':
      return {
        type: 'security',
        ...base,
        session_id: event.session ?? '',
        what: event.what,
        detail: event.detail,
      };
    default:
      throw new GatehouseError('internal', `a row of type ${event.type} belongs to no stream`);
  }
}

function decisionView(
  base: { readonly seq: number; readonly ts: number; readonly app_id: string },
  event: Extract<AuditEvent, { type: 'call.decided' }>,
  user: string,
): EventView {
  const { call } = event;
  const common = {
    ...base,
    session_id: call.session,
    call_id: call.id,
    tool_name: call.action === '' ? call.module : `${call.module}.${call.action}`,
    agent_id: call.agent,
    user_id: user,
    module: call.module,
    action: call.action,
    risk_level: RISKS.find((risk) => risk === event.risk) ?? ('unknown' as const),
    params: { ...call.params },
    gate: event.gate,
    rule: event.rule,
    reason: event.reason,
    behavior: [...(event.behavior ?? [])],
    caller: call.caller,
    client: call.client,
    peer: event.peer === null ? null : peerView(event.peer),
  };
  switch (event.decision) {
    case 'allowed':
      return { type: 'call_allowed', ...common, decision: 'allowed' };
    case 'denied':
      return { type: 'call_denied', ...common, decision: 'denied' };
    case 'approval_required':
      return {
        type: 'approval_pending',
        ...common,
        decision: 'approval_required',
        request_id: event.request ?? null,
      };
  }
}

/** What identifies a process, without its ancestry. */
export function peerView(peer: StoredPeer): Extract<EventView, { type: 'session_started' }>['peer'] {
  const { source, pid, uid, executable } = peer;
  return { source, pid, uid, executable };
}
