/**
 * What /proc tells of processes. Everything degrades to null, nothing throws.
 *
 * `stat` and the links `exe` and `cwd` are answered by the kernel out of its own memory in microseconds,
 * whatever the process does, and are read synchronously. A command line lies in the process's memory and can
 * be made to hang by its owner, so it is read aside, under a time limit, two at a time at most.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Bounded } from './bounded.ts';

const COMMAND_LINE_MS = 250;
const MAX_COMMAND_LINE_READS = 2;
/** USER_HZ: 100 on every Linux that Node runs on, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** One line of /proc/PID/stat, the parts that matter here. */
export interface ProcessStat {
  readonly pid: number;
  /** As the process calls itself: at most 15 bytes, anything it likes. Control characters are replaced. */
  readonly name: string;
  /** One letter: R, S, D, T, Z, X, … */
  readonly state: string;
  readonly parent: number;
  /** Device number of the controlling terminal; 0 without one. */
  readonly terminal: number;
  /** Clock ticks since boot, decimal. */
  readonly startTime: string;
}

/** Reads a line of /proc/PID/stat; null when it is not one. The name may hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  const pid = Number(text.slice(0, open).trim());
  const [state, parent, , , terminal] = fields;
  const startTime = fields[19];
  if (state === undefined || parent === undefined || terminal === undefined) return null;
  if (startTime === undefined || !/^\d+$/.test(startTime) || !Number.isSafeInteger(pid) || pid <= 0)
    return null;
  const name = printable(text.slice(open + 1, close));
  return { pid, name, state, parent: Number(parent), terminal: Number(terminal), startTime };
}

/** Null when there is no such process, or no /proc. */
export function readStat(pid: number): ProcessStat | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** Where `exe` or `cwd` of a process points; null when it is gone or another user's. */
export function readProcessLink(pid: number, link: 'exe' | 'cwd'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/${link}`);
  } catch {
    return null;
  }
}

const commandLines = new Bounded(MAX_COMMAND_LINE_READS);

/** The argument vector; null when it cannot be had within a quarter of a second. */
export async function readCommandLine(pid: number): Promise<readonly string[] | null> {
  const text = await commandLines.run(COMMAND_LINE_MS, () => readFile(`/proc/${pid}/cmdline`, 'utf8'));
  if (text === null || text === '') return null;
  return (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
}

/**
 * Whether exactly this process still runs: the pid, and the start time that tells it from a later owner of the
 * same pid. A zombie does not run. Without /proc only the pid is asked for.
 */
export function processRuns(pid: number, startTime: string | null): boolean {
  const stat = readStat(pid);
  if (stat !== null) {
    if (stat.state === 'Z' || stat.state === 'X') return false;
    return startTime === null || stat.startTime === startTime;
  }
  if (process.platform === 'linux' && readStat(process.pid) !== null) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether a process began before the system had been up this long, give or take one tick. */
export function startedBefore(startTime: string, uptimeSeconds: number): boolean {
  return Number(startTime) / TICKS_PER_SECOND <= uptimeSeconds + 2 / TICKS_PER_SECOND;
}

/** `pts/3`, `tty1`, `ttyS0`, or null for none and for kinds that have no agent on them. */
export function terminalName(device: number): string | null {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${minor + (major - 136) * 256}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return null;
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd');
}
