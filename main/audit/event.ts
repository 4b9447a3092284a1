/**
 * What the audit log records: one typed, versioned payload per row.
 *
 * Payloads are plain JSON. Parameters are redacted and shortened before they get here (see redaction in the
 * engine); the log stores what it is given, chained and durable.
 */
import type { JsonObject } from '../platform/canonical-json.ts';
import type { ReviewEvent } from './review-event.ts';
import type { RuleChanged } from './rule-event.ts';
import type { SandboxEvent } from './sandbox-event.ts';

/** How a call ended, or that it has not yet. */
export type CallOutcome = 'waits' | 'allowed' | 'denied' | 'refused' | 'expired' | 'cancelled';

/** Gate trace as stored: state of gates 0 to 6 in order, with a short note each. */
export interface StoredGate {
  readonly state: 'passed' | 'allowed' | 'stopped' | 'asks' | 'not_asked';
  readonly note: string | null;
}

export interface StoredCall {
  readonly id: string;
  readonly app: string;
  readonly agent: string;
  readonly client: string;
  readonly session: string;
  readonly turn: number;
  readonly module: string;
  readonly action: string;
  readonly toolName: string;
  readonly params: JsonObject;
  /** SHA-256 of the exact canonical parameters, hex, also where `params` is shortened or redacted. */
  readonly paramsDigest: string;
  readonly cwd: string;
  readonly caller: string;
  readonly point: string;
  /** Level of the sandbox in which a point of ours carried it out; left out where none does. */
  readonly confined?: string;
  /** One line that says what the call is, for lists: the command, the path, the URL. */
  readonly summary: string;
}

/** A behaviour rule that fired, or that could not be asked because nobody tells what it asks about. */
export interface StoredFiring {
  /** Its id. */
  readonly rule: string;
  /** `path at file:line`. */
  readonly at: string;
  readonly when: 'pre_tool' | 'post_tool' | 'on_text';
  readonly action: 'block' | 'warn' | 'remind';
  readonly state: 'fired' | 'unavailable';
  /** What the agent is told, redacted; empty when it has not fired. */
  readonly message: string;
}

/** `what` of a security row that the doctor causes: a call that must be refused, and was. No alarm. */
export const ENFORCEMENT_PROBE = 'enforcement_probe';

/** The process at the other end, as far as it is known. `source` says how: from the kernel, or the client's own words. */
export interface StoredPeer {
  readonly source: 'kernel' | 'claimed';
  readonly pid: number | null;
  readonly uid: number | null;
  readonly executable: string | null;
  readonly digest: string | null;
  readonly ancestry: readonly { readonly pid: number; readonly name: string }[];
  readonly terminal: string | null;
  /** For what came from a sandbox: the level that is really in force, or `reduced`. */
  readonly sandbox?: string;
}

export type VaultChange =
  | 'made'
  | 'unlocked'
  | 'locked'
  | 'unlock_failed'
  | 'key_changed'
  | 'added'
  | 'replaced'
  | 'staged'
  | 'promoted'
  | 'discarded'
  | 'removed'
  | 'imported'
  | 'granted'
  | 'revoked'
  | 'lease_ended'
  | 'failed'
  | 'signed_in'
  | 'sign_in_ended';

