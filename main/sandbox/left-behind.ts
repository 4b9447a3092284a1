/**
 * What a session left in a project that some program outside would obey: looked at when nothing of the session
 * runs any more, and taken away before its exit code is returned.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join, normalize, relative, resolve } from 'node:path';
import { messageOf } from '../platform/errors.ts';
import { gitConfigDanger } from './git-config.ts';
import { isBelow } from './linux-view.ts';

const LARGEST_CONFIG = 256 * 1024;
/** In what git has still to do of a rebase: `exec`, which it writes whole or as a letter. */
const EXEC_LINE = /^[ \t]*(?:exec|x)[ \t]/m;

export interface LeftBehind {
  /** From the project's root. */
  readonly path: string;
  readonly why: string;
  /** Where it is now; null when it could not be taken away. */
  readonly kept: string | null;
  readonly problem: string | null;
}

/**
 * The same for the project and for other folders that were writable: what was in those has its whole path.
 *
 * @param hookFolders  folders of the project, from its root, that git takes hooks from
 */
export function quarantineAll(
  [project = '', ...others]: readonly string[],
  found: readonly string[],
  folder: string,
  hookFolders: readonly string[] = [],
): readonly LeftBehind[] {
  return [
    ...quarantine(project, found, folder, hookFolders.map(bytesOf)),
    ...others.flatMap((root, index) =>
      quarantine(root, found, join(folder, `allowed-${index + 1}`)).map((one) => ({
        ...one,
        path: join(root, one.path),
      })),
    ),
  ];
}

/**
 * Takes away what must not stay.
 *
 * A name may hold bytes that are no UTF-8, so paths are byte strings in here: one character for each byte.
 *
 * @param found  paths with a protected name that are new or changed, as byte strings
 */
export function quarantine(
  workspace: string,
  found: readonly string[],
  folder: string,
  hookFolders: readonly string[] = [],
): readonly LeftBehind[] {
  const taken: LeftBehind[] = [];
  const project = bytesOf(workspace);
  for (const path of new Set(found)) {
    if (!isBelow(path, project) || path === project || normalize(path) !== path) continue;
    const name = relative(project, path);
    const target = join(bytesOf(folder), name);
    let shown = { path: textOf(name), why: 'it cannot be looked at' };
    // Whatever is wrong with one of them, the others are taken away.
    try {
      const why = reasonAgainst(path, project, hookFolders);
      if (why === null) continue;
      shown = { ...shown, why };
      mkdirSync(raw(dirname(target)), { recursive: true, mode: 0o700 });
      move(path, target);
      taken.push({ ...shown, kept: textOf(target), problem: null });
    } catch (error) {
      taken.push({ ...shown, kept: null, problem: messageOf(error) });
    }
  }
  return taken;
}

/** A path as a string of one character for each of its bytes. */
export function bytesOf(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1');
}
function textOf(bytes: string): string {
  return raw(bytes).toString('utf8');
}
function raw(bytes: string): Buffer {
  return Buffer.from(bytes, 'latin1');
}

/** Why a new or changed file must not stay; null when it may. */
function reasonAgainst(path: string, workspace: string, hookFolders: readonly string[]): string | null {
  const facts = lstatSync(raw(path), { throwIfNoEntry: false });
  if (facts === undefined || facts.isDirectory()) return null;
  if (hookFolders.some((folder) => isBelow(path, join(workspace, folder)))) return 'a git hook';
  // As where case is the same: in a folder made so, git finds what is written otherwise.
  const written = relative(workspace, path).split('/');
  const parts = written.map((part) => part.toLowerCase());
  const name = basename(path).toLowerCase();
  const inGit = parts.includes('.git');
  const hooks = parts.lastIndexOf('hooks');
  if (
    inGit ||
    isRepository(dirname(path)) ||
    (hooks >= 0 && isRepository(join(workspace, ...written.slice(0, hooks))))
  ) {
    if (facts.isSymbolicLink()) return 'a link in place of a git file';
    if (name === 'git-rebase-todo')
      return EXEC_LINE.test(readText(path)) ? 'a rebase that runs commands' : null;
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
  if (name === 'config' || name === 'git-rebase-todo' || hooks >= 0) return null;
  return 'settings that an agent, an editor or a shell obeys';
}

/** What git takes for a repository, also without a .git folder. */
function isRepository(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every(
    (name) => lstatSync(raw(join(folder, name)), { throwIfNoEntry: false }) !== undefined,
  );
}

function readText(path: string): string {
  try {
    return lstatSync(raw(path)).isFile() ? readFileSync(raw(path), 'latin1') : '';
  } catch {
    return '';
  }
}

/**
 * Also from one file system to another. A link is kept as a link. Another sandbox of the same project may still run:
 * the folder is held while it is looked at and used, so that no link in its place leads elsewhere.
 */
function move(path: string, target: string): void {
  const folder = openSync(raw(dirname(path)), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const held = `/proc/self/fd/${folder}`;
    if (readlinkSync(held, 'latin1') !== dirname(path)) throw new Error('a link leads to it');
    moveFrom(join(held, basename(path)), target);
  } finally {
    closeSync(folder);
  }
}

function moveFrom(path: string, target: string): void {
  try {
    renameSync(raw(path), raw(target));
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  const facts = lstatSync(raw(path));
  if (facts.isSymbolicLink()) symlinkSync(readlinkSync(raw(path), 'buffer'), raw(target));
  else if (facts.isFile()) copyFileSync(raw(path), raw(target), constants.COPYFILE_EXCL);
  unlinkSync(raw(path));
}
