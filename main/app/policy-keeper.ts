/**
 * The policy in force.
 *
 * A file that compiles replaces the one in force; one that does not leaves the last good one in force and says
 * so; when there never was one, there is no policy and everything is refused.
 */
import { lstatSync } from 'node:fs';
import type { AuditEvent } from '../audit/event.ts';
import { messageOf } from '../platform/errors.ts';
import { type CompileResult, compilePolicy } from '../policy/compile.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import { readPolicyFile, writePolicyFile } from './policy-file.ts';
import type { ProfileFiles } from './profile-files.ts';

export type PolicyState = 'ok' | 'last_good' | 'none';

/** Where the last policy that compiled is kept, outside the file that a person edits. */
export interface LastGoodStore {
  lastGood(): { readonly hash: string; readonly file: string; readonly text: string } | null;
  keep(policy: { readonly hash: string; readonly file: string; readonly text: string }): void;
}

export interface PolicyStatus {
  readonly state: PolicyState;
  readonly file: string;
  readonly errors: readonly Diagnostic[];
  readonly notes: readonly Diagnostic[];
}

export class PolicyKeeper {
  readonly #file: string;
  readonly #store: LastGoodStore;
  readonly #profiles: ProfileFiles | null;
  #policy: CompiledPolicy | null = null;
  #status: PolicyStatus;

  /**
   * @param options.file the person's policy file
   * @param options.profiles behaviour profiles beside the file; without them it can name none of its own
   * @param options.preset text put there when the file does not exist and none was ever in force
   */
  constructor(options: { file: string; store: LastGoodStore; preset: string; profiles?: ProfileFiles }) {
    this.#file = options.file;
    this.#store = options.store;
    this.#profiles = options.profiles ?? null;
    this.#status = { state: 'none', file: options.file, errors: [], notes: [] };
    if (!isThere(options.file) && options.store.lastGood() === null)
      writePolicyFile(options.file, options.preset);
  }

  policy(): CompiledPolicy | null {
    return this.#policy;
  }

  status(): PolicyStatus {
    return this.#status;
  }

  /** Reads the file and puts it in force if it compiles. Answers the event for the log. */
  load(): AuditEvent {
    const result = this.#read();
    if (result.ok) {
      this.#policy = result.policy;
      this.#status = { state: 'ok', file: this.#file, errors: [], notes: result.notes };
    } else {
      this.#fallBack(result.diagnostics.filter((diagnostic) => diagnostic.severity === 'error'));
    }
    return {
      type: 'policy.loaded',
      v: 1,
      state: this.#status.state,
      file: this.#file,
      hash: this.#policy?.hash ?? null,
      errors: this.#status.errors
        .slice(0, 20)
        .map((error) => `${error.line}:${error.column} ${error.path}: ${error.message}`),
    };
  }

  /** One sentence for the page and the terminal. */
  sentence(): string {
    const { state, errors } = this.#status;
    const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
    switch (state) {
      case 'ok':
        return 'The policy file is in force.';
      case 'last_good':
        return `The policy file has ${count}. The last good version stays in force.`;
      case 'none':
        return `The policy file has ${count} and no earlier version is known. Everything is refused.`;
    }
  }

  /** The policy in the file, kept as the last good one: what could not be kept is not put in force. */
  #read(): CompileResult {
    try {
      const text = readPolicyFile(this.#file);
      const findProfile = this.#profiles?.fresh();
      const result = compilePolicy(text, this.#file, findProfile === undefined ? {} : { findProfile });
      if (result.ok) {
        this.#profiles?.keep();
        this.#store.keep({ hash: result.policy.hash, file: this.#file, text });
      }
      return result;
    } catch (error) {
      const place = { file: this.#file, line: 1, column: 1, path: '(file)', severity: 'error' as const };
      return { ok: false, diagnostics: [{ ...place, message: messageOf(error) }] };
    }
  }

  #fallBack(errors: readonly Diagnostic[]): void {
    if (this.#policy === null) {
      const last = this.#store.lastGood();
      const findProfile = this.#profiles?.kept();
      const compiled =
        last === null
          ? null
          : compilePolicy(last.text, last.file, findProfile === undefined ? {} : { findProfile });
      this.#policy = compiled?.ok === true ? compiled.policy : null;
    }
    this.#status = {
      state: this.#policy === null ? 'none' : 'last_good',
      file: this.#file,
      errors,
      notes: [],
    };
  }
}

/** A link that leads nowhere is there too: it is told of, not replaced. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
