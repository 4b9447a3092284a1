/**
 * What npm leaves undone in a checkout: a link to our own program, and one entry of the lock file.
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
 * better-sqlite3 brings its binaries and says `gypfile: false`. npm drops that word whenever it writes the lock
 * file, and the next install from it would call node-gyp, which needs Python and a download. Puts it back.
 */
export function keepLockEntry(root) {
  const file = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', 'better-sqlite3', 'package.json');
  if (!existsSync(file) || !existsSync(installed)) return;
  if (JSON.parse(readFileSync(installed, 'utf8')).gypfile !== false) return;
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const entry = lock.packages?.['node_modules/better-sqlite3'];
  if (entry === undefined || entry.gypfile === false) return;
  entry.gypfile = false;
  writeFileSync(`${file}.${process.pid}.new`, `${JSON.stringify(lock, null, 2)}\n`);
  renameSync(`${file}.${process.pid}.new`, file);
}
