/**
 * One request that a person must answer, as a state machine.
 *
 * pending ends in exactly one of allowed, denied (by a person), expired, cancelled (the agent gave up) or
 * refused (by a gate, asked again at release). There is no way back and no second end.
 */
import type { Peer } from '../../platform/peer.ts';
import type { Decision, GateCode } from '../decision.ts';
import type { ToolCall } from '../tool-call.ts';

export type AnswerVia = 'page' | 'window' | 'terminal' | 'notification';
export type AnswerScope = 'once' | 'session';

export type ApprovalEnd =
  | {
      readonly state: 'allowed';
      readonly by: 'person';
      readonly via: AnswerVia;
      readonly scope: AnswerScope;
      readonly grant: string | null;
    }
  | { readonly state: 'allowed'; readonly by: 'grant'; readonly grant: string }
  | { readonly state: 'denied'; readonly via: AnswerVia; readonly reason: string | null }
  | { readonly state: 'expired'; readonly why: 'time' | 'restart' }
  | { readonly state: 'cancelled'; readonly why: string }
  | { readonly state: 'refused'; readonly gate: GateCode; readonly reason: string };

export interface Approval {
  readonly id: string;
  readonly call: ToolCall;
  readonly decision: Decision;
  readonly fingerprint: string;
  readonly peer: Peer;
  readonly createdWallMicros: number;
  readonly createdMonotonicMs: number;
  readonly expiresMonotonicMs: number;
  /** Null while it waits. */
  readonly end: ApprovalEnd | null;
  /** Wall time of the end. */
  readonly endedWallMicros: number | null;
}

/** A person's answer to one request. */
export type PersonAnswer =
  | { readonly kind: 'allow'; readonly scope: AnswerScope; readonly via: AnswerVia }
  | { readonly kind: 'deny'; readonly reason: string | null; readonly via: AnswerVia };
