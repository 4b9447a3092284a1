/** `gatehouse …` as a person runs it in a checkout, in a home of its own, with what it printed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot, runFile } from './built.ts';

export interface Run {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Resolves when stdout contains the text; rejects when it ends without. */
  until(text: string): Promise<void>;
}

export class Home {
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-home-'));
  readonly gatehouse = join(this.folder, 'gh');
  readonly env: NodeJS.ProcessEnv;
  readonly #runs: Run[] = [];

  constructor(env: NodeJS.ProcessEnv = {}) {
    mkdirSync(join(this.folder, 'home'));
    const {
      DISPLAY: _x,
      WAYLAND_DISPLAY: _wayland,
      DBUS_SESSION_BUS_ADDRESS: _bus,
      XDG_RUNTIME_DIR: _runtime,
      CI: _ci,
      ...inherited
    } = process.env;
    this.env = { ...inherited, HOME: join(this.folder, 'home'), GATEHOUSE_HOME: this.gatehouse, ...env };
  }

  /** Starts a command. */
  run(...args: readonly string[]): Run {
    const child = spawn(process.execPath, [runFile, ...args], {
      cwd: projectRoot,
      env: this.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const waiting = new Set<() => void>();
    const run: Run = {
      child,
      stdout: '',
      stderr: '',
      ended: new Promise((resolve) => {
        child.once('close', (code, signal) => {
          resolve({ code, signal });
          for (const check of [...waiting]) check();
        });
      }),
      until: (text) =>
        new Promise((resolve, reject) => {
          const check = () => {
            const over = child.exitCode !== null || child.signalCode !== null;
            if (!run.stdout.includes(text) && !over) return;
            waiting.delete(check);
            if (run.stdout.includes(text)) resolve();
            else reject(new Error(`ended without ${JSON.stringify(text)}: ${run.stdout}${run.stderr}`));
          };
          waiting.add(check);
          check();
        }),
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      run.stdout += text;
      for (const check of [...waiting]) check();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      run.stderr += text;
    });
    child.stdin.on('error', () => undefined);
    this.#runs.push(run);
    return run;
  }

  /** Runs a command to its end, with nothing or the given text on stdin. */
  async done(
    args: readonly string[],
    input = '',
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const run = this.run(...args);
    run.child.stdin?.end(input);
    const { code } = await run.ended;
    return { code, stdout: run.stdout, stderr: run.stderr };
  }

  /** Starts a supervisor and waits until it has said everything. */
  async start(...args: readonly string[]): Promise<Run> {
    const run = this.run('start', ...args);
    await run.until('Ctrl-C stops it');
    return run;
  }

  /** Ends what runs and removes everything. */
  async remove(): Promise<void> {
    for (const run of this.#runs) {
      if (run.child.exitCode !== null || run.child.signalCode !== null) continue;
      run.child.kill('SIGTERM');
      await run.ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The first link in a text. */
export function linkIn(text: string): {
  readonly url: string;
  readonly port: number;
  readonly token: string;
} {
  const found = /http:\/\/127\.0\.0\.1:(\d+)\/#([\w-]{43})/.exec(text);
  if (found === null) throw new Error(`no link in ${JSON.stringify(text)}`);
  return { url: found[0], port: Number(found[1]), token: found[2] ?? '' };
}
