/** What comes in at a door and what goes out: the vocabulary of this folder. */
import type { Duplex } from 'node:stream';
import type { DoorAnswer, DoorKind, PipeKind, RequestKind } from '../../platform/framing.ts';
import type { Peer } from '../../platform/peer.ts';
import { agentText } from '../hooks/agent-text.ts';

export type { DoorAnswer, DoorKind };

/** One request, whole. */
export interface DoorRequest {
  readonly kind: RequestKind;
  /** The agent that the hook program's command line names; null for a command. A label, proof of nothing. */
  readonly agent: string | null;
  /** For a hook exactly what the agent wrote to it; for a command JSON `{"argv":[…],"cwd":"…"}`. */
  readonly body: Buffer;
  readonly peer: Peer;
  /** Aborts when the client goes away, the door closes, or the time for a request is over. */
  readonly signal: AbortSignal;
  /** Asks the person at the client's terminal, without echo. Null when there is none, or they gave nothing. */
  ask(prompt: string): Promise<string | null>;
}

/**
 * Answers a request. A rejection becomes exit code 2 and one line: a GatehouseError's own words, or that the
 * supervisor failed.
 */
export type DoorHandler = (request: DoorRequest) => Promise<DoorAnswer>;

/** Someone who wants a pipe. It waits, with signs of life, until one of the two is called. */
export interface DoorPipe {
  readonly kind: PipeKind;
  /** For an MCP server a valid name (see isServerName), otherwise as in the header. A label, proof of nothing. */
  readonly name: string;
  readonly peer: Peer;
  /** Aborts when the client goes away, the door closes, or it waited too long; and when the stream has closed. */
  readonly signal: AbortSignal;
  /**
   * Lets it in and hands its bytes over, from the first one on. Either side of the stream may end alone; it is
   * closed when both have ended. Its errors are those of a client that vanished.
   *
   * @throws GatehouseError `pipe_settled` when it has gone, was refused or accepted
   */
  accept(): Duplex;
  /** Sends it away with a line on its stderr and an exit code; nothing happens when it is settled already. */
  refuse(answer: DoorAnswer): void;
}

export interface DoorLimits {
  /** Requests under way; more are refused with a line. Twice as many connections are let in at all. Default 256. */
  readonly maxRequests: number;
  /** Pipes that wait or are open, besides the requests; more are refused with a line. Default 64. */
  readonly maxPipes: number;
  /** Pipes of sandboxes: their control and what is connected inside. Default 1024. */
  readonly maxInside: number;
  /** Default 8 MiB. A longer call is refused with a line. */
  readonly maxBodyBytes: number;
  /** Of all bodies that are coming in. Default 64 MiB. */
  readonly maxBufferedBytes: number;
  /** From the connection to the end of the first line. Default 5 s. */
  readonly headerMs: number;
  /** Between two pieces of a body. Default 30 s. */
  readonly idleMs: number;
  /** From the connection to the end of the body. Default 2 minutes. */
  readonly bodyMs: number;
  /** From the end of the body to the answer, and for a pipe to be accepted. Default 2 hours. */
  readonly totalMs: number;
  /** Default 1 s; a client gives up after 10 s of silence. */
  readonly heartbeatMs: number;
  /** For the client to take its answer and hang up. Default 10 s. */
  readonly lingerMs: number;
}

export const DEFAULT_LIMITS: DoorLimits = {
  maxRequests: 256,
  maxPipes: 64,
  maxInside: 1024,
  maxBodyBytes: 8 * 1024 * 1024,
  maxBufferedBytes: 64 * 1024 * 1024,
  headerMs: 5000,
  idleMs: 30_000,
  bodyMs: 120_000,
  totalMs: 2 * 3600 * 1000,
  heartbeatMs: 1000,
  lingerMs: 10_000,
};

/** Something at a door that no well-behaved client does. */
export type SecurityEventName =
  | 'foreign_user'
  | 'wrong_door'
  | 'not_our_protocol'
  | 'oversize_call'
  | 'too_many_requests';

/** What a connection needs of its door. */
export interface DoorHouse {
  /** The kind of request that this door takes. */
  readonly takes: RequestKind;
  readonly limits: DoorLimits;
  readonly handler: DoorHandler;
  /** Null where nobody takes pipes. */
  readonly onPipe: ((pipe: DoorPipe) => void) | null;
  /** Whether one more pipe of this kind may wait now. */
  admitPipe(kind: PipeKind): boolean;
  /** Whether one more request may begin now; counts it when it may. */
  admit(): boolean;
  /** Bytes of bodies that are coming in, over all connections. */
  buffered(): number;
  report(what: SecurityEventName, detail: string, peer: Peer | null): void;
  /** A defect of ours: thrown by a handler and no GatehouseError. */
  defect(error: unknown): void;
}

const BLOCK_EXIT = 2;
const WHAT: Readonly<Record<DoorKind, string>> = {
  hook: 'this call was not run',
  command: 'the command was not run',
  mcp: 'the MCP server was not connected',
  run: 'the command was not run',
  inside: 'the connection was not made',
};

/** The answer that blocks: exit code 2 and one line. */
export function refusal(kind: DoorKind, why: string, hint: string | null = null): DoorAnswer {
  const line = `gatehouse: ${WHAT[kind]}: ${why}${hint === null ? '' : `; hint: ${hint}`}`;
  return { exit: BLOCK_EXIT, stdout: '', stderr: `${agentText(line, 2000)}\n` };
}
