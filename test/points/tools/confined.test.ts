/**
 * Governed calls are decided by the sandbox in which they are carried out: by what the kernel enforces of it, never by
 * what the policy wishes, and never by what the process that asks is confined by.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { Client, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../main/platform/canonical-json.ts';
import type { RpcMessage } from '../../../main/points/mcp/json-rpc.ts';
import { ToolClients } from '../../../main/points/tools/tool-clients.ts';
import type { ToolWorkers } from '../../../main/points/tools/tool-workers.ts';
import type { Worker } from '../../../main/points/tools/worker.ts';
import type { Level } from '../../../main/sandbox/launch-plan.ts';
import { projectRoot, runFile } from '../../support/built.ts';
import { FakeEngine } from '../../support/fake-engine.ts';
import { isRoot, launcherMissing } from '../../support/launcher.ts';
import { peerOf } from '../../support/peers.ts';
import { readCard } from '../../support/real-app.ts';
import { Home } from '../../support/supervisor-process.ts';
import { CLIENT, call, ToolsHouse, toolsPolicy } from '../../support/tools-house.ts';

/** The official client over a stream in this process. */
class StreamTransport implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: () => void;
  readonly #stream: Duplex;
  #left = '';

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  async start(): Promise<void> {
    this.#stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#left + text).split('\n');
      this.#left = lines.pop() ?? '';
      for (const line of lines) this.onmessage?.(JSON.parse(line));
    });
  }

  async send(message: unknown): Promise<void> {
    this.#stream.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    this.#stream.destroy();
    this.onclose?.();
  }
}

const missing = launcherMissing();
const policy = (level: string, more = '') =>
  toolsPolicy(
    `default_policy: approve
grant:
  - { module: filesystem, actions: [write], when: { sandboxed: strict } }
  - { module: filesystem, actions: [read], when: { sandboxed: true } }
  - { module: shell, actions: [bash], when: { sandboxed: strict } }
  - { module: web, actions: [fetch], when: { sandboxed: standard } }`,
    `security:
  sandbox: { level: ${level}, pool_size: 1, pool_max: 2${more} }
`,
  );
let house: ToolsHouse | null = null;

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});
afterEach(async () => {
  await house?.remove();
  house = null;
});

describe('a call', () => {
  it('is let through by a condition on the sandbox that its worker really has, and the row says which', async () => {
    house = await ToolsHouse.start(policy('strict'));
    const client = await house.client();
    const told = await call(client, 'filesystem_write', { file_path: 'a', content: 'x' });
    expect(told, told.text).toMatchObject({ failed: false });
    expect(existsSync(house.at('a'))).toBe(true);
    const ran = await call(client, 'shell_bash', { command: 'id -u' });
    expect(ran.failed, ran.text).toBe(false);
    const page = house.real.page('the person');
    const { rows } = await page.value('timeline', { action: ['filesystem.write'] }, null, 50);
    const { facts } = await page.value('timelineDetail', rows[0]?.seq ?? 0);
    expect(facts.find(({ label }) => label === 'Enforced')?.text).toBe('Sandbox strict');
  });

  it('is asked about where the level is less, and a client cannot say that it is more', async () => {
    house = await ToolsHouse.start(policy('standard'));
    const client = await house.client();
    const page = house.real.page('the person');
    const aborts = new AbortController();
    const waits = client.callTool(
      {
        name: 'filesystem_write',
        arguments: { file_path: 'a', content: 'x' },
        _meta: { 'gatehouse/confined': 'maximum' },
      },
      { signal: aborts.signal },
    );
    waits.catch(() => undefined);
    const card = await readCard(page);
    expect(card.who.find(({ label }) => label === 'Enforced')?.text).toBe(
      'Sandbox standard: Gatehouse itself carries this call out in it',
    );
    aborts.abort();
    await expect(waits).rejects.toThrow();
    expect(existsSync(house.at('a'))).toBe(false);
    house.write('b', 'text');
    expect(await call(client, 'filesystem_read', { file_path: 'b' })).toMatchObject({ text: 'text' });
  });

  it('that leaves the sandbox counts as confined only where the hosts are named', async () => {
    house = await ToolsHouse.start(policy('strict'));
    const client = await house.client();
    const page = house.real.page('the person');
    const aborts = new AbortController();
    const waits = call(client, 'http_get', { url: 'http://example.test/' }, aborts.signal);
    waits.catch(() => undefined);
    expect((await readCard(page)).title).toContain('example.test');
    aborts.abort();
    await expect(waits).rejects.toThrow();
  });

  it('that leaves it for a host that the policy names is confined like any other', async () => {
    house = await ToolsHouse.start(policy('strict', ', network: { allow: ["example.test:80"] }'));
    const client = await house.client();
    // The name leads nowhere, which is what the proxy answers; nobody was asked.
    const told = await call(client, 'http_get', { url: 'http://example.test/' });
    expect(told.text).toMatch(/^HTTP\/1.1 502/);
  });

  it('does not run where the worker that carries it out enforces less than it was decided for', async () => {
    const engine = new FakeEngine();
    const ran: string[] = [];
    const worker = (reached: Level | null) =>
      ({
        facts: { told: { asked: 'strict', reached, lacking: [] } },
        plan: { policy: null },
        run: async ([action]: readonly string[]) => {
          ran.push(String(action));
          return { kind: 'done', fields: [Buffer.from('done')] };
        },
      }) as unknown as Worker;
    let [stands, works] = [worker('strict'), worker('standard')];
    const clients = new ToolClients({
      ...{ engine, version: '1', home: '/none', halted: () => null, visible: () => true },
      ...{ redact: (result: JsonObject) => result, clean: (message: RpcMessage) => message },
      ...{ sessionOf: () => 's', note: () => undefined, defect: () => undefined },
    });
    clients.use({
      pool: () => ({
        ...{ enter: () => undefined, leave: () => undefined, give: () => undefined },
        standing: async () => stands,
        take: async () => works,
      }),
      beforeChange: async () => undefined,
      sessionOver: () => undefined,
      close: async () => undefined,
    } as unknown as ToolWorkers);
    const [near, far] = duplexPair();
    clients.connect(peerOf({ cwd: '/' }), () => far);
    const client = new Client({ name: 'home-made', version: '1' });
    await client.connect(new StreamTransport(near));
    const write = () => call(client, 'filesystem_write', { file_path: 'a', content: 'x' });
    expect(await write()).toMatchObject({
      failed: true,
      text: 'The call failed: it was decided for a sandbox that is strict, and what there is now enforces standard; hint: call again.',
    });
    expect(engine.authorized.map(({ confined }) => confined)).toEqual(['strict']);
    works = worker(null);
    expect((await write()).text).toContain('enforces less than standard');
    expect(ran).toEqual([]);
    works = worker('strict');
    expect(await write()).toEqual({ text: 'done', failed: false });
    // Nothing is promised of a worker of which nothing is enforced, and it is not refused then.
    stands = worker(null);
    expect(await write()).toEqual({ text: 'done', failed: false });
    expect(engine.authorized.at(-1)?.confined).toBeNull();
    await client.close();
    await clients.close();
  });
});

