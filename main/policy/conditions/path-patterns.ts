/**
 * Globs for places on the disk: `secrets/**` is below the project, `~/.ssh/**` below the home folder, `/etc/**`
 * from the root, and a leading `**` anywhere. They are held against canonical paths, so that `..`, doubled
 * separators and links change nothing. `**` in the end covers the folder itself too, `*` only what stands in it:
 * `**` is the project, `*` is not.
 */
import process from 'node:process';
import { isScalar } from 'yaml';
import type { Field } from '../document.ts';
import { compileGlob, type Pattern } from '../pattern.ts';
import type { Reader } from '../reader.ts';
import type { Subject } from './subject.ts';

/** File systems of these systems do not tell `A` from `a`. */
const IGNORES_CASE = process.platform === 'darwin' || process.platform === 'win32';

interface PathPattern {
  readonly base: 'root' | 'home' | 'app';
  readonly pattern: Pattern;
}

export class PathPatterns {
  /** As written. */
  readonly sources: readonly string[];
  readonly #patterns: readonly PathPattern[];

  constructor(sources: readonly string[], patterns: readonly PathPattern[]) {
    this.sources = Object.freeze([...sources]);
    this.#patterns = patterns;
    Object.freeze(this);
  }

  /** @param path absolute and canonical */
  match(path: string, { app, home }: Pick<Subject, 'app' | 'home'>): boolean {
    const text = forward(path);
    return this.#patterns.some(({ base, pattern }) => {
      if (base === 'root') return pattern.test(text);
      const inner = below(text, forward(base === 'home' ? home : app));
      return inner !== null && pattern.test(inner);
    });
  }
}

function forward(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}

/** The part of a path below a folder, with its slash; null when it is not in it. */
function below(path: string, folder: string): string | null {
  if (path === folder) return '';
  const start = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(start) ? path.slice(start.length - 1) : null;
}

/** Reads a glob or a list of them; null when something in it was wrong, which has been reported. */
export function compilePathPatterns(reader: Reader, field: Field): PathPatterns | null {
  const single = isScalar(field.node) && typeof field.node.value === 'string';
  const texts = single ? [{ value: reader.text(field) ?? '', field }] : reader.texts(field);
  if (texts === null) return null;
  const patterns = texts.map(({ value, field: at }) => {
    const compiled = placed(value);
    if ('problem' in compiled) reader.problems.error(at, `not a path pattern: ${compiled.problem}`);
    return compiled;
  });
  if (texts.length === 0) reader.problems.error(field, 'names no path');
  const good = patterns.flatMap((compiled) => ('problem' in compiled ? [] : [compiled]));
  return good.length === 0 || good.length < patterns.length
    ? null
    : new PathPatterns(
        texts.map(({ value }) => value),
        good,
      );
}

function placed(text: string): PathPattern | { readonly problem: string } {
  if (text.trim() === '') return { problem: 'is empty, and would match everything' };
  const inHome = text === '~' || text.startsWith('~/');
  const anywhere = text.startsWith('**/');
  const base = inHome
    ? 'home'
    : anywhere || text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(text)
      ? 'root'
      : 'app';
  const body = inHome ? text.slice(2) : anywhere ? `/${text}` : text.replace(/^\.\//, '');
  // A folder means all that is in it.
  const whole = body.endsWith('/') && body !== '/' ? `${body}**` : body;
  if (/(?:^|\/)\.\.(?:\/|$)/.test(whole)) return { problem: '.. cannot match a canonical path' };
  if (whole === '') return { problem: 'names the folder itself; write ~/** for it and all that is in it' };
  const compiled = compileGlob(base === 'root' ? whole : `/${whole}`, IGNORES_CASE);
  return compiled.ok ? { base, pattern: compiled.pattern } : { problem: compiled.problem };
}
