/**
 * One request that a person must answer, as a state machine.
 *
 * pending ends in exactly one of allowed, denied (by a person), expired, cancelled (the agent gave up) or
 * refused (by a gate, asked again at release). There is no way back and no second end.
 */
import type { Peer } from '../../platform/peer.ts';
import type { Decision, GateCode } from '../decision.ts';
import type { RunFile } from '../run-files.ts';
import type { ToolCall } from '../tool-call.ts';

/** `api`: a supervising program answered, with a token that may decide. */
export type AnswerVia = 'page' | 'window' | 'terminal' | 'notification' | 'tray' | 'api';
export type AnswerScope = 'once' | 'session' | 'project' | 'always';

/** Which of the choices that a person was shown is to be remembered. */
export interface RememberWish {
  readonly choice: 'exact' | 'kind' | 'here' | 'tool';
  /** Names the shape that was shown; null: as it is now. */
  readonly digest: string | null;
  /** Milliseconds; null: until it is taken back, or the session ends. */
  readonly forMs: number | null;
}

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
  /** What it would run, as it was when the question began; left out when it runs no file. */
  readonly files?: readonly RunFile[];
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
  | {
      readonly kind: 'allow';
      readonly scope: AnswerScope;
      /** With any scope but `once`; left out: this exact call. */
      readonly remember?: RememberWish;
      readonly via: AnswerVia;
    }
  | { readonly kind: 'deny'; readonly reason: string | null; readonly via: AnswerVia }
) & { readonly token?: string };
