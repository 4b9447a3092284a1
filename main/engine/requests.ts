/** What an enforcement point asks of the engine, and what it is answered. The points depend on this file only. */
import type { JsonObject } from '../platform/canonical-json.ts';
import type { Peer } from '../platform/peer.ts';
import type { Confinement } from '../policy/conditions/subject.ts';
import type { Said } from './behavior/behaviors.ts';
import type { Caller, Point } from './tool-call.ts';

/** The claimed id of a session that no hook told of: all connections of one process share it. */
export const UNHOOKED_SESSION = 'unhooked';

/** Names one session from outside: the client, the id it claims, and the process that was observed. */
export interface SessionClaim {
  /** `claude-code`, … */
  readonly client: string;
  /** The client's own session id: a label, bound to the observed process at first sight. */
  readonly claimedSession: string;
  readonly peer: Peer;
  /** Working directory as the client tells it; used only where the system does not tell. */
  readonly claimedCwd: string;
  /**
   * Set where a point knows its client by a token: the session is held by the token, whichever process shows it,
   * and belongs to the project that the person made the token for.
   */
  readonly held?: HeldBy;
}

export interface HeldBy {
  /** The token's id. */
  readonly token: string;
  /** Canonical root of the project. */
  readonly app: string;
}

export interface AuthorizeInput extends SessionClaim {
  /** The client's own id of this call (Claude's `tool_use_id`). */
  readonly claimedCallId: string;
  /** `main`, or the subagent's name. */
  readonly agent: string;
  /** The client's own tool name. */
  readonly toolName: string;
  /** Canonical, see the catalog. */
  readonly module: string;
  readonly action: string;
  readonly params: JsonObject;
  readonly caller: Caller;
  readonly point: Point;
  /** Longest time the client will wait, milliseconds; the answer comes before it. */
  readonly patienceMs: number;
  /** The client's own permission mode as it tells it, for example `plan` or `bypassPermissions`: a label. */
  readonly permissionMode?: string | null;
  /** With a point of ours that knows it: why the call is let through where no rule says anything; see `ToolCall`. */
  readonly standing?: string | null;
  /** With a point of ours that carries the call out itself: the level of its sandbox; see `ToolCall`. */
  readonly confined?: Confinement | null;
  /** With a hook and the tool of a server: the client reaches the registered server of that name; see `ToolCall`. */
  readonly routed?: boolean;
  /** The client runs a call with other parameters than it asked for, when it is told to; left out: no. */
  readonly rewrites?: boolean;
}

/** How a call ended. `kind` is what the agent is answered; `outcome` is what happened. */
export interface Verdict {
  readonly kind: 'allow' | 'deny';
  readonly outcome: 'allowed' | 'denied' | 'refused' | 'expired' | 'cancelled';
  /** For the agent: why, and what it can do. Never says that a person denied what nobody answered. */
  readonly message: string;
  readonly callId: string;
  readonly retryAfterMs: number | null;
  /** With `allow`: who may decide said yes to this call, or to such calls before; left out: nobody was asked. */
  readonly answered?: true;
  /** With `allow`: what behaviour rules tell the agent about the call. Several lines each. */
  readonly notices?: readonly string[];
  /** With an allow: run it with these parameters and no others. Left out: with those that were asked about. */
  readonly params?: JsonObject;
}

export interface CompleteInput extends SessionClaim {
  readonly claimedCallId: string;
  readonly success: boolean;
  /** The result or error as the client told it. */
  readonly result: string;
  readonly durationMs: number | null;
  readonly source: 'claimed' | 'observed';
}

/** How a call that was let through would be decided now: let through, asked about, or refused. */
export type Standing = 'yes' | 'asks' | 'no';

/** `recorded` once; `repeated` and `unmatched` are written to the log as security events and change nothing. */
export type CompleteOutcome = 'recorded' | 'repeated' | 'unmatched';

/** The engine as an enforcement point sees it. Every method rejects only with a GatehouseError. */
export interface EnginePort {
  /**
   * Decides a call; waits for a person when the policy says so. Aborting the signal cancels the request for ever.
   *
   * @param onWaiting told the request's id once it waits for a person
   */
  authorize(input: AuthorizeInput, signal: AbortSignal, onWaiting?: (id: string) => void): Promise<Verdict>;
  /**
   * Whether something that goes on, such as a connection, would still be let through. Nothing is written down, counted
   * or asked. Rates and behaviour rules are about what begins, and do not end it.
   *
   * @param rules  `asked`: it is about something that would begin, and behaviour rules count
   */
  stands(input: AuthorizeInput, rules?: 'left_out' | 'asked'): Standing;
  complete(input: CompleteInput): Promise<CompleteOutcome>;
  startSession(claim: SessionClaim): Promise<void>;
  endSession(claim: SessionClaim, reason: string): Promise<void>;
  /** The session that the hooks of the process behind a connection told of, as a claim in it; null without one. */
  claimOf(peer: Peer): SessionClaim | null;
  /** The person sent a prompt: a new turn begins. */
  startTurn(claim: SessionClaim, prompt: string): Promise<void>;
  /** The agent says something; behaviour rules on text are asked when its message is whole. */
  hear(claim: SessionClaim, said: Said): Promise<void>;
  /**
   * What behaviour rules have for an agent since it was last told, each once. With `urgentOnly` reminders stay.
   *
   * @param agent `main`, or the subagent's name
   */
  takeTexts(claim: SessionClaim, agent: string, urgentOnly?: boolean): readonly string[];
}
