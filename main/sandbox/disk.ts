/** What lies at a path, as far as a plan must know it. Tests hand in a double. */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';

export interface PathFacts {
  readonly kind: 'folder' | 'file' | 'link' | 'other';
  readonly uid: number;
  readonly mode: number;
}

export interface Disk {
  /** Of the path itself, not of what a link leads to; null when nothing is there. */
  facts(path: string): PathFacts | null;
  /** The path without links in it; null when it leads nowhere. */
  real(path: string): string | null;
  /** Where a link leads, as it is written; null when it is none. */
  target(path: string): string | null;
}

export const realDisk: Disk = {
  facts(path) {
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (facts === undefined) return null;
    const kind = facts.isDirectory()
      ? 'folder'
      : facts.isFile()
        ? 'file'
        : facts.isSymbolicLink()
          ? 'link'
          : 'other';
    return { kind, uid: facts.uid, mode: facts.mode };
  },
  real(path) {
    try {
      return realpathSync(path);
    } catch {
      return null;
    }
  },
  target(path) {
    try {
      return readlinkSync(path);
    } catch {
      return null;
    }
  },
};
