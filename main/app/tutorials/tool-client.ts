/** The agent's side of an MCP server: the program that its entry names, and lines of JSON-RPC. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { GatehouseError } from '../../platform/errors.ts';

const Answer = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
const Told = z.object({
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
  isError: z.boolean().optional(),
});
const Tools = z.object({ tools: z.array(z.object({ name: z.string() })) });

export class ToolClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  /** Starts the program in the agent's folder, with nothing else in its environment. */
  constructor(entry: { readonly command: string; readonly args: readonly string[] }, workspace: string) {
    this.#child = spawn(entry.command, entry.args, {
      cwd: workspace,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let why = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      why += text;
    });
    this.#child.stdin?.on('error', () => undefined);
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
    const end = () => {
      for (const one of this.#waiting.values()) one.reject(gone(why));
      this.#waiting.clear();
    };
    this.#child.on('error', end);
    this.#child.on('close', end);
  }

  /** @throws GatehouseError `not_connected` with what it was told */
  async introduce(): Promise<void> {
    await this.#ask('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'tutorial', version: '1' },
    });
    this.#say({ jsonrpc: '2.0', method: 'notifications/initialized' });
  }

  /** What the tool answers, as text. @throws GatehouseError `not_connected` */
  async use(tool: string): Promise<string> {
    return (await this.call(tool, {})).text;
  }

  /** The same, and whether it failed or was refused. @throws GatehouseError `not_connected` */
  async call(tool: string, params: JsonObject): Promise<{ readonly text: string; readonly failed: boolean }> {
    const result = Told.parse(await this.#ask('tools/call', { name: tool, arguments: params }));
    return { text: result.content.map(({ text }) => text).join('\n'), failed: result.isError === true };
  }

  /** Names of the tools that it is shown. @throws GatehouseError `not_connected` */
  async tools(): Promise<readonly string[]> {
    return Tools.parse(await this.#ask('tools/list', {})).tools.map(({ name }) => name);
  }

  /** Arguments and environment of the agent and of the program, where the system shows them. */
  surroundings(): readonly string[] {
    return [process.pid, this.#child.pid].flatMap((pid) =>
      ['cmdline', 'environ'].map((name) => {
        try {
          return readFileSync(`/proc/${pid}/${name}`, 'latin1');
        } catch {
          return '';
        }
      }),
    );
  }

  close(): void {
    this.#child.stdin?.end();
  }

  #ask(method: string, params: object): Promise<unknown> {
    this.#asked += 1;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#asked, answer);
    this.#say({ jsonrpc: '2.0', id: this.#asked, method, params });
    return answer.promise;
  }

  #say(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #take(line: string): void {
    let value: unknown = null;
    try {
      value = JSON.parse(line);
    } catch {
      return;
    }
    const answer = Answer.safeParse(value);
    if (!answer.success) return;
    const waiting = this.#waiting.get(answer.data.id);
    this.#waiting.delete(answer.data.id);
    if (answer.data.error === undefined) waiting?.resolve(answer.data.result);
    else waiting?.reject(new GatehouseError('not_connected', answer.data.error.message));
  }
}

function gone(why: string): GatehouseError {
  return new GatehouseError('not_connected', why.trim() === '' ? 'the connection was closed' : why.trim());
}
