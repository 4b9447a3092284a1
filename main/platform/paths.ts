/** Where Gatehouse keeps its things, and the care that nobody else can reach into them. */
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { GatehouseError, messageOf } from './errors.ts';

export interface Paths {
  readonly config: string;
  readonly data: string;
  readonly run: string;
  readonly logs: string;
  /** The installed hook program. */
  readonly bin: string;
  readonly backups: string;
  /** A folder for each MCP server that is a program. */
  readonly servers: string;
  readonly agentDoor: string;
  readonly supervisorDoor: string;
  readonly policyFile: string;
  readonly auditDb: string;
  /** Signed checkpoints of the log, and the key that signs them. */
  readonly auditCheckpoints: string;
  readonly auditKey: string;
  readonly stateDb: string;
  readonly vaultDb: string;
  /** The vault's secrets where there is no keychain. */
  readonly vaultKey: string;
  /** Services that the person added to the catalog. */
  readonly providers: string;
  /** An index of the log for the API; made from it, and of no value of its own. */
  readonly streamDb: string;
}

/** Shortest limit of a Unix socket's path among the systems we run on (macOS: 104 with the final NUL). */
const SOCKET_PATH_LIMIT = 103;
const MAX_LINKS = 40;

/**
 * The paths of one person. `GATEHOUSE_HOME` moves them all. The run folder lies below the data folder, not in the
 * runtime directory: installed hooks hold the agent door's absolute path, which must not change between logins.
 *
 * @throws GatehouseError `bad_home` (GATEHOUSE_HOME is not absolute), `path_too_long`
 */
export function resolvePaths(env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string): Paths {
  const { config, data } = bases(env, platform, home);
  const run =
    env['GATEHOUSE_HOME'] === undefined || env['GATEHOUSE_HOME'] === ''
      ? join(data, 'run')
      : join(env['GATEHOUSE_HOME'], 'run');
  const windows = platform === 'win32';
  const agentDoor = windows ? pipeName(home, 'agent') : join(run, 'agent.sock');
  const supervisorDoor = windows ? pipeName(home, 'supervisor') : join(run, 'supervisor.sock');
  if (!windows && Buffer.byteLength(supervisorDoor) > SOCKET_PATH_LIMIT) {
    throw new GatehouseError(
      'path_too_long',
      `the socket path ${supervisorDoor} is longer than the system allows (${SOCKET_PATH_LIMIT} bytes)`,
      {
        hint: 'set GATEHOUSE_HOME to a shorter path',
      },
    );
  }
  return {
    config,
    data,
    run,
    logs: join(data, 'logs'),
    bin: join(data, 'bin'),
    backups: join(data, 'backups'),
    servers: join(data, 'servers'),
    agentDoor,
    supervisorDoor,
    policyFile: join(config, 'policy.yaml'),
    auditDb: join(data, 'audit.db'),
    auditCheckpoints: join(data, 'audit.checkpoints'),
    auditKey: join(data, 'audit.key'),
    stateDb: join(data, 'state.db'),
    vaultDb: join(data, 'vault.db'),
    vaultKey: join(data, 'vault.key'),
    providers: join(config, 'providers'),
    streamDb: join(data, 'stream.db'),
  };
}

function bases(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  home: string,
): { config: string; data: string } {
  const moved = env['GATEHOUSE_HOME'];
  if (moved !== undefined && moved !== '') {
    if (!isAbsolute(moved))
      throw new GatehouseError(
        'bad_home',
        `GATEHOUSE_HOME is ${JSON.stringify(moved)}: it must be an absolute path`,
      );
    return { config: join(moved, 'config'), data: join(moved, 'data') };
  }
  if (platform === 'darwin') {
    const base = join(home, 'Library', 'Application Support', 'Gatehouse');
    return { config: join(base, 'config'), data: join(base, 'data') };
  }
  if (platform === 'win32') {
    return {
      config: join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Gatehouse'),
      data: join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Gatehouse'),
    };
  }
  return {
    config: join(xdg(env['XDG_CONFIG_HOME'], join(home, '.config')), 'gatehouse'),
    data: join(xdg(env['XDG_DATA_HOME'], join(home, '.local', 'share')), 'gatehouse'),
  };
}

/** The XDG specification says that a relative path is to be ignored. */
function xdg(value: string | undefined, fallback: string): string {
  return value !== undefined && isAbsolute(value) ? value : fallback;
}

function pipeName(home: string, door: string): string {
  return `\\\\.\\pipe\\gatehouse-${home.replace(/[^A-Za-z0-9]+/g, '-')}-${door}`;
}

/**
 * Makes the folders, for their owner alone, and refuses to work in ones that somebody else can change.
 *
 * @throws GatehouseError `unsafe_folder`, `no_folder`
 */
export function preparePaths(paths: Paths): void {
  for (const folder of [paths.config, paths.data, paths.run, paths.logs, paths.bin, paths.backups]) {
    try {
      makeFolder(folder);
    } catch (cause) {
      throw new GatehouseError('no_folder', `${folder} cannot be made: ${messageOf(cause)}`, { cause });
    }
    checkFolder(folder);
    checkParents(dirname(folder));
  }
  for (const folder of [paths.config, paths.data]) tightenFiles(folder);
}

/** Step by step: Node's recursive form never ends on a file system that refuses with ENOENT, such as /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function checkFolder(folder: string): void {
  const facts = lstatSync(folder);
  if (facts.isSymbolicLink()) throw unsafe(folder, 'it is a link', 'put a real folder there');
  if (!facts.isDirectory()) throw unsafe(folder, 'it is not a folder', `remove ${folder}`);
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (facts.uid !== uid) throw unsafe(folder, `it belongs to user ${facts.uid}`, `chown ${uid} ${folder}`);
  if ((facts.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/**
 * Whoever can rename a folder on the way can put another in its place, and whoever owns a link can aim it anew.
 * A sticky folder such as /tmp is safe from the first.
 */
function checkParents(folder: string): void {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const isOurs = (facts: Stats) => facts.uid === uid || facts.uid === 0;
  const todo = folder.split('/');
  let at = '/';
  for (let links = 0; ; ) {
    const facts = lstatSync(at);
    if (!isOurs(facts))
      throw unsafe(at, `it belongs to user ${facts.uid}`, 'move Gatehouse with GATEHOUSE_HOME');
    if (facts.isSymbolicLink()) {
      links += 1;
      if (links > MAX_LINKS) throw unsafe(at, 'its links have no end', `remove ${at}`);
      const target = readlinkSync(at);
      todo.unshift(...target.split('/'));
      at = isAbsolute(target) ? '/' : dirname(at);
    } else if ((facts.mode & 0o002) !== 0 && (facts.mode & 0o1000) === 0) {
      throw unsafe(at, 'everybody may write into it', `chmod o-w ${at}`);
    }
    const next = todo.shift();
    if (next === undefined) return;
    at = join(at, next);
  }
}

/** What somebody else put there before the folder was closed is not used, whatever it is. */
function tightenFiles(folder: string): void {
  if (process.getuid === undefined) return;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const facts = lstatSync(file);
    if (facts.uid !== process.getuid())
      throw unsafe(file, `it belongs to user ${facts.uid}`, `remove ${file} or chown it`);
    if (facts.isFile() && (facts.mode & 0o077) !== 0) chmodSync(file, facts.mode & 0o700);
  }
}

function unsafe(path: string, why: string, hint: string): GatehouseError {
  return new GatehouseError('unsafe_folder', `${path} is not safe to use: ${why}`, { hint });
}
