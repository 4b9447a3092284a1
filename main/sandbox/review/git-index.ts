/**
 * What a git index says is staged, whatever git noted about the files in the working tree.
 *
 * `git status` writes the index anew with the times and inodes that it saw, and nothing else. Format:
 * https://git-scm.com/docs/index-format, versions 2 to 4.
 */
import { createHash } from 'node:crypto';
import { Pace } from '../../platform/pace.ts';

/** Of an entry: times, device, inode, owner and size are git's notes; the mode stands among them. */
const NOTES = 40;
const MODE_AT = 24;
const EXTENDED = 0x4000;
/** Low bits of an entry's flags: the length of its name, or this for a longer one. */
const LENGTH = 0xfff;
/** Bytes of a name: Linux takes no longer path. */
const LONGEST_NAME = 4096;
/** Bytes of all names: in version 4 a few bytes stand for a long one, and any program may have written the file. */
const MOST_NAMES = 256 * 2 ** 20;
/** What an entry says of itself: to be taken as unchanged, and its stage in a merge. */
const SAYS = 0xb000;
/** Git makes them anew out of the entries and the working tree. */
const NOTED = new Set(['TREE', 'UNTR', 'FSMN', 'EOIE', 'IEOT']);

/** Whether a path in a project, a byte string, is that of a repository's index. */
export function isGitIndex(path: string): boolean {
  return /(?:^|\/)\.git\/(?:(?:modules|worktrees)\/(?:.*\/)?)?index$/.test(path);
}

/**
 * A digest of what is staged: equal for two that differ in git's notes alone. Null for what is no index, or one that
 * needs another file to be understood (a split one), or that has no checksum.
 */
export async function indexMeaning(bytes: Buffer, pace = new Pace()): Promise<string | null> {
  const hashSize = hashSizeOf(bytes);
  if (hashSize === null) return null;
  try {
    return await meaningOf(bytes.subarray(0, bytes.length - hashSize), hashSize, pace);
  } catch (error) {
    // It ends before what it announces.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Bytes of an object's name, told by the checksum at the end. */
function hashSizeOf(bytes: Buffer): 20 | 32 | null {
  if (bytes.length < 32 || bytes.toString('latin1', 0, 4) !== 'DIRC') return null;
  for (const [algorithm, size] of [
    ['sha1', 20],
    ['sha256', 32],
  ] as const) {
    const end = bytes.length - size;
    if (createHash(algorithm).update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end)))
      return size;
  }
  return null;
}

async function meaningOf(bytes: Buffer, hashSize: number, pace: Pace): Promise<string | null> {
  const version = bytes.readUInt32BE(4);
  if (version < 2 || version > 4) return null;
  const meaning = createHash('sha256');
  let at = 12;
  let name = Buffer.alloc(0);
  let names = 0;
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    const flagsAt = at + NOTES + hashSize;
    const flags = bytes.readUInt16BE(flagsAt);
    const extended = (flags & EXTENDED) !== 0;
    const more = extended ? bytes.readUInt16BE(flagsAt + 2) : 0;
    let nameAt = flagsAt + (extended ? 4 : 2);
    let kept = 0;
    if (version === 4) {
      const stripped = varint(bytes, nameAt);
      if (stripped.value > name.length) return null;
      kept = name.length - stripped.value;
      nameAt = stripped.end;
    }
    const end = bytes.indexOf(0, nameAt);
    if (end < 0) return null;
    const length = kept + end - nameAt;
    names += length;
    // Git goes by the length that is told: with another one it reads other entries than these.
    if (length !== (flags & LENGTH) && (flags & LENGTH) !== LENGTH) return null;
    if (length > LONGEST_NAME || names > MOST_NAMES) return null;
    name = Buffer.concat([name.subarray(0, kept), bytes.subarray(nameAt, end)]);
    const mode = bytes.subarray(at + MODE_AT, at + MODE_AT + 4);
    meaning.update(mode).update(bytes.subarray(at + NOTES, flagsAt));
    meaning.update(`${flags & SAYS} ${more} ${name.length} `).update(name);
    // Before version 4 an entry is filled up with 1 to 8 zeros to a multiple of eight.
    at = version === 4 ? end + 1 : at + Math.ceil((end + 1 - at) / 8) * 8;
    if (pace.isDue) await pace.rest();
  }
  while (at < bytes.length) {
    const size = bytes.readUInt32BE(at + 4);
    const kind = bytes.toString('latin1', at, at + 4);
    const end = at + 8 + size;
    if (end > bytes.length) return null;
    // How conflicts were resolved is not told by the entries; whatever else there is may mean anything.
    if (kind === 'REUC') meaning.update(kind).update(bytes.subarray(at + 4, end));
    else if (!NOTED.has(kind)) return null;
    at = end;
  }
  return at === bytes.length ? meaning.digest('hex') : null;
}

/** A number as git writes offsets: seven bits in each byte, one more for each byte that follows. */
function varint(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let at = from;
  let byte = bytes.readUInt8(at);
  let value = byte & 127;
  while ((byte & 128) !== 0) {
    at += 1;
    byte = bytes.readUInt8(at);
    value = (value + 1) * 128 + (byte & 127);
  }
  return { value, end: at + 1 };
}
