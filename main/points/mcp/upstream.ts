/** The connection to an MCP server, whatever carries it. */
import type { RpcMessage } from './json-rpc.ts';

export interface UpstreamEvents {
  message(message: unknown): void;
  /** The server has gone or does not answer; called once, unless it was closed by us. */
  gone(why: string): void;
  /** A line that the server wrote for people. */
  note(line: string): void;
}

export interface Upstream {
  /** Sends one message. A message that cannot be sent means that the server is gone, which is told as such. */
  send(message: RpcMessage): void;
  /** Tells which version of the protocol initialize agreed on. */
  agreed(version: string): void;
  /** Ends the server or the connection to it. Resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** Starts one connection. Rejects with a GatehouseError when that cannot be done. */
export type ConnectUpstream = (events: UpstreamEvents) => Promise<Upstream>;

/** Which connections to a server are ended, and when. Gateway.restart says what each means. */
export type Restart = 'any' | 'running' | 'idle';
