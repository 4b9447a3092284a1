/**
 * The real app under Electron, driven by Playwright, wherever Electron's program is there. It is run as it is from a
 * checkout: packed, its fuses would keep Playwright out.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { electronState } from '../../main/cli/electron-binary.ts';
import { hasDisplay } from '../../main/cli/probe.ts';
import type { GatehouseApi } from '../../preload/contract.ts';
import { buildOnce } from '../support/built.ts';
import { DesktopSession } from '../support/desktop-session.ts';
import { NotificationService } from '../support/notification-service.ts';

const root = join(import.meta.dirname, '..', '..');
const state = electronState(root);
const reason =
  state.kind !== 'ready'
    ? 'Electron binary missing: npx install-electron'
    : process.getuid?.() === 0
      ? 'Electron binary missing for root: Chromium has no sandbox there; run as another user'
      : hasDisplay(process.platform, process.env)
        ? null
        : 'no display: run under xvfb-run -a';
/** Where the program was put on purpose, a skip would hide that it was not found. */
if (reason !== null && process.env['GATEHOUSE_NEEDS_ELECTRON'] === '1')
  throw new Error(`the real window is to be tested here: ${reason}`);

/** What the page has of us. */
type Bridge = { readonly gatehouse: GatehouseApi };

let home = '';
/** On Linux: where the notifications go. */
let bus: DesktopSession | null = null;
let service: NotificationService | null = null;
let running: Promise<{ app: ElectronApplication; page: Page }> | null = null;

const launch = (): Promise<ElectronApplication> =>
  _electron.launch({
    executablePath: state.kind === 'ready' ? state.binary : '',
    args: [root],
    env: {
      ...environment(),
      ...(bus === null ? {} : { DBUS_SESSION_BUS_ADDRESS: bus.address }),
      HOME: home,
      GATEHOUSE_HOME: join(home, 'gatehouse'),
    },
  });

/** One app for all of these: each test leaves nothing that waits. */
const it = test.extend<{ readonly real: { app: ElectronApplication; page: Page } }>({
  real: async ({ skip }, use) => {
    if (reason !== null) skip(reason);
    running ??= (async () => {
      const app = await launch();
      await expect.poll(async () => (await pages(app)).length, { timeout: 30_000 }).toBe(2);
      const page = (await pages(app)).find((candidate) => candidate.url() === 'gatehouse://app/');
      if (page === undefined) throw new Error('no main window');
      return { app, page };
    })();
    await use(await running);
  },
});

async function pages(app: ElectronApplication): Promise<Page[]> {
  const all = app.windows();
  await Promise.all(all.map((page) => page.waitForLoadState()));
  return all.filter((page) => page.url().startsWith('gatehouse://app/'));
}

/** Sends the person's own test request: something that waits. */
function ask(page: Page): Promise<unknown> {
  return page.evaluate(() => (globalThis as unknown as Bridge).gatehouse.call('sendTestRequest'));
}

/** Denies all that waits, in the page, as a person would. */
async function denyAll(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { gatehouse } = globalThis as unknown as Bridge;
    const inbox = await gatehouse.call('inbox');
    if (!inbox.ok) throw new Error(inbox.error.message);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const { id, fingerprint, nonce } of inbox.value.pending)
      await gatehouse.call('answer', { id, fingerprint, nonce, verdict: { kind: 'deny', reason: null } });
  });
}

