/**
 * A program of the agent's that tries what it should not, started as a person would start it: by itself, or with
 * `gatehouse run`. Each attempt is a line of shell that succeeds or fails; what is told is what it found.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';
import { readNativeStatus } from '../../platform/native-status.ts';
import { sandboxRefusal } from '../runs.ts';
import type { Attempt, BoxedLevel } from './tutorial.ts';

export interface BoxedRun {
  /** Whether each attempt worked, in their order; null when the program was not started. */
  readonly worked: readonly boolean[] | null;
  /** What was printed on stderr: why it was not started, or what was found at the end. */
  readonly words: readonly string[];
}

export interface BoxedPlace {
  readonly door: string;
  readonly workspace: string;
  /** The person's home folder in this tutorial. */
  readonly home: string;
}

const LIMIT_MS = 60_000;
const KEY = '.ssh/id_tutorial';

export class BoxedProgram {
  readonly #place: BoxedPlace;
  #starts = true;

  constructor(place: BoxedPlace) {
    this.#place = place;
  }

  /** Puts the stage up: a key, settings of a shell, a repository. */
  prepare(): void {
    const { home, workspace } = this.#place;
    mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, KEY), 'a key of nobody\n', { mode: 0o600 });
    writeFileSync(join(home, '.bashrc'), '# mine\n');
    mkdirSync(join(workspace, '.git', 'hooks'), { recursive: true });
    writeFileSync(join(workspace, '.git', 'config'), '[core]\n\tbare = false\n');
    for (const name of ['.git/hooks/pre-commit', '.envrc', 'tool', 'result.txt'])
      rmSync(join(workspace, name), { force: true });
  }

  /** Whether a file of the project is there now. */
  leaves(file: string): boolean {
    return existsSync(join(this.#place.workspace, file));
  }

  /** @throws GatehouseError `no_launcher`, `tutorial_failed` */
  async run(level: BoxedLevel, attempts: readonly Attempt[]): Promise<BoxedRun> {
    const script = attempts
      .map(
        ({ command }, index) =>
          `if (${command}) >/dev/null 2>&1; then echo "${index} yes"; else echo "${index} no"; fi`,
      )
      .join('\n');
    const { exit, stdout, stderr } = await this.#start(level, script);
    const words = wordsOf(stderr);
    if (notStarted(exit)) {
      this.#starts = false;
      return { worked: null, words };
    }
    const worked = attempts.map((_, index) => stdout.includes(`${index} yes\n`));
    const told = attempts.filter((_, index) => new RegExp(`^${index} (yes|no)$`, 'm').test(stdout)).length;
    if (exit !== 0 || told !== attempts.length)
      throw new GatehouseError(
        'tutorial_failed',
        `the agent's program ended with ${exit}: ${stderr.slice(0, 500)}`,
      );
    return { worked, words };
  }

  /** Whether every sandbox that was asked for was there. */
  get starts(): boolean {
    return this.#starts;
  }

  /**
   * Runs a line of shell, which must end well.
   *
   * @returns null, or why it was not started
   * @throws GatehouseError `no_launcher`, `tutorial_failed`
   */
  async work(level: BoxedLevel, command: string): Promise<readonly string[] | null> {
    const { exit, stderr } = await this.#start(level, command);
    if (notStarted(exit)) {
      this.#starts = false;
      return wordsOf(stderr);
    }
    if (exit === 0) return null;
    throw new GatehouseError(
      'tutorial_failed',
      `the agent's program ended with ${exit}: ${stderr.slice(0, 500)}`,
    );
  }

  #start(
    level: BoxedLevel,
    script: string,
  ): Promise<{ exit: number | null; stdout: string; stderr: string }> {
    const { door, workspace, home } = this.#place;
    const { clientPath, launcherPath } = readNativeStatus();
    const plain = level === 'off';
    const refusal = plain ? null : sandboxRefusal(process.platform);
    if (refusal !== null)
      throw new GatehouseError('no_sandbox', refusal, { hint: 'gatehouse doctor says why' });
    if (!plain && (clientPath === null || launcherPath === null))
      throw new GatehouseError('no_launcher', 'there is no sandbox launcher for this computer', {
        hint: 'gatehouse doctor says why',
      });
    const shell = ['-c', script, 'sh', hostname(), String(process.pid)];
    const words = plain ? shell : ['run', '--door', door, '--level', level, '--', 'sh', ...shell];
    return new Promise((resolve, reject) => {
      const child = spawn(plain ? 'sh' : (clientPath ?? ''), words, {
        cwd: workspace,
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8' },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: LIMIT_MS,
        killSignal: 'SIGKILL',
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.on('error', reject);
      child.on('close', (exit) => resolve({ exit, stdout, stderr }));
    });
  }
}

/** Gatehouse failed, or refused. */
function notStarted(exit: number | null): boolean {
  return exit === 126 || exit === 125;
}

function wordsOf(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .map((line) => line.replace(/^gatehouse: /, ''))
    .filter((line) => line !== '');
}
