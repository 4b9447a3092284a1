/** What a plan would change, in words for its button and its summary. Read from the plan's own lines. */
import type { AgentPlan } from '../../../preload/contract.ts';

export interface PlanSize {
  readonly added: number;
  readonly removed: number;
}

/** Lines that come and go. */
export function planSize(plan: AgentPlan): PlanSize {
  return {
    added: plan.diff.filter(({ kind }) => kind === 'add').length,
    removed: plan.diff.filter(({ kind }) => kind === 'remove').length,
  };
}

/** The button that carries the plan out: verb, how many, which file. */
export function planButton(plan: AgentPlan): string {
  const added = commands(plan, 'add');
  const removed = commands(plan, 'remove');
  // A line that is rewritten holds the same command before and after: only the difference counts.
  const coming = without(added, removed);
  const going = without(removed, added);
  if (coming.length > 0 && going.length > 0)
    return `Put ${hooks(coming.length)} in place of ${going.length} in ${plan.file}`;
  if (coming.length > 0) return `Add ${hooks(coming.length)} to ${plan.file}`;
  if (going.length > 0) return `Remove ${hooks(going.length)} from ${plan.file}`;
  const { added: more, removed: less } = planSize(plan);
  if (more > 0 && less === 0) return `Add ${lines(more)} to ${plan.file}`;
  if (less > 0 && more === 0) return `Remove ${lines(less)} from ${plan.file}`;
  return `Change ${plan.file}`;
}

/** `34 lines added, 2 removed` */
export function planSummary(plan: AgentPlan): string {
  const { added, removed } = planSize(plan);
  if (added > 0 && removed > 0) return `${lines(added)} added, ${removed} removed`;
  if (added > 0) return `${lines(added)} added`;
  return removed > 0 ? `${lines(removed)} removed` : 'No line changes';
}

/** The hooks of a settings file are its entries with a `command`. */
const COMMAND = /"command"\s*:\s*"((?:[^"\\]|\\.)*)"/gu;

function commands(plan: AgentPlan, kind: 'add' | 'remove'): string[] {
  return plan.diff.flatMap((line) =>
    line.kind === kind ? [...line.text.matchAll(COMMAND)].map((match) => match[1] ?? '') : [],
  );
}

function without(all: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return all.filter((command) => {
    const at = left.indexOf(command);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function hooks(count: number): string {
  return count === 1 ? '1 hook' : `${count} hooks`;
}

function lines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}
