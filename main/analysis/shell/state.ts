/** What a shell knows while it runs: variables, functions, its folder. */

import type { Syntax } from './grammar.ts';
import { HOLE, hasMarks, type Stream, TAINT, type Taint, type Word } from './text.ts';

export interface Value {
  readonly text: string;
  readonly taint: Taint;
}

/** A function's body and the text it stands in. */
export interface ShellFunction {
  readonly body: Syntax;
  readonly source: string;
}

/** Stages that run at the same time as one behind them. */
export interface Upstream {
  /** Their simple commands among all of the call's: from the first to before the last. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export class ShellState {
  readonly vars: Map<string, Value>;
  readonly arrays: Map<string, readonly Word[]>;
  readonly functions: Map<string, ShellFunction>;
  readonly aliases: Map<string, string>;
  /** Absolute, or a hole. */
  cwd: string;
  /** Where it would be instead, when the last change of folder failed; null when that cannot be. */
  otherCwd: string | null = null;
  /** Names of variables of secrets that were expanded; one set for a whole call. */
  readonly tokens: Set<string>;
  /**
   * `variables`: a file of variables was read in, and any of them may hold a secret. `code`: a file was, and any name
   * may have another meaning. One for a whole call.
   */
  readonly sourced: { variables: boolean; code: boolean };
  /** The text of what reads the output of this command in a pipe; null behind the last one. */
  reader: string | null = null;
  /** The stages before this command in its pipe; null for the first, and for what is nested in one. */
  piped: Upstream | null = null;
  /** `$1`…; null when they are not known. */
  positional: readonly Word[] | null;

  constructor(cwd: string, from?: ShellState) {
    this.cwd = cwd;
    this.vars = new Map(from?.vars);
    this.arrays = new Map(from?.arrays);
    this.functions = new Map(from?.functions);
    this.aliases = new Map(from?.aliases);
    this.positional = from?.positional ?? null;
    this.otherCwd = from?.otherCwd ?? null;
    this.tokens = from?.tokens ?? new Set();
    this.sourced = from?.sourced ?? { variables: false, code: false };
  }

  /** What a subshell starts with. */
  fork(): ShellState {
    return new ShellState(this.cwd, this);
  }

  set(name: string, value: Value): void {
    this.vars.set(name, value);
    this.arrays.delete(name);
  }

  forget(name: string): void {
    this.set(name, { text: HOLE, taint: TAINT.none });
  }

  /**
   * Takes over what another state may have become in the meantime: what differs is not known any more. For
   * branches that may or may not run.
   */
  merge(other: ShellState): void {
    for (const [name, value] of other.vars) {
      const own = this.vars.get(name);
      if (own?.text === value.text) {
        if (own.taint !== value.taint)
          this.vars.set(name, { text: own.text, taint: own.taint | value.taint });
      } else {
        this.set(name, { text: HOLE, taint: value.taint | (own?.taint ?? TAINT.none) });
      }
    }
    for (const [name, own] of this.vars) {
      if (!other.vars.has(name) && own.text !== HOLE) this.set(name, { text: HOLE, taint: own.taint });
    }
    for (const [name, words] of other.arrays) if (this.arrays.get(name) !== words) this.forget(name);
    for (const [name, made] of other.functions) this.functions.set(name, made);
    for (const [name, text] of other.aliases) this.aliases.set(name, text);
    if (other.cwd !== this.cwd) {
      this.otherCwd ??= this.cwd;
      this.cwd = this.cwd === HOLE ? HOLE : other.cwd;
    }
    if (other.positional !== this.positional) this.positional = null;
  }
}

/** What became of files that the same call wrote: text by path. */
export class WrittenFiles {
  readonly #files = new Map<string, Stream>();
  /** Folders into which something was put whose names are not known. */
  readonly #folders: { readonly prefix: string; readonly taint: Taint }[] = [];
  /** Symbolic links, by the prefix of what is reached through them. */
  readonly #links = new Map<string, string>();

  /** A symbolic link that was made here. */
  putLink(path: string, target: string): void {
    if (!hasMarks(path) && !hasMarks(target) && path !== target) this.#links.set(`${path}/`, target);
  }

  /** Where a path leads that goes through links made here. @param path with a slash at its end where the text had one */
  through(path: string): string {
    let at = path;
    // Links may lead through links, and in a circle.
    for (let step = 0; step < 8; step += 1) {
      const link = [...this.#links].find(([prefix]) => at.startsWith(prefix));
      if (link === undefined) break;
      at = `${link[1]}/${at.slice(link[0].length)}`;
    }
    return at.length > 1 ? at.replace(/\/+$/, '') || '/' : at;
  }

  get(path: string): Stream | undefined {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const folders = this.#folders.filter(({ prefix }) => path.startsWith(prefix));
    if (folders.length === 0) return undefined;
    return { text: null, taint: folders.reduce((sum, { taint }) => sum | taint, TAINT.none) };
  }

  /** Whether something was put into a folder. */
  hasBelow(folder: string): boolean {
    const prefix = `${folder}/`;
    return [...this.#files.keys()].some((path) => path.startsWith(prefix));
  }

  /** Texts that are known in full, by the absolute paths of their files. */
  texts(): readonly { readonly file: string; readonly text: string }[] {
    return [...this.#files].flatMap(([file, { text }]) =>
      text === null || hasMarks(text) || file.includes(HOLE) ? [] : [{ file, text }],
    );
  }

  /** A folder whose files came from somewhere; their names are not known. */
  putFolder(path: string, taint: Taint): void {
    this.#folders.push({ prefix: `${path}/`, taint });
  }

  /** A file that is written once more, or added to, holds what is not known. */
  put(path: string, content: Stream, adds: boolean): void {
    const hole = path.indexOf(HOLE);
    if (hole > 0 && content.taint !== TAINT.none)
      this.#folders.push({ prefix: path.slice(0, hole), taint: content.taint });
    const before = this.#files.get(path);
    const text =
      adds && before !== undefined
        ? before.text !== null && content.text !== null
          ? before.text + content.text
          : null
        : before !== undefined && before.text !== content.text
          ? null
          : content.text;
    const differs = before?.text != null && text === null ? TAINT.mixed : TAINT.none;
    this.#files.set(path, { text, taint: content.taint | differs | (before?.taint ?? TAINT.none) });
  }
}
