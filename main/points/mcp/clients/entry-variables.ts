/**
 * Variables in entries, which the client fills in when it starts a server. Gatehouse starts the server now, so
 * they are filled in once, when the server is registered; what it cannot know stays with the client.
 */
import { basename, sep } from 'node:path';
import type { VariableForm } from './known-clients.ts';

export interface VariableSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The project that the entry is for; null when it is for all of them. */
  readonly project: string | null;
}

const PATTERNS: Readonly<Record<VariableForm, RegExp>> = {
  braces: /\$\{(?<inner>[^{}]*)\}/g,
  dollar: /\$\{(?<inner>[^{}]*)\}|\$(?<bare>[A-Za-z_][A-Za-z0-9_]*)/g,
  cursor: /\$\{(?<inner>[^{}]*)\}/g,
  opencode: /\{(?<inner>(?:env|file):[^{}]*)\}/g,
  none: /(?!)/g,
};
const WITH_DEFAULT = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/** Fills in the variables of one entry's texts, and remembers which there were. */
export class VariableFiller {
  readonly #form: VariableForm;
  readonly #source: VariableSource;
  /** Names of environment variables that were filled in. */
  readonly used = new Set<string>();
  /** What could not be filled in, as it stands in the entry. */
  readonly missing = new Set<string>();

  constructor(form: VariableForm, source: VariableSource) {
    this.#form = form;
    this.#source = source;
  }

  fill(text: string): string {
    let filled = '';
    let at = 0;
    for (const { 0: whole, index, groups } of text.matchAll(PATTERNS[this.#form])) {
      filled += text.slice(at, index) + this.#instead(whole, groups?.['inner'], groups?.['bare']);
      at = index + whole.length;
    }
    return filled + text.slice(at);
  }

  /** The value of a variable that an entry names outside of a text; null when it is not set. */
  named(name: string): string | null {
    return this.#fromEnvironment(name);
  }

  /** The same of one without which the entry does not work. */
  need(name: string): string {
    const value = this.#fromEnvironment(name);
    if (value === null) this.missing.add(name);
    return value ?? '';
  }

  #instead(whole: string, inner: string | undefined, bare: string | undefined): string {
    // A lone `$` word that is not set stays as it is in every client that reads them.
    if (bare !== undefined) return this.#fromEnvironment(bare) ?? whole;
    const value = this.#value(inner ?? '');
    if (value === null) this.missing.add(whole);
    return value ?? whole;
  }

  #value(inner: string): string | null {
    switch (this.#form) {
      case 'cursor':
        return inner.startsWith('env:') ? this.#fromEnvironment(inner.slice(4)) : this.#fromEditor(inner);
      case 'opencode':
        return inner.startsWith('env:') ? this.#fromEnvironment(inner.slice(4)) : null;
      case 'none':
        return null;
      case 'braces':
      case 'dollar': {
        const [, name, otherwise] = WITH_DEFAULT.exec(inner) ?? [];
        return name === undefined ? null : (this.#fromEnvironment(name) ?? otherwise ?? null);
      }
    }
  }

  #fromEnvironment(name: string): string | null {
    const { env, project } = this.#source;
    // Claude Code sets this one for the servers it starts.
    if (name === 'CLAUDE_PROJECT_DIR' && this.#form === 'braces' && project !== null) return project;
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) this.used.add(name);
    return value ?? null;
  }

  #fromEditor(name: string): string | null {
    const { home, project } = this.#source;
    if (name === 'userHome') return home;
    if (name === 'pathSeparator' || name === '/') return sep;
    if (project === null) return null;
    if (name === 'workspaceFolder') return project;
    return name === 'workspaceFolderBasename' ? basename(project) : null;
  }
}
