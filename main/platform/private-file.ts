/** A file for its owner alone, replaced whole or not at all. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { GatehouseError, messageOf } from './errors.ts';

/**
 * Writes a file with mode 0600: first beside it, made durable, then put in its place.
 *
 * @throws GatehouseError `not_written`; what was there is as before
 */
export function writePrivateFile(file: string, content: Buffer | string): void {
  const beside = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    const handle = openSync(beside, 'wx', 0o600);
    try {
      writeFileSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(beside, file);
    syncFolder(dirname(file));
  } catch (cause) {
    rmSync(beside, { force: true });
    throw new GatehouseError('not_written', `${file} was not written: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Reads a file that must be its owner's alone: no link, ours, and closed to others. Null when it is not there.
 *
 * @throws GatehouseError `unsafe_file`, `not_read`
 */
export function readPrivateFile(file: string, maxBytes: number): Buffer | null {
  const facts = lstatSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return null;
  const unsafe = (why: string, hint: string) =>
    new GatehouseError('unsafe_file', `${file} is not safe to use: ${why}`, { hint });
  if (!facts.isFile()) throw unsafe('it is not a plain file', `remove ${file}`);
  const uid = process.getuid?.();
  if (uid !== undefined && facts.uid !== uid)
    throw unsafe(`it belongs to user ${facts.uid}`, `remove ${file}`);
  if (uid !== undefined && (facts.mode & 0o077) !== 0)
    throw unsafe('others may read it', `chmod 600 ${file}`);
  if (facts.size > maxBytes) throw unsafe('it is too large', `remove ${file}`);
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new GatehouseError('not_read', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Makes the new name durable; systems that cannot open folders do it by themselves. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
