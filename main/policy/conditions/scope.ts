/** What a condition may name, and what several values of one thing mean to it. */
import type { Catalog } from '../catalog.ts';
import type { DataSource } from './data-source.ts';
import type { TargetNames } from './targets.ts';

/** Names that `state_tracking` declares. */
export interface StateNames {
  readonly sets: ReadonlyMap<string, TargetNames>;
  readonly counters: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
}

/**
 * Where a call has several targets, hosts or commands, and not all of them fit: a rule that stops something
 * fires as soon as `any` does, a grant opens only when `every` one does. `not` turns one into the other.
 */
export type Quantifier = 'any' | 'every';

export interface ConditionScope {
  readonly catalog: Catalog;
  readonly names: StateNames;
  readonly quantifier: Quantifier;
  /** Something answers what a shell command is; without it `command_is` does not compile. */
  readonly commands: boolean;
  /** Collects what `data_from` conditions name, so that a session keeps track of it. */
  readonly sources: DataSource[];
}

export function inverted(scope: ConditionScope): ConditionScope {
  return { ...scope, quantifier: scope.quantifier === 'any' ? 'every' : 'any' };
}

/** Whether enough of the values pass: none of them are never enough. */
export function enough<T>(
  quantifier: Quantifier,
  values: readonly T[],
  passes: (value: T) => boolean,
): boolean {
  return quantifier === 'any' ? values.some(passes) : values.length > 0 && values.every(passes);
}
