/**
 * A policy file that is looked at again for every decision, and compiled only when something about it, or about a
 * behaviour profile beside it that it names, has changed.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { GatehouseError, messageOf } from '../platform/errors.ts';
import type { BundleFile } from '../policy/behavior/profile-file.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import { readPolicyFile } from './policy-file.ts';
import { profilesBeside, profilesFolder } from './profile-files.ts';

export type PolicyFileState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'good';
      readonly policy: CompiledPolicy;
      readonly text: string;
      readonly notes: readonly Diagnostic[];
    }
  | { readonly kind: 'bad'; readonly text: string | null; readonly errors: readonly Diagnostic[] };

const ABSENT: PolicyFileState = Object.freeze({ kind: 'absent' });

export class WatchedPolicy {
  readonly file: string;
  readonly #check: (file: string) => string | null;
  #signature = '';
  /** What was looked for beside the file, there or not, and how it stood. */
  #beside: readonly { readonly path: string; readonly signature: string }[] = [];
  #state: PolicyFileState = ABSENT;

  /** @param check what is wrong with the file itself, for example who may write it; null when nothing is */
  constructor(file: string, check: (file: string) => string | null = () => null) {
    this.file = file;
    this.#check = check;
  }

  /** How the file stands now. The same object as long as the file is the same. */
  state(): PolicyFileState {
    const signature = signatureOf(this.file);
    const same = this.#beside.every((one) => signatureOf(one.path) === one.signature);
    if (signature !== this.#signature || !same) {
      this.#state = signature === '' ? ABSENT : this.#read();
      this.#signature = signature;
    }
    return this.#state;
  }

  #read(): PolicyFileState {
    try {
      this.#beside = [];
      const problem = this.#check(this.file);
      if (problem !== null) return this.#bad(null, problem);
      const text = readPolicyFile(this.file);
      const result = compilePolicy(text, this.file, { findProfile: (name) => this.#profile(name) });
      return result.ok
        ? { kind: 'good', policy: result.policy, text, notes: result.notes }
        : { kind: 'bad', text, errors: result.diagnostics };
    } catch (error) {
      return this.#bad(null, messageOf(error));
    }
  }

  #profile(name: string): BundleFile | null {
    const folder = profilesFolder(this.file);
    const path = join(folder, `${name}.yaml`);
    this.#beside = [folder, path].map((at) => ({ path: at, signature: signatureOf(at) }));
    const found = profilesBeside(this.file)(name);
    for (const at of found === null ? [] : [folder, path]) {
      const problem = this.#check(at);
      if (problem !== null) throw new GatehouseError('unsafe_file', `${at} cannot be used: ${problem}`);
    }
    return found;
  }

  #bad(text: string | null, message: string): PolicyFileState {
    return {
      kind: 'bad',
      text,
      errors: [{ file: this.file, line: 1, column: 1, path: '(file)', message, severity: 'error' }],
    };
  }
}

/** Changes whenever the file is written, replaced or put somewhere else; empty when nothing is there. */
function signatureOf(file: string): string {
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return '';
    const { dev, ino, size, mtimeNs, ctimeNs, mode, uid } = stats;
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${mode} ${uid}`;
  } catch (error) {
    // A folder that may not be looked into: the file is there for all we know.
    return `unreadable ${messageOf(error)}`;
  }
}