describe('a worker of which less is enforced than the policy says', () => {
  const reason = missing ?? (isRoot ? null : 'it makes the system poor as root, in a namespace');

  it('does not count as what was wished', async (context) => {
    if (reason !== null) return context.skip(reason);
    const home = new Home();
    const project = join(home.folder, 'home', 'proj');
    mkdirSync(project);
    mkdirSync(join(home.gatehouse, 'config'), { recursive: true, mode: 0o700 });
    writeFileSync(join(project, 'gatehouse.yaml'), '{}\n');
    writeFileSync(join(home.gatehouse, 'config', 'policy.yaml'), policy('strict'), { mode: 0o600 });
    // No /proc of its own can be mounted in there: strict is not reached.
    const words = ['mount -t tmpfs none /proc/sys && exec "$@"', 'sh', process.execPath, runFile];
    const supervisor = spawn('unshare', ['-m', 'sh', '-c', ...words, 'start', '--headless', '--no-open'], {
      cwd: projectRoot,
      env: home.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const over = new Promise((resolve) => supervisor.once('close', resolve));
    const client = new Client({ name: 'home-made', version: '1' });
    try {
      let said = '';
      await new Promise<void>((resolve, reject) => {
        supervisor.once('close', () => reject(new Error(`it ended: ${said}`)));
        supervisor.stdout.on('data', (bytes: Buffer) => {
          said += bytes.toString();
          if (said.includes('Ctrl-C stops it')) resolve();
        });
      });
      await client.connect(
        new StdioClientTransport({
          command: 'timeout',
          args: ['300', CLIENT, 'mcp', '--tools', '--door', join(home.gatehouse, 'run', 'agent.sock')],
          cwd: project,
          stderr: 'ignore',
        }),
      );
      writeFileSync(join(project, 'b'), 'text');
      // Standard is enforced, so this is let through.
      const read = await call(client, 'filesystem_read', { file_path: 'b' });
      expect(read).toEqual({ text: 'text', failed: false });
      const aborts = new AbortController();
      const waits = call(client, 'filesystem_write', { file_path: 'a', content: 'x' }, aborts.signal);
      waits.catch(() => undefined);
      let listed = '';
      while (!listed.includes('"id"')) listed = (await home.done(['approvals', 'list', '--json'])).stdout;
      expect(listed).toContain('filesystem');
      aborts.abort();
      await expect(waits).rejects.toThrow();
      expect(existsSync(join(project, 'a'))).toBe(false);
    } finally {
      await client.close();
      supervisor.kill('SIGTERM');
      await over;
      await home.remove();
    }
  });
});
