/** The real app in a home of its own, with its API open, tokens made in its page, and clients of it. */
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { appNameOf } from '../../main/points/api/apps.ts';
import type {
  ApiScope,
  ApiView,
  MethodArgs,
  MethodName,
  MethodValue,
  TimelineRow,
} from '../../preload/contract.ts';
import { ApiAgent } from './api-agent.ts';
import { type Answered, type Ask, httpAsk } from './http-ask.ts';
import { RealApp, type TestPage } from './real-app.ts';

export const PIN = 'horse-staple-9';

/** Reads are let through, deletes denied, one listing a minute; everything else asks for half a minute. */
export const POLICY = `
tools:
  modules: { shell: {}, filesystem: {}, web: {} }
  capabilities:
    default_policy: approve
    max_risk_level: high
    approval_timeout: 30
    grant: [{ module: filesystem, actions: [read, glob] }]
    deny: [{ module: filesystem, actions: [delete], reason: "Nothing is deleted here." }]
    rate_limits: { filesystem.glob: 1 }
`;

export class ApiHouse {
  readonly real: RealApp;
  /** Two projects. */
  readonly web: string;
  readonly shop: string;
  #page: TestPage | null = null;
  #agent: ApiAgent | null = null;
  port = 0;

  private constructor(real: RealApp) {
    this.real = real;
    const home = realpathSync(real.home);
    this.web = join(home, 'src', 'web');
    this.shop = join(home, 'src', 'shop');
    for (const root of [this.web, this.shop]) mkdirSync(join(root, '.git'), { recursive: true });
  }

  /** Starts the app, sets the PIN. The API is off. */
  static async open(): Promise<ApiHouse> {
    const house = new ApiHouse(await RealApp.start(POLICY));
    await house.page('setPin', { pin: PIN, current: null });
    return house;
  }

  /** Ends the app; its home stays. */
  async stop(): Promise<void> {
    this.#page = null;
    await this.real.stop();
  }

  async remove(): Promise<void> {
    await this.#agent?.end();
    await this.real.remove();
  }

  policy(text: string): Promise<unknown> {
    this.real.writePolicy(text);
    return this.page('reloadPolicy');
  }

  /** Calls the contract as our own window does; throws the error's code and words. */
  page<M extends MethodName>(method: M, ...args: MethodArgs<M>): Promise<MethodValue<M>> {
    this.#page ??= this.real.page('window', { via: 'window' });
    return this.#page.value(method, ...args);
  }

  /** The page's view of the API; notes the port. */
  async look(): Promise<ApiView> {
    const view = await this.page('api');
    this.port = view.address === null ? 0 : Number(new URL(view.address).port);
    return view;
  }

  /** Makes a token in the page. */
  async token(name: string, scopes: readonly ApiScope[], app: string | null = this.web): Promise<string> {
    const { secret } = await this.page('makeToken', {
      name,
      scopes: [...scopes],
      app,
      pin: scopes.includes('decide') ? PIN : null,
    });
    await this.look();
    return secret;
  }

  id(root: string): string {
    return appNameOf(root).app_id;
  }

  /** `/api/apps/{web}/…` */
  path(rest: string, root = this.web): string {
    return `/api/apps/${this.id(root)}/${rest}`;
  }

  ask(path: string, options: Ask = {}, signal?: AbortSignal): Promise<Answered> {
    return httpAsk(this.port, path, options, signal);
  }

  /** Submits `shell.bash`, or another tool, from a program of its own. */
  submit(
    token: string,
    more: Readonly<Record<string, unknown>> = {},
    signal?: AbortSignal,
  ): Promise<Answered> {
    const body = { tool_name: 'shell.bash', params: { command: 'npm test' }, ...more };
    return this.agent.ask(this.port, this.path('calls'), { token, body }, signal);
  }

  /** Reads a file, and comes back when the token has asked too often for now: a fast machine is quicker than its rate. */
  async read(session: string, path: string, token: string, root = this.web): Promise<Answered> {
    for (;;) {
      const answered = await this.agent.ask(this.port, this.path('calls', root), {
        token,
        body: { tool_name: 'filesystem.read', params: { path }, session },
      });
      if (answered.status !== 429) return answered;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The program that submits; its folder is the first project. */
  get agent(): ApiAgent {
    this.#agent ??= new ApiAgent(this.web);
    return this.#agent;
  }

  /** Waits until a request waits, and answers it as the API shows it. */
  async waiting(token: string, root = this.web): Promise<Answered['body']> {
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      const { body } = await this.ask(this.path('approvals', root), { token });
      if (body.approvals.length > 0) return body.approvals[0];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('nothing waits');
  }

  /** Rows of the timeline that are no calls, newest first. */
  async events(action: string): Promise<readonly TimelineRow[]> {
    const { rows } = await this.page('timeline', { action: [action] }, null, 200);
    return rows;
  }

  /** Security rows of one kind, newest first, once there are as many. */
  async security(what: string, count = 1): Promise<readonly TimelineRow[]> {
    for (const end = Date.now() + 60_000; ; ) {
      const rows = (await this.events('security')).filter((row) => row.reason === what);
      if (rows.length >= count || Date.now() > end) return rows;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  follow(path: string, token: string | null, headers: Readonly<Record<string, string>> = {}): Follower {
    return new Follower(`ws://127.0.0.1:${this.port}${path}`, {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    });
  }
}

/** A client of the event stream. */
export class Follower {
  readonly socket: WebSocket;
  // biome-ignore lint/suspicious/noExplicitAny: events of every shape; the contract test checks them.
  readonly received: any[] = [];
  refusedWith: number | null = null;
  closeCode: number | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.socket.on('message', (data) => {
      this.received.push(JSON.parse(String(data)));
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
    this.socket.on('error', () => this.#changed());
  }

  /** What came, without the first message. */
  get events(): readonly Follower['received'][number][] {
    return this.received.filter(({ type }) => type !== 'ready');
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

  ready(): Promise<void> {
    return this.until(() => this.received.length > 0 || this.refusedWith !== null || this.closeCode !== null);
  }

  end(): void {
    this.socket.terminate();
  }

  #changed(): void {
    for (const check of [...this.#waiting]) check();
  }
}
