/**
 * A remembered answer: which calls a person's yes covers from now on, where, and until when.
 *
 * The shape comes from the analysis of the call that was asked about, never from its text: what a later call does
 * has to lie within what this one does.
 */
import { createHash } from 'node:crypto';
import type { ConcernCode } from '../../analysis/result.ts';
import { canonicalJson, type JsonObject } from '../../platform/canonical-json.ts';
import type { AnswerVia } from '../approvals/approval.ts';

/** How far a remembered answer reaches: one session, one project, every project. */
export type RuleScope = 'session' | 'project' | 'always';

/** The simple commands of one kind. */
export interface CommandPattern {
  /** The program as it was written: `git`, `./build.sh`. */
  readonly program: string;
  /** The words that must come first; null: whatever its words are; none: it stands alone. */
  readonly lead: readonly string[] | null;
  /** What starts it: `sudo`, `xargs`. */
  readonly via: readonly string[];
  /** Options that may stand there; null: any, their effects are known. */
  readonly flags: readonly string[] | null;
  /** What it may do, in the words of `reach.ts`, sorted. */
  readonly reach: readonly string[];
  /** What may speak against it, sorted. */
  readonly concerns: readonly ConcernCode[];
}

export type RuleShape =
  | {
      readonly kind: 'exact';
      /** Of the call, with the files that it runs. */
      readonly fingerprint: string;
    }
  | {
      readonly kind: 'commands';
      readonly commands: readonly CommandPattern[];
      /** Variables that may be set for them. */
      readonly sets: readonly string[];
      /** The call's folder, or one in it; null: anywhere in the scope. */
      readonly folder: string | null;
    }
  | {
      readonly kind: 'tool';
      readonly reach: readonly string[];
      readonly concerns: readonly ConcernCode[];
      readonly folder: string | null;
    };

export interface RememberedRule {
  readonly id: string;
  readonly scope: RuleScope;
  readonly client: string;
  /** Canonical. */
  readonly module: string;
  readonly action: string;
  /** The project's root; null with `always`. */
  readonly app: string | null;
  /** With `session`. */
  readonly session: string | null;
  /** Holds for sandboxed sessions only. */
  readonly sandboxed: boolean;
  readonly shape: RuleShape;
  /** What it lets through, for people. */
  readonly sentence: string;
  /** Microseconds since 1970. */
  readonly madeMicros: number;
  /** Microseconds since 1970; null: until it is taken back, or its session ends. */
  readonly endsMicros: number | null;
  readonly via: AnswerVia;
  /** The call whose answer made it; null when it was made of several rules. */
  readonly callId: string | null;
}

/** How a rule is used; kept beside it, and no part of what is bound. */
export interface RuleUse {
  readonly hits: number;
  /** Microseconds since 1970. */
  readonly lastUsedMicros: number | null;
}

/** SHA-256 over all of a rule, hex: what its row on the log holds it to. */
export function ruleDigest(rule: RememberedRule): string {
  return createHash('sha256')
    .update('gatehouse-rule-v1\n')
    .update(canonicalJson(rule as unknown as JsonObject))
    .digest('hex');
}

/** SHA-256 over a shape, hex: names what a person was shown. */
export function shapeDigest(shape: RuleShape): string {
  return createHash('sha256')
    .update('gatehouse-shape-v1\n')
    .update(canonicalJson(shape as unknown as JsonObject))
    .digest('hex');
}
