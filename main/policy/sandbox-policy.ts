/** `security.sandbox`, compiled: what the file asks of the operating system's confinement. */
import type { Setting } from './policy.ts';

export const SANDBOX_LEVELS = ['off', 'standard', 'strict', 'maximum'] as const;
export const SANDBOX_NAMESPACES = ['user', 'pid', 'net', 'mount'] as const;
export const SANDBOX_MDWE = ['auto', 'on', 'off'] as const;
export type SandboxLevel = (typeof SANDBOX_LEVELS)[number];
export type SandboxNamespace = (typeof SANDBOX_NAMESPACES)[number];

export interface SandboxPath {
  /** As written, without `:rw`; `~` is the home folder, a relative one starts at the project. */
  readonly path: string;
  readonly writable: boolean;
}

export interface SandboxHost {
  /** Lower case; `*.example.com` covers every name below example.com. */
  readonly host: string;
  /** Null: every port. */
  readonly port: number | null;
}

export interface SandboxResources {
  readonly memoryBytes: number | null;
  /** Cores, may be a fraction. */
  readonly cpu: number | null;
  readonly processes: number | null;
}

export interface SandboxPolicy {
  readonly level: Setting<SandboxLevel>;
  /** What must really be enforced for a session to start; null: the file requires nothing. */
  readonly require: Setting<SandboxLevel | null>;
  readonly poolSize: number;
  readonly poolMax: number;
  /** Null: those of the level. */
  readonly namespaces: readonly SandboxNamespace[] | null;
  readonly workspaceSnapshot: boolean;
  readonly audit: boolean;
  readonly sessionTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number;
  /**
   * What stands in the file: an agent that a person works with is ended by the time-outs of a file only, and nothing is
   * kept for an undo where a file says that there is to be no snapshot.
   */
  readonly written: {
    readonly sessionTimeout: boolean;
    readonly idleTimeout: boolean;
    readonly workspaceSnapshot: boolean;
  };
  readonly allowPaths: readonly SandboxPath[];
  /** Null: nothing is said; empty: nowhere. */
  readonly networkAllow: readonly SandboxHost[] | null;
  readonly resources: SandboxResources;
  /** Whether memory may become executable: `auto` forbids it to programs that make no code as they run. */
  readonly mdwe: (typeof SANDBOX_MDWE)[number];
}

export const SANDBOX_DEFAULTS = {
  level: 'standard',
  poolSize: 2,
  poolMax: 8,
  sessionTimeoutSeconds: 3600,
  idleTimeoutSeconds: 300,
} as const;
