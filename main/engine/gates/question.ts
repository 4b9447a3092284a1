/** What every gate is asked, and what it may answer. A gate is a pure function from one to the other. */
import type { KnownSecrets } from '../../analysis/content/known-secrets.ts';
import type { ActionSpec } from '../../policy/catalog.ts';
import { quoted } from '../../policy/diagnostic.ts';
import type { CompiledPolicy, Holds } from '../../policy/policy.ts';
import type { RuleRef } from '../../policy/rule-ref.ts';
import type { BehaviorFacts } from '../behavior/facts.ts';
import type { GateCode, GateNumber } from '../decision.ts';
import type { RateSnapshot } from '../rate-window.ts';
import type { Protection } from '../self-protection.ts';
import type { ToolCall } from '../tool-call.ts';

/** What the pure core is told about the world at the moment of the decision. */
export interface Facts {
  /** False while the person has stopped the app. */
  readonly appActive: boolean;
  readonly rate: RateSnapshot;
  readonly protection: Protection;
  /** MCP servers this agent may use; left out or null: no such restriction. */
  readonly mcpAllowedServers?: readonly string[] | null;
  /** The client takes parameters in another form than it sent them; left out: no. */
  readonly rewrites?: boolean;
  /** Why a person is asked whatever the rules say, for example a tool that changed; left out or null: no reason. */
  readonly concern?: string | null;
  /** Why the call is aimed at Gatehouse itself, as far as its analysis tells; left out or null: it is not. */
  readonly aims?: string | null;
  /** What behaviour rules and `when:` are told; left out: of a fresh session about which nothing is known. */
  readonly behavior?: BehaviorFacts;
  /** Values that are known to be secret, to be looked for in parameters; left out or null: none are known. */
  readonly secrets?: KnownSecrets | null;
}

export interface Question {
  readonly call: ToolCall;
  /** Canonical. */
  readonly module: string;
  readonly action: string;
  readonly policy: CompiledPolicy;
  /** Null when the catalog does not know the action. */
  readonly spec: ActionSpec | null;
  /** Anything that is not known to be the supervisor's own work counts as a model's. */
  readonly fromModel: boolean;
  /** Whether a grant's condition holds for this call. */
  readonly holds: Holds;
  readonly facts: Facts;
}

/** `module.action` for messages, harmless whatever the names hold. */
export function labelOf({ module, action }: Question): string {
  const name = action === '' ? module : `${module}.${action}`;
  return name.length <= 120 && /^[\w.:/-]+$/.test(name) ? name : quoted(name);
}

export interface Passed {
  readonly kind: 'passed';
  readonly note: string | null;
  /** Only gate 4 says which rule let the call through. */
  readonly rule: RuleRef | null;
  readonly reason: string;
}

export interface Stopped {
  readonly kind: 'stopped';
  readonly note: string;
  readonly rule: RuleRef | null;
  readonly reason: string;
  readonly retryAfterMs: number | null;
}

export interface Asks {
  readonly kind: 'asks';
  readonly note: string;
  readonly rule: RuleRef | null;
  readonly reason: string;
}

export type Answer = Passed | Stopped | Asks;

export interface Gate {
  readonly code: GateCode;
  /** Its place on the track. */
  readonly number: GateNumber;
  readonly ask: (question: Question) => Answer;
}

export const PASSED: Passed = Object.freeze({ kind: 'passed', note: null, rule: null, reason: '' });

export function passed(note: string, rule: RuleRef | null = null, reason = ''): Passed {
  return { kind: 'passed', note, rule, reason };
}

export function stopped(
  note: string,
  reason: string,
  rule: RuleRef | null = null,
  retryAfterMs: number | null = null,
): Stopped {
  return { kind: 'stopped', note, reason, rule, retryAfterMs };
}

/** `, line 14`, or nothing when the rule is a default. */
export function atLine(rule: RuleRef | null): string {
  return rule === null ? '' : `, line ${rule.line}`;
}

/** ` (capabilities.deny[0], line 14)`, or nothing. */
export function citing(rule: RuleRef | null): string {
  return rule === null ? '' : ` (${rule.path}, line ${rule.line})`;
}
