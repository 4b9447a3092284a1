/** The system's Chromium for tests that look at the page, or the reason why there is none. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] as const;

/** Why a test is skipped without a browser; it names the one command that adds it. */
export const NO_CHROMIUM = 'no Chromium: sudo apt-get install chromium';

/** The program on the PATH (or in CHROMIUM_PATH), or null. */
export function chromiumProgram(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const named = process.env['CHROMIUM_PATH'];
  const places = [
    ...(named === undefined ? [] : [named]),
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
  ];
  return places.find((path) => isExecutable(path)) ?? null;
}

/** Starts it without a window. Only loopback is reachable: every other name resolves to nothing. */
export async function startChromium(): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === null) throw new Error(NO_CHROMIUM);
  return chromium.launch({
    executablePath,
    args: [
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
      '--disable-background-networking',
      // Root has no sandbox of Chromium's own; tests run as root in containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
