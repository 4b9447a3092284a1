/**
 * What of the computer an agent sees on Linux: the system's programs, the toolchains in the home folder, the
 * project. The list is all there is: what is not on it does not exist inside.
 */
import { basename, dirname, join } from 'node:path';
import { GatehouseError } from '../platform/errors.ts';
import type { Disk } from './disk.ts';
import type { LaunchStep } from './launch-plan.ts';

const SYSTEM = ['/usr', '/etc', '/opt', '/nix', '/bin', '/sbin', '/lib', '/lib32', '/libx32', '/lib64'];
/** Programs and their settings, none of them a secret. */
const TOOLCHAINS = [
  '.asdf',
  '.bun',
  '.cargo/bin',
  '.config/git',
  '.deno',
  '.dotnet',
  '.ghcup/bin',
  '.gitconfig',
  '.local/bin',
  '.local/lib',
  '.local/share/claude',
  '.local/share/fnm',
  '.local/share/mise',
  '.local/share/pipx',
  '.local/share/pnpm',
  '.local/share/uv',
  '.nvm',
  '.opencode/bin',
  '.pyenv',
  '.rbenv',
  '.rustup',
  '.sdkman/candidates',
  '.volta',
  'go/bin',
];
const SCRATCH = ['.cache', '.config', '.local/share', '.local/state', '.npm', 'go/pkg'];

/** Mounted over a sandbox's own they would show processes and devices of outside, whatever the report says. */
const OF_THE_KERNEL = ['/proc', '/sys', '/dev'];

export interface ViewWish {
  readonly home: string;
  /** Canonical root of the project. */
  readonly workspace: string;
  /** The caller's PATH. */
  readonly path: string;
  /** The command's program, absolute; null when it was not found. */
  readonly program: string | null;
  readonly allowPaths: readonly { readonly path: string; readonly writable: boolean }[];
  /** Copies of an agent's folders: where each lies, and where it is seen. */
  readonly state: readonly { readonly source: string; readonly target: string }[];
  /** Folder in which what is written to the project is kept; null: the project itself is written to. */
  readonly layers: string | null;
  readonly gatehouse: {
    /** Folders of Gatehouse itself: never seen inside. */
    readonly own: readonly string[];
    /** The folder with the program that hooks run: seen, read-only. */
    readonly bin: string;
    /** The folder of the doors: seen, with nothing but a file in it that says where the door is inside. */
    readonly run: string;
  };
}

/** Folders in which something may be left for programs outside: the project, then what else is writable. */
export function writableRoots(wish: ViewWish, disk: Disk): readonly string[] {
  const others = wish.allowPaths
    .filter(({ writable }) => writable)
    .map(({ path }) => allowedPath(path, wish, disk))
    .filter((path) => disk.facts(path)?.kind === 'folder');
  const roots = [wish.workspace, ...new Set(others)];
  return roots.filter((path) => !roots.some((other) => other !== path && isBelow(path, other)));
}

