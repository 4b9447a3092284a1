/**
 * What a project holds before a session begins: the names of its files, so that the end can tell which are gone, and
 * the repositories inside it, whose hooks and settings are then read-only. Folders are listed and no file is opened,
 * within limits: a project that is too large, or on a disk that is too slow, is said not to have been seen whole.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesOf } from './left-behind.ts';
import { isWatched } from './protected-names.ts';

export interface ProjectLook {
  /** From the root, one character for each byte. Of git's own folders only the hooks, of node_modules nothing. */
  readonly files: ReadonlySet<string>;
  /** Absolute paths of git's folders in repositories below the root and of its submodules; not that of the root. */
  readonly repositories: readonly string[];
  /** False when a limit ended the look. */
  readonly whole: boolean;
}

export interface LookLimits {
  readonly milliseconds: number;
  readonly entries: number;
  readonly repositories: number;
}

const LIMITS: LookLimits = { milliseconds: 1000, entries: 50_000, repositories: 40 };
/** At the end nothing waits for it but the exit code. */
const LIMITS_AT_END: LookLimits = { milliseconds: 2000, entries: 100_000, repositories: 10_000 };
/** Folders that are listed at once: the threads that do it. */
const AT_ONCE = 4;
const DEEPEST_MODULE = 6;
const TOO_LARGE =
  'the project is large: not every repository inside it was found at the start, whose hooks and settings are looked at when the session ends, and what is deleted is not told.';

export async function lookThrough(root: string, limits: LookLimits = LIMITS): Promise<ProjectLook> {
  const walk = new Walk(root, limits);
  const timer = new AbortController();
  await Promise.race([
    walk.run(),
    sleep(limits.milliseconds, null, { signal: timer.signal }).catch(() => null),
  ]);
  timer.abort();
  return walk.over();
}

/** What a person should know of a look. */
export function notesOf({ whole }: ProjectLook): readonly string[] {
  return whole ? [] : [TOO_LARGE];
}

export interface LookAgain {
  /** Files that were there and are no more, from the root, in order. */
  readonly deleted: readonly string[];
  /** Protected names that were not there, also of files that are older than the session; absolute, as byte strings. */
  readonly planted: readonly string[];
}

/**
 * What is other than at the first look.
 *
 * @param hookFolders  folders, from the root, that git takes hooks from
 * @returns null when that is not known: one of the two did not see the whole project
 */
export async function lookAgain(
  root: string,
  before: ProjectLook,
  hookFolders: readonly string[] = [],
): Promise<LookAgain | null> {
  if (!before.whole) return null;
  const after = await lookThrough(root, LIMITS_AT_END);
  if (!after.whole) return null;
  const deleted: string[] = [];
  for (const name of before.files) {
    if (after.files.has(name)) continue;
    // What became a folder, or lies in one that cannot be listed now, is not said to be deleted.
    const gone = await lstat(raw(`${bytesOf(root)}/${name}`)).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT' || error.code === 'ENOTDIR',
    );
    if (gone) deleted.push(raw(name).toString('utf8'));
  }
  const hooks = hookFolders.map((folder) => `${bytesOf(folder)}/`);
  const planted = [...after.files].filter(
    (name) => !before.files.has(name) && (isWatched(name) || hooks.some((folder) => name.startsWith(folder))),
  );
  return {
    deleted: deleted.sort((a, b) => (a < b ? -1 : 1)),
    planted: planted.map((name) => `${bytesOf(root)}/${name}`),
  };
}

/** One look. Folders are taken in the order in which they are found, so that what is near the root is seen first. */
class Walk {
  readonly #root: string;
  readonly #limits: LookLimits;
  readonly #until: number;
  readonly #files = new Set<string>();
  readonly #repositories: string[] = [];
  readonly #folders: string[] = [''];
  #entries = 0;
  #whole = true;
  #ended = false;

  constructor(root: string, limits: LookLimits) {
    this.#root = bytesOf(root);
    this.#limits = limits;
    this.#until = performance.now() + limits.milliseconds;
  }

  async run(): Promise<void> {
    await this.#keep('.git');
    await this.#modules('.git/modules', 0);
    for (let next = 0; next < this.#folders.length && this.#goesOn(); ) {
      const some = this.#folders.slice(next, next + AT_ONCE);
      next += some.length;
      await Promise.all(some.map((folder) => this.#list(folder)));
    }
    this.#ended = true;
  }

  /** What was seen by now. What is still listed afterwards counts no more. */
  over(): ProjectLook {
    const whole = this.#ended && this.#whole;
    return { files: new Set(this.#files), repositories: [...this.#repositories], whole };
  }

  async #list(folder: string): Promise<void> {
    for (const entry of await this.#entriesOf(folder)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) this.#files.add(path);
      else if (path === '.git' || entry.name === 'node_modules') continue;
      else if (entry.name === '.git') await this.#keep(path);
      else this.#folders.push(path);
    }
  }

  /** Git's folders of submodules: their names may hold slashes. */
  async #modules(folder: string, depth: number): Promise<void> {
    if (depth > DEEPEST_MODULE || !this.#goesOn()) return;
    const entries = await this.#entriesOf(folder);
    if (entries.some(({ name }) => name === 'HEAD')) {
      await this.#keep(folder);
      if (entries.some(({ name }) => name === 'modules')) await this.#modules(`${folder}/modules`, depth + 1);
      return;
    }
    for (const entry of entries)
      if (entry.isDirectory()) await this.#modules(`${folder}/${entry.name}`, depth + 1);
  }

  /** A folder of git's. */
  async #keep(path: string): Promise<void> {
    for (const { name } of await this.#entriesOf(`${path}/hooks`)) this.#files.add(`${path}/hooks/${name}`);
    if (path === '.git') return;
    const whole = raw(`${this.#root}/${path}`);
    // A plan is text: what has a name that is none is looked at when the session ends.
    const text = whole.toString('utf8');
    if (this.#repositories.length < this.#limits.repositories && Buffer.from(text, 'utf8').equals(whole))
      this.#repositories.push(text);
    else this.#whole = false;
  }

  /** Nothing where it is no folder, or is gone. */
  async #entriesOf(folder: string): Promise<readonly Dirent[]> {
    try {
      const path = raw(folder === '' ? this.#root : `${this.#root}/${folder}`);
      const entries = await readdir(path, { withFileTypes: true, encoding: 'latin1' });
      this.#entries += entries.length;
      return entries;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#whole = false;
      return [];
    }
  }

  #goesOn(): boolean {
    if (this.#entries <= this.#limits.entries && performance.now() < this.#until) return true;
    this.#whole = false;
    return false;
  }
}

function raw(bytes: string): Buffer {
  return Buffer.from(bytes, 'latin1');
}
