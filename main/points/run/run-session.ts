/**
 * A running sandbox, as other enforcement points see it, and what serves the connections that are made inside it.
 *
 * Inside there is one loopback address and nothing else. A connection to one of its ports is accepted by the
 * launcher, outside, and comes in here with the session it belongs to: no token exists in the sandbox.
 */
import type { Duplex } from 'node:stream';
import type { SessionClaim } from '../../engine/requests.ts';
import type { Peer } from '../../platform/peer.ts';
import type { SandboxPolicy } from '../../policy/sandbox-policy.ts';
import type { InsideKind, Level } from '../../sandbox/launch-plan.ts';

export interface RunSession {
  /** `run_…` */
  readonly id: string;
  /** Speaks in the engine's session of this sandbox; its peer is the command, with `sandbox` set. */
  readonly claim: SessionClaim;
  readonly peer: Peer;
  /** Canonical root of the project. */
  readonly app: string;
  /** What is really enforced; null for less than `standard`. */
  readonly level: Level | null;
  /** The section of the policy that it was started under; null when the policy has none. */
  readonly policy: SandboxPolicy | null;
  /** The caller named a policy file for it, which narrows `policy`. */
  readonly narrowed: boolean;
  /** Our id of the engine's session. */
  readonly engineSession: string;
  /** Places that need no question where no list is written, and why: left out, the agent's model is there. */
  readonly endpoints: readonly { readonly host: string; readonly port: number; readonly why?: string }[];
  /** Aborts when the sandbox ends, before its sessions do. */
  readonly ended: AbortSignal;
}

/**
 * Serves one connection from inside; owns the socket from then on. Either side may end alone. When the sandbox
 * goes, the socket ends too.
 */
export type InsideHandler = (session: RunSession, kind: InsideKind, socket: Duplex) => void;

/** The ports on 127.0.0.1 inside. Nothing else can listen there before the command starts. */
export const INSIDE_PORTS: Readonly<Record<InsideKind, number>> = {
  'agent-door': 7842,
  'http-proxy': 3128,
  socks5: 1080,
};
