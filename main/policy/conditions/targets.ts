/** What a call is aimed at: the file, address or query that sets keep and messages name. */
import type { JsonObject } from '../../platform/canonical-json.ts';
import type { Catalog } from '../catalog.ts';
import { isPath } from './named-places.ts';
import { canonicalPath, textOfValue, valuesOf } from './parameters.ts';
import type { Subject } from './subject.ts';

/** How a tracked set finds its target in a call. */
export interface TargetNames {
  readonly target: string;
  readonly aliases: readonly string[];
}

/** Where a target stands when nothing says otherwise, best first. */
const USUAL = ['file_path', 'path', 'filepath', 'url', 'query', 'pattern', 'target'];

function namesOf(names: TargetNames | null): readonly string[] {
  return names === null ? [] : [names.target, ...names.aliases];
}

function present(params: JsonObject, names: readonly string[]): readonly string[] {
  return names.filter((name) => valuesOf(params, name).some((value) => textOfValue(value) !== ''));
}

/** The one target of a call, as written; empty when it has none. */
export function targetOf(params: JsonObject, names: TargetNames | null = null): string {
  const [name] = present(params, [...namesOf(names), ...USUAL]);
  if (name === undefined) return '';
  return textOfValue(params[name] ?? null);
}

interface Target {
  readonly name: string;
  readonly text: string;
}

/**
 * Every target of a call: where two names of the same set say different things, nobody knows which one the tool
 * takes, so both count.
 */
function targetsOf(params: JsonObject, names: TargetNames | null): readonly Target[] {
  const own = present(params, namesOf(names));
  const [usual] = present(params, USUAL);
  return (own.length > 0 ? own : usual === undefined ? [] : [usual]).flatMap((name) =>
    valuesOf(params, name).flatMap((value) => {
      const text = textOfValue(value);
      return text === '' ? [] : [{ name, text }];
    }),
  );
}

type Place = Pick<Subject, 'module' | 'action' | 'params' | 'cwd' | 'home' | 'disk'>;

function keyOf(catalog: Catalog, subject: Place, { name, text }: Target): string {
  const spec = catalog.action(subject.module, subject.action);
  if (!isPath(spec, name, text)) return text;
  const path = canonicalPath(text, subject);
  return subject.disk.real(path) ?? path;
}

/** The keys under which a set would know the targets of a call: a path is its canonical place. */
export function targetKeys(catalog: Catalog, subject: Place, names: TargetNames | null): readonly string[] {
  return [...new Set(targetsOf(subject.params, names).map((target) => keyOf(catalog, subject, target)))];
}

/** The keys of what the tool took: those of the first name in the set's order, when several are given. */
export function takenKeys(catalog: Catalog, subject: Place, names: TargetNames): readonly string[] {
  const targets = targetsOf(subject.params, names);
  const first = targets[0]?.name;
  return targets.filter(({ name }) => name === first).map((target) => keyOf(catalog, subject, target));
}
