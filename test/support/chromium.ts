/** A real Chromium for the tests of the page: the system's, or the one that Playwright has fetched. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
] as const;

const program = [...SYSTEM, chromium.executablePath()].find((path) => existsSync(path)) ?? null;

/** Why a test that needs a browser cannot run here, for `context.skip`; null when it can. */
export const noBrowser = program === null ? 'no Chromium: apt-get install chromium' : null;

/**
 * Starts it without a window.
 *
 * @throws when there is none: ask `noBrowser` first
 */
export function launchChromium(): Promise<Browser> {
  if (program === null) throw new Error('no Chromium');
  return chromium.launch({
    executablePath: program,
    // Chromium has no sandbox for root. It sees only our own page on loopback.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}
