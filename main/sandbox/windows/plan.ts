/**
 * Launch plans for Windows: what a level means, as the steps of its launcher (native/windows).
 *
 * Experimental: the launcher ran under wine so far, and `gatehouse run` does not use it. The plan holds what a Job
 * Object, a token and a desktop can hold; what they cannot is in `notes`, and the launcher reports it as not in force.
 */
import { win32 } from 'node:path';
import type { AgentPreset } from '../agent-presets.ts';
import type { Level } from '../launch-plan.ts';
import { neededOnWindows } from './levels.ts';

/** See native/windows/verbs.h, which has the same list. */
export type WindowsStep =
  | readonly ['level', Level | 'off']
  | readonly ['need', string]
  | readonly ['token', 'privileges' | 'administrators' | 'low']
  | readonly ['ui', (typeof DESKTOP_LIMITS)[number]]
  | readonly ['desktop', 'private' | 'station']
  | readonly ['mitigate', 'dep' | 'heap' | 'aslr' | 'handles' | 'extensions' | 'remote-images' | 'fonts']
  | readonly ['limit', 'processes' | 'memory' | 'data' | 'cpu', number]
  | readonly ['dir' | 'cwd', string]
  | readonly ['keep', string]
  | readonly ['set', string, string]
  | readonly ['session', number];

export interface WindowsWish {
  readonly level: Level;
  /** The least that must really be enforced. */
  readonly require: Level | null;
  /** The person's profile folder, such as `C:\Users\u`. */
  readonly home: string;
  /** Absolute, in the project. */
  readonly cwd: string;
  /** The caller's PATH. */
  readonly path: string;
  readonly preset: AgentPreset | null;
  /** Bytes of all processes together. */
  readonly memory: number | null;
  /** Processors, such as 1.5. */
  readonly cpu: number | null;
  readonly processes: number | null;
  /** Seconds. */
  readonly sessionTimeout: number | null;
  readonly idleTimeout: number | null;
}

export interface WindowsPlan {
  readonly steps: readonly WindowsStep[];
  /** What a person should know of it. */
  readonly notes: readonly string[];
}

const DESKTOP_LIMITS = [
  'handles',
  'clipboard-read',
  'clipboard-write',
  'parameters',
  'display',
  'atoms',
  'desktop',
  'exit',
] as const;
/** Where Windows and its programs are, and how a terminal shows text; none of them a secret. */
const KEPT = [
  'ALLUSERSPROFILE',
  'COLORTERM',
  'CommonProgram*',
  'COMPUTERNAME',
  'COMSPEC',
  'DriverData',
  'FORCE_COLOR',
  'LANG',
  'LC_*',
  'NO_COLOR',
  'NUMBER_OF_PROCESSORS',
  'OS',
  'PATHEXT',
  'PROCESSOR_*',
  'ProgramData',
  'ProgramFiles*',
  'ProgramW6432',
  'PUBLIC',
  'SystemDrive',
  'SystemRoot',
  'TERM',
  'TERM_PROGRAM',
  'TERM_PROGRAM_VERSION',
  'TZ',
  'USERDOMAIN',
  'USERNAME',
  'windir',
];
/** Processes, not threads. */
const PROCESSES: Readonly<Record<Level, number>> = { standard: 1024, strict: 512, maximum: 256 };

/** The plan for a command. */
export function windowsPlan(wish: WindowsWish): WindowsPlan {
  const low = wish.level !== 'standard';
  const scratch = scratchFolders(wish, low);
  const steps: WindowsStep[] = [
    ['level', wish.level],
    ...neededOnWindows(wish.require ?? 'off').map((feature) => ['need', feature] as const),
    ['token', 'privileges'],
    ['token', 'administrators'],
    ...(low ? ([['token', 'low']] as const) : []),
    ...DESKTOP_LIMITS.map((name) => ['ui', name] as const),
    ['desktop', 'private'],
    ...(low ? ([['desktop', 'station']] as const) : []),
    ...(['dep', 'heap', 'aslr', 'extensions'] as const).map((name) => ['mitigate', name] as const),
    // These end programs that hold a handle too long, or come from a network share.
    ...(low
      ? (['handles', 'remote-images', 'fonts'] as const).map((name) => ['mitigate', name] as const)
      : []),
    ['limit', 'processes', wish.processes ?? PROCESSES[wish.level]],
    ...(wish.memory === null ? [] : ([['limit', 'memory', wish.memory]] as const)),
    ...(wish.cpu === null ? [] : ([['limit', 'cpu', Math.max(1, Math.round(wish.cpu * 100))]] as const)),
    ...scratch.map((folder) => ['dir', folder] as const),
    ['cwd', wish.cwd],
    ...variables(wish, scratch.at(-1) ?? null),
    ...(wish.sessionTimeout === null ? [] : ([['session', wish.sessionTimeout]] as const)),
  ];
  return { steps, notes: notesOf(wish, low) };
}

/** A program of low integrity writes below LocalLow only, where what is made is of low integrity too. */
function scratchFolders({ home }: WindowsWish, low: boolean): readonly string[] {
  const base = win32.join(home, 'AppData', 'LocalLow', 'Gatehouse');
  return low ? [base, win32.join(base, 'Temp')] : [];
}

function variables(wish: WindowsWish, scratch: string | null): readonly WindowsStep[] {
  const { home, preset } = wish;
  const temp = scratch ?? win32.join(home, 'AppData', 'Local', 'Temp');
  const set: Record<string, string> = {
    APPDATA: win32.join(home, 'AppData', 'Roaming'),
    HOMEDRIVE: home.slice(0, 2),
    HOMEPATH: home.slice(2),
    LOCALAPPDATA: win32.join(home, 'AppData', 'Local'),
    PATH: wish.path,
    TEMP: temp,
    TMP: temp,
    USERPROFILE: home,
  };
  for (const [name, value] of Object.entries(preset?.set ?? {}))
    set[name] = value.startsWith('~/') ? win32.join(home, value.slice(2)) : value;
  return [
    ...[...KEPT, ...(preset?.keep ?? [])].map((name) => ['keep', name] as const),
    ...Object.entries(set).map(([name, value]) => ['set', name, value] as const),
  ];
}

function notesOf(wish: WindowsWish, low: boolean): readonly string[] {
  const notes = [
    'On Windows this version keeps neither your files nor the network out of reach: what you can read, the command can read and send.',
  ];
  if (low)
    notes.push(
      'A command of low integrity writes in AppData\\LocalLow and where you let such programs write, not in the project.',
    );
  else notes.push('A command of your own integrity can open other programs of yours and act through them.');
  if (wish.idleTimeout !== null) notes.push('idle_timeout is not enforced on Windows.');
  return notes;
}
