/**
 * What a hook program asks through the agent door and what it prints: the vocabulary of this folder.
 *
 * The same shapes as the door's own, told structurally, so that the adapters depend on no transport.
 */
import type { AuditEvent } from '../../audit/event.ts';
import type { EnginePort, SessionClaim } from '../../engine/requests.ts';
import type { JsonValue } from '../../platform/canonical-json.ts';
import type { Peer } from '../../platform/peer.ts';

export interface HookRequest {
  /** The agent named on the hook's command line; null when none was. */
  readonly agent: string | null;
  /** Exactly what the client wrote to the hook's stdin. */
  readonly body: Buffer;
  readonly peer: Peer;
  /** Aborts when the hook program goes away. */
  readonly signal: AbortSignal;
}

/** Exactly what the hook program prints and how it ends. */
export interface HookAnswer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The audit log, as far as hooks write to it themselves: input that never became a call. */
export interface HookLog {
  append(event: AuditEvent): Promise<unknown>;
}

export interface HookContext {
  readonly engine: EnginePort;
  readonly log: HookLog;
  /**
   * Why a settings file of the agent, as it is now, must not take effect in a running session; null when it may.
   * Where nobody can tell, no change takes effect.
   */
  readonly settingsProblem?: (file: string) => Promise<string | null>;
  /** Takes values that are known to be secret out of what a tool answered; the same value when there is none. */
  readonly redact?: (result: JsonValue) => JsonValue;
  /**
   * Names of the MCP servers that a client may have in a folder, as the person wrote them: some clients join a
   * server's name and a tool's in a way that only this takes apart. Left out: none are known.
   */
  readonly mcpServers?: (client: string, cwd: string) => Promise<readonly string[]>;
  /**
   * Whether the tools of a server's module are, to this client where it works, those of the registered server: all that
   * it may read there leads to our gateway. Left out: of none.
   */
  readonly isRouted?: (claim: SessionClaim, module: string) => Promise<boolean>;
  /** A well-formed message of this client came in. */
  readonly onSeen?: (client: string) => void;
}

/** One client's way of speaking. A later client is one more file and one more entry in the registry. */
export interface HookAdapter {
  /** As it stands on the hook's command line, for example `claude-code`. */
  readonly agent: string;
  /**
   * Answers one hook call.
   *
   * @throws GatehouseError when the call must be blocked with that error's line
   */
  answer(request: HookRequest, context: HookContext): Promise<HookAnswer>;
}

/** Exit code that every supported client takes for "do not go on". */
export const BLOCK_EXIT = 2;

/** The silent yes of an event that decides nothing. */
export const NOTHING_TO_SAY: HookAnswer = { exit: 0, stdout: '', stderr: '' };
