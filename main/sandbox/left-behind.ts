/**
 * What a session left in a project that some program outside would obey: looked at when nothing of the session
 * runs any more, and taken away before its exit code is returned.
 */
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { messageOf } from '../platform/errors.ts';
import { gitConfigDanger } from './git-config.ts';
import { isBelow } from './linux-view.ts';

const LARGEST_CONFIG = 256 * 1024;

export interface LeftBehind {
  /** From the project's root. */
  readonly path: string;
  readonly why: string;
  /** Where it is now; null when it could not be taken away. */
  readonly kept: string | null;
  readonly problem: string | null;
}

/** Takes away what must not stay. `found` are the paths with a protected name that are new or changed. */
export function quarantine(
  workspace: string,
  found: readonly string[],
  folder: string,
): readonly LeftBehind[] {
  const taken: LeftBehind[] = [];
  for (const path of new Set(found)) {
    if (!isBelow(path, workspace) || path === workspace) continue;
    const why = reasonAgainst(path, workspace);
    if (why === null) continue;
    const name = relative(workspace, path);
    const target = join(folder, name);
    try {
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      move(path, target);
      taken.push({ path: name, why, kept: target, problem: null });
    } catch (error) {
      taken.push({ path: name, why, kept: null, problem: messageOf(error) });
    }
  }
  return taken;
}

/** Why a new or changed file must not stay; null when it may. */
export function reasonAgainst(path: string, workspace: string): string | null {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts === undefined || facts.isDirectory()) return null;
  const parts = relative(workspace, path).split('/');
  const name = basename(path);
  const inGit = parts.includes('.git');
  const hooks = parts.lastIndexOf('hooks');
  if (
    inGit ||
    isRepository(dirname(path)) ||
    (hooks >= 0 && isRepository(join(workspace, ...parts.slice(0, hooks))))
  ) {
    if (facts.isSymbolicLink()) return 'a link in place of a git file';
    if (hooks >= 0 && hooks < parts.length - 1) return name.endsWith('.sample') ? null : 'a git hook';
    if (name === 'config' || name === 'config.worktree') {
      const danger = facts.size > LARGEST_CONFIG ? 'its size' : gitConfigDanger(readText(path));
      return danger === null ? null : `git settings with ${danger}`;
    }
    if (name === 'commondir') return readText(path).trim() === '../..' ? null : 'git settings from elsewhere';
    if (name === '.git') {
      const target = /^gitdir: (.+)$/.exec(readText(path).trim())?.[1];
      const inside = target !== undefined && isBelow(resolve(dirname(path), target), join(workspace, '.git'));
      return inside ? null : 'a repository whose settings lie elsewhere';
    }
    return null;
  }
  if (name === 'config' || hooks >= 0) return null;
  return 'settings that an agent, an editor or a shell obeys';
}

/** What git takes for a repository, also without a .git folder. */
function isRepository(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every(
    (name) => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined,
  );
}

function readText(path: string): string {
  try {
    return lstatSync(path).isFile() ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}

/** Also from one file system to another. A link is kept as a link. */
function move(path: string, target: string): void {
  try {
    renameSync(path, target);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  const facts = lstatSync(path);
  if (facts.isSymbolicLink()) symlinkSync(readlinkSync(path), target);
  else if (facts.isFile()) copyFileSync(path, target);
  unlinkSync(path);
}
