/** What the engine's pure core answers to a call, and how it got there. */
import type { RuleRef } from '../policy/rule-ref.ts';
import type { Firing } from './behavior/firing.ts';
import type { RiskLevel } from './tool-call.ts';

export type { RuleRef } from '../policy/rule-ref.ts';

/** Where a decision was made: the gates' documented codes, the behaviour rules, and the built-in rule no policy can lift. */
export type GateCode =
  | 'gate0_inactive'
  | 'gate1_module'
  | 'gate1_hidden'
  | 'gate1_mcp_server'
  | 'gate2_risk'
  | 'gate3_permissions'
  | 'gate4_policy'
  | 'gate5_classification'
  | 'gate6_rate_limit'
  | 'behavior'
  | 'self_protection';

/** Number of a gate on the track, 0 to 6. */
export type GateNumber = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** What one gate said of a call. Gates after a refusal are `not_asked`. */
export interface GateResult {
  readonly gate: GateNumber;
  readonly state: 'passed' | 'allowed' | 'stopped' | 'asks' | 'not_asked';
  /** A few words for the track, for example `at the cap`; null when there is nothing to say. */
  readonly note: string | null;
}

export interface Decision {
  readonly kind: 'allow' | 'deny' | 'approve';
  readonly gate: GateCode;
  readonly rule: RuleRef | null;
  /** Why, in words the agent or the person can act on. */
  readonly reason: string;
  readonly risk: RiskLevel;
  /** Seven entries, gate 0 to 6. */
  readonly trace: readonly GateResult[];
  /** With a rate refusal: milliseconds after which the call may be tried again. */
  readonly retryAfterMs: number | null;
  /** Behaviour rules that fired or could not be asked; empty when none did, or a gate refused before. */
  readonly behavior: readonly Firing[];
  /** Let through only because the agent is observed: what would have been decided. Left out otherwise. */
  readonly observed?: 'denied' | 'approval_required';
  /** Seconds a person has to answer when `kind` is `approve`. */
  readonly approvalTimeoutSeconds: number;
}
