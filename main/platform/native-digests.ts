/**
 * Whether the native parts of a packed app are the ones that were packed.
 *
 * They lie beside the archive, where Electron's own integrity check does not reach. When the app is packed their
 * SHA-256 is written into the archive (native/pack.mjs). A checkout has no such list: there everything is compiled
 * by the person. On macOS the code signature of the bundle covers them, and signing changes them, so none is made.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { GatehouseError, messageOf } from './errors.ts';

/** In the archive. */
export const DIGESTS_FILE = join('dist', 'native-digests.json');

const Digests = z.object({
  version: z.literal(1),
  /** Hex SHA-256 by the path from the folder that holds the archive, with `/`. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});
export type NativeDigests = z.infer<typeof Digests>['files'];

/**
 * The list of a packed app; null in a checkout.
 *
 * @param installRoot the archive, or the checkout's folder
 * @throws GatehouseError `native_changed` for a list that cannot be read
 */
export function readNativeDigests(installRoot: string): NativeDigests | null {
  const file = join(installRoot, DIGESTS_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw changed('the list of its native parts cannot be read', cause);
  }
  try {
    return Digests.parse(JSON.parse(text)).files;
  } catch (cause) {
    throw changed('the list of its native parts is no such list', cause);
  }
}

/**
 * Looks at every native part before any is loaded or started.
 *
 * @param folder the one that holds the archive
 * @throws GatehouseError `native_changed` for the first that is missing, changed, or open to other users
 */
export function checkNativeParts(folder: string, digests: NativeDigests): void {
  for (const [path, digest] of Object.entries(digests)) {
    const file = join(folder, ...path.split('/'));
    try {
      const facts = lstatSync(file);
      if (!facts.isFile()) throw changed(`${file} is not a regular file`);
      if (process.platform !== 'win32' && (facts.mode & 0o022) !== 0)
        throw changed(`${file} can be changed by other users`);
    } catch (error) {
      if (error instanceof GatehouseError) throw error;
      throw changed(`${file} is missing: ${messageOf(error)}`, error);
    }
    checkNativeBytes(file, readFileSync(file), digest);
  }
}

/** @throws GatehouseError `native_changed` when the bytes are not those of the digest */
export function checkNativeBytes(file: string, bytes: Buffer, digest: string): void {
  if (createHash('sha256').update(bytes).digest('hex') !== digest)
    throw changed(`${file} is not the program that was packed`);
}

function changed(what: string, cause?: unknown): GatehouseError {
  return new GatehouseError('native_changed', `this install was changed: ${what}`, {
    hint: 'install Gatehouse again',
    cause,
  });
}
