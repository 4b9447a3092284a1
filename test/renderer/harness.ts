/**
 * The built page in a real Chromium, with the contract double behind it and the real headless server between.
 *
 * The build is made once for all files, when it is missing or older than its sources; each file starts one
 * browser, each test has a server and a double of its own, so that nothing is kept from one to the next.
 */
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ClientMessage } from '../../preload/contract/wire.ts';
import type { Answer, MethodName } from '../../preload/contract.ts';
import { buildOnce, projectRoot } from '../support/built.ts';
import { launchChromium, noBrowser } from '../support/chromium.ts';
import { ContractDouble, type Scene } from '../support/contract-double.ts';
import { openPageServer, type PageServer } from '../support/page-server.ts';

export type Place =
  | 'inbox'
  | 'reviews'
  | 'timeline'
  | 'rules'
  | 'agents'
  | 'mcp'
  | 'vault'
  | 'policy'
  | 'settings';

export interface OpenOptions extends Scene {
  /** Page to go to; the inbox when left out. */
  readonly at?: Place;
  /** The test moves the page's time itself, after `stopClock`. */
  readonly clock?: boolean;
}

/** A header may forbid features that this build of the browser has not got; it then says so. */
const UNKNOWN_FEATURE = /Permissions-Policy header: Unrecognized feature/;

export class Stage {
  readonly double: ContractDouble;
  readonly server: PageServer;
  readonly page: Page;
  /** Errors and warnings of the console, and what the page threw. */
  readonly complaints: string[] = [];
  readonly #excused: RegExp[] = [];
  readonly #sent: { readonly method: string; readonly args: readonly unknown[] }[] = [];

  constructor(double: ContractDouble, server: PageServer, page: Page) {
    this.double = double;
    this.server = server;
    this.page = page;
    page.on('console', (message) => {
      const serious = message.type() === 'error' || message.type() === 'warning';
      if (serious && !UNKNOWN_FEATURE.test(message.text())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        const message = ClientMessage.parse(JSON.parse(String(payload)));
        if (message.type === 'call') this.#sent.push(message);
      }),
    );
  }

  /** Arguments of each call of a method that left the page until now. */
  async sent(method: MethodName): Promise<readonly (readonly unknown[])[]> {
    // What the page did before this round trip has been seen when it is over.
    await this.page.evaluate(() => null);
    return this.#sent.filter((call) => call.method === method).map(({ args }) => args);
  }

  /** Verdicts that left the page until now. */
  async verdicts(): Promise<readonly Answer['verdict'][]> {
    return (await this.sent('answer')).map(([answer]) => (answer as Answer).verdict);
  }

  /** Loads the page by a new link, and goes to where the scene is. */
  async load({ at }: OpenOptions): Promise<void> {
    await this.page.goto(this.server.link());
    await this.page.getByRole('heading', { level: 1 }).first().waitFor();
    await this.settled();
    if (at !== undefined && at !== 'inbox') await this.go(at);
  }

  /** Waits until nothing moves by itself any more: every font is there and has been laid out. */
  async settled(): Promise<void> {
    await this.page.evaluate(async () => {
      await Promise.all([...document.fonts].map((font) => font.load()));
      // Told after the next layout, also where a test has stopped the page's clock.
      await new Promise<void>((resolve) => {
        const frame = new ResizeObserver(() => {
          frame.disconnect();
          resolve();
        });
        frame.observe(document.body);
      });
    });
  }

  /** Stops the page's clock, for a page that was opened with `clock`: from now on only the test moves it. */
  async stopClock(): Promise<void> {
    await this.settled();
    await this.page.clock.pauseAt((await this.page.evaluate(() => Date.now())) + 10_000);
    await this.page.clock.runFor(1000);
  }

  /** Goes to another page of the application. */
  async go(name: Place): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, name);
  }

  /** Complaints that a test causes on purpose. */
  excuse(pattern: RegExp): void {
    this.#excused.push(pattern);
  }

  /** What must be empty at the end of a test: faults of the page, and of the scene itself. */
  faults(): readonly string[] {
    const mine = this.complaints.filter((text) => !this.#excused.some((pattern) => pattern.test(text)));
    return [...this.double.defects, ...mine];
  }

  // What the tests of the inbox speak of.
  get requests(): Locator {
    return this.page.getByRole('listbox', { name: 'Requests' }).getByRole('option');
  }
  get selected(): Locator {
    return this.page.getByRole('option', { selected: true });
  }
  get detail(): Locator {
    return this.page.getByRole('region', { name: 'Request', exact: true });
  }
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }
}

export type Open = (options?: OpenOptions) => Promise<Stage>;

/** How long anything may take that takes a moment on an idle machine. */
const PATIENCE_MS = 15_000;
const VIEWPORT = { width: 1280, height: 800 } as const;
let browser: Promise<Browser> | null = null;
/** The tabs of this file. A new one costs as much as loading the page; each test has an origin of its own in it. */
const tabs: { plain?: Promise<Page>; clocked?: Promise<Page> } = {};

vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  if (noBrowser !== null) return;
  await buildOnce();
  browser = launchChromium();
  await browser;
}, 240_000);
afterAll(async () => (await browser)?.close());

/** A test with `open`, which opens the page. What it opened is closed when it ends, and must be without a fault. */
export const it = test.extend<{ readonly open: Open }>({
  open: async ({ skip }, use) => {
    if (noBrowser !== null) skip(noBrowser);
    const stages: Stage[] = [];
    try {
      await use(async (options = {}) => {
        const stage = await openStage(options);
        stages.push(stage);
        await stage.load(options);
        return stage;
      });
      expect(stages.flatMap((stage) => stage.faults())).toEqual([]);
    } finally {
      for (const stage of stages) await closeStage(stage);
    }
  },
});

/** Looks again and again until it is so, for at most `PATIENCE_MS`. */
export function eventually<T>(look: () => T | Promise<T>) {
  return expect.poll(look, { timeout: PATIENCE_MS, interval: 25 });
}

async function openStage(options: OpenOptions): Promise<Stage> {
  const double = new ContractDouble();
  await double.play(options);
  const server = await openPageServer(double, join(projectRoot, 'dist', 'renderer'));
  const kind = options.clock === true ? 'clocked' : 'plain';
  const tab = tabs[kind] ?? newTab(kind);
  tabs[kind] = tab;
  return new Stage(double, server, await tab);
}

async function newTab(kind: keyof typeof tabs): Promise<Page> {
  if (browser === null) throw new Error('the browser was not started');
  const context = await (await browser).newContext({ viewport: VIEWPORT, locale: 'en-GB' });
  context.setDefaultTimeout(PATIENCE_MS);
  // The whole page is fetched, read and drawn: on a machine that does other things too, that takes longer.
  context.setDefaultNavigationTimeout(3 * PATIENCE_MS);
  const page = await context.newPage();
  if (kind === 'clocked') await page.clock.install();
  return page;
}

/** Makes the tab as it was before the test. */
async function closeStage({ page, server }: Stage): Promise<void> {
  for (const event of ['console', 'pageerror', 'websocket'] as const) page.removeAllListeners(event);
  for (const other of page.context().pages()) if (other !== page) await other.close();
  if (page === (await tabs.clocked)) await page.clock.resume();
  // Away from the server that goes: the page would try to reach it again in the next test.
  await page.goto('about:blank');
  await page.mouse.move(0, 0);
  await page.setViewportSize(VIEWPORT);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await server.close();
}
