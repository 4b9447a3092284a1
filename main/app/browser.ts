/**
 * Hands a link to the person's browser.
 *
 * A process's arguments are readable by every program of the user, so the link itself is never among them: the
 * browser is given a file only its owner can read, which sends it on. The file is gone after the first use or
 * after a minute, whichever comes first.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FILE_LIFE_MS = 60_000;
const NAME = /^open-[\w-]{22}\.html$/;

/** Starts the program that opens a file in the browser. Answers false when it cannot be started. */
export type Launch = (program: string, args: readonly string[], env: NodeJS.ProcessEnv) => Promise<boolean>;

export interface BrowserOptions {
  /** Our run folder, 0700. */
  readonly runFolder: string;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly launch?: Launch;
}

export class Browser {
  readonly #options: BrowserOptions;
  /** Files that are there now, by the token in them. */
  readonly #files = new Map<string, { readonly path: string; readonly timer: NodeJS.Timeout }>();

  constructor(options: BrowserOptions) {
    this.#options = options;
    // What a killed supervisor left behind: its links are dead, but they need not lie about.
    for (const name of namesIn(options.runFolder))
      if (NAME.test(name)) rmSync(join(options.runFolder, name), { force: true });
  }

  /**
   * Opens `url` in the default browser.
   *
   * @param token   what the link is known by; `used(token)` removes the file
   * @param onUnused  called when the file is removed and the link was not used
   * @returns false when no browser could be started; then nothing is left behind
   */
  async open(url: string, token: string, onUnused: () => void): Promise<boolean> {
    const { runFolder, platform, env } = this.#options;
    const path = join(runFolder, `open-${randomBytes(16).toString('base64url')}.html`);
    const timer = setTimeout(() => {
      this.used(token);
      onUnused();
    }, FILE_LIFE_MS);
    timer.unref();
    try {
      writeFileSync(path, redirectPage(url), { mode: 0o600, flag: 'wx' });
      this.#files.set(token, { path, timer });
      const [program, args] = opener(platform, path);
      if (await (this.#options.launch ?? launchDetached)(program, args, env)) return true;
    } catch {
      // A full disk or a folder that is gone: the link on the terminal still works.
    }
    clearTimeout(timer);
    this.used(token);
    return false;
  }

  /** The link was used, or is no longer wanted: its file goes. */
  used(token: string): void {
    const file = this.#files.get(token);
    if (file === undefined) return;
    clearTimeout(file.timer);
    this.#files.delete(token);
    rmSync(file.path, { force: true });
  }

  close(): void {
    for (const token of [...this.#files.keys()]) this.used(token);
  }
}

/** The program that opens a file in the person's browser, by the habits of each system. */
export function opener(platform: NodeJS.Platform, path: string): readonly [string, readonly string[]] {
  if (platform === 'darwin') return ['open', [path]];
  if (platform === 'win32') return ['explorer.exe', [path]];
  return ['xdg-open', [pathToFileURL(path).href]];
}

function redirectPage(url: string): string {
  const shown = url.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Gatehouse</title><meta http-equiv="refresh" content="0;url=${shown}">\n`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** An opener that fails does so at once (no browser known); one that runs on for two seconds is showing something. */
const launchDetached: Launch = (program, args, env) =>
  new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: 'ignore', detached: true, windowsHide: true });
    const settle = (started: boolean) => {
      clearTimeout(patience);
      child.unref();
      resolve(started);
    };
    const patience = setTimeout(() => settle(true), 2000);
    child.once('error', () => settle(false));
    // explorer.exe answers 1 even when it did open the file.
    child.once('exit', (code) => settle(code === 0 || process.platform === 'win32'));
  });
