/** A file that somebody named: it may be anything. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { GatehouseError, messageOf } from './errors.ts';

/**
 * Reads a file that somebody named. Never waits, as it would for a pipe, and reads nothing without an end.
 *
 * @throws GatehouseError `not_read`
 */
export function readPlainFile(file: string, maxBytes: number): Buffer {
  const refused = (why: string, cause?: unknown) =>
    new GatehouseError('not_read', `${file} cannot be read: ${why}`, { cause });
  let handle: number | null = null;
  try {
    handle = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const facts = fstatSync(handle);
    if (!facts.isFile()) throw refused('it is not a plain file');
    if (facts.size > maxBytes) throw refused('it is too large');
    return readFileSync(handle);
  } catch (error) {
    throw error instanceof GatehouseError ? error : refused(messageOf(error), error);
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

/**
 * The same in a process that others wait for, of a file that a project may have put there.
 *
 * @throws GatehouseError `not_read` for what is no plain file or too large; the system's own error otherwise
 */
export async function readPlainFileAsync(file: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const facts = await handle.stat();
    const refused = (why: string) => new GatehouseError('not_read', `${file} cannot be read: ${why}`);
    if (!facts.isFile()) throw refused('it is not a plain file');
    if (facts.size > maxBytes) throw refused('it is too large');
    // Some of those that the system makes up have no size, and others grow meanwhile.
    const parts: Buffer[] = [];
    for (let total = 0; total <= maxBytes; ) {
      const part = Buffer.allocUnsafe(Math.max(4096, Math.min(facts.size + 1 - total, 2 ** 20)));
      const { bytesRead } = await handle.read(part, 0, part.length, null);
      if (bytesRead === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, bytesRead));
      total += bytesRead;
    }
    throw refused('it is too large');
  } finally {
    await handle.close();
  }
}
