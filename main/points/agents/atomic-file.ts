/**
 * Files replaced whole: a reader sees the old bytes or the new ones, also after a crash or a full disk.
 *
 * The new bytes are written beside the file, made durable, and renamed over it. A program that is running from
 * the old file keeps running from it.
 */
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';

export interface FileBytes {
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The file that a path means in the end, also when the last link points at nothing yet.
 *
 * @throws GatehouseError `not_a_file` for a chain of links without end
 */
export async function linkTarget(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < 40; links += 1) {
    try {
      return await realpath(at);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    const link = await readlink(at).catch(() => null);
    if (link === null) return join(await realFolder(dirname(at)), basename(at));
    at = resolve(dirname(at), link);
  }
  throw new GatehouseError('not_a_file', `${path} is a symbolic link that never ends`);
}

/** The real path of a folder, where it or a parent exists. */
async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    return join(await realFolder(dirname(folder)), basename(folder));
  }
}

/**
 * A regular file's bytes; null when there is none.
 *
 * @throws GatehouseError `not_a_file` for anything else, and for more than `limit` bytes
 */
export async function readRegularFile(path: string, limit: number): Promise<FileBytes | null> {
  try {
    const facts = await stat(path);
    // Looked at first: opening a pipe would wait for whoever writes to it.
    if (!facts.isFile()) throw new GatehouseError('not_a_file', `${path} is not a regular file`);
    if (facts.size > limit) throw new GatehouseError('not_a_file', `${path} is larger than ${limit} bytes`);
    return { bytes: await readFile(path), mode: facts.mode & 0o7777, uid: facts.uid, gid: facts.gid };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Replaces a file, or makes it. With `like`, mode and owner are taken over from the file that was. */
export async function writeFileWhole(
  path: string,
  bytes: Buffer,
  options: { mode: number; like?: FileBytes },
): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (options.like !== undefined) await keepOwner(beside, options.like);
    await chmod(beside, options.like?.mode ?? options.mode);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a folder and its parents; answers those that were not there, outermost first. */
export async function makeFolders(folder: string, mode: number): Promise<string[]> {
  if (await exists(folder)) return [];
  const made = await makeFolders(dirname(folder), mode);
  await mkdir(folder, { mode });
  return [...made, folder];
}

/** The name of a system error, for example `ENOENT`. */
export function codeOf(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : null;
}

async function keepOwner(path: string, like: FileBytes): Promise<void> {
  const own = await stat(path);
  if (own.uid === like.uid && own.gid === like.gid) return;
  try {
    await chown(path, like.uid, like.gid);
  } catch (error) {
    throw new GatehouseError(
      'not_owner',
      `${path}: the file belongs to another user and would change hands`,
      {
        hint: 'do this as the user whose settings they are',
        cause: error,
      },
    );
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
