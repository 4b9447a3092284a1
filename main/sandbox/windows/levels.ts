/**
 * What each level stands for on Windows, and which one a report of its launcher amounts to.
 *
 * A level promises the same everywhere: `standard` has files and network out of reach. Neither a Job Object nor a
 * restricted token decides about paths or connections, so the launcher reports both as not in force, and no level is
 * reached on Windows until something makes them. What is in force all the same is told by name.
 */
import type { Level } from '../launch-plan.ts';
import type { Enforced, LaunchReport } from '../levels.ts';

const STANDARD = [
  'job',
  'handles',
  'launcher',
  'privileges',
  'administrators',
  'ui',
  'desktop',
  'mitigations',
  'processes',
  'fs',
  'net',
];
const STRICT = [...STANDARD, 'integrity', 'station'];
const NEEDED: Readonly<Record<Level | 'off', readonly string[]>> = {
  off: [],
  standard: STANDARD,
  strict: STRICT,
  maximum: [...STRICT, 'snapshot'],
};
const ORDER = ['standard', 'strict', 'maximum'] as const;

/** Features that must be enforced for a level; see native/windows/features.h for the names. */
export function neededOnWindows(level: Level | 'off'): readonly string[] {
  return NEEDED[level];
}

/** What a report amounts to. Everything that was asked for and is not in force is lacking, needed or not. */
export function enforcedOnWindows(asked: Level, report: LaunchReport): Enforced {
  const on = (feature: string) => report[feature]?.on === true;
  const reached = ORDER.slice(0, ORDER.indexOf(asked) + 1).findLast((level) => NEEDED[level].every(on));
  const off = Object.keys(report).filter((feature) => !on(feature));
  const absent = NEEDED[asked].filter((feature) => report[feature] === undefined);
  return {
    asked,
    reached: reached ?? null,
    lacking: [...off, ...absent].map(
      (feature) => `${WORDS[feature] ?? feature}: ${report[feature]?.detail ?? 'not made by this version'}`,
    ),
  };
}

const WORDS: Readonly<Record<string, string>> = {
  job: 'end with the launcher',
  handles: 'inherited handles',
  launcher: 'protection of the launcher',
  administrators: 'administrator groups',
  integrity: 'low integrity',
  ui: 'limits of the desktop',
  desktop: 'desktop of its own',
  station: 'window station of its own',
  data: 'memory of each process',
  fs: 'files',
  net: 'network',
  snapshot: 'copy-on-write workspace',
};
