/**
 * Whether dist/ is as new as its sources, and the build when it is not.
 *
 * The build goes to a folder of its own and takes dist's place in one rename, so that a failed build leaves the
 * last good one. Two that start at once build once: the second waits for the first. Runs on Node 18 or newer.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = ['main', 'preload', 'renderer', 'package.json', 'vite.config.ts', 'tsconfig.json'];
const WAIT_MS = 200;
const WAIT_LIMIT_MS = 180_000;

/** Time of the newest source, milliseconds; 0 when there are no sources, as in an installed package. */
function newestSource(root) {
  let newest = 0;
  const look = (path) => {
    let found;
    try {
      found = statSync(path);
    } catch {
      return;
    }
    // A folder's own time changes when a file in it is added or removed.
    newest = Math.max(newest, found.mtimeMs);
    if (!found.isDirectory()) return;
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory() || entry.isFile()) look(join(path, entry.name));
    }
  };
  if (statOf(join(root, 'main')) === null) return 0;
  for (const source of SOURCES) look(join(root, source));
  return newest;
}

function statOf(path) {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** True when dist/main/cli.js is there and no source is newer than what it was built from. */
export function isFresh(root) {
  const built = statOf(join(root, 'dist', 'main', 'cli.js'));
  if (built === null) return false;
  const stamp = join(root, 'dist', '.built-from');
  const stamped = statOf(stamp);
  // Built by hand since the stamp was written: the time of the result has to do.
  const byHand = stamped === null || built.mtimeMs > stamped.mtimeMs;
  const from = byHand ? built.mtimeMs : Number(readFileSync(stamp, 'utf8'));
  return newestSource(root) <= from;
}

/**
 * Builds dist/ when it is missing or old.
 *
 * @returns {Promise<string | null>} why it could not be built, or null
 */
export async function ensureBuilt({ root, node }) {
  const lock = join(root, 'node_modules', '.gatehouse-build');
  const since = Date.now();
  while (!isFresh(root)) {
    if (takeLock(lock)) {
      try {
        return isFresh(root) ? null : await build(root, node);
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    }
    if (Date.now() - since > WAIT_LIMIT_MS) return 'another build does not end';
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  return null;
}

/** A folder is made by one only. One whose owner has died is removed. */
function takeLock(lock) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const age = Date.now() - (statOf(lock)?.mtimeMs ?? Date.now());
  let owner = null;
  try {
    owner = Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    // Just made: its owner has not written yet.
  }
  if (owner === null ? age > 5000 : !runs(owner)) {
    // Renamed away first: of two that find it dead, one gets to remove it.
    const dead = `${lock}.${process.pid}.dead`;
    try {
      renameSync(lock, dead);
      rmSync(dead, { recursive: true, force: true });
    } catch {
      // The other one did.
    }
  }
  return false;
}

function runs(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What builds that were killed have left. */
function removeLeftovers(root) {
  for (const name of readdirSync(root)) {
    if (/^dist\.\d+\.(new|old)$/.test(name)) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/**
 * Whether the packages that package.json names are there, in exactly those versions: after a pull they may not be.
 *
 * @returns {string | null} the first that is not as it must be, in words
 */
export function stalePackage(root) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  for (const [name, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
    // An alias names another package: `npm:@github/keytar@7.10.6`.
    const version = wanted.slice(wanted.lastIndexOf('@') + 1);
    let found = null;
    try {
      found = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
    } catch {
      // It is not there.
    }
    if (found !== version)
      return `it needs ${name} ${version}, and ${found === null ? 'there is none' : `${found} is there`}`;
  }
  return null;
}

async function build(root, node) {
  const stale = stalePackage(root);
  if (stale !== null) return stale;
  const from = newestSource(root);
  removeLeftovers(root);
  const fresh = join(root, `dist.${process.pid}.new`);
  const old = join(root, `dist.${process.pid}.old`);
  try {
    const problem = await runBuild(root, node, fresh);
    if (problem !== null) return problem;
    writeFileSync(join(fresh, '.built-from'), String(from));
    try {
      renameSync(join(root, 'dist'), old);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    renameSync(fresh, join(root, 'dist'));
    return null;
  } catch (error) {
    return error.message;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

function runBuild(root, node, fresh) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(node, [join(root, 'native', 'bundle.mjs'), fresh], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-20_000);
      });
    }
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => {
      if (code !== 0) process.stderr.write(output);
      resolve(code === 0 ? null : `the build ended with ${code}`);
    });
  });
}
