/**
 * Where a server that is a program runs, and what it finds there: a folder of its own below our data folder, which
 * agents may not write to.
 *
 * npx, npm and node look for packages and settings in the folder they stand in and above it, in the person's
 * `.npmrc`, in a cache and among packages installed for all; in a folder that agents write to, whatever an agent
 * put there would run with the server's secrets. The place holds all of these instead. Sources: npm's
 * documentation of `npx` and of `config` (userconfig, globalconfig, prefix, cache).
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { GatehouseError, messageOf } from '../../platform/errors.ts';
import { writePrivateFile } from '../../platform/private-file.ts';
import { fetchingProgram } from './fetching-program.ts';
import { runnerPlace } from './runner-place.ts';
import type { StdioServer } from './server-record.ts';

/** Programs that every system has, when no folder of the PATH can be used. */
const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];
const MOST_SETTINGS_BYTES = 256 * 1024;
/** What says where packages come from and how to be let in there; nothing that says what is run. */
const FETCHING =
  /^(?:(?:@[\w.~-]+:)?registry|\/\/[^\s=]+:(?:_authToken|_auth|username|_password|certfile|keyfile|email)|(?:https?-)?proxy|noproxy|cafile|ca(?:\[\])?|strict-ssl)\s*=/;

export interface ServerPlace {
  readonly folder: string;
  /** Variables that stand before the server's own. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ServerPlacesOptions {
  /** Below the data folder; made when it is needed. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
}

export class ServerPlaces {
  readonly #options: ServerPlacesOptions;

  constructor(options: ServerPlacesOptions) {
    this.#options = options;
  }

  /**
   * Makes the place anew for a server that a person registers now, with what the person's own `.npmrc` says of
   * registries and what their `uv.toml` says at this moment; what is put into those files later does not count.
   *
   * @throws GatehouseError `no_place`
   */
  prepare(name: string): void {
    this.remove(name);
    const { env } = this.#options;
    this.#make(name, { npmrc: fetchingLines(env), 'uv.toml': settingsFile(uvSettings(env)) });
  }

  /**
   * The place of a server that is about to start; made when it is not there.
   *
   * @throws GatehouseError `no_place` when it is not ours alone
   */
  of(name: string, server: StdioServer): ServerPlace {
    const folder = this.#make(name, {});
    const bin = join(folder, 'bin');
    const { interpreter } = server;
    const runner = runnerPlace(fetchingProgram(server), folder);
    const links = interpreter?.name == null ? [] : [[interpreter.name, interpreter.path] as const];
    try {
      for (const one of runner.folders) ownFolder(join(folder, one));
      // One that starts for another client at this moment may be looking its runner up.
      if (!holdsOnly(bin, links)) {
        rmSync(bin, { recursive: true, force: true });
        mkdirSync(bin, { mode: 0o700 });
        for (const [link, target] of links) symlinkSync(target, join(bin, link));
      }
    } catch (error) {
      throw noPlace(name, error);
    }
    return {
      folder,
      env: { ...searchPath(bin, this.#options.env), ...runner.env },
    };
  }

  remove(name: string): void {
    rmSync(join(this.#options.root, name), { recursive: true, force: true });
  }

  #make(name: string, settings: { readonly npmrc?: string; readonly 'uv.toml'?: string }): string {
    const folder = join(this.#options.root, name);
    try {
      ownFolder(this.#options.root);
      ownFolder(folder);
      // Where a search for packages and settings stops.
      keep(join(folder, 'package.json'), `${JSON.stringify({ name: 'gatehouse-server', private: true })}\n`);
      for (const file of ['npmrc', 'uv.toml'] as const) keep(join(folder, file), settings[file] ?? '');
      return folder;
    } catch (error) {
      throw noPlace(name, error);
    }
  }
}

/** Ours, no link, and closed to everybody else. */
function ownFolder(folder: string): void {
  mkdirSync(folder, { mode: 0o700, recursive: true });
  const facts = lstatSync(folder);
  if (!facts.isDirectory()) throw new Error('it is no folder of its own');
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (facts.uid !== uid) throw new Error(`it belongs to user ${facts.uid}`);
  if ((facts.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function keep(file: string, content: string): void {
  const facts = lstatSync(file, { throwIfNoEntry: false });
  if (facts === undefined) writePrivateFile(file, content);
  else if (!facts.isFile()) throw new Error(`${file} is not a plain file`);
}

/** Whether a folder is there with exactly these links in it: name and where it leads. */
function holdsOnly(folder: string, links: readonly (readonly [string, string])[]): boolean {
  try {
    if (!lstatSync(folder).isDirectory() || readdirSync(folder).length !== links.length) return false;
    return links.every(([link, target]) => readlinkSync(join(folder, link)) === target);
  } catch {
    return false;
  }
}

/** The lines of the person's `.npmrc` that say where packages come from. */
function fetchingLines({ HOME, USERPROFILE }: NodeJS.ProcessEnv): string {
  const home = HOME ?? USERPROFILE;
  const lines = settingsFile(home === undefined ? null : join(home, '.npmrc')).split(/\r?\n/);
  return lines.filter((line) => FETCHING.test(line.trim())).join('\n');
}

/** Where uv looks for what the person set for all projects; null where nothing says where. */
function uvSettings({ XDG_CONFIG_HOME, HOME, APPDATA }: NodeJS.ProcessEnv): string | null {
  const folder =
    process.platform === 'win32' ? APPDATA : (XDG_CONFIG_HOME ?? (HOME && join(HOME, '.config')));
  return folder === undefined || folder === '' ? null : join(folder, 'uv', 'uv.toml');
}

/** The text of a small file of the person's; empty when there is none. */
function settingsFile(file: string | null): string {
  try {
    if (file === null || !isAbsolute(file) || statSync(file).size > MOST_SETTINGS_BYTES) return '';
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The PATH of a server: its interpreter, then the folders of ours that its user cannot write to. An agent that may
 * write to `~/.local/bin` could put a `git` or `node` of its own there.
 */
function searchPath(bin: string, env: NodeJS.ProcessEnv): Record<string, string> {
  if (process.platform === 'win32') return {};
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isSafe(folder, env['HOME']));
  return { PATH: [bin, ...(folders.length === 0 ? SYSTEM_PATH : folders)].join(delimiter) };
}

/** Whether only the system's owner may put programs into a folder. */
function isSafe(folder: string, home: string | undefined): boolean {
  if (!isAbsolute(folder)) return false;
  try {
    for (const at of [lstatSync(folder), statSync(folder)])
      if (at.uid !== 0 || (!at.isSymbolicLink() && (at.mode & 0o022) !== 0)) return false;
  } catch {
    return false;
  }
  // Root's own home belongs to root as well.
  return home === undefined || home === '/' || !`${folder}/`.startsWith(`${home}/`);
}

/** Whether somebody who runs as the person may put another program there. */
export function isChangeable(file: string, home: string | undefined): boolean {
  try {
    const facts = statSync(file);
    return facts.uid !== 0 || (facts.mode & 0o022) !== 0 || !isSafe(join(file, '..'), home);
  } catch {
    return true;
  }
}

function noPlace(name: string, error: unknown): GatehouseError {
  return new GatehouseError(
    'no_place',
    `the folder of the MCP server ${name} cannot be used: ${messageOf(error)}`,
  );
}
