/** What a row of the log is for those who follow a project or a session from outside: its kind, and whether it went well. */
import type { AuditEvent } from './event.ts';

/** The kinds of events that a stream carries. Rows that belong to no session have none. */
export const STREAM_TYPES = [
  'session_started',
  'session_ended',
  'turn_started',
  'call_allowed',
  'call_denied',
  'approval_pending',
  'approval_resolved',
  'auto_denied',
  'call_completed',
  'behavior_fired',
  'grant_changed',
  'security',
] as const;

export type StreamType = (typeof STREAM_TYPES)[number];

export interface StreamFacts {
  readonly type: StreamType;
  readonly session: string;
  /** The call it is about; null when it is about none. */
  readonly call: string | null;
  /** Let through, or ran well; null where that is no question. */
  readonly success: boolean | null;
}

/** Null for a row that belongs to no session. */
export function streamFacts(event: AuditEvent): StreamFacts | null {
  switch (event.type) {
    case 'session.started':
      return { type: 'session_started', session: event.session, call: null, success: null };
    case 'session.ended':
      return { type: 'session_ended', session: event.session, call: null, success: null };
    case 'turn.started':
      return { type: 'turn_started', session: event.session, call: null, success: null };
    case 'call.decided': {
      const { session, id: call } = event.call;
      if (event.decision === 'approval_required')
        return { type: 'approval_pending', session, call, success: null };
      const success = event.decision === 'allowed';
      return { type: success ? 'call_allowed' : 'call_denied', session, call, success };
    }
    case 'approval.resolved': {
      const type = event.outcome === 'expired' ? 'auto_denied' : 'approval_resolved';
      return { type, session: event.session, call: event.callId, success: event.outcome === 'allowed' };
    }
    case 'call.completed':
      return {
        type: 'call_completed',
        session: event.session,
        call: event.callId,
        success: event.success,
      };
    case 'behavior.fired':
      return { type: 'behavior_fired', session: event.session, call: null, success: null };
    case 'grant.changed':
      return { type: 'grant_changed', session: event.session, call: event.callId, success: null };
    case 'security':
      return event.session === null
        ? null
        : { type: 'security', session: event.session, call: null, success: null };
    default:
      return null;
  }
}