export type AuditEvent =
  | {
      readonly type: 'supervisor.started';
      readonly v: 1;
      readonly version: string;
      readonly shell: 'headless' | 'electron' | 'private';
      readonly pid: number;
    }
  | { readonly type: 'supervisor.stopped'; readonly v: 1; readonly reason: string }
  | {
      readonly type: 'policy.loaded';
      readonly v: 1;
      /** `project`: a repository's own file; left out: the person's. */
      readonly layer?: 'project';
      readonly state: 'ok' | 'last_good' | 'none';
      readonly file: string;
      readonly hash: string | null;
      readonly errors: readonly string[];
    }
  | {
      readonly type: 'policy.trusted';
      readonly v: 1;
      readonly file: string;
      readonly hash: string;
      readonly change: 'trusted' | 'revoked';
      readonly via: 'page' | 'window' | 'terminal';
    }
  | {
      readonly type: 'session.started';
      readonly v: 1;
      readonly session: string;
      readonly client: string;
      readonly app: string;
      readonly claimedId: string;
      readonly peer: StoredPeer;
      readonly policyHash: string | null;
      readonly enforcement: string;
    }
  | { readonly type: 'session.ended'; readonly v: 1; readonly session: string; readonly reason: string }
  | {
      readonly type: 'turn.started';
      readonly v: 1;
      readonly session: string;
      readonly turn: number;
      readonly promptDigest: string;
      readonly promptBytes: number;
    }
  | {
      readonly type: 'call.decided';
      readonly v: 1;
      readonly call: StoredCall;
      readonly fingerprint: string;
      readonly decision: 'allowed' | 'denied' | 'approval_required';
      readonly gate: string;
      /** `path at file:line`, or null. */
      readonly rule: string | null;
      readonly reason: string;
      readonly risk: string;
      readonly trace: readonly StoredGate[];
      /** Behaviour rules that fired before the call; left out when none did. */
      readonly behavior?: readonly StoredFiring[];
      readonly policyHash: string | null;
      readonly peer: StoredPeer | null;
      /** Let through because the agent is observed: what would have been decided. */
      readonly observed?: 'denied' | 'approval_required';
      /** Set when the answer came from a remembered one. */
      readonly grant: string | null;
      /** With `approval_required`: the request that a person or program answers. */
      readonly request?: string;
    }
  | {
      readonly type: 'approval.resolved';
      readonly v: 1;
      readonly callId: string;
      readonly session: string;
      readonly outcome: Exclude<CallOutcome, 'waits'>;
      readonly by: 'person' | 'program' | 'time' | 'agent' | 'gate' | 'restart' | 'grant';
      /** Where the answer was given. */
      readonly via: 'page' | 'window' | 'terminal' | 'notification' | 'tray' | 'api' | null;
      /** With `program`: the name of the token it answered with. */
      readonly token?: string;
      readonly request?: string;
      readonly scope: 'once' | 'session' | 'project' | 'always' | null;
      readonly reason: string | null;
      readonly gate: string | null;
      readonly waitedMs: number;
    }
  | {
      readonly type: 'call.completed';
      readonly v: 1;
      readonly callId: string;
      readonly session: string;
      readonly success: boolean;
      /** `claimed`: told by a hook. `observed`: seen by our own worker or proxy. */
      readonly source: 'claimed' | 'observed';
      readonly durationMs: number | null;
      readonly resultDigest: string;
      readonly resultBytes: number;
      readonly preview: string;
      /** Behaviour rules that fired after the call; left out when none did. */
      readonly behavior?: readonly StoredFiring[];
    }
  | {
      /** A behaviour rule on what an agent said. */
      readonly type: 'behavior.fired';
      readonly v: 1;
      readonly session: string;
      readonly firing: StoredFiring;
    }
  | SandboxEvent
  | ReviewEvent
  | {
      readonly type: 'grant.changed';
      readonly v: 1;
      readonly grant: string;
      readonly change: 'made' | 'revoked' | 'ended';
      readonly session: string;
      readonly fingerprint: string;
      readonly callId: string;
    }
  | RuleChanged
  | {
      readonly type: 'mcp.changed';
      readonly v: 1;
      readonly server: string;
      readonly change:
        | 'registered'
        | 'removed'
        | 'tool_accepted'
        | 'program_accepted'
        /** A client's entry goes through us, or starts the server itself again. `detail`: the client and its file. */
        | 'routed'
        | 'put_back'
        /** The governed tools were put into a client's file, or taken out. `detail` as above. */
        | 'tools_on'
        | 'tools_off';
      readonly detail: string;
    }
  | {
      readonly type: 'agent.changed';
      readonly v: 1;
      readonly client: string;
      readonly change: 'connected' | 'disconnected' | 'broken' | 'repaired';
      readonly detail: string;
    }
  | {
      readonly type: 'api.changed';
      readonly v: 1;
      readonly change: 'on' | 'off' | 'token_made' | 'token_revoked';
      /** With a token: its id and name, what it may do, and for which project roots (null: all). */
      readonly token: string | null;
      readonly name: string;
      readonly scopes: readonly string[];
      readonly apps: readonly string[] | null;
      readonly via: string;
    }
  | {
      /** Something about the vault or a credential in it; never a value. */
      readonly type: 'vault.changed';
      readonly v: 1;
      readonly change: VaultChange;
      /** Name and scope; null where the whole vault is meant. */
      readonly credential: string | null;
      readonly scope: string | null;
      readonly detail: string;
      readonly via: string;
    }
  | {
      /** A value was decrypted for somebody. Durable before it is handed over. */
      readonly type: 'credential.used';
      readonly v: 1;
      readonly credential: string;
      readonly scope: string;
      readonly how: 'server' | 'revealed' | 'copied' | 'tested' | 'refreshed' | 'exported';
      readonly client: string;
      readonly app: string;
      readonly session: string;
      readonly detail: string;
    }
  | {
      /** A pause, or the stop of everything, began or ended. */
      readonly type: 'pause.changed';
      readonly v: 1;
      readonly change: 'began' | 'ended';
      readonly what: 'pause' | 'stop';
      /** The client that a pause is for; null for all. */
      readonly agent: string | null;
      /** With a pause: when it ends, or was to end, milliseconds since 1970. */
      readonly until: number | null;
      /** Where a person did it; null when time did. */
      readonly via: 'page' | 'window' | 'terminal' | 'tray' | null;
      /** With an end: what ended it. */
      readonly why: string;
    }
  | {
      readonly type: 'presence';
      readonly v: 1;
      readonly act: string;
      readonly ok: boolean;
      readonly via: string;
      readonly detail: string;
    }
  | {
      readonly type: 'security';
      readonly v: 1;
      readonly what: string;
      readonly detail: string;
      readonly peer: StoredPeer | null;
      readonly session: string | null;
    }
  | {
      readonly type: 'log.verified';
      readonly v: 1;
      readonly ok: boolean;
      readonly rows: number;
      readonly problem: string | null;
    }
  /** Rows were removed after their time; see pruned.ts. */
  | {
      readonly type: 'log.pruned';
      readonly v: 1;
      readonly id: string;
      readonly rows: number;
      readonly from: number;
      readonly to: number;
      /** Over the runs of removed rows. */
      readonly digest: string;
      readonly by: 'retention' | 'person';
    }
  /** The log is signed with a new first key from here on: the one before is gone. */
  | { readonly type: 'log.resealed'; readonly v: 1; readonly key: string; readonly why: string }
  /** Wall time and monotonic time went apart: somebody set the clock, or the machine slept. */
  | {
      readonly type: 'clock.jumped';
      readonly v: 1;
      /** What the wall clock should have shown and what it showed, microseconds since 1970. */
      readonly expectedMicros: number;
      readonly foundMicros: number;
      readonly deltaMs: number;
    };

/** A row as it stands in the log. `hash` covers `prevHash`, `seq`, both times and the payload. */
export interface AuditRow {
  readonly seq: number;
  /** Wall time, microseconds since 1970, UTC. */
  readonly wallMicros: number;
  /** Monotonic time of the writing process, milliseconds. */
  readonly monotonicMs: number;
  readonly bootId: string;
  readonly event: AuditEvent;
  /** Hex SHA-256. */
  readonly prevHash: string;
  readonly hash: string;
}

/** Where a row that was made durable stands. */
export interface Receipt {
  readonly seq: number;
  readonly hash: string;
}