describe('the real app', () => {
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'gatehouse-window-'));
    if (reason !== null) return;
    await buildOnce();
    if (process.platform !== 'linux') return;
    // A bus of its own: the person's notifications are not the test's.
    bus = await DesktopSession.open();
    service = await NotificationService.start(bus.address);
  });
  afterAll(async () => {
    await (await running)?.app.close();
    await service?.stop();
    await bus?.close();
    rmSync(home, { recursive: true, force: true });
  });

  it('window: has the bridge and nothing of Node, and gets out to nothing', async ({ real: { page } }) => {
    const seen = await page.evaluate(() => ({
      bridge: Object.keys((globalThis as unknown as Bridge).gatehouse).toSorted(),
      node:
        typeof (globalThis as { process?: unknown }).process +
        typeof (globalThis as { require?: unknown }).require,
    }));
    expect(seen).toEqual({
      bridge: ['call', 'connection', 'on', 'onConnection'],
      node: 'undefinedundefined',
    });
    const fetched = await page.evaluate(() =>
      fetch('https://127.0.0.1/').then(
        () => 'fetched',
        () => 'stopped',
      ),
    );
    expect(fetched).toBe('stopped');
    expect(await page.evaluate(() => window.open('gatehouse://app/') === null)).toBe(true);
    const written = await page.evaluate(() => {
      try {
        document.body.insertAdjacentHTML('beforeend', '<p>x</p>');
        return 'written';
      } catch {
        return 'stopped';
      }
    });
    expect(written).toBe('stopped');
    await page.evaluate(() => {
      location.href = 'https://127.0.0.1/';
    });
    expect(page.url()).toBe('gatehouse://app/');
  });

  it('IPC: another window with the same preload gets no answer', async ({ real: { app } }) => {
    const answer = await app.evaluate(
      async ({ BrowserWindow }, preload) => {
        const stranger = new BrowserWindow({
          show: false,
          webPreferences: { preload, sandbox: true, contextIsolation: true },
        });
        try {
          await stranger.loadURL('about:blank');
          return (await stranger.webContents.executeJavaScript(
            "window.gatehouse.call('inbox').then((result) => result.ok)",
          )) as unknown;
        } finally {
          stranger.destroy();
        }
      },
      join(root, 'dist', 'preload', 'index.cjs'),
    );
    expect(answer).toBe(false);
  });

  it('second instance: ends at once, and brings the window up without the focus', async ({
    real: { app },
  }) => {
    await app.evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows()) if (window.isFocusable()) window.hide();
    });
    await expect(launch()).rejects.toThrow();
    await expect
      .poll(() =>
        app.evaluate(({ BrowserWindow }) =>
          BrowserWindow.getAllWindows()
            .filter((window) => !window.isAlwaysOnTop())
            .map((window) => window.isVisible()),
        ),
      )
      .toEqual([true]);
  });

  it('card: comes up above other windows for what waits, without the focus', async ({
    real: { app, page },
  }) => {
    await app.evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows()) window.blur();
    });
    const card = () =>
      app.evaluate(({ BrowserWindow }) => {
        const [shown] = BrowserWindow.getAllWindows().filter((window) => window.isAlwaysOnTop());
        return [shown?.isVisible(), shown?.isFocused()];
      });
    await ask(page);
    await expect.poll(card).toEqual([true, false]);
    await denyAll(page);
    await expect.poll(card).toEqual([false, false]);
  });

  it('tray: its menu and its tooltip tell of what waits', async ({ real: { app, page } }) => {
    await app.evaluate(({ Tray }) => {
      const told = globalThis as unknown as { tooltips: string[] };
      told.tooltips = [];
      const { setToolTip } = Tray.prototype;
      Tray.prototype.setToolTip = function (text: string) {
        told.tooltips.push(text);
        setToolTip.call(this, text);
      };
    });
    const tooltip = () =>
      app.evaluate(() => (globalThis as unknown as { tooltips: string[] }).tooltips.at(-1) ?? '');
    await ask(page);
    await expect.poll(tooltip).toMatch(/1 wait/);
    await denyAll(page);
    await expect.poll(tooltip).not.toMatch(/1 wait/);
  });

  it('notification: what waits is shown by the system with buttons', async ({ real: { app, page } }) => {
    if (service !== null) {
      await overTheBus(page, service);
      return;
    }
    await app.evaluate(({ Notification }) => {
      const told = globalThis as unknown as { shown: string[][] };
      told.shown = [];
      const { show } = Notification.prototype;
      Notification.prototype.show = function () {
        told.shown.push(this.actions.map(({ text }) => text ?? ''));
        show.call(this);
      };
    });
    await ask(page);
    await expect
      .poll(() => app.evaluate(() => (globalThis as unknown as { shown: string[][] }).shown.length))
      .toBeGreaterThan(0);
    await denyAll(page);
  });
});

/** On Linux: the notification stands at the service with its buttons, and Deny there ends the request. */
async function overTheBus(page: Page, shownBy: NotificationService): Promise<void> {
  const waiting = () =>
    page.evaluate(async () => {
      const inbox = await (globalThis as unknown as Bridge).gatehouse.call('inbox');
      return inbox.ok ? inbox.value.pending.length : -1;
    });
  await ask(page);
  await expect.poll(() => shownBy.screen.size).toBe(1);
  const [shown] = shownBy.screen.values();
  if (shown === undefined) throw new Error('it went again');
  expect(shown.actions).toEqual(expect.arrayContaining(['Deny once', 'Review']));
  // What is pressed before anybody could read it does not count.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  shownBy.press(shown, 'Deny once');
  await expect.poll(waiting).toBe(0);
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
