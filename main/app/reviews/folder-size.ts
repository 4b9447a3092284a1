/** How much of the disk a session's own files take. */
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Of all files below a folder, about: what cannot be looked at counts nothing. No link is followed. */
export async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) bytes += await bytesBelow(path);
      // A hole takes nothing.
      else
        bytes += await lstat(path).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        );
    }
  } catch {
    // It may not be read, or is gone.
  }
  return bytes;
}
