/**
 * One request that a person must answer, as a state machine.
 *
 * pending ends in exactly one of allowed, denied (by a person), expired, cancelled (the agent gave up) or
 * refused (by a gate, asked again at release). There is no way back and no second end.
 */
import type { Peer } from '../../platform/peer.ts';
import type { Decision, GateCode } from '../decision.ts';
import type { ToolCall } from '../tool-call.ts';

/** `api`: a supervising program answered, with a token that may decide. */
export type AnswerVia = 'page' | 'window' | 'terminal' | 'notification' | 'tray' | 'api';
export type AnswerScope = 'once' | 'session';

export type ApprovalEnd =
  | {
      readonly state: 'allowed';
      readonly by: 'person' | 'program';
      readonly via: AnswerVia;
      readonly scope: AnswerScope;
      readonly grant: string | null;
      /** With `program`: the name of its token. */
      readonly token?: string;
    }
  | { readonly state: 'allowed'; readonly by: 'grant'; readonly grant: string }
  | {
      readonly state: 'denied';
      readonly via: AnswerVia;
      readonly reason: string | null;
      readonly token?: string;
    }
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

/** A person's answer to one request, or that of a program they let decide: then `via` is `api` and `token` names it. */
export type PersonAnswer = (
  | { readonly kind: 'allow'; readonly scope: AnswerScope; readonly via: AnswerVia }
  | { readonly kind: 'deny'; readonly reason: string | null; readonly via: AnswerVia }
) & { readonly token?: string };
