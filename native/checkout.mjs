/**
 * What npm leaves undone in a checkout: a link to our own program, and entries of the lock file.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * npm links the programs of dependencies only, so that `npx --no-install gatehouse` would look for a stranger's
 * package. Makes node_modules/.bin/gatehouse.
 */
export function linkProgram(root) {
  if (!existsSync(join(root, 'node_modules'))) return;
  const bin = join(root, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  const link = join(bin, 'gatehouse');
  if (process.platform === 'win32') {
    writeFileSync(`${link}.cmd`, '@ECHO off\r\nnode "%~dp0\\..\\..\\native\\run.mjs" %*\r\n');
    return;
  }
  chmodSync(join(root, 'native', 'run.mjs'), 0o755);
  const target = join('..', '..', 'native', 'run.mjs');
  if (linkTarget(link) === target) return;
  const fresh = `${link}.${process.pid}.new`;
  rmSync(fresh, { force: true });
  symlinkSync(target, fresh);
  renameSync(fresh, link);
}

function linkTarget(link) {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

/**
 * What npm loses or adds whenever it writes the lock file, put right again.
 *
 * better-sqlite3 brings its binaries and says `gypfile: false`; without that word the next install would call
 * node-gyp, which needs Python and a download. And where an optional package names the Nodes it wants, an older
 * npm-running Node leaves it out: the bundler's binary would be missing, although our own Node runs it.
 */
export function keepLock(root) {
  const file = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', 'better-sqlite3', 'package.json');
  if (!existsSync(file) || !existsSync(installed)) return;
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const entries = lock.packages ?? {};
  let changed = false;
  const sqlite = entries['node_modules/better-sqlite3'];
  const shipsBinaries = JSON.parse(readFileSync(installed, 'utf8')).gypfile === false;
  if (shipsBinaries && sqlite !== undefined && sqlite.gypfile !== false) {
    sqlite.gypfile = false;
    changed = true;
  }
  for (const entry of Object.values(entries)) {
    if (entry.optional !== true || entry.engines === undefined) continue;
    delete entry.engines;
    changed = true;
  }
  if (!changed) return;
  writeFileSync(`${file}.${process.pid}.new`, `${JSON.stringify(lock, null, 2)}\n`);
  renameSync(`${file}.${process.pid}.new`, file);
}
