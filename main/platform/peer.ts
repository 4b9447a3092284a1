/**
 * Who is at the other end of a connection, as far as the kernel tells.
 *
 * What a peer says about itself never lands here: `claimed` peers carry only what could be read from the
 * system about a process id the peer named, and are shown as such.
 */

/** What the system tells of one process. Null where it does not tell (another user's process, no /proc). */
export interface ProcessFacts {
  readonly pid: number;
  /** Start time in clock ticks since boot: with the pid it names one process for ever. */
  readonly startTime: string | null;
  readonly name: string;
  readonly executable: string | null;
  /** Hex SHA-256 of the executable file. */
  readonly digest: string | null;
  readonly cwd: string | null;
}

/** The sandbox a peer runs in, as the supervisor itself saw it enforced. */
export interface PeerSandbox {
  /** Ours, unique for ever: `run_…`. */
  readonly run: string;
  /** The highest level all of which is enforced; null for less than `standard`. */
  readonly level: 'standard' | 'strict' | 'maximum' | null;
  /** What the level asked for has and this sandbox has not, in words. */
  readonly lacking: readonly string[];
}

export interface Peer {
  /** `kernel`: from SO_PEERCRED or its like. `claimed`: the addon is missing, the peer named its own pid. */
  readonly source: 'kernel' | 'claimed';
  readonly pid: number | null;
  readonly uid: number | null;
  /** The connecting process: the hook program. */
  readonly process: ProcessFacts | null;
  /** The agent program: the nearest ancestor that is neither the hook program nor a shell run only to start it. */
  readonly requester: ProcessFacts | null;
  /** From the connecting process's parent upwards, nearest first, at most 16. */
  readonly ancestry: readonly ProcessFacts[];
  /** Controlling terminal, for example `pts/3`; null without one or when not known. */
  readonly terminal: string | null;
  /** Set for what came in through the control connection of a sandbox, and for nothing else. */
  readonly sandbox?: PeerSandbox;
}
