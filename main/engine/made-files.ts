/**
 * What calls that were let through put where anybody could have put it: files in folders for temporary files, and files
 * that they fetched. A program that runs out of such a folder is one of the agent's own, or of a stranger.
 */
import type { CallAnalysis } from '../analysis/result.ts';

/** `built`: a folder that a build has filled, with all that is in it. */
export type MadeBy = 'own' | 'fetched' | 'built';

/** What one project's calls made. */
interface Made {
  readonly files: Map<string, MadeBy>;
  /** Counts changes. */
  revision: number;
}

const MOST_PROJECTS = 64;
const MOST_FILES = 2000;
const ANYTHING_BELOW = '/…';

export class MadeFiles {
  readonly #projects = new Map<string, Made>();

  /**
   * @param app     canonical root of the project
   * @param isWhole the call itself says all that the file holds now
   */
  note(app: string, { commands, effects }: CallAnalysis, isWhole = false): void {
    // A copy of what was fetched is fetched, and so is what is taken out of it.
    const copied = new Set<string>();
    for (const command of commands)
      if (command.effects.some((one) => one.kind === 'read' && this.of(app, one.path) === 'fetched'))
        for (const one of command.effects) if (one.kind === 'write') copied.add(one.path);
    for (const effect of effects) {
      if (effect.kind === 'delete') this.#forget(app, effect.path);
      if (effect.kind !== 'write' || (effect.at !== 'temp' && effect.at !== 'workspace')) continue;
      if (effect.built === true) {
        this.#put(app, effect.path, 'built');
        continue;
      }
      // What is put beside it is not made by the build.
      this.#mixed(app, effect.path);
      const isFetched = effect.fetched === true || copied.has(effect.path);
      // Added to or marked to be run it still is what it was; written anew or deleted before it is not.
      const wasFetched = !isWhole && this.#known(app, effect.path) === 'fetched';
      const by: MadeBy = isFetched || wasFetched ? 'fetched' : 'own';
      // In the project nothing is a stranger's but what is fetched.
      const isWorth = effect.at === 'temp' || by === 'fetched' || this.of(app, effect.path) !== null;
      // A folder full of what was fetched is unknown, and worth a note where it lies among the agent's own.
      const isFolder = effect.path.endsWith(ANYTHING_BELOW);
      if (isWorth && !(by === 'fetched' && isFolder && this.of(app, effect.path) !== 'own'))
        this.#put(app, effect.path, by);
    }
  }

  #mixed(app: string, path: string): void {
    if (this.of(app, `${path}${ANYTHING_BELOW}`) !== 'built') return;
    for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1))
      this.#forgetBuilt(app, path.slice(0, at));
  }

  #forget(app: string, path: string): void {
    this.#projects.get(app)?.files.delete(path);
    this.#forgetBuilt(app, path);
  }

  #forgetBuilt(app: string, path: string): void {
    const made = this.#projects.get(app);
    const below = `${path}${ANYTHING_BELOW}`;
    if (made?.files.get(below) !== 'built') return;
    // What stands there next need not come of a build.
    made.files.delete(below);
    made.revision += 1;
  }

  #known(app: string, path: string): MadeBy | undefined {
    return this.#projects.get(app)?.files.get(path);
  }

  /** What is known of a path; null when nothing is. */
  of(app: string, path: string): MadeBy | null {
    const files = this.#projects.get(app)?.files;
    if (files === undefined) return null;
    const known = files.get(path);
    if (known !== undefined) return known;
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const below = files.get(`${path.slice(0, at)}${ANYTHING_BELOW}`);
      if (below !== undefined) return below;
    }
    return null;
  }

  /** Another number whenever something of the project is known anew. */
  revision(app: string): number {
    return this.#projects.get(app)?.revision ?? 0;
  }

  #put(app: string, path: string, by: MadeBy): void {
    let made = this.#projects.get(app);
    if (made === undefined) {
      if (this.#projects.size >= MOST_PROJECTS) this.#projects.delete(first(this.#projects));
      made = { files: new Map(), revision: 0 };
      this.#projects.set(app, made);
    }
    if (made.files.get(path) === by) return;
    if (made.files.size >= MOST_FILES) made.files.delete(first(made.files));
    made.files.set(path, by);
    made.revision += 1;
  }
}

function first(map: ReadonlyMap<string, unknown>): string {
  return map.keys().next().value ?? '';
}
