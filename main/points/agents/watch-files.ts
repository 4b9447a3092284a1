/**
 * Tells within a second when one of some files changes, goes away or comes back.
 *
 * The folders are watched, not the files: a file that is replaced is another file. Where the system does not
 * tell (a folder that is not there yet, a network disk, watches used up), looking once a second does.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

const LOOK_MS = 900;
const SETTLE_MS = 60;

/**
 * Calls back after changes, once for changes that come together.
 *
 * @param files  asked anew at every look, since links and projects come and go
 * @returns the function that ends it
 */
export function watchFiles(files: () => readonly string[], onChange: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let seen = signatureOf(files());
  let settle: NodeJS.Timeout | null = null;
  let ended = false;

  const look = () => {
    settle = null;
    if (ended) return;
    const now = files();
    follow(now);
    const signature = signatureOf(now);
    if (signature === seen) return;
    seen = signature;
    onChange();
  };
  const soon = () => {
    settle ??= setTimeout(look, SETTLE_MS);
  };
  const follow = (paths: readonly string[]) => {
    const folders = new Set(paths.map((path) => dirname(path)));
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) if (!watchers.has(folder)) start(folder);
  };
  const start = (folder: string) => {
    try {
      const watcher = watch(folder, { persistent: false }, (event) => {
        // The folder itself may have been replaced: watch the one that is there now.
        if (event === 'rename' && !isFolder(folder)) stop(folder, watcher);
        soon();
      });
      watcher.once('error', () => {
        stop(folder, watcher);
      });
      watchers.set(folder, watcher);
    } catch {
      // Not there yet: the next look tries again.
    }
  };
  const stop = (folder: string, watcher: FSWatcher) => {
    watcher.close();
    if (watchers.get(folder) === watcher) watchers.delete(folder);
  };

  follow(files());
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => {
    ended = true;
    clearInterval(timer);
    if (settle !== null) clearTimeout(settle);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}

/** Changes when a file is written, replaced, removed, or gets other permissions or owners. */
function signatureOf(paths: readonly string[]): string {
  return paths.map((path) => `${path}\0${factsOf(path)}`).join('\0');
}

function factsOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs, mode, uid } = statSync(path);
    return [ino, size, mtimeMs, ctimeMs, mode, uid].join(':');
  } catch {
    return '-';
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
