/** A tool call in the one form the engine knows, whichever agent sent it and by whichever way. */
import type { JsonObject } from '../platform/canonical-json.ts';
import type { Confinement } from '../policy/conditions/subject.ts';

/** Who makes the call. Everything that arrives through an enforcement point is `llm`; the others are set by the supervisor only. */
export type Caller = 'llm' | 'setup' | 'hook' | 'channel' | 'internal';

/** The enforcement point a call came in through. `test` is the person's own test request. */
export type Point = 'hook' | 'mcp' | 'egress' | 'run' | 'api' | 'test';

export interface ToolCall {
  /** Ours, unique for ever. */
  readonly id: string;
  /** The canonical project root of the session, an absolute path. */
  readonly app: string;
  /** The agent inside the session: `main`, or a subagent's name. */
  readonly agent: string;
  /** The client program: `claude-code`, `codex`, … */
  readonly client: string;
  /** Our session id, not the one the agent claims. */
  readonly session: string;
  /** Number of the person's prompt within the session, 0 before the first. */
  readonly turn: number;
  /** Canonical module name: lower case, for example `shell`, `filesystem`, `mcp_github`. */
  readonly module: string;
  /** Canonical action name: lower case, for example `bash`, `read`. */
  readonly action: string;
  readonly params: JsonObject;
  /** Working directory of the call, absolute. */
  readonly cwd: string;
  readonly caller: Caller;
  readonly point: Point;
  /** The client's own tool name, for display. */
  readonly toolName: string;
  /**
   * Set by the egress point, never from input: why a connection belongs to what the person started, for example
   * that the agent's model is there. It stands in for the permission, and for a yes that no rule asks for.
   */
  readonly standing?: string | null;
  /**
   * Set by a point of ours that carries the call out itself, never from input: the level of the sandbox in which it
   * does, as the kernel enforces it. It counts for this call only, whatever the process that asks is confined by.
   */
  readonly confined?: Confinement;
  /**
   * Set for a hook's call, never from input: whether the client's own files lead to the registered server of that name.
   * Otherwise a project may have put one of its own there, which nobody knows. Left out by points that see the server.
   */
  readonly routed?: boolean;
}

/** The risk of an action as the catalog tells it; `unknown` is refused by gate 2 like anything above the cap. */
export type RiskLevel = 'low' | 'medium' | 'high' | 'unknown';
