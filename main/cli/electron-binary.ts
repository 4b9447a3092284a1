/**
 * Electron's own program in a checkout: whether it is there, and getting it when it is not.
 *
 * The npm package comes without it; the package's installer fetches it. That can be slow or forbidden, so it
 * has a minute, shows that it is busy, and when it fails the supervisor runs headless instead.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

const DOWNLOAD_LIMIT_MS = 60_000;

/** What is known of Electron in an install. */
export type ElectronState =
  | { readonly kind: 'ready'; readonly binary: string }
  /** The package is there, its program is not. */
  | { readonly kind: 'no_binary'; readonly version: string; readonly installer: string }
  | { readonly kind: 'no_package' };

/** Looks below `installRoot`; starts and fetches nothing. */
export function electronState(installRoot: string): ElectronState {
  const folder = join(installRoot, 'node_modules', 'electron');
  const installer = join(folder, 'install.js');
  const version = versionOf(folder);
  if (version === null || !existsSync(installer)) return { kind: 'no_package' };
  try {
    // Written last by the installer, so it tells a whole download from one that was cut off.
    const relative = readFileSync(join(folder, 'path.txt'), 'utf8').trim();
    if (relative === '' || isAbsolute(relative) || relative.split(/[\\/]/).includes('..'))
      return { kind: 'no_binary', version, installer };
    const binary = join(folder, 'dist', relative);
    accessSync(binary, constants.X_OK);
    return { kind: 'ready', binary };
  } catch {
    return { kind: 'no_binary', version, installer };
  }
}

export interface DownloadOptions {
  readonly installRoot: string;
  readonly version: string;
  readonly installer: string;
  readonly env: NodeJS.ProcessEnv;
  /** Shown while it lasts; on a terminal the same line again and again. */
  readonly progress: (seconds: number) => void;
  readonly limitMs?: number;
}

/** Runs the installer. Answers the program, or in a few words why there is none. */
export async function downloadElectron(
  options: DownloadOptions,
): Promise<{ readonly binary: string } | { readonly why: string }> {
  const limit = options.limitMs ?? DOWNLOAD_LIMIT_MS;
  const started = performance.now();
  options.progress(0);
  const ticks = setInterval(() => options.progress(Math.round((performance.now() - started) / 1000)), 1000);
  const end = await runInstaller(options.installer, options.env, limit);
  clearInterval(ticks);
  if (end === 'too_slow') return { why: `Electron was not downloaded within ${Math.round(limit / 1000)} s` };
  const state = electronState(options.installRoot);
  return state.kind === 'ready' ? { binary: state.binary } : { why: 'Electron could not be downloaded' };
}

function runInstaller(
  installer: string,
  env: NodeJS.ProcessEnv,
  limitMs: number,
): Promise<'ended' | 'too_slow'> {
  return new Promise((resolve) => {
    // Its output holds stacks and addresses that mean nothing to the person; what counts is whether the file is there.
    const child = spawn(process.execPath, [installer], { env, stdio: 'ignore', windowsHide: true });
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      resolve('too_slow');
    }, limitMs);
    const ended = () => {
      clearTimeout(limit);
      resolve('ended');
    };
    child.once('error', ended);
    child.once('exit', ended);
  });
}

function versionOf(folder: string): string | null {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return null;
    return typeof manifest.version === 'string' ? manifest.version : null;
  } catch {
    return null;
  }
}
