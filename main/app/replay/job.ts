/** What the replay worker is given and what it answers. Plain data: it crosses a thread. */
import type { RuleShape } from '../../engine/remembered/rule.ts';
import type { Protection } from '../../engine/self-protection.ts';

/** A policy file as text, compiled by the worker. */
export interface LayerText {
  readonly name: 'managed' | 'user' | 'project';
  readonly file: string;
  readonly text: string;
  readonly trusted: boolean;
}

interface Bounds {
  readonly auditDb: string;
  readonly grammar: string;
  readonly home: string;
  /** Milliseconds since 1970, inclusive. */
  readonly sinceMs: number;
  readonly mostRows: number;
  /** The work ends by itself after so many milliseconds, and says how far it came. */
  readonly budgetMs: number;
}

export interface PolicyJob extends Bounds {
  readonly kind: 'policy';
  readonly protection: Protection;
  /** Managed and the person's. */
  readonly shared: readonly LayerText[];
  /** Roots with a policy file of their own. */
  readonly projects: readonly { readonly app: string; readonly layer: LayerText }[];
}

/** Which past calls a shape would have covered. */
export interface CoverageJob extends Bounds {
  readonly kind: 'coverage';
  readonly client: string;
  readonly module: string;
  readonly action: string;
  readonly app: string;
  readonly session: string;
  readonly choices: readonly { readonly id: 'exact' | 'kind' | 'here' | 'tool'; readonly shape: RuleShape }[];
  /** Of the call itself: what `exact` looks for. */
  readonly paramsDigest: string;
  readonly cwd: string;
}

export type ReplayJob = PolicyJob | CoverageJob;
