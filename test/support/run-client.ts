/** `gatehouse run` as a person's shell starts it, against a supervisor of the test. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { LAUNCHER } from './launcher.ts';

export const CLIENT = join(LAUNCHER, '..', 'gatehouse');

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<RunResult>;
  /** Resolves once the text was printed. */
  printed(text: string): Promise<void>;
  write(text: string): void;
  kill(signal: NodeJS.Signals): void;
}

/** Starts it; `words` are options, `--` and the command. */
export function startRun(
  door: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Running {
  const child = spawn(CLIENT, ['run', '--door', door, ...words], {
    cwd: options.cwd,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...options.env },
  });
  let stdout = '';
  let stderr = '';
  const waiting: (() => void)[] = [];
  const look = () => {
    for (const each of waiting.splice(0)) each();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    look();
  });
  // It may end before it has read anything.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<RunResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
      look();
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    printed: async (text) => {
      while (!stdout.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it ended before it printed ${text}: ${stderr}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    write: (text) => child.stdin.end(text),
    kill: (signal) => process.kill(child.pid ?? 0, signal),
  };
}

/** Runs it to its end. */
export function run(
  door: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<RunResult> {
  const running = startRun(door, words, options);
  running.write('');
  return running.ended;
}
