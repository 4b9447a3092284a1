/**
 * The policy in force.
 *
 * A file that compiles replaces the one in force; one that does not leaves the last good one in force and says
 * so; when there never was one, there is no policy and everything is refused.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { AuditEvent } from '../audit/event.ts';
import { messageOf } from '../platform/errors.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import type { CompiledPolicy } from '../policy/policy.ts';

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
  #policy: CompiledPolicy | null = null;
  #status: PolicyStatus;

  /**
   * @param options.file the person's policy file
   * @param options.preset text put there when the file does not exist and none was ever in force
   */
  constructor(options: { file: string; store: LastGoodStore; preset: string }) {
    this.#file = options.file;
    this.#store = options.store;
    this.#status = { state: 'none', file: options.file, errors: [], notes: [] };
    if (!existsSync(options.file) && options.store.lastGood() === null)
      writeNew(options.file, options.preset);
  }

  policy(): CompiledPolicy | null {
    return this.#policy;
  }

  status(): PolicyStatus {
    return this.#status;
  }

  /** Reads the file and puts it in force if it compiles. Answers the event for the log. */
  load(): AuditEvent {
    const read = readPolicy(this.#file);
    const result =
      'text' in read
        ? compilePolicy(read.text, this.#file)
        : { ok: false as const, diagnostics: [read.problem] };
    if (result.ok && 'text' in read) {
      this.#policy = result.policy;
      this.#store.keep({ hash: result.policy.hash, file: this.#file, text: read.text });
      this.#status = { state: 'ok', file: this.#file, errors: [], notes: result.notes };
    } else {
      const errors = result.ok
        ? []
        : result.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
      this.#fallBack(errors);
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

  #fallBack(errors: readonly Diagnostic[]): void {
    if (this.#policy === null) {
      const last = this.#store.lastGood();
      const compiled = last === null ? null : compilePolicy(last.text, last.file);
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

type Read = { readonly text: string } | { readonly problem: Diagnostic };

function readPolicy(file: string): Read {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file)) };
  } catch (error) {
    const message = `the file cannot be read: ${messageOf(error)}`;
    return { problem: { file, line: 1, column: 1, path: '(file)', message, severity: 'error' } };
  }
}

function writeNew(file: string, text: string): void {
  const temporary = join(dirname(file), `.policy.${process.pid}.tmp`);
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}
