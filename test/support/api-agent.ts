/**
 * A program of its own that asks the API what it is told to: one request a line in, one answer a line out.
 *
 * A process that asks cannot answer itself, so what submits in a test is not the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Answered, type Ask, httpAsk } from './http-ask.ts';

interface Order {
  readonly id: number;
  readonly port: number;
  readonly path: string;
  readonly options: Ask;
  /** Cuts the connection of the request with this id instead. */
  readonly cut?: number;
}

export class ApiAgent {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, { resolve(answer: Answered): void; reject(error: Error): void }>();
  #next = 1;

  constructor(cwd: string) {
    this.#child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
      cwd,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: this.#child.stdout ?? process.stdin });
    lines.on('line', (line) => {
      const told = JSON.parse(line) as { id: number; answer?: Answered; error?: string };
      const open = this.#open.get(told.id);
      this.#open.delete(told.id);
      if (told.answer === undefined) open?.reject(new Error(told.error));
      else open?.resolve(told.answer);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  ask(port: number, path: string, options: Ask, signal?: AbortSignal): Promise<Answered> {
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    this.#open.set(id, { resolve, reject });
    this.#order({ id, port, path, options });
    signal?.addEventListener('abort', () => this.#order({ id: this.#next++, port, path, options, cut: id }));
    return promise;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin?.end();
    this.#child.kill('SIGKILL');
    await ended;
  }

  #order(order: Order): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const open = new Map<number, AbortController>();
  const connections = new Agent({ keepAlive: true });
  createInterface({ input: process.stdin }).on('line', (line) => {
    const order = JSON.parse(line) as Order;
    if (order.cut !== undefined) {
      open.get(order.cut)?.abort();
      return;
    }
    const cut = new AbortController();
    open.set(order.id, cut);
    httpAsk(order.port, order.path, order.options, cut.signal, connections).then(
      (answer) => process.stdout.write(`${JSON.stringify({ id: order.id, answer })}\n`),
      (error: Error) => process.stdout.write(`${JSON.stringify({ id: order.id, error: error.message })}\n`),
    );
  });
}