/** The steps that build the view, a folder before what lies in it. @throws GatehouseError `sandbox_refused` */
export function viewSteps(wish: ViewWish, disk: Disk): readonly LaunchStep[] {
  checkWorkspace(wish, disk);
  const steps = new Map<string, LaunchStep>();
  const put = (target: string, step: LaunchStep) => {
    if (!steps.has(target)) steps.set(target, step);
  };
  for (const path of SYSTEM) {
    const facts = disk.facts(path);
    if (facts?.kind === 'folder') put(path, ['tree', 'ro', path, path]);
    else if (facts?.kind === 'link') put(path, ['link', disk.target(path) ?? '', path]);
  }
  put('/tmp', ['scratch', '/tmp']);
  put('/var/tmp', ['scratch', '/var/tmp']);
  put(
    wish.workspace,
    wish.layers === null
      ? ['own', 'rw', wish.workspace, wish.workspace]
      : ['cow', wish.workspace, wish.workspace, wish.layers],
  );
  const allowedAs = new Map<string, boolean>();
  for (const allowed of wish.allowPaths) {
    const path = allowedPath(allowed.path, wish, disk);
    if (path === wish.workspace && !allowed.writable)
      throw refused(`${path} is the project itself, which is writable`, 'take it out of allow_paths');
    const before = allowedAs.get(path);
    if (before !== undefined && before !== allowed.writable)
      throw refused(`allow_paths names ${allowed.path} twice, once writable and once not`, 'name it once');
    allowedAs.set(path, allowed.writable);
    steps.set(path, ['own', allowed.writable ? 'rw' : 'ro', path, path]);
  }
  for (const { source, target } of wish.state) put(target, ['own', 'rw', source, target]);
  put(wish.gatehouse.bin, ['own', 'ro', wish.gatehouse.bin, wish.gatehouse.bin]);
  // The door's folder holds one file, which nobody inside may replace.
  put(wish.gatehouse.run, ['closed', wish.gatehouse.run]);
  put(wish.home, ['closed', wish.home]);
  for (const name of SCRATCH) put(join(wish.home, name), ['scratch', join(wish.home, name)]);
  for (const path of [...TOOLCHAINS.map((name) => join(wish.home, name)), ...programFolders(wish, disk)]) {
    const real = plainPath(path, disk);
    if (real !== null && !isOwn(real, wish)) put(real, ['own', 'ro', real, real]);
  }
  closeBetween(steps);
  return [...steps.entries()]
    .filter(([target, step]) => !(step[0] === 'own' && step[1] === 'ro' && isSeen(target, steps)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, step]) => step);
}

/**
 * Between a writable place and what is mounted deeper in it lie folders that could be moved away and made anew, with
 * something else in them: the first of them is closed.
 */
function closeBetween(steps: Map<string, LaunchStep>): void {
  for (const target of [...steps.keys()]) {
    for (let below = target, above = dirname(target); above !== '/'; below = above, above = dirname(above)) {
      const step = steps.get(above);
      if (step === undefined) continue;
      if (step[0] === 'scratch' && below !== target && !steps.has(below)) steps.set(below, ['closed', below]);
      break;
    }
  }
}

/** A read-only path below another tree is seen already. */
function isSeen(target: string, steps: ReadonlyMap<string, LaunchStep>): boolean {
  for (let above = dirname(target); above !== '/'; above = dirname(above)) {
    const step = steps.get(above);
    if (step === undefined) continue;
    // Inside a writable tree it would be writable, and a place that begins empty does not hold it.
    return (step[0] === 'tree' || step[0] === 'own') && step[1] === 'ro';
  }
  return false;
}

/** Where the programs are that the command and what it starts will look for. */
function programFolders(wish: ViewWish, disk: Disk): string[] {
  const folders = wish.path.split(':').filter((folder) => folder.startsWith('/') && folder !== '/');
  const program = wish.program === null ? null : disk.real(wish.program);
  if (program !== null) {
    const modules = program.indexOf('/node_modules/');
    folders.push(modules < 0 ? dirname(program) : program.slice(0, modules + '/node_modules'.length));
  }
  return folders.filter((folder) => {
    const real = disk.real(folder);
    // A folder that holds the home folder or the project, or is one of them, would show what was not named.
    const kernels = real !== null && OF_THE_KERNEL.some((one) => isBelow(real, one));
    return real !== null && !kernels && !isBelow(wish.home, real) && !isBelow(wish.workspace, real);
  });
}

/** The path without links, when a folder or file is there that others cannot replace. */
function plainPath(path: string, disk: Disk): string | null {
  const real = disk.real(path);
  const facts = real === null ? null : disk.facts(real);
  if (real === null || facts === null || (facts.kind !== 'folder' && facts.kind !== 'file')) return null;
  return replaceable(real, disk) === null ? real : null;
}

