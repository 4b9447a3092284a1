/** Removes folders of our own that hold what is closed to their owner too. */
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes a folder with all that is in it. The kernel closes the working folder of an overlay to everybody, its owner
 * too (mode 0), so that an ordinary user has to open it first. No link is followed.
 *
 * @throws what the file system says when it cannot be removed
 */
export function removeFolder(folder: string): void {
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    remove();
  } catch {
    open(folder);
    remove();
  }
}

function open(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) open(join(folder, entry.name));
}
