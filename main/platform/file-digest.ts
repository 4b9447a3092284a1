/** SHA-256 of a file, remembered for as long as the file's identity, size and times stay the same. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const MAX_KNOWN = 256;
const known = new Map<string, string>();

/**
 * The digest, hex.
 *
 * @throws the system's error when the file cannot be read
 */
export async function fileDigest(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
    const key = [dev, ino, size, mtimeNs, ctimeNs].join(':');
    const found = known.get(key);
    if (found !== undefined) return found;
    const hash = createHash('sha256');
    for await (const part of file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 }))
      hash.update(part as Buffer);
    const digest = hash.digest('hex');
    known.set(key, digest);
    for (const oldest of known.keys()) {
      if (known.size <= MAX_KNOWN) break;
      known.delete(oldest);
    }
    return digest;
  } finally {
    await file.close();
  }
}
