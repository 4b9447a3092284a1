/** The worker program of governed tools by itself, without a sandbox: what holds here holds by its own hand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { encodeFields, type WorkerAnswer, WorkerAnswers } from '../../main/points/tools/worker-frames.ts';
import { WORKER } from './tools-house.ts';

export class WorkerClient {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #answers = new WorkerAnswers();
  readonly #waiting: ((answer: WorkerAnswer | null) => void)[] = [];

  /** @param hello  kinds and words, as in the worker's first frame */
  constructor(hello: readonly string[], owner: { readonly uid: number; readonly gid: number } | null = null) {
    this.child = spawn(WORKER, { stdio: ['pipe', 'pipe', 'inherit'], ...(owner ?? {}) });
    this.child.stdin?.on('error', () => undefined);
    this.child.stdout?.on('data', (bytes: Buffer) => {
      for (const answer of this.#answers.take(bytes)) this.#waiting.shift()?.(answer);
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        for (const one of this.#waiting.splice(0)) one(null);
        resolve({ code, signal });
      });
    });
    void this.ask('hello', ...hello);
  }

  /** Null when it ended instead. */
  ask(...fields: readonly (string | Buffer)[]): Promise<WorkerAnswer | null> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.raw(encodeFields(fields));
    });
  }

  /** The answer as text: `+` or `-`, then its fields. */
  async say(...fields: readonly (string | Buffer)[]): Promise<string> {
    const answer = await this.ask(...fields);
    if (answer === null) return 'it ended';
    return [answer.kind === 'done' ? '+' : '-', ...answer.fields.map(String)].join(' ').trimEnd();
  }

  raw(bytes: Buffer): void {
    this.child.stdin?.write(bytes);
  }

  async close(): Promise<void> {
    this.child.stdin?.end();
    await this.ended;
  }
}
