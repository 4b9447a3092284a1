/**
 * Launch plans for macOS: the view that Linux mounts, as a Seatbelt profile.
 *
 * There is no second root here: a path inside is the path outside, and what is not on the list is refused instead of
 * missing. So the home folder is the session's own, which holds the copies of the agent's folders, what is scratch on
 * Linux, and the temporary folder; it goes when the session ends.
 */
import { dirname, join, relative } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';
import type { Disk } from '../disk.ts';
import type { LaunchStep } from '../launch-plan.ts';
import { neededOnMacos } from '../levels.ts';
import { type LaunchPlan, type LaunchWish, variables } from '../linux.ts';
import { isBelow, viewSteps, writableRoots } from '../linux-view.ts';
import { AT_ROOT, guardsOf, WATCHED } from '../protected-names.ts';
import { namedIn } from './folded-names.ts';
import { macosProfile, type Place, type WritablePlace } from './profile.ts';

export interface MacosWish extends LaunchWish {
  /** The session's own folder, without links, there: home and temporary folder of the command. */
  readonly scratch: string;
  /** A name for this sandbox alone: see MacosPolicy. */
  readonly mark: string;
}

/** Toolchains of the real home folder, by the variable that says where each is. */
const TOOL_HOMES: readonly (readonly [string, string])[] = [
  ['.asdf', 'ASDF_DATA_DIR'],
  ['.nvm', 'NVM_DIR'],
  ['.pyenv', 'PYENV_ROOT'],
  ['.rbenv', 'RBENV_ROOT'],
  ['.rustup', 'RUSTUP_HOME'],
  ['.volta', 'VOLTA_HOME'],
  ['.gitconfig', 'GIT_CONFIG_GLOBAL'],
];
/** What of git's is looked at in the end by its name must have that very name. */
const IN_ONE_SPELLING = ['.git', '.git/hooks', '.git/config', '.git/config.worktree', '.git/commondir'];
/** Names that git itself makes when it clones or begins a project. */
const OF_GIT = WATCHED.filter((name) => name.startsWith('.git') && !name.startsWith('.github'));

/** The plan for a command. Pure. @throws GatehouseError `sandbox_refused` */
export function macosPlan(wish: MacosWish, disk: Disk): LaunchPlan {
  for (const path of [wish.workspace, wish.cwd, wish.scratch, wish.home]) checkSpelling(path, disk);
  if (wish.layers !== null)
    throw new GatehouseError('sandbox_refused', 'sandbox: macOS has no copy-on-write workspace', {
      hint: 'take workspace_snapshot out of the policy',
    });
  const hooks = wish.hookFolders ?? [];
  const view = viewSteps(wish, disk);
  const roots = writableRoots(wish, disk);
  const reads = readPlaces(view, wish, disk);
  const writable = uniquePlaces([
    { path: wish.workspace, folder: true },
    ...view.flatMap((step) => (step[0] === 'own' && step[1] === 'rw' ? samePlace(step, disk) : [])),
    { path: wish.scratch, folder: true },
  ]);
  const guarded = writable
    .filter(({ path, folder }) => folder && path !== wish.scratch)
    .map(({ path }) => guardsOf(path, disk, wish.repositories, path === wish.workspace ? hooks : []));
  const kept = uniquePlaces([
    ...guarded.flatMap(({ steps }) => guardedPlaces(steps, disk)),
    ...wish.settings.map((path) => ({ path: inScratch(path, wish), folder: false })),
    ...reads.filter(({ path }) => writable.some((place) => isBelow(path, place.path))),
  ]);
  const writes = writable.map((place) => writablePlace(place, { kept, writable, guarded, wish }));
  const answered = wish.network?.listen.some(({ kind }) => kind === 'agent-door') === true;
  const door = answered ? wish.agentDoor : null;
  const profile = macosProfile({
    level: wish.level,
    mark: wish.mark,
    reads,
    writes,
    ways: [
      ...waysTo([...[...reads, ...writes].map(({ path }) => path), ...(door === null ? [] : [door])]),
      ...(door === null ? [] : [door]),
    ],
    network: wish.network === null ? 'open' : portsOf(wish),
    door,
    sockets: wish.level === 'standard' ? [wish.scratch] : [],
  });
  const steps: LaunchStep[] = [
    ['level', wish.level],
    ...neededOnMacos(wish.require ?? 'off').map((feature) => ['need', feature] as const),
    ['net', wish.network === null ? 'host' : 'empty'],
    ['profile', profile.text],
    ...[...profile.params].map(([name, value]) => ['param', name, value] as const),
    ['cwd', wish.cwd],
    ...environment(wish, disk),
    ['limit', 'core', 0],
    ...(wish.sessionTimeout === null ? [] : ([['session', wish.sessionTimeout]] as const)),
    ...(wish.idleTimeout === null ? [] : ([['idle', wish.idleTimeout]] as const)),
    ...roots.map((root) => ['watch', root] as const),
    ...WATCHED.map((name) => ['name', name] as const),
    ...hooks.map((folder) => ['name', `${folder}/`] as const),
  ];
  const notes = guarded
    .flatMap(({ links }) => links)
    .map((link) => `${link} is a link: where it leads to is not read-only by its name.`);
  return { steps, roots, notes };
}

/** Rules are held against the path that the kernel knows: another spelling of it would match nothing. */
function checkSpelling(path: string, disk: Disk): void {
  const real = disk.real(path);
  if (real === path) return;
  throw new GatehouseError(
    'sandbox_refused',
    `sandbox: ${path} is ${real === null ? 'not there' : `really ${real}`}`,
    { hint: real === null ? 'start it in a folder that is there' : `start it in ${real}` },
  );
}

