/** Rows about a sandbox: how it began, what was stopped in it, what its agent says that it did, how it ended. */
import type { StoredPeer } from './event.ts';

export type SandboxEvent =
  | {
      readonly type: 'sandbox.started';
      readonly v: 1;
      readonly run: string;
      readonly session: string;
      readonly client: string;
      readonly app: string;
      /** The command's program. */
      readonly program: string;
      readonly asked: string;
      /** The level all of which is in force; null for less than standard. */
      readonly reached: string | null;
      readonly lacking: readonly string[];
      /** What the launcher enforced, feature by feature, as it and the kernel tell it. */
      readonly features: Readonly<Record<string, string>>;
      /** SHA-256 of the launch plan that was carried out. */
      readonly planHash: string;
      readonly peer: StoredPeer;
    }
  | {
      /** System calls that the filter denied since the last such row, by name. */
      readonly type: 'sandbox.denied';
      readonly v: 1;
      readonly run: string;
      readonly session: string;
      readonly calls: Readonly<Record<string, number>>;
    }
  | {
      /** Connections out of a sandbox that no rule was asked about, since the last such row: equal ones are counted. */
      readonly type: 'egress.refused';
      readonly v: 1;
      readonly run: string;
      readonly session: string;
      readonly refused: readonly { readonly target: string; readonly why: string; readonly count: number }[];
      /** Further ones that are not named. */
      readonly beyond: number;
    }
  | {
      /** What the agent in a sandbox wrote down of its own work, read when it has ended: claimed, and shortened. */
      readonly type: 'sandbox.recorded';
      readonly v: 1;
      readonly run: string;
      readonly session: string;
      readonly client: string;
      readonly calls: readonly { readonly tool: string; readonly what: string; readonly failed: boolean }[];
      /** Further ones that are not named. */
      readonly beyond: number;
      /** False when some of it could not be read. */
      readonly whole: boolean;
    }
  | {
      readonly type: 'sandbox.ended';
      readonly v: 1;
      readonly run: string;
      readonly session: string;
      readonly code: number | null;
      /** Why it did not end by itself; empty when it did. */
      readonly reason: string;
      /** Files of the project that are new or changed: how many, and those to look at first. */
      readonly changed?: { readonly files: number; readonly first: readonly string[] };
      /** Files of the project that are gone: how many, and the first of them; null when that is not known. */
      readonly deleted?: { readonly files: number; readonly first: readonly string[] } | null;
      /** What it left in the project that a program outside would obey, and that was taken away. */
      readonly quarantined: readonly string[];
    };
