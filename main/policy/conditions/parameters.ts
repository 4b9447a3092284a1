/**
 * The parameters of a call as conditions see them: by any of the names under which tools take the same thing,
 * as text whatever their type, and paths in their canonical form beside the written one.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import type { ActionSpec } from '../catalog.ts';
import { isPath } from './named-places.ts';
import type { Subject } from './subject.ts';

/** Names of one thing. Tools of the catalog that know one of them are asked for all. */
const FAMILIES: readonly (readonly string[])[] = [
  ['file_path', 'path', 'filepath', 'absolute_path', 'notebook_path'],
  ['command', 'cmd'],
  ['url', 'uri'],
];

/** The names under which a tool may have been given what a policy calls `name`. */
export function aliasesOf(spec: ActionSpec | null, name: string): readonly string[] {
  const family = FAMILIES.find((names) => names.includes(name));
  if (spec === null || family === undefined) return [name];
  const known = family.filter((other) => other !== name && Object.hasOwn(spec.params, other));
  return known.length === 0 ? [name] : [name, ...known];
}

/** The values of a parameter; a list gives its members. Null and what is not there give none. */
export function valuesOf(params: JsonObject, name: string): readonly JsonValue[] {
  if (!Object.hasOwn(params, name)) return [];
  const value = params[name] ?? null;
  if (value === null) return [];
  return Array.isArray(value) ? value.filter((item) => item !== null) : [value];
}

/** A value as text: lists joined by blanks, as a command line would be. */
export function textOfValue(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOfValue).join(' ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** An absolute path without `.`, `..` and doubled separators; `~` and `file:` addresses are resolved. */
export function canonicalPath(text: string, { cwd, home }: Pick<Subject, 'cwd' | 'home'>): string {
  if (/^file:\/\//i.test(text)) {
    try {
      return resolve(fileURLToPath(text));
    } catch {
      return resolve(cwd, text);
    }
  }
  if (text === '~' || text.startsWith('~/')) return resolve(home, text.slice(2));
  return resolve(cwd, text);
}

/**
 * Everything a parameter says, each way it can be read: every alias, a list as a whole and by its members, a
 * path as written, canonical, and where its links end.
 */
export function readingsOf(subject: Subject, spec: ActionSpec | null, name: string): readonly string[] {
  const readings = new Set<string>();
  for (const alias of aliasesOf(spec, name)) {
    if (!Object.hasOwn(subject.params, alias)) continue;
    const whole = subject.params[alias] ?? null;
    if (whole === null) continue;
    readings.add(textOfValue(whole));
    if (!Array.isArray(whole) && !isPath(spec, alias, whole)) continue;
    for (const value of valuesOf(subject.params, alias)) {
      const text = textOfValue(value);
      readings.add(text);
      if (isPath(spec, alias, value)) for (const path of pathReadings(subject, text)) readings.add(path);
    }
  }
  return [...readings];
}

/** A path as it is meant: canonical, and where its links end when that is another place. */
export function pathReadings(subject: Subject, text: string): readonly string[] {
  const path = canonicalPath(text, subject);
  const real = subject.disk.real(path);
  return real === null || real === path ? [path] : [path, real];
}
