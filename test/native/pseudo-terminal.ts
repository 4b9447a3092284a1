/** A terminal of its own for a command, by util-linux's `script`: so Ctrl-C reaches what it reaches on a screen. */
import type { ChildProcess } from 'node:child_process';
import type { Stranger } from './stranger.ts';

export class Terminal {
  /** Everything that was shown. */
  text = '';
  /** The command's exit code when it is over. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(stranger: Stranger, command: string, env: NodeJS.ProcessEnv = {}) {
    this.#child = stranger.spawn(['script', '-qefc', command, '/dev/null'], env);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.text += text.replaceAll('\r\n', '\n');
      for (const check of [...this.#waiting]) check();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.text += `\n${error.message}`;
        resolve(null);
      });
      this.#child.once('close', (code) => {
        resolve(code);
        for (const check of [...this.#waiting]) check();
      });
    });
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Resolves when the text was shown; rejects when the command ends or the time is over without it. */
  until(text: string, limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null) => {
        clearTimeout(limit);
        this.#waiting.delete(check);
        if (error === null) resolve();
        else reject(error);
      };
      const limit = setTimeout(() => settle(new Error(`no ${JSON.stringify(text)} in time`)), limitMs);
      const check = () => {
        if (this.text.includes(text)) settle(null);
        else if (this.#child.exitCode !== null) settle(new Error(`ended without ${JSON.stringify(text)}`));
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Ends what still runs in it: Ctrl-C, and its terminal is gone after five seconds. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.type('\u0003');
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(limit);
  }
}
