/** The person's policy file on the disk: read so that nothing in its place can mislead or hold up the supervisor. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import { LARGEST_POLICY } from '../policy/document.ts';

/** A UTF-16 unit takes at most three bytes. */
const LARGEST_FILE = 3 * LARGEST_POLICY;

/**
 * The text of a policy file.
 *
 * @throws GatehouseError `unreadable`: no regular file (a link counts as none: what it leads to is not protected),
 *   larger than any policy, not UTF-8
 */
export function readPolicyFile(file: string): string {
  let descriptor: number | null = null;
  try {
    if (lstatSync(file).isSymbolicLink()) throw unreadable('it is a link; put the file itself there');
    // A pipe would wait for whoever writes into it.
    descriptor = openSync(
      file,
      constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0),
    );
    if (!fstatSync(descriptor).isFile()) throw unreadable('it is not a regular file');
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readWhole(descriptor));
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw unreadable(error instanceof TypeError ? 'it is not UTF-8' : messageOf(error), error);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function readWhole(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  for (let bytes = 0; ; ) {
    const chunk = Buffer.alloc(64 * 1024);
    const count = readSync(descriptor, chunk, 0, chunk.length, null);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    bytes += count;
    if (bytes > LARGEST_FILE) throw unreadable(`it is larger than ${LARGEST_FILE} bytes`);
  }
}

function unreadable(why: string, cause?: unknown): GatehouseError {
  return new GatehouseError('unreadable', `the file cannot be read: ${why}`, { cause });
}

/**
 * Puts a new file in its place, whole or not at all.
 *
 * @throws GatehouseError `unwritable`
 */
export function writePolicyFile(file: string, text: string): void {
  const temporary = join(dirname(file), `.policy.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new GatehouseError('unwritable', `${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
