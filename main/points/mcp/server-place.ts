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
import type { StdioServer } from './server-record.ts';

/** Programs that every system has, when no folder of the PATH can be used. */
const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];
const MOST_NPMRC_BYTES = 256 * 1024;
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
   * registries at this moment; what is put into that file later does not count.
   *
   * @throws GatehouseError `no_place`
   */
  prepare(name: string): void {
    this.remove(name);
    this.#make(name, fetchingLines(this.#options.env));
  }

  /**
   * The place of a server that is about to start; made when it is not there.
   *
   * @throws GatehouseError `no_place` when it is not ours alone
   */
  of(name: string, server: StdioServer): ServerPlace {
    const folder = this.#make(name, null);
    const bin = join(folder, 'bin');
    const { interpreter } = server;
    const links = interpreter?.name == null ? [] : [[interpreter.name, interpreter.path] as const];
    try {
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
      env: {
        ...searchPath(bin, this.#options.env),
        npm_config_userconfig: join(folder, 'npmrc'),
        npm_config_globalconfig: join(folder, 'npmrc-global'),
        npm_config_prefix: join(folder, 'npm'),
        npm_config_cache: join(folder, 'npm-cache'),
      },
    };
  }

  remove(name: string): void {
    rmSync(join(this.#options.root, name), { recursive: true, force: true });
  }

  #make(name: string, npmrc: string | null): string {
    const folder = join(this.#options.root, name);
    try {
      ownFolder(this.#options.root);
      ownFolder(folder);
      // Where a search for packages and settings stops.
      keep(join(folder, 'package.json'), `${JSON.stringify({ name: 'gatehouse-server', private: true })}\n`);
      keep(join(folder, 'npmrc'), npmrc ?? '');
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
function fetchingLines(env: NodeJS.ProcessEnv): string {
  const home = env['HOME'] ?? env['USERPROFILE'];
  if (home === undefined || !isAbsolute(home)) return '';
  const file = join(home, '.npmrc');
  try {
    if (statSync(file).size > MOST_NPMRC_BYTES) return '';
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    return lines.filter((line) => FETCHING.test(line.trim())).join('\n');
  } catch {
    // There is none.
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
