/** A headless shell on a free loopback port with an app double, a built page of two files, and page clients. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { Launch } from '../../main/app/browser.ts';
import { type HeadlessShell, openHeadlessShell } from '../../main/headless/shell.ts';
import type { Clock } from '../../main/platform/clock.ts';
import { ServerMessage } from '../../preload/contract/wire.ts';
import { AppDouble } from './app-double.ts';

export interface Rig {
  readonly app: AppDouble;
  readonly shell: HeadlessShell;
  readonly folder: string;
  readonly runFolder: string;
  readonly origin: string;
  stop(): Promise<void>;
}

export interface RigOptions {
  readonly clock?: Clock;
  readonly launch?: Launch;
  readonly port?: number | null;
}

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-headless-'));
  const pageFolder = join(folder, 'renderer');
  const runFolder = join(folder, 'run');
  mkdirSync(join(pageFolder, 'assets'), { recursive: true });
  mkdirSync(runFolder, { mode: 0o700 });
  writeFileSync(join(folder, 'secret.txt'), 'not for the page');
  writeFileSync(
    join(pageFolder, 'index.html'),
    '<!doctype html><title>Gatehouse</title><script type="module" src="./assets/index-AbCdEf12.js"></script>',
  );
  writeFileSync(join(pageFolder, 'assets', 'index-AbCdEf12.js'), 'export const page = 1;');
  writeFileSync(join(pageFolder, 'assets', 'index-AbCdEf12.js.map'), '{}');
  const app = new AppDouble();
  const shell = await openHeadlessShell({
    app,
    pageFolder,
    runFolder,
    port: options.port === undefined ? await freePort() : options.port,
    env: process.env,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.launch === undefined ? {} : { launch: options.launch }),
    platform: 'linux',
  });
  return {
    app,
    shell,
    folder,
    runFolder,
    origin: `http://127.0.0.1:${shell.port}`,
    stop: async () => {
      await shell.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Below the ports that systems hand out by themselves: what another test connects with does not take it meanwhile. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A plain HTTP request; `path` goes out as it is. */
export function fetchPath(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? 'GET',
        headers: options.headers ?? {},
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

/** The token of a link. */
export function tokenOf(url: string): string {
  return url.slice(url.indexOf('#') + 1);
}

/** A page's end of the WebSocket. */
export class PageClient {
  readonly socket: WebSocket;
  readonly received: ServerMessage[] = [];
  closeCode: number | null = null;
  /** The HTTP status when the upgrade was refused. */
  refusedWith: number | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(port: number, options: { origin?: string | null; host?: string; path?: string } = {}) {
    const origin = options.origin === undefined ? `http://127.0.0.1:${port}` : options.origin;
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${options.path ?? '/ws'}`, {
      perMessageDeflate: false,
      headers: {
        ...(origin === null ? {} : { Origin: origin }),
        ...(options.host === undefined ? {} : { Host: options.host }),
      },
    });
    this.socket.on('message', (data) => {
      this.received.push(ServerMessage.parse(JSON.parse(String(data))));
      this.#changed();
    });
    this.socket.on('unexpected-response', (_request, response) => {
      this.refusedWith = response.statusCode ?? 0;
      this.socket.terminate();
      this.#changed();
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
      this.#changed();
    });
    this.socket.on('open', () => this.#changed());
    this.socket.on('error', () => this.#changed());
  }

  /** Connects and says hello; answers what came back first. */
  static async hello(
    port: number,
    hello: { link?: string; session?: string },
  ): Promise<{ client: PageClient; answer: ServerMessage | null }> {
    const client = new PageClient(port);
    await client.opened();
    client.send({ type: 'hello', ...hello });
    await client.until(() => client.received.length > 0 || client.closeCode !== null);
    return { client, answer: client.received[0] ?? null };
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async call(id: number, method: string, args: readonly unknown[] = []): Promise<unknown> {
    this.send({ type: 'call', id, method, args });
    const find = () => this.received.find((message) => message.type === 'result' && message.id === id);
    await this.until(() => find() !== undefined || this.closeCode !== null);
    const found = find();
    return found?.type === 'result' ? found.result : undefined;
  }

  opened(): Promise<void> {
    return this.until(() => this.socket.readyState !== WebSocket.CONNECTING);
  }

  closed(): Promise<void> {
    return this.until(() => this.closeCode !== null || this.refusedWith !== null);
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  end(): void {
    this.socket.terminate();
  }

  #changed(): void {
    for (const check of [...this.#waiting]) check();
  }
}
