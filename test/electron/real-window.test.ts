/**
 * The real window, driven by Playwright, wherever Electron's program is there. It is run as it is from a
 * checkout: packed, its fuses would keep Playwright out.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { electronState } from '../../main/cli/electron-binary.ts';
import { hasDisplay } from '../../main/cli/probe.ts';
import { buildOnce } from '../support/built.ts';

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

describe('the real window', () => {
  let home = '';
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'gatehouse-window-'));
    if (reason === null) await buildOnce();
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('shows the page with the bridge and nothing of Node, and keeps a second one out', async (context) => {
    if (reason !== null || state.kind !== 'ready') return context.skip(reason ?? '');
    const launch = () =>
      _electron.launch({
        executablePath: state.binary,
        args: [root],
        env: { ...environment(), HOME: home, GATEHOUSE_HOME: join(home, 'gatehouse') },
      });
    const app = await launch();
    try {
      const page = await app.firstWindow();
      await page.waitForLoadState();
      expect(page.url()).toBe('gatehouse://app/');
      const seen = await page.evaluate(() => ({
        bridge: Object.keys((globalThis as unknown as { gatehouse: object }).gatehouse).toSorted(),
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
      const opened = await page.evaluate(() => window.open('gatehouse://app/') === null);
      expect(opened).toBe(true);
      await expect(launch()).rejects.toThrow();
    } finally {
      await app.close();
    }
  });
});

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
