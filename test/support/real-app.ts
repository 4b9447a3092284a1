/** The whole supervisor in this process, in a home of its own, reached as agents, terminals and pages reach it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../main/app/app.ts';
import { DEAD_TIME_MS } from '../../main/app/pages.ts';
import type { App, PageHandle, PageOptions } from '../../main/app/shell-port.ts';
import type { MovableClock } from '../../main/platform/clock.ts';
import { callDoor } from '../../main/platform/door-client.ts';
import type { DoorAnswer } from '../../main/platform/framing.ts';
import { type Paths, resolvePaths } from '../../main/platform/paths.ts';
import {
  type Answer,
  type Approval,
  type ChannelName,
  type ChannelPayload,
  channels,
  type MethodArgs,
  type MethodName,
  type MethodValue,
  methods,
  type Result,
} from '../../preload/contract.ts';
import { hookAtDoor, takenAs } from './door-hook.ts';

/** Lets files and searches run, asks for the rest. */
export const ASKING = policyText('default_policy: approve');
/** Lets everything run. */
export const LETTING = policyText('default_policy: auto');

export function policyText(capabilities: string): string {
  return `tools:
  modules: { filesystem: {}, shell: {}, web: {}, todo: {} }
  capabilities:
    max_risk_level: high
    ${capabilities.split('\n').join('\n    ')}
    grant: [{ module: filesystem, actions: [read] }]
`;
}

export class RealApp {
  readonly folder = mkdtempSync(join(tmpdir(), 'gh-app-'));
  readonly home = join(this.folder, 'home');
  readonly env: NodeJS.ProcessEnv;
  readonly paths: Paths;
  readonly #pages: TestPage[] = [];
  readonly #homeBefore = process.env['HOME'];
  readonly #clock: MovableClock | null;
  #app: App | null = null;

  /** @param clock put ahead where a person would let a card stand for a moment; without one, that is waited for */
  constructor(clock: MovableClock | null = null) {
    this.#clock = clock;
    mkdirSync(this.home);
    // No agent program of this computer is to be found, or started.
    this.env = { HOME: this.home, GATEHOUSE_HOME: join(this.folder, 'gh'), PATH: join(this.folder, 'none') };
    this.paths = resolvePaths(this.env, process.platform, this.home);
  }

  /** Makes the home and starts the supervisor in it. */
  static async start(policy: string | null = null, clock: MovableClock | null = null): Promise<RealApp> {
    const real = new RealApp(clock);
    if (policy !== null) real.writePolicy(policy);
    try {
      await real.start();
    } catch (error) {
      await real.remove();
      throw error;
    }
    return real;
  }

