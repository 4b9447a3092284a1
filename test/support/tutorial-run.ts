/** `gatehouse tutorial …` as a person runs it, with a temporary folder of its own that is looked into afterwards. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Home, type Run } from './supervisor-process.ts';

export class TutorialRun {
  readonly home = new Home();
  /** Where temporary folders are made. */
  readonly temporary = join(this.home.folder, 'tmp');

  constructor() {
    mkdirSync(this.temporary);
    this.home.env['TMPDIR'] = this.temporary;
  }

  /** What is left of the tutorial's folders. */
  left(): readonly string[] {
    return readdirSync(this.temporary);
  }

  /** Processes of which the command line names the temporary folder, such as the hook program's. */
  processes(): readonly string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => commandLineOf(pid).includes(this.temporary));
  }

  async remove(): Promise<void> {
    await this.home.remove();
  }
}

/** The private supervisor's pid, from the first row of the transcript. */
export function supervisorOf(run: Run): number {
  const pid = /^ +1 {2}started +Gatehouse \S+, pid (\d+)$/m.exec(run.stdout)?.[1];
  if (pid === undefined) throw new Error(`no first row in ${run.stdout}`);
  return Number(pid);
}

/** Presses a key again and again until the text is there, as keys of the first moment do not count. */
export async function presses(run: Run, key: string, until: string): Promise<void> {
  const pressing = setInterval(() => run.child.stdin?.write(key), 150);
  try {
    await run.until(until);
  } finally {
    clearInterval(pressing);
  }
}

/** Resolves when no such process runs any more. */
export async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
