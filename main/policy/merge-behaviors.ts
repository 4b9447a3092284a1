/** Behaviour rules of several layers as one policy: a rule of a higher layer stands before one of the same id below it. */
import { BehaviorPolicy } from './behavior/behavior-policy.ts';
import { DEFAULT_TRACKING, type Tracking } from './behavior/tracking.ts';
import type { CompiledPolicy } from './policy.ts';

/** @param policies those of trusted layers, highest first; at least one */
export function mergeBehaviors(policies: readonly CompiledPolicy[]): BehaviorPolicy | null {
  const all = policies.map(({ behavior }) => behavior);
  const [first] = all;
  if (first === undefined) return null;
  const speaking = all.filter(({ rules, sources }) => rules.length > 0 || sources.length > 0);
  if (speaking.length === 0) return first;
  if (speaking.length === 1 && speaking[0] !== undefined) return speaking[0];
  const { profile, values } = speaking.find(({ profile: name }) => name !== null) ?? first;
  const trackings = speaking.map(({ tracking }) => tracking);
  return new BehaviorPolicy({
    profile,
    values,
    rules: firstById(speaking.flatMap(({ rules }) => rules)),
    tracking: {
      sets: together(trackings, 'sets'),
      counters: together(trackings, 'counters'),
      flags: together(trackings, 'flags'),
    },
    sources: speaking.flatMap(({ sources }) => sources),
  });
}

function firstById<T extends { readonly id: string }>(rules: readonly T[]): readonly T[] {
  return [...new Map(rules.toReversed().map((rule) => [rule.id, rule])).values()].toReversed();
}

/** What is always kept, and what each layer adds to it: an entry under a name that is there already adds to that. */
function together<K extends keyof Tracking>(trackings: readonly Tracking[], kind: K): Tracking[K] {
  const all = [DEFAULT_TRACKING, ...trackings].flatMap((tracking): readonly unknown[] => tracking[kind]);
  return [...new Set(all)] as unknown as Tracking[K];
}
