import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const MARKERS = ['.git', 'gatehouse.yaml'];

/**
 * The canonical root of the project that a directory belongs to: the nearest folder upwards that holds `.git`
 * or `gatehouse.yaml`, otherwise the directory itself. The search stops below the home folder and the file
 * system's root: neither is a project, even when it is a repository of dotfiles.
 *
 * @param directory absolute path; links are resolved, a path that does not exist is kept as it is
 * @param home absolute path of the person's home folder
 */
export function projectRoot(directory: string, home: string): string {
  const start = canonical(directory);
  const end = canonical(home);
  for (
    let folder = start;
    folder !== dirname(folder) && folder !== end && !isAbove(folder, end);
    folder = dirname(folder)
  ) {
    if (MARKERS.some((marker) => existsSync(join(folder, marker)))) return folder;
  }
  return start;
}

function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isAbove(folder: string, other: string): boolean {
  return other.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
