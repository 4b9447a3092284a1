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
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { AgentPreset } from './agent-presets.ts';

const LARGEST_ENTRY = 64 * 1024 * 1024;
const LARGEST_BACK = 256 * 1024 * 1024;

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

/** Brings back what may come back. Answers what did, in words; nothing is thrown. */
export function mergeState(preset: AgentPreset, home: string, folder: string): readonly string[] {
  const told: string[] = [];
  for (const rule of preset.back) {
    try {
      if (rule.how === 'keys') {
        if (mergeKeys(join(folder, rule.from), join(home, rule.to), rule.keys)) told.push(rule.to);
      } else {
        const count = bringFiles(join(folder, rule.from), join(home, rule.to), rule.suffix);
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

/** New files below a folder, two levels deep at most; none that is there already is touched. */
function bringFiles(from: string, to: string, suffix: string): number {
  let count = 0;
  let bytes = 0;
  const walk = (below: string, depth: number) => {
    const folder = join(from, below);
    if (!lstatSync(folder).isDirectory()) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory() && depth < 2) walk(path, depth + 1);
      if (!entry.isFile() || !entry.name.endsWith(suffix)) continue;
      const target = join(to, path);
      if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
      const data = readPlain(join(from, path), LARGEST_BACK - bytes);
      if (data === null) continue;
      bytes += data.length;
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

/** Takes the copies away. */
export function dropState(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