/** The first folder above in which anybody may put something else in the path's place; null when there is none. */
function replaceable(path: string, disk: Disk): string | null {
  for (let above = dirname(path); ; above = dirname(above)) {
    const facts = disk.facts(above);
    if (facts !== null && (facts.mode & 0o002) !== 0 && (facts.mode & 0o1000) === 0) return above;
    if (above === dirname(above)) return null;
  }
}

/** What programs of the system are, obey and are started from; sources are worked on there too. */
const OF_THE_SYSTEM = [
  '/bin',
  '/boot',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/sbin',
  '/usr',
  '/proc',
  '/sys',
  '/dev',
];
const SOURCES = ['/usr/src', '/usr/local/src'];

/** Whoever runs Gatehouse as root could make these writable: an agent chooses the folder that it is started in. */
function isOfSystem(workspace: string): boolean {
  const within = (folder: string) => isBelow(workspace, folder);
  return OF_THE_SYSTEM.some(within) && !SOURCES.some((folder) => within(folder) && workspace !== folder);
}

function checkWorkspace(wish: ViewWish, disk: Disk): void {
  const { workspace, home } = wish;
  if (workspace === '/' || isBelow(home, workspace))
    throw refused(
      `the project would be ${workspace}, and with it everything of yours`,
      'start it in a folder of the project',
    );
  if (isOfSystem(workspace))
    throw refused(
      `the project would be ${workspace}, which is the system’s own`,
      'start it in a folder of the project',
    );
  if (disk.facts(workspace)?.kind !== 'folder')
    throw refused(`${workspace} is no folder`, 'start it in a folder of the project');
  const open = replaceable(workspace, disk);
  if (open !== null)
    throw refused(
      `everybody may write into ${open}, above the project`,
      `chmod o-w ${open}, or move the project`,
    );
  checkOwn(workspace, wish);
}

function allowedPath(written: string, wish: ViewWish, disk: Disk): string {
  const path =
    written === '~' ? wish.home : written.startsWith('~/') ? join(wish.home, written.slice(2)) : written;
  const facts = disk.facts(path);
  if (facts === null)
    throw refused(
      `allow_paths names ${written}, which is not there`,
      'make it, or take it out of the policy',
    );
  if (disk.real(path) !== path)
    throw refused(
      `allow_paths names ${written}, which is or goes through a link`,
      `name ${disk.real(path) ?? 'the folder itself'}`,
    );
  if (facts.kind !== 'folder' && facts.kind !== 'file')
    throw refused(
      `allow_paths names ${written}, which is neither a folder nor a file`,
      'name the folder it is in',
    );
  const kernels = OF_THE_KERNEL.find((folder) => isBelow(path, folder));
  if (kernels !== undefined)
    throw refused(
      `allow_paths names ${written}, and what ${kernels} shows of this computer leads out of a sandbox`,
      'take it out of the policy: a sandbox has its own /proc and /dev',
    );
  if (path === '/' || isBelow(wish.home, path))
    throw refused(
      `allow_paths names ${written}, and with it your whole home folder`,
      'name the folders in it',
    );
  const open = replaceable(path, disk);
  if (open !== null)
    throw refused(`allow_paths names ${written}, and everybody may write into ${open}`, `chmod o-w ${open}`);
  checkOwn(path, wish);
  return path;
}

function checkOwn(path: string, wish: ViewWish): void {
  const own = wish.gatehouse.own.find((folder) => isBelow(folder, path) || isBelow(path, folder));
  if (own !== undefined)
    throw refused(`${path} holds, or lies in, Gatehouse's own folder ${own}`, 'move one of the two');
}

function isOwn(path: string, wish: ViewWish): boolean {
  return wish.gatehouse.own.some((folder) => isBelow(folder, path) || isBelow(path, folder));
}

/** Whether `path` is `folder` or lies below it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function refused(what: string, hint: string): GatehouseError {
  return new GatehouseError('sandbox_refused', `sandbox: ${what}`, { hint });
}

/** The name under which a command is shown: its program's, without its path. */
export function commandName(program: string): string {
  return basename(program) || program;
}
