/** A file that somebody named: it may be anything. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
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
