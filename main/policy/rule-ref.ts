/** Where in a policy file a rule stands. The engine's decisions and the page name rules by it. */
export interface RuleRef {
  /** For example `capabilities.approve[0]` or `default_policy`. */
  readonly path: string;
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}
