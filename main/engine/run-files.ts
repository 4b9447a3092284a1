/**
 * The files that a call would run, as they are on the disk: a yes is bound to their digests as well.
 *
 * Only what the analysis names and what can be read is covered. A file that is missing, too large or no plain file
 * has no digest, and the card says so.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

export interface RunFile {
  /** Absolute. */
  readonly path: string;
  /** SHA-256, hex; null when it cannot be read. */
  readonly digest: string | null;
}

const MOST_FILES = 8;
const MOST_BYTES = 4 * 1024 * 1024;
const DEADLINE_MS = 500;

/**
 * Reads the files. Never throws, and never waits for long: what does not answer in time has no digest.
 *
 * @param paths absolute, as the analysis names them
 */
export async function readRunFiles(paths: readonly string[]): Promise<readonly RunFile[]> {
  if (paths.length === 0) return [];
  const wanted = [...new Set(paths)].sort();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), DEADLINE_MS);
  });
  try {
    return await Promise.all(
      wanted.map(async (path, index) => ({
        path,
        digest: index < MOST_FILES ? await Promise.race([digestOf(path), late]) : null,
      })),
    );
  } finally {
    clearTimeout(timer);
  }
}

async function digestOf(path: string): Promise<string | null> {
  try {
    // A pipe without a writer must not hold anybody up.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > MOST_BYTES) return null;
      const bytes = Buffer.alloc(stat.size + 1);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      // It grew meanwhile.
      if (length > stat.size) return null;
      return createHash('sha256').update(bytes.subarray(0, length)).digest('hex');
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** The first file that is another one now; null when all are as they were. What had no digest is not compared. */
export function changedFile(before: readonly RunFile[], now: readonly RunFile[]): string | null {
  for (const { path, digest } of before) {
    if (digest === null) continue;
    if (now.find((file) => file.path === path)?.digest !== digest) return path;
  }
  return null;
}
