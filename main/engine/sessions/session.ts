/** One run of one agent program, bound to the process that was observed when it first spoke. */
import type { Peer } from '../../platform/peer.ts';
import type { Enforcement } from '../../policy/conditions/subject.ts';

/** What became of a call within its session; kept so that its result is accepted once, and only if it was let through. */
export type CallState = 'deciding' | 'released' | 'stopped' | 'completed';

export interface CallRecord {
  readonly callId: string;
  readonly releasedMonotonicMs: number | null;
  readonly state: CallState;
  /** Names what was let through, so that the same call is known again on a second way; null for other calls. */
  readonly content: string | null;
  /** What spoke against it when it was let through. */
  readonly concern: string | null;
  /** It was released on a second way, which tells its result. */
  readonly taken: boolean;
}

/** What is kept of each call that is over: that it is. Sessions go on for days, and their calls are many. */
export const COMPLETED: CallRecord = over('completed');
export const STOPPED: CallRecord = over('stopped');

function over(state: CallState): CallRecord {
  const nothing = { callId: '', releasedMonotonicMs: null, content: null, concern: null, taken: false };
  return Object.freeze({ ...nothing, state });
}

export interface Session {
  readonly id: string;
  /** Names the client, its own id and the process behind it: the same after a restart of the supervisor. */
  readonly key: string;
  readonly client: string;
  /** The client's own id, a label. */
  readonly claimedId: string;
  /** Canonical project root, fixed at the start. */
  readonly app: string;
  /** The root came from the observed process; otherwise it is what the client says. */
  readonly appObserved: boolean;
  readonly peer: Peer;
  /** Id of the token that holds it; null for a session that is bound to its process. */
  readonly holder: string | null;
  readonly policyHash: string | null;
  readonly startedWallMicros: number;
  readonly startedMonotonicMs: number;
  lastSeenWallMicros: number;
  lastSeenMonotonicMs: number;
  turn: number;
  /** First words of the person's first prompt; in memory only. */
  title: string | null;
  ended: boolean;
  /** By the client's own call id; the oldest finished ones are dropped beyond a bound. */
  readonly calls: Map<string, CallRecord>;
}

/** How a session is enforced by the kernel; `none` where no sandbox was seen. */
export function enforcementOf(session: Pick<Session, 'peer'>): Enforcement {
  return session.peer.sandbox?.level ?? 'none';
}