/** What the view shows without letting it be changed. A copy's real folder lies in the session's own. */
function readPlaces(view: readonly LaunchStep[], wish: MacosWish, disk: Disk): readonly Place[] {
  const shown = view.flatMap((step) =>
    (step[0] === 'own' || step[0] === 'tree') && step[1] === 'ro' ? samePlace(step, disk) : [],
  );
  return uniquePlaces(shown.filter(({ path }) => !isBelow(path, wish.scratch)));
}

/** A step whose target is its source; elsewhere it would show a copy under the name of the real folder. */
function samePlace(step: LaunchStep, disk: Disk): readonly Place[] {
  const [, , source, target] = step;
  if (typeof target !== 'string' || source !== target) return [];
  return [{ path: target, folder: disk.facts(target)?.kind !== 'file' }];
}

function guardedPlaces(steps: readonly LaunchStep[], disk: Disk): readonly Place[] {
  return steps.flatMap((step) =>
    step[0] === 'guard' && step[1] === 'ro'
      ? [{ path: step[2], folder: disk.facts(step[2])?.kind === 'folder' }]
      : [],
  );
}

function writablePlace(
  place: Place,
  {
    kept,
    writable,
    guarded,
    wish,
  }: {
    readonly kept: readonly Place[];
    readonly writable: readonly Place[];
    readonly guarded: readonly { readonly steps: readonly LaunchStep[] }[];
    readonly wish: MacosWish;
  },
): WritablePlace {
  const { path: root } = place;
  const inside = (path: string) => path !== root && isBelow(path, root);
  const here = kept.filter(({ path }) => inside(path));
  const pins = guarded.flatMap(({ steps }) =>
    steps.flatMap((step) => (step[0] === 'guard' && step[1] === 'pin' ? [step[2]] : [])),
  );
  // Whoever moves a folder away takes what is in it to a name that no rule knows.
  const fixed = [...here.map(({ path }) => path), ...pins, ...writable.map(({ path }) => path)].filter(
    inside,
  );
  const keptPaths = new Set(here.map(({ path }) => path));
  const pinned = new Set(fixed.filter((path) => !keptPaths.has(path)));
  for (const path of fixed)
    for (let above = dirname(path); inside(above); above = dirname(above))
      if (!keptPaths.has(above)) pinned.add(above);
  const plain = root === wish.scratch || !place.folder;
  return {
    ...place,
    kept: here,
    pinned: [...pinned].sort(byText),
    names: plain ? [] : protectedNames(root, wish),
    misspelt: plain ? [] : misspeltNames(root, wish),
  };
}

/**
 * Also what is not there yet. At `standard` at the top of the folder, and nothing of git's: packages come with such names,
 * and git makes its own when it clones; they are looked at when the session ends, as on Linux. From `strict` on all of
 * them, at any depth.
 */
function protectedNames(root: string, { level }: MacosWish): readonly string[] {
  const deep = level !== 'standard';
  const own = AT_ROOT.filter((name) => !OF_GIT.includes(name)).map((name) =>
    namedIn(root, name, { deep, whole: true }),
  );
  if (!deep) return own;
  const git = OF_GIT.filter((name) => !OF_GIT.includes(`${name}/`)).map((name) =>
    namedIn(root, name.replace(/\/$/, ''), { deep, whole: name !== '.git' }),
  );
  return [...own, ...git];
}

/** At `standard` git may make its own, which are looked at in the end: a name that only the file system takes for one is not. */
function misspeltNames(root: string, { level }: MacosWish): WritablePlace['misspelt'] {
  if (level !== 'standard') return [];
  const where = { deep: true, whole: true };
  return IN_ONE_SPELLING.map((name) => ({
    folded: namedIn(root, name, where),
    exact: namedIn(root, name, { ...where, exact: true }),
  }));
}

function portsOf({ network }: MacosWish): readonly number[] {
  return (network?.listen ?? []).filter(({ kind }) => kind !== 'agent-door').map(({ port }) => port);
}

/** Every folder above, without `/`, which is on each profile's own list. */
function waysTo(paths: readonly string[]): readonly string[] {
  const ways = new Set<string>();
  for (const path of paths)
    for (let above = dirname(path); above !== '/'; above = dirname(above)) ways.add(above);
  return [...ways].sort(byText);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inScratch(path: string, { home, scratch }: MacosWish): string {
  return join(scratch, relative(home, path));
}

function environment(wish: MacosWish, disk: Disk): readonly LaunchStep[] {
  const temporary = join(wish.scratch, 'tmp');
  // The door is where it is outside, and no port stands for it.
  const listen = wish.network?.listen.filter(({ kind }) => kind !== 'agent-door') ?? [];
  const network = wish.network === null ? null : { listen };
  const told = variables({ ...wish, home: wish.scratch, network }).filter(
    (step) => !(step[0] === 'set' && step[1] === 'TMPDIR'),
  );
  const tools = TOOL_HOMES.flatMap(([name, variable]) => {
    const real = disk.real(join(wish.home, name));
    return real === null ? [] : [['set', variable, real] as const];
  });
  return [...told, ['set', 'TMPDIR', temporary], ['set', 'TMPPREFIX', join(temporary, 'zsh')], ...tools];
}

function uniquePlaces(places: readonly Place[]): readonly Place[] {
  const seen = new Map<string, Place>();
  for (const place of places) if (!seen.has(place.path)) seen.set(place.path, place);
  return [...seen.values()].sort((a, b) => byText(a.path, b.path));
}
