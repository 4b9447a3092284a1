/**
 * The places and addresses that a call names, wherever they stand in its parameters: in lists, in objects within
 * objects, and in the text of a patch. Looking at the first level only, a call could name one harmless path for
 * the policy to see and carry the real one further in.
 */
import type { JsonValue } from '../../platform/canonical-json.ts';
import { type ActionSpec, type Catalog, kindOfParam } from '../catalog.ts';
import { filesOfPatch } from './patch-files.ts';
import type { Subject } from './subject.ts';

/** A call that names more is not looked at further, and no grant that asks for places opens for it. */
export const MOST_PLACES = 64;

/** Path parameters that hold a pattern are no places. */
const PATTERN_NAMES: ReadonlySet<string> = new Set(['pattern', 'glob']);
/** Names under which tools take texts, which may look like anything. */
const TEXT_NAMES: ReadonlySet<string> = new Set([
  ...['content', 'contents', 'text', 'body', 'old_string', 'new_string', 'old_text', 'new_text'],
  ...['message', 'description', 'prompt', 'query', 'title', 'reason', 'command', 'cmd', 'script'],
]);
const PATCH_NAMES: ReadonlySet<string> = new Set(['patch', 'diff', 'patchText']);
/** A name that ends in one of these words means a place: `targetPath`, `base_dir`, `files`. */
const PLACE_WORD = /(?:^|[^a-z])(?:path|file|filename|dir|directory|directorie|folder|root|cwd)s?$/i;
const PATH_FORM = /^(?:\/|~(?:\/|$)|\.\.?(?:\/|$)|[a-z]:[\\/]|\\\\|file:)|\/\.\.(?:\/|$)/i;
const ADDRESS_FORM = /^(?!file:)[a-z][a-z\d+.-]{0,20}:\/\//i;
const LONGEST_FORM = 4096;

type Asked = Pick<Subject, 'module' | 'action' | 'params'>;

export function isPath(spec: ActionSpec | null, name: string, value: JsonValue): boolean {
  return !PATTERN_NAMES.has(name) && kindOfParam(spec, name, value) === 'path';
}

/**
 * Every path that a call names, as written: what the catalog or the parameter's name says is one, and what could
 * be one by the last word of the name or by its form. One too many asks a question, one too few opens a way.
 */
export function pathsOf(catalog: Catalog, asked: Asked): readonly string[] {
  const spec = catalog.action(asked.module, asked.action);
  return textsIn(asked, (name, value) => {
    if (isPatch(asked, name)) return filesOfPatch(value);
    if (isPath(spec, name, value) || isPath(spec, singular(name), value)) return bothWays(value);
    return isOpen(spec, name) && couldBePath(name, value) ? bothWays(value) : [];
  });
}

/** Every address that a call names, by the name of the parameter or by its form. */
export function addressesOf(catalog: Catalog, asked: Asked): readonly string[] {
  const spec = catalog.action(asked.module, asked.action);
  return textsIn(asked, (name, value) => {
    const named = [name, singular(name)].some((one) => kindOfParam(spec, one, value) === 'url');
    return named || (isOpen(spec, name) && ADDRESS_FORM.test(value.trim())) ? [value] : [];
  });
}

/**
 * What the look finds in each text of the parameters, in their order. Members of a list have the list's name. Names
 * of members within a parameter are texts as well, without a name: `{ files: { "/etc/x": "text" } }`.
 */
function textsIn(
  { params }: Asked,
  look: (name: string, value: string) => readonly string[],
): readonly string[] {
  const found: string[] = [];
  const todo: (readonly [name: string, value: JsonValue])[] = Object.entries(params).reverse();
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [name, value] = next;
    if (typeof value === 'string') {
      if (value !== '') for (const text of look(name, value)) found.push(text);
    } else if (Array.isArray(value)) {
      for (const item of (value as readonly JsonValue[]).toReversed()) todo.push([name, item]);
    } else if (value !== null && typeof value === 'object') {
      for (const entry of Object.entries(value).reverse()) todo.push(entry, ['', entry[0]]);
    }
  }
  return found;
}

function isPatch({ module, action }: Asked, name: string): boolean {
  return PATCH_NAMES.has(name) || (module === 'filesystem' && action === 'patch' && name === 'input');
}

/** Whether the catalog says nothing of the parameter, and its name is none of a text. */
function isOpen(spec: ActionSpec | null, name: string): boolean {
  return !(spec !== null && Object.hasOwn(spec.params, name)) && !TEXT_NAMES.has(name.toLowerCase());
}

function couldBePath(name: string, value: string): boolean {
  if (PATTERN_NAMES.has(name)) return false;
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2');
  return PLACE_WORD.test(words) || (value.length <= LONGEST_FORM && PATH_FORM.test(value.trim()));
}

/** Some tools take blanks round a path for part of it, others do not. */
function bothWays(path: string): readonly string[] {
  const bare = path.trim();
  return bare === path || bare === '' ? [path] : [path, bare];
}

function singular(name: string): string {
  return name.endsWith('s') ? name.slice(0, -1) : name;
}
