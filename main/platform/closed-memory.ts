/** Keeps what is in this process's memory out of debuggers, reports and core files, as far as Node can. */
import { existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const CORE_FILTER = '/proc/self/coredump_filter';

/**
 * Closes the ways by which memory gets out that stand open by themselves: SIGUSR1 lets any process of the same
 * user open Node's inspector, and a crash writes a core file. Reports that variables asked for are off.
 *
 * A process of the same user can still read it with ptrace where the system lets it; a heap limit's snapshot that
 * NODE_OPTIONS asks for cannot be taken back.
 *
 * @returns what could not be closed, in words; empty when all was
 */
export function closeMemory(): readonly string[] {
  // With a listener of our own the signal is an ordinary one, and this one does nothing.
  process.on('SIGUSR1', () => undefined);
  process.report.reportOnFatalError = false;
  process.report.reportOnSignal = false;
  process.report.reportOnUncaughtException = false;
  if (process.platform !== 'linux' || !existsSync(CORE_FILTER)) return [];
  try {
    // No kind of memory belongs into a core file; children inherit it.
    writeFileSync(CORE_FILTER, '0');
    return [];
  } catch {
    return ['a crash may write what is in memory to a core file'];
  }
}
