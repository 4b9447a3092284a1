/** What a shell knows while it runs: variables, functions, its folder, and what each of them may be instead. */

import type { Syntax } from './grammar.ts';
import { HOLE, TAINT, type Taint, type Word } from './text.ts';

export interface Value {
  readonly text: string;
  readonly taint: Taint;
}

/** What a name may hold where a branch decides: a value, a list, or (null) what it has when nothing sets it. */
export type Option = (Value & { readonly words: readonly Word[] | null }) | null;

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

/** The name under which the options of `$1`… are kept. */
export const POSITIONAL = '@';
/** More values of one name than these are not told apart. */
export const MOST_OPTIONS = 64;
/** More folders than these are not followed. */
const MOST_FOLDERS = 3;

export class ShellState {
  readonly vars: Map<string, Value>;
  readonly arrays: Map<string, readonly Word[]>;
  /** What a name may hold instead of what `vars` and `arrays` say, where a branch that may not run decides. */
  readonly options: Map<string, readonly Option[]>;
  /** Names that are handed on to other processes. */
  readonly exported: Set<string>;
  /** Every body that a name may have; null among them where it may have none. */
  readonly functions: Map<string, readonly (ShellFunction | null)[]>;
  readonly aliases: Map<string, readonly string[]>;
  /** Actions of `trap`, which run when the shell ends and see what is set then. */
  traps: readonly Value[] = [];
  /** Absolute, or a hole. */
  cwd: string;
  /** Folders in which it may be instead, where a branch that may not run decides. */
  cwds: readonly string[];
  /** Where it would be instead, when the last change of folder failed; null when that cannot be. */
  otherCwd: string | null = null;
  /** Where `cd -` goes, and where each `popd` does, the last first. */
  oldCwd = HOLE;
  pushed: readonly string[] = [];
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
  #positional: readonly Word[] | null;

  constructor(cwd: string, from?: ShellState) {
    this.cwd = cwd;
    this.vars = new Map(from?.vars);
    this.arrays = new Map(from?.arrays);
    this.options = new Map(from?.options);
    this.exported = new Set(from?.exported);
    this.functions = new Map(from?.functions);
    this.aliases = new Map(from?.aliases);
    this.#positional = from?.positional ?? null;
    this.cwds = from?.cwds ?? [];
    this.otherCwd = from?.otherCwd ?? null;
    this.oldCwd = from?.oldCwd ?? HOLE;
    this.pushed = from?.pushed ?? [];
    this.tokens = from?.tokens ?? new Set();
    this.sourced = from?.sourced ?? { variables: false, code: false };
  }

  /** What a subshell starts with. */
  fork(): ShellState {
    return new ShellState(this.cwd, this);
  }

  get positional(): readonly Word[] | null {
    return this.#positional;
  }

  set positional(words: readonly Word[] | null) {
    this.#positional = words;
    this.options.delete(POSITIONAL);
  }

  set(name: string, value: Value): void {
    this.vars.set(name, value);
    this.arrays.delete(name);
    this.options.delete(name);
  }

  forget(name: string): void {
    this.set(name, { text: HOLE, taint: TAINT.none });
  }

  /** What a name holds is not known from here on; it may be what it was. */
  open(name: string): void {
    const before = this.optionsOf(name);
    this.forget(name);
    if (before.length > 0) this.options.set(name, before);
  }

  /** Another process may not have been given the variables that were set here, nor the functions. */
  leaves(names: ReadonlySet<string>): void {
    for (const name of names) {
      if (this.exported.has(name)) continue;
      const known = this.optionsOf(name);
      if (known.length > 0 && !known.includes(null)) this.options.set(name, [null, ...known]);
    }
    for (const [name, bodies] of this.functions)
      if (!bodies.includes(null)) this.functions.set(name, [...bodies, null]);
  }

  /** Has a name be one of its options. */
  choose(name: string, option: Option): void {
    if (name === POSITIONAL) this.positional = option?.words ?? null;
    else if (option === null) {
      this.vars.delete(name);
      this.arrays.delete(name);
      this.options.delete(name);
    } else {
      this.set(name, { text: option.text, taint: option.taint });
      if (option.words !== null) this.arrays.set(name, option.words);
    }
  }

  /** Goes to a folder. */
  goes(folder: string): void {
    this.oldCwd = this.cwd;
    this.cwd = folder;
    this.cwds = [];
  }

