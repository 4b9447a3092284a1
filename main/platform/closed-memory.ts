/** Keeps what is in this process's memory out of debuggers, other programs, reports and core files. */
import { existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setNonDumpable } from './peer-addon.ts';

const CORE_FILTER = '/proc/self/coredump_filter';

/**
 * Closes the ways by which memory gets out that stand open by themselves: SIGUSR1 lets any process of the same
 * user open Node's inspector, a crash writes a core file, and on Linux without Yama any process of the same user
 * reads memory and environment of another. Reports that variables asked for are off.
 *
 * Other processes of the same user get nothing of this one's /proc/PID that needs ptrace rights (mem, environ, maps,
 * exe, cwd, fd). It still reads its own, for a process may always trace itself; only files that the kernel gives to
 * root then (environ, coredump_filter) are out of its own reach too. What it starts is as open as any program.
 * A heap limit's snapshot that NODE_OPTIONS asks for cannot be taken back.
 *
 * @returns what could not be closed, in words; empty when all was
 */
export function closeMemory(): readonly string[] {
  // With a listener of our own the signal is an ordinary one, and this one does nothing.
  process.on('SIGUSR1', () => undefined);
  // A runtime built without reports has none to switch off.
  const report = process.report as NodeJS.Process['report'] | undefined;
  if (report !== undefined)
    Object.assign(report, {
      reportOnFatalError: false,
      reportOnSignal: false,
      reportOnUncaughtException: false,
    });
  if (process.platform !== 'linux') return [];
  const open: string[] = [];
  // Before the next step: afterwards the file is root's.
  if (!filterCore()) open.push('a crash may write what is in memory to a core file');
  if (!setNonDumpable())
    open.push('other programs of yours may read what is in memory: the addon is not there');
  return open;
}

function filterCore(): boolean {
  if (!existsSync(CORE_FILTER)) return true;
  try {
    // No kind of memory belongs into a core file; children inherit it.
    writeFileSync(CORE_FILTER, '0');
    return true;
  } catch {
    return false;
  }
}
