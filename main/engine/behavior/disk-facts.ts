/**
 * What the disk says about the paths that a call names, looked up once before the call is decided. A path that
 * cannot be looked at counts as there: a rule about what exists must not be got round by a folder nobody may open.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Catalog } from '../../policy/catalog.ts';
import { MOST_PLACES, pathsOf } from '../../policy/conditions/named-places.ts';
import { canonicalPath } from '../../policy/conditions/parameters.ts';
import { type DiskView, NO_DISK, type Subject } from '../../policy/conditions/subject.ts';
import { targetOf } from '../../policy/conditions/targets.ts';

const LONGEST_PATH = 4096;
const DEEPEST = 64;

interface Place {
  readonly exists: boolean;
  readonly real: string;
}

export function diskFacts(
  catalog: Catalog,
  subject: Pick<Subject, 'module' | 'action' | 'params' | 'cwd' | 'home'>,
): DiskView {
  const named = [targetOf(subject.params), ...pathsOf(catalog, subject)].slice(0, MOST_PLACES + 1);
  const places = new Map<string, Place>();
  for (const text of named) {
    if (text === '' || text.length > LONGEST_PATH || text.includes('\0')) continue;
    const path = canonicalPath(text, subject);
    if (!places.has(path)) places.set(path, { exists: isThere(path), real: realOf(path) });
  }
  if (places.size === 0) return NO_DISK;
  return {
    exists: (path) => places.get(path)?.exists ?? null,
    real: (path) => places.get(path)?.real ?? null,
  };
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

/** Where links end; of a path that is not there, where it would be. */
function realOf(path: string): string {
  let rest = '';
  let at = path;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    try {
      return join(realpathSync(at), rest);
    } catch {
      const above = dirname(at);
      if (above === at) break;
      rest = join(basename(at), rest);
      at = above;
    }
  }
  return path;
}
