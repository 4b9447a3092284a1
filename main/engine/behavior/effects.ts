/** What a call does to the state of its session once it has succeeded. */
import type { Tracking } from '../../policy/behavior/tracking.ts';
import type { Catalog } from '../../policy/catalog.ts';
import { readingsOf } from '../../policy/conditions/parameters.ts';
import type { Subject } from '../../policy/conditions/subject.ts';
import { takenKeys } from '../../policy/conditions/targets.ts';

export interface Effects {
  /** Set and target. */
  readonly adds: readonly (readonly [set: string, key: string])[];
  readonly counts: readonly (readonly [counter: string, by: 'one' | 'reset'])[];
  readonly flags: readonly (readonly [flag: string, value: boolean])[];
}

export const NO_EFFECTS: Effects = Object.freeze({ adds: [], counts: [], flags: [] });

export function effectsOf(tracking: Tracking, catalog: Catalog, subject: Subject): Effects {
  const { module, action } = subject;
  const adds: Effects['adds'] = tracking.sets.flatMap((set) =>
    set.addOn.match(module, action)
      ? takenKeys(catalog, subject, set).map((key) => [set.name, key] as const)
      : [],
  );
  const counts: [string, 'one' | 'reset'][] = [];
  for (const { name, incrementOn, resetOn, resetWhen } of tracking.counters) {
    const resets =
      resetOn?.match(module, action) === true ||
      (resetWhen?.tool.match(module, action) === true &&
        readingsOf(subject, catalog.action(module, action), resetWhen.param).some(resetWhen.pattern.test));
    if (resets) counts.push([name, 'reset']);
    else if (incrementOn.match(module, action)) counts.push([name, 'one']);
  }
  const flags: [string, boolean][] = [];
  for (const { name, setOn, unsetOn } of tracking.flags) {
    if (unsetOn?.match(module, action) === true) flags.push([name, false]);
    else if (setOn.match(module, action)) flags.push([name, true]);
  }
  return adds.length + counts.length + flags.length === 0 ? NO_EFFECTS : { adds, counts, flags };
}
