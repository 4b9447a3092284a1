/** What each level stands for, and which one a report of the launcher amounts to. */
import { z } from 'zod';
import type { Level } from './launch-plan.ts';

const STANDARD = [
  'user',
  'pid',
  'mount',
  'net',
  'caps',
  'no_new_privs',
  'landlock',
  'descriptors',
  'seccomp',
];
const STRICT = [...STANDARD, 'ipc', 'uts', 'cgroup_ns', 'proc'];
/** `snapshot` is the copy-on-write workspace. */
const MAXIMUM = [...STRICT, 'notify', 'snapshot'];
const NEEDED: Readonly<Record<Level | 'off', readonly string[]>> = {
  off: [],
  standard: STANDARD,
  strict: STRICT,
  maximum: MAXIMUM,
};
/**
 * The same on macOS, where no namespace exists: `seatbelt` is the profile in force, `own_session` a process group and a
 * session without the caller's terminal. `maximum` needs what nothing makes there.
 */
const ON_MACOS: Readonly<Record<Level | 'off', readonly string[]>> = {
  off: [],
  standard: ['seatbelt', 'net', 'own_session', 'descriptors'],
  strict: ['seatbelt', 'net', 'own_session', 'descriptors', 'ipc'],
  maximum: ['seatbelt', 'net', 'own_session', 'descriptors', 'ipc', 'notify', 'snapshot'],
};
const ORDER = ['off', 'standard', 'strict', 'maximum'] as const;

/** Features that must be enforced for a level; see native/linux/features.h for the names. */
export function neededFor(level: Level | 'off'): readonly string[] {
  return NEEDED[level];
}

/** Features that must be enforced on macOS; see native/macos. */
export function neededOnMacos(level: Level | 'off'): readonly string[] {
  return ON_MACOS[level];
}

/** What the launcher says it enforced, by feature. */
export const LaunchReport = z.record(
  z.string().max(32),
  z.object({ on: z.boolean(), detail: z.string().max(200) }),
);
export type LaunchReport = z.infer<typeof LaunchReport>;

/** Each feature in words, as a row of the log holds it. */
export function featureWords(report: LaunchReport): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(report).map(([name, { on, detail }]) => [name, on ? detail : `not enforced: ${detail}`]),
  );
}

/** What of a sandbox is really in force. */
export interface Enforced {
  readonly asked: Level;
  /** The highest level all of which is in force; null below `standard`. */
  readonly reached: Level | null;
  /** Features that the level asked for needs and that are not in force, with the reason. */
  readonly lacking: readonly string[];
}

/** Names of what a person asked for that no controller enforces here. */
export interface Limits {
  readonly memory: boolean;
  readonly cpu: boolean;
}

/** What a report amounts to. */
export function enforced(
  asked: Level,
  report: LaunchReport,
  limits: Limits,
  system: 'linux' | 'darwin' = 'linux',
): Enforced {
  const needed = system === 'darwin' ? ON_MACOS : NEEDED;
  const on = (feature: string) => report[feature]?.on === true;
  const reached = ORDER.filter((level): level is Level => level !== 'off').findLast((level) =>
    needed[level].every(on),
  );
  const lacking = needed[asked]
    .filter((feature) => !on(feature))
    .map((feature) => `${WORDS[feature] ?? feature}: ${report[feature]?.detail ?? 'it was not asked for'}`);
  // Asked for by itself, below the level that needs it.
  if (report['snapshot']?.on === false && !NEEDED[asked].includes('snapshot'))
    lacking.push(`${WORDS['snapshot']}: ${report['snapshot'].detail}`);
  if (limits.cpu) lacking.push('cpu: no controller enforces it here');
  if (limits.memory && report['memory'] !== undefined) lacking.push(`memory: ${report['memory'].detail}`);
  const most = reached === undefined || ORDER.indexOf(reached) <= ORDER.indexOf(asked) ? reached : asked;
  return { asked, reached: most ?? null, lacking };
}

/** Whether one level is at least another. */
export function atLeast(level: Level | 'off' | null, least: Level | 'off'): boolean {
  return ORDER.indexOf(level ?? 'off') >= ORDER.indexOf(least);
}

const WORDS: Readonly<Record<string, string>> = {
  net: 'network of its own',
  landlock: 'Landlock',
  seatbelt: 'Seatbelt',
  own_session: 'session of its own',
  notify: 'record of denied system calls',
  snapshot: 'copy-on-write workspace',
  cgroup_ns: 'control groups of its own',
};
