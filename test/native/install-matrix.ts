/** Which strangers there are, and the copy of this work tree that they clone. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StrangerOptions } from './stranger.ts';

export interface Cell extends StrangerOptions {
  readonly name: string;
}

/** npm 12 is the first that runs no install script of a dependency unless package.json allows it. */
export const NPMS = [10, 11, 12] as const;
export const NODES = [18, 20, 24] as const;
/** The Nodes that each npm runs on. */
const NODES_OF: Readonly<Record<(typeof NPMS)[number], readonly number[]>> = {
  10: [18, 20, 24],
  11: [20, 24],
  12: [24],
};

/** `nobody`, and a user that no list of users names, as containers have them. */
const NOBODY = 65_534;
const UNLISTED = 54_321;

/**
 * Every npm with every Node it runs on, with and without a compiler. As root also as other users: an npm and a
 * Node of each, the compiler now there and now not.
 */
export function cells(isRoot: boolean): readonly Cell[] {
  const all: Cell[] = [];
  const add = (npm: number, node: number, compiler: boolean, uid: number | null) => {
    const tools = compiler ? 'compiler' : 'no compiler';
    const user = uid === null ? (isRoot ? 'root' : 'user') : uid === NOBODY ? 'nobody' : 'unlisted user';
    all.push({ npm, node, compiler, uid, name: `npm ${npm}, Node ${node}, ${tools}, ${user}` });
  };
  for (const npm of NPMS)
    for (const node of NODES_OF[npm]) for (const compiler of [true, false]) add(npm, node, compiler, null);
  if (isRoot) {
    add(10, 20, false, NOBODY);
    add(10, 24, true, NOBODY);
    add(11, 20, true, NOBODY);
    add(11, 24, false, NOBODY);
    add(12, 24, true, NOBODY);
    add(11, 24, true, UNLISTED);
  }
  return all;
}

/** A repository with one commit more than HEAD: what would be committed now. Answers the id of its tree. */
export function snapshot(root: string, target: string): string {
  const git = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  git(root, 'clone', '--quiet', '--no-hardlinks', root, target);
  const names = (...args: readonly string[]) =>
    git(root, 'ls-files', '-z', '--exclude-standard', ...args)
      .split('\0')
      .filter((name) => name !== '');
  for (const name of [...names('--modified'), ...names('--others')]) {
    const to = join(target, name);
    if (!existsSync(join(root, name))) {
      rmSync(to, { force: true });
      continue;
    }
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(root, name), to);
  }
  git(target, 'add', '--all');
  const who = ['-c', 'user.name=nobody', '-c', 'user.email=nobody@localhost', '-c', 'commit.gpgsign=false'];
  git(target, ...who, 'commit', '--quiet', '--allow-empty', '-m', 'as it is now');
  return git(target, 'rev-parse', 'HEAD^{tree}').trim();
}

/** The cells in an order drawn from the seed: none may need what another has left. */
export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const order = [...items];
  let state = seed >>> 0;
  for (let at = order.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (at + 1));
    const [a, b] = [order[at], order[other]];
    if (a !== undefined && b !== undefined) [order[at], order[other]] = [b, a];
  }
  return order;
}
