/** Processes of a sandbox, as a proof finds and kills them. */
import { readFileSync } from 'node:fs';

export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((text) => text !== '')
      .map(Number);
  } catch {
    return [];
  }
}

export function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined && pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
