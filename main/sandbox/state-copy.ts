/**
 * An agent's own folder, as a copy for one session: it works on it as it likes, and of what it wrote only what is
 * on a list comes back.
 */
import {
  closeSync,
  constants,
  cpSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import type { AgentPreset } from './agent-presets.ts';
import { isBelow } from './linux-view.ts';

const LARGEST_ENTRY = 64 * 1024 * 1024;
const LARGEST_BACK = 256 * 1024 * 1024;
const MOST_BACK = 1000;

export interface StateCopy {
  /** Where each copy lies, and where it is seen. */
  readonly folders: readonly { readonly source: string; readonly target: string }[];
  /** Settings in them, as they are seen: each is there. */
  readonly settings: readonly string[];
}

/** Makes the copies below `folder`, which must not be there yet. */
export function copyState(preset: AgentPreset, home: string, folder: string): StateCopy {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const folders = preset.state.map((name) => ({ source: join(folder, name), target: join(home, name) }));
  for (const { source } of folders) mkdirSync(source, { recursive: true, mode: 0o700 });
  for (const { from, to } of preset.carry) copyEntry(join(home, from), join(folder, to));
  const settings = preset.settings.map((name) => {
    const copy = join(folder, name);
    if (lstatSync(copy, { throwIfNoEntry: false }) === undefined) {
      mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
      writeFileSync(copy, name.endsWith('.json') ? '{}\n' : '', { mode: 0o600 });
    }
    return join(home, name);
  });
  return { folders, settings };
}

/** Copies what is a file or folder of ordinary size; links in it are left out. */
function copyEntry(written: string, to: string): void {
  if (lstatSync(written, { throwIfNoEntry: false }) === undefined) return;
  // A person's own file may be a link to where they keep it.
  const from = realpathSync(written);
  let bytes = 0;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  cpSync(from, to, {
    recursive: true,
    filter: (path) => {
      const facts = lstatSync(path);
      if (facts.isFile()) bytes += facts.size;
      return (facts.isDirectory() || facts.isFile()) && bytes <= LARGEST_ENTRY;
    },
  });
}

/**
 * Brings back what may come back. Answers what did, in words; nothing is thrown.
 *
 * @param project  where the session worked: records of work elsewhere stay away, which an agent would go on with there
 */
export function mergeState(
  preset: AgentPreset,
  home: string,
  folder: string,
  project: { readonly cwd: string; readonly workspace: string },
): readonly string[] {
  const told: string[] = [];
  for (const rule of preset.back) {
    try {
      if (rule.how === 'keys') {
        if (mergeKeys(join(folder, rule.from), join(home, rule.to), rule.keys)) told.push(rule.to);
      } else {
        const count = bringFiles(join(folder, rule.from), join(home, rule.to), rule.suffix, (path, data) =>
          isOfProject(rule.of, path, data, project),
        );
        if (count > 0) told.push(`${rule.to} (${count} new)`);
      }
    } catch {
      // What cannot be read is what the agent made of it; nothing of it comes back.
    }
  }
  return told;
}

/** Top-level keys of a JSON object, whole, where they changed. */
function mergeKeys(from: string, to: string, keys: readonly string[]): boolean {
  const fresh = readObject(from);
  const old = readObject(to);
  if (fresh === null || (old === null && lstatSync(to, { throwIfNoEntry: false }) !== undefined))
    return false;
  const merged: Record<string, unknown> = { ...old };
  let changed = false;
  for (const key of keys) {
    if (!Object.hasOwn(fresh, key) || JSON.stringify(fresh[key]) === JSON.stringify(merged[key])) continue;
    merged[key] = fresh[key];
    changed = true;
  }
  if (!changed) return false;
  const temporary = `${to}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(merged, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, to);
  return true;
}

function readObject(path: string): Record<string, unknown> | null {
  const text = readPlain(path, LARGEST_ENTRY);
  if (text === null) return null;
  const value: unknown = JSON.parse(text.toString('utf8'));
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** Whether a record is of work in the project, by where it lies or by what its first line says. */
function isOfProject(
  of: 'folder' | 'first-line',
  path: string,
  data: Buffer,
  { cwd, workspace }: { readonly cwd: string; readonly workspace: string },
): boolean {
  // Claude Code names the folder after the one it was started in.
  if (of === 'folder') {
    const [folder] = path.split(sep);
    return [cwd, workspace].some((one) => folder === one.replace(/[^A-Za-z0-9]/g, '-'));
  }
  try {
    const [line = ''] = data.toString('utf8').split('\n', 1);
    const said: unknown = (JSON.parse(line) as { payload?: { cwd?: unknown } }).payload?.cwd;
    return typeof said === 'string' && normalize(said) === said && isBelow(said, workspace);
  } catch {
    return false;
  }
}

/** New files below a folder, three levels deep at most; none that is there already is touched. */
function bringFiles(
  from: string,
  to: string,
  suffix: string,
  wanted: (path: string, data: Buffer) => boolean,
): number {
  let count = 0;
  let bytes = 0;
  const walk = (below: string, depth: number) => {
    const folder = join(from, below);
    if (!lstatSync(folder).isDirectory()) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory() && depth < 3) walk(path, depth + 1);
      if (!entry.isFile() || !entry.name.endsWith(suffix) || count >= MOST_BACK) continue;
      const target = join(to, path);
      if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
      const data = readPlain(join(from, path), LARGEST_BACK - bytes);
      if (data === null) continue;
      bytes += data.length;
      if (!wanted(path, data)) continue;
      if (!plainFolders(to, dirname(path))) continue;
      writeFileSync(target, data, { mode: 0o600, flag: 'wx' });
      count += 1;
    }
  };
  if (lstatSync(from, { throwIfNoEntry: false })?.isDirectory() === true) walk('', 0);
  return count;
}

/** Makes the folders on the way; false when one of them is a link. */
function plainFolders(base: string, below: string): boolean {
  let at = base;
  mkdirSync(base, { recursive: true, mode: 0o700 });
  for (const part of below.split(sep).filter((name) => name !== '.' && name !== '')) {
    at = join(at, part);
    const facts = lstatSync(at, { throwIfNoEntry: false });
    if (facts === undefined) mkdirSync(at, { mode: 0o700 });
    else if (!facts.isDirectory()) return false;
  }
  return true;
}

/** A regular file and no link, up to a size; null for anything else. */
export function readPlain(path: string, most: number): Buffer | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const facts = fstatSync(file);
    return facts.isFile() && facts.size <= most ? readFileSync(file) : null;
  } finally {
    closeSync(file);
  }
}

/** Takes the copies away, also those that an agent closed for everybody. Answers why not; nothing is thrown. */
export async function dropState(folder: string): Promise<GatehouseError | null> {
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await remove().catch(async () => {
      await openFolders(folder);
      await remove();
    });
    return null;
  } catch (error) {
    return new GatehouseError(
      'state_left',
      `a sandbox's copy of an agent's folder is not removed: ${messageOf(error)}`,
      { hint: `remove ${folder}` },
    );
  }
}

/** Takes away what sandboxes of an earlier start left below `folder`: nothing of them runs any more. As `dropState`. */
export async function dropEarlier(folder: string): Promise<readonly GatehouseError[]> {
  const names = lstatSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder);
  const problems: (GatehouseError | null)[] = [];
  for (const name of names) problems.push(await dropState(join(folder, name)));
  return problems.filter((problem) => problem !== null);
}

/** Makes each folder one that its owner may empty. No link is followed. */
async function openFolders(folder: string): Promise<void> {
  if (!(await lstat(folder)).isDirectory()) return;
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await openFolders(join(folder, entry.name));
}