  /** What a name may hold, as far as it is known. */
  optionsOf(name: string): readonly Option[] {
    const more = this.options.get(name) ?? [];
    if (name === POSITIONAL) {
      const words = this.#positional;
      return words === null ? more : [{ text: '', taint: TAINT.none, words }, ...more];
    }
    const value = this.vars.get(name);
    if (value === undefined) return [null, ...more.filter((one) => one !== null)];
    const words = this.arrays.get(name) ?? null;
    return value.text === HOLE && words === null ? more : [{ ...value, words }, ...more];
  }

  /**
   * Takes over what another state may have become in the meantime: what differs is not known any more, and may be
   * either. For branches that may or may not run.
   */
  merge(other: ShellState): void {
    for (const name of new Set([...this.vars.keys(), ...other.vars.keys()])) {
      const [own, value] = [this.vars.get(name), other.vars.get(name)];
      const isSame = own?.text === value?.text && this.arrays.get(name) === other.arrays.get(name);
      const taint = (own?.taint ?? TAINT.none) | (value?.taint ?? TAINT.none);
      const options = this.#withOptions(name, other);
      if (isSame && own !== undefined) {
        if (own.taint !== taint) this.vars.set(name, { text: own.text, taint });
      } else this.set(name, { text: HOLE, taint });
      if (options.length > 0) this.options.set(name, options);
    }
    this.#mayDo(other);
    if (other.cwd !== this.cwd) {
      this.cwds = this.#withFolders([this.cwd, ...other.cwds], other.cwd);
      this.otherCwd ??= this.cwd;
      this.cwd = this.cwd === HOLE ? HOLE : other.cwd;
    } else this.cwds = this.#withFolders(other.cwds, this.cwd);
    if (other.positional !== this.positional) {
      const options = this.#withOptions(POSITIONAL, other);
      this.positional = null;
      if (options.length > 0) this.options.set(POSITIONAL, options);
    }
  }

  /** The same, but what is known stays: what the other holds is no more than what may be instead. */
  mayBe(other: ShellState): void {
    for (const name of new Set([...this.vars.keys(), ...other.vars.keys(), POSITIONAL])) {
      const isSame =
        name === POSITIONAL
          ? this.positional === other.positional
          : this.vars.get(name)?.text === other.vars.get(name)?.text &&
            this.arrays.get(name) === other.arrays.get(name);
      if (isSame && this.options.get(name) === other.options.get(name)) continue;
      const options = this.#withOptions(name, other);
      if (options.length > 0) this.options.set(name, options);
    }
    this.#mayDo(other);
    this.cwds = this.#withFolders([other.cwd, ...other.cwds], this.cwd);
  }

  /** Is what another state is. */
  become(other: ShellState): void {
    const pairs: readonly (readonly [Map<string, unknown>, ReadonlyMap<string, unknown>])[] = [
      [this.vars, other.vars],
      [this.arrays, other.arrays],
      [this.options, other.options],
      [this.functions, other.functions],
      [this.aliases, other.aliases],
    ];
    for (const [own, from] of pairs) {
      own.clear();
      for (const [name, value] of from) own.set(name, value);
    }
    [this.cwd, this.cwds, this.otherCwd] = [other.cwd, other.cwds, other.otherCwd];
    [this.oldCwd, this.pushed] = [other.oldCwd, other.pushed];
    [this.#positional, this.traps] = [other.positional, other.traps];
  }

  #mayDo(other: ShellState): void {
    for (const name of new Set([...this.functions.keys(), ...other.functions.keys()])) {
      const own = this.functions.get(name) ?? [null];
      const more = (other.functions.get(name) ?? [null]).filter((one) => !own.includes(one));
      if (more.length > 0) this.functions.set(name, [...own, ...more]);
    }
    for (const [name, texts] of other.aliases)
      this.aliases.set(name, [...new Set([...(this.aliases.get(name) ?? []), ...texts])]);
    this.traps = [...this.traps, ...other.traps.filter((one) => !this.traps.includes(one))];
  }

  /** Own and others' options, each once; more than can be told apart are cut by whoever runs them. */
  #withOptions(name: string, other: ShellState): readonly Option[] {
    const own = this.optionsOf(name);
    const more = other.optionsOf(name).filter((one) => !own.some((known) => isSameOption(known, one)));
    return more.length === 0 ? own : [...own, ...more].slice(0, MOST_OPTIONS + 1);
  }

  #withFolders(more: readonly string[], except: string): readonly string[] {
    const all = new Set([...this.cwds, ...more]);
    all.delete(except);
    all.delete(HOLE);
    return all.size === 0 ? [] : [...all].slice(0, MOST_FOLDERS);
  }
}

function isSameOption(one: Option, other: Option): boolean {
  if (one === other) return true;
  return (
    one !== null &&
    other !== null &&
    one.text === other.text &&
    one.taint === other.taint &&
    one.words === other.words
  );
}
