/** Runs a hook command as an agent would, without a shell, and says what came of it. */
import { spawn } from 'node:child_process';

export interface HookRun {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Why it could not be started; null when it was. */
  readonly failure: string | null;
}

const MAX_OUTPUT = 64 * 1024;

/** Never rejects. After `timeoutMs` the program and what it started are killed. */
export function runHook(
  command: string,
  args: readonly string[],
  stdin: Buffer,
  timeoutMs: number,
): Promise<HookRun> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C' },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const output = { stdout: '', stderr: '' };
    let timedOut = false;
    const kill = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeoutMs);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        if (output[name].length < MAX_OUTPUT) output[name] += chunk;
      });
    }
    // A program that does not read its input closes the pipe; what it answers counts.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ exit: null, signal: null, ...output, timedOut, failure: error.message });
    });
    child.once('close', (exit, signal) => {
      clearTimeout(timer);
      kill();
      resolve({ exit, signal, ...output, timedOut, failure: null });
    });
  });
}

/** One line on how a run ended, for a report. */
export function runWords(run: HookRun): string {
  if (run.failure !== null) return `it could not be started: ${run.failure}`;
  if (run.timedOut) return 'it did not end in time';
  const said = (run.stderr.trim() || run.stdout.trim()).split('\n')[0]?.slice(0, 200) ?? '';
  const ended = run.signal === null ? `exit ${run.exit}` : `ended by ${run.signal}`;
  return said === '' ? `${ended}, nothing printed` : `${ended}: ${said}`;
}