  get app(): App {
    if (this.#app === null) throw new Error('it does not run');
    return this.#app;
  }

  writePolicy(text: string | Buffer): void {
    for (const folder of [join(this.folder, 'gh'), this.paths.config])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(this.paths.policyFile, text, { mode: 0o600 });
  }

  async start(): Promise<void> {
    // The home folder is asked of the system, which looks here.
    process.env['HOME'] = this.home;
    const clock = this.#clock === null ? {} : { clock: this.#clock };
    this.#app = await startApp({ env: this.env, shell: 'headless', ...clock });
    this.#app.onOpenRequested(async () => ({ url: 'http://127.0.0.1:1/#link' }));
  }

  async stop(reason = 'the test ends'): Promise<void> {
    const app = this.#app;
    this.#app = null;
    for (const page of this.#pages.splice(0)) page.close();
    await app?.stop(reason);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async remove(): Promise<void> {
    await this.stop();
    if (this.#homeBefore === undefined) delete process.env['HOME'];
    else process.env['HOME'] = this.#homeBefore;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A hook's stdin through the real door; what its agent makes of the answer. */
  async ask(body: Uint8Array, hangUp?: AbortSignal): Promise<{ decision: string; reason: string }> {
    return takenAs(await hookAtDoor(this.paths.agentDoor, body, hangUp === undefined ? {} : { hangUp }));
  }

  /** A command line through the real door. The person types these answers, one for each question, or thinks. */
  async command(
    argv: readonly string[],
    typed: readonly string[] | ((prompt: string) => Promise<string | null>) = [],
    input?: Buffer,
  ): Promise<DoorAnswer & { readonly questions: readonly string[] }> {
    const questions: string[] = [];
    const left = typeof typed === 'function' ? [] : [...typed];
    const answer = await callDoor({
      path: this.paths.supervisorDoor,
      argv,
      cwd: this.folder,
      ...(input === undefined ? {} : { input }),
      onQuestion: async (prompt) => {
        questions.push(prompt);
        return typeof typed === 'function' ? typed(prompt) : (left.shift() ?? null);
      },
    });
    return { ...answer, questions };
  }

  /** Opens a page, as the shell does for a link or a window. */
  page(session: string, options: Partial<Pick<PageOptions, 'via' | 'origin'>> = {}): TestPage {
    const page = new TestPage(this.app, session, options, this.#clock);
    this.#pages.push(page);
    return page;
  }
}

type Sent = { readonly [C in ChannelName]: ChannelPayload<C>[] };

/** A page as the supervisor sees it. What it is sent and answered must fit the contract. */
export class TestPage {
  readonly sent: Sent = {
    overview: [],
    inbox: [],
    timeline: [],
    notice: [],
    mcp: [],
    vault: [],
    rules: [],
    reviews: [],
  };
  readonly clock: MovableClock | null;
  readonly #handle: PageHandle;

  constructor(
    app: App,
    session: string,
    options: Partial<Pick<PageOptions, 'via' | 'origin'>>,
    clock: MovableClock | null,
  ) {
    this.clock = clock;
    this.#handle = app.attachPage({
      via: options.via ?? 'page',
      origin: options.origin ?? (options.via === 'window' ? 'window' : 'start-link'),
      session,
      send: (channel, payload) => {
        (this.sent[channel] as unknown[]).push(channels[channel].parse(JSON.parse(JSON.stringify(payload))));
      },
    });
  }

  async call<M extends MethodName>(method: M, ...args: MethodArgs<M>): Promise<Result<MethodValue<M>>> {
    const result = (await this.raw(method, args)) as Result<MethodValue<M>>;
    if (result.ok) methods[method].result.parse(JSON.parse(JSON.stringify(result.value)));
    return result;
  }

  /** The value, or an error that says how the call failed. */
  async value<M extends MethodName>(method: M, ...args: MethodArgs<M>): Promise<MethodValue<M>> {
    const result = await this.call(method, ...args);
    if (!result.ok) throw new Error(`${method}: ${result.error.code}: ${result.error.message}`);
    return result.value;
  }

  /** `ok`, or the error's code. */
  async code<M extends MethodName>(method: M, ...args: MethodArgs<M>): Promise<string> {
    const result = await this.call(method, ...args);
    return result.ok ? 'ok' : result.error.code;
  }

  /** A call as a page that keeps to nothing could make it. */
  raw(method: string, args: unknown): Promise<Result<unknown>> {
    return this.#handle.call(method, args);
  }

  close(): void {
    this.#handle.detach();
  }
}

/** Waits until something is there, at most a minute. */
export async function soon<T>(look: () => Promise<T | null | undefined> | T | null | undefined): Promise<T> {
  const end = performance.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined) return found;
    if (performance.now() > end) throw new Error('it did not come within a minute');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The request that waits, shown to this page and long enough for an answer to be taken. */
export async function readCard(page: TestPage, title?: string): Promise<Approval> {
  const card = await soon(async () => {
    const { pending } = await page.value('inbox');
    return pending.find((candidate) => title === undefined || candidate.title.includes(title));
  });
  if (page.clock === null) await new Promise((resolve) => setTimeout(resolve, DEAD_TIME_MS + 20));
  else page.clock.advance(DEAD_TIME_MS + 1);
  return card;
}

/** What a page sends for a yes or a no to this card. */
export function answerTo(
  { id, fingerprint, nonce }: Approval,
  verdict: Answer['verdict'] = { kind: 'allow', scope: 'once' },
): Answer {
  return { id, fingerprint, nonce, verdict };
}
