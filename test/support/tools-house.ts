/** Governed tools as a home-made agent uses them: a real supervisor, the real client program, the official library. */
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { LAUNCHER } from './launcher.ts';
import { RealApp } from './real-app.ts';

export const CLIENT = join(LAUNCHER, '..', 'gatehouse');
export const WORKER = join(LAUNCHER, '..', 'gatehouse-worker');

export interface Told {
  readonly text: string;
  readonly failed: boolean;
}

/** @param rest  further sections of the policy */
export function toolsPolicy(capabilities: string, rest = ''): string {
  return `tools:
  modules: { filesystem: {}, shell: {}, web: {} }
  capabilities:
    max_risk_level: high
    ${capabilities.split('\n').join('\n    ')}
${rest}`;
}

export class ToolsHouse {
  readonly real: RealApp;
  readonly project: string;
  readonly #clients: Client[] = [];

  private constructor(real: RealApp) {
    this.real = real;
    this.project = join(real.home, 'proj');
    mkdirSync(this.project);
    writeFileSync(join(this.project, 'gatehouse.yaml'), '{}\n');
  }

  static async start(policy: string): Promise<ToolsHouse> {
    return new ToolsHouse(await RealApp.start(policy));
  }

  /** With a supervisor that the test began. */
  static of(real: RealApp): ToolsHouse {
    return new ToolsHouse(real);
  }

  /** A path in the project. */
  at(name: string): string {
    return join(this.project, name);
  }

  write(name: string, text: string | Buffer): void {
    mkdirSync(join(this.at(name), '..'), { recursive: true });
    writeFileSync(this.at(name), text);
  }

  async client(options: { readonly cwd?: string; readonly name?: string } = {}): Promise<Client> {
    const client = new Client({ name: options.name ?? 'home-made', version: '1' });
    await client.connect(
      new StdioClientTransport({
        // It stands for the agent: the program that starts the pipe, and works in the project.
        command: 'timeout',
        args: ['900', CLIENT, 'mcp', '--tools', '--door', this.real.paths.agentDoor],
        cwd: options.cwd ?? this.project,
        stderr: 'ignore',
      }),
    );
    this.#clients.push(client);
    return client;
  }

  /** Closes the clients, and removes everything. */
  async remove(): Promise<void> {
    await this.closeClients();
    await this.real.remove();
  }

  async closeClients(): Promise<void> {
    await Promise.allSettled(this.#clients.splice(0).map((client) => client.close()));
  }

  /** Rows of the log that hold this text, newest first. */
  async rows(text: string): Promise<string[]> {
    const { stdout } = await this.real.command(['audit', 'query', '--limit', '200', '--json']);
    return stdout.split('\n').filter((line) => line.includes(text));
  }

  give(name: string, uid: number): void {
    chownSync(this.at(name), uid, uid);
  }
}

/** Calls a tool; what the model reads of it. */
export async function call(
  client: Client,
  name: string,
  params: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<Told> {
  const result = await client.callTool(
    { name, arguments: { ...params } },
    signal === undefined ? {} : { signal },
  );
  const content = result.content as readonly { readonly type: string; readonly text?: string }[];
  return { text: content.map(({ text }) => text ?? '').join('\n'), failed: result.isError === true };
}

export interface FoundWorker {
  readonly pid: number;
  /** Time of the processor that it has used, clock ticks. */
  readonly cpu: number;
}

/** The workers that run for this supervisor now, as the system tells. */
export function workersOf(real: RealApp): FoundWorker[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (words[0] !== WORKER || fields[0] === 'Z') return [];
        // Its launcher names the door.
        if (!doorOf(Number(fields[1])).includes(real.paths.agentDoor)) return [];
        return [{ pid: Number(name), cpu: Number(fields[11]) + Number(fields[12]) }];
      } catch {
        return [];
      }
    });
}

/** What the launcher above the first process of a sandbox was started with. */
function doorOf(first: number): string {
  const stat = readFileSync(`/proc/${first}/stat`, 'utf8');
  const launcher = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return readFileSync(`/proc/${launcher}/cmdline`, 'utf8');
}
