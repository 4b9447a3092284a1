/** A supervisor with a vault in a key file, an MCP server that tells what it was started with, and a client of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import type { MovableClock } from '../../../main/platform/clock.ts';
import { Redactor } from '../../../main/vault/redaction/redactor.ts';
import { lineTransport } from '../../support/mcp-scene.ts';
import { answerTo, RealApp, readCard, type TestPage } from '../../support/real-app.ts';

export const PIN = 'granite-7';
export const PASSPHRASE = 'correct horse 7 battery';
/** Long, with characters that every encoding changes. */
export const CANARY = 'cn4ry/7d+Q"9k\\e=Zx81&vault';

const TOOLS = ['leak', 'echo'].map((name) => ({
  name,
  description: `Does ${name}`,
  inputSchema: { type: 'object' },
}));

export const POLICY = `tools:
  modules: { filesystem: {}, shell: {}, mcp: {} }
  capabilities:
    default_policy: auto
    max_risk_level: high
`;

/** Everything below a folder in which a value stands, in any spelling. */
export function holding(folder: string, value: string): string[] {
  const finder = new Redactor();
  finder.add(Buffer.from(value));
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => finder.find(readFileSync(file, 'latin1')).length > 0);
}

export class VaultHouse {
  readonly real: RealApp;
  page: TestPage;
  readonly server: string;
  readonly #agents: ChildProcess[] = [];

  private constructor(real: RealApp, server: string) {
    this.real = real;
    this.server = server;
    this.page = real.page('first');
  }

  /** @param clock put ahead where a use is to come to its end */
  static async start(policy = POLICY, clock: MovableClock | null = null): Promise<VaultHouse> {
    const real = await RealApp.start(policy, clock);
    const server = join(real.folder, 'server');
    mkdirSync(server);
    writeFileSync(join(server, 'tools.json'), JSON.stringify(TOOLS));
    const house = new VaultHouse(real, server);
    await house.page.value('setPin', { pin: PIN, current: null });
    return house;
  }

  async make(): Promise<string> {
    return (await this.page.value('makeVault', { passphrase: PASSPHRASE })).recoveryKey;
  }

  async restart(): Promise<void> {
    await this.real.restart();
    this.page = this.real.page('first');
    await this.page.value('unlock', PIN);
  }

  unlock() {
    return this.page.value('unlockVault', { passphrase: PASSPHRASE, recovery: null });
  }

  /** Registers the server that tells. */
  async register(name = 'tells', env: Record<string, string> = {}): Promise<void> {
    const program = fileURLToPath(new URL('../../support/mcp-server.ts', import.meta.url));
    const entry = { command: process.execPath, args: [program, this.server], env };
    await this.page.value('addMcpServer', { text: JSON.stringify(entry), name });
  }

  /** Adds a credential of the person's. */
  async add(
    name: string,
    value: string,
    over: Partial<{ scope: 'per_user' | 'system_wide' }> = {},
  ): Promise<string> {
    const saved = await this.page.value('addCredential', {
      ...{
        name,
        label: '',
        kind: 'type:api_key',
        scope: over.scope ?? 'per_user',
        app: null,
        confirmed: true,
      },
      values: { api_key: value },
    });
    if (saved.id === null) throw new Error(JSON.stringify(saved));
    return saved.id;
  }

  /** An agent's client at the server, in a project of its own; connecting may wait for a person. */
  async client(server = 'tells'): Promise<Client> {
    const [found] = (await this.page.value('mcpServers')).filter(({ name }) => name === server);
    if (found === undefined) throw new Error(`${server} is not registered`);
    const project = join(this.real.folder, 'project');
    mkdirSync(project, { recursive: true });
    // The agent is the shell: it works in the project, and runs the program that its entry names.
    const { command, args } = found.entry;
    const agent = spawn('sh', ['-c', '"$@"; true', 'sh', command, ...args], {
      cwd: project,
      env: { PATH: process.env['PATH'] },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#agents.push(agent);
    const client = new Client({ name: 'test-client', version: '1' }, { capabilities: {} });
    await client.connect(lineTransport(Duplex.from({ readable: agent.stdout, writable: agent.stdin })));
    return client;
  }

  /** What the server wrote down. */
  said(name: string): string[] {
    const file = join(this.server, name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** What the timeline says of rows of a type. */
  async rows(type: string): Promise<string[]> {
    return (await this.page.value('timeline', { text: '' }, null, 200)).rows
      .filter(({ action }) => action === type)
      .map(({ summary }) => summary);
  }

  /** Says yes to what waits. */
  async allow(title?: string): Promise<void> {
    const card = await readCard(this.page, title);
    await this.page.value('answer', answerTo(card));
  }

  end(): Promise<void> {
    for (const agent of this.#agents) agent.stdin?.end();
    return this.real.remove();
  }
}
