/** A running supervisor with one page of it in the test's hands, for tests with real programs on the other side. */
import { join } from 'node:path';
import type { Approval, Inbox, McpServerView, Result } from '../../preload/contract.ts';
import { buildOnce } from './built.ts';
import { freePort, PageClient } from './headless-rig.ts';
import { Home, linkIn } from './supervisor-process.ts';

/** Longer than a card is dead after it was shown. */
const SETTLED_MS = 500;
/** Real agents start slowly, and on a busy machine more so. */
const PATIENCE_MS = 120_000;

export class LiveHouse {
  readonly home: Home;
  readonly #page: PageClient;
  #calls = 0;

  private constructor(home: Home, page: PageClient) {
    this.home = home;
    this.#page = page;
  }

  static async open(): Promise<LiveHouse> {
    await buildOnce();
    const home = new Home();
    try {
      const run = await home.start('--headless', '--port', String(await freePort()));
      const { port, token } = linkIn(run.stdout);
      const { client, answer } = await PageClient.hello(port, { link: token });
      if (answer?.type !== 'welcome') throw new Error(`the page was not let in: ${JSON.stringify(answer)}`);
      return new LiveHouse(home, client);
    } catch (error) {
      await home.remove();
      throw error;
    }
  }

  /** The folder of the person who runs it. */
  get user(): string {
    return join(this.home.folder, 'home');
  }

  /** Calls a method of the contract. @throws Error with its message when it fails */
  async call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    this.#calls += 1;
    const result = (await this.#page.call(this.#calls, method, args)) as Result<T>;
    if (!result.ok) throw new Error(`${method}: ${result.error.message}`);
    return result.value;
  }

  async register(name: string, command: string, args: readonly string[]): Promise<McpServerView> {
    return this.call('addMcpServer', { text: JSON.stringify({ [name]: { command, args } }), name: null });
  }

  /** Waits for the one request that is asked and answers it; what it said. */
  async answer(
    verdict: { kind: 'allow'; scope: 'once' | 'session' } | { kind: 'deny'; reason: string },
  ): Promise<Approval> {
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
      const { pending } = await this.call<Inbox>('inbox');
      const [approval] = pending;
      if (approval !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
        const { id, fingerprint, nonce } = approval;
        await this.call('answer', { id, fingerprint, nonce, verdict });
        return approval;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`nobody asked within ${PATIENCE_MS / 1000} s`);
  }

  async waiting(): Promise<number> {
    return (await this.call<Inbox>('inbox')).pending.length;
  }

  async remove(): Promise<void> {
    this.#page.end();
    await this.home.remove();
  }
}
