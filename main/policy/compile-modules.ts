/** `tools.modules`: the modules whose permissions an agent holds, and what narrows them. */
import { canonicalName } from './canonical-name.ts';
import type { Catalog } from './catalog.ts';
import { quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { knownModule } from './entries.ts';
import type { ModulePolicy, PathLimit } from './policy.ts';
import { isSet, type Reader } from './reader.ts';
import type { RuleRef } from './rule-ref.ts';

const NONE: readonly PathLimit[] = Object.freeze([]);
/** Only a model runtime uses these. */
const RUNTIME = ['config', 'setup', 'middleware', 'credential'];
/** Modules whose parameters name the paths they touch; what a command touches is not in its parameters. */
const WITH_PATHS = ['filesystem', 'notebook', 'workspace', 'lsp'];

export function compileModules(
  reader: Reader,
  field: Field | undefined,
  catalog: Catalog,
  ignored: Field[],
): ReadonlyMap<string, ModulePolicy> {
  const modules = new Map<string, ModulePolicy>();
  if (field === undefined) return modules;
  for (const [key, value] of reader.members(field) ?? []) {
    const place = { ...value, node: value.keyNode };
    const { module: name, action } = canonicalName(key);
    if (action !== '') {
      reader.problems.error(place, `${quoted(key)} names an action; modules are named as a whole here`);
      continue;
    }
    if (!knownModule(reader, name, place, catalog)) continue;
    if (modules.has(name)) {
      reader.problems.error(place, `module ${name} is there twice; keep one`);
      continue;
    }
    const fields = reader.known(value, ['constraints', ...RUNTIME]);
    for (const name of RUNTIME) ignored.push(...[fields?.get(name)].filter(isSet));
    const rule = reader.problems.ref(place, `tools.modules.${name}`);
    modules.set(
      name,
      Object.freeze({
        name,
        rule,
        limits: compileConstraints(reader, fields?.get('constraints'), name, rule),
      }),
    );
  }
  return modules;
}

function compileConstraints(
  reader: Reader,
  field: Field | undefined,
  module: string,
  rule: RuleRef,
): readonly PathLimit[] {
  if (!isSet(field)) return NONE;
  const paths = reader
    .known(field, WITH_PATHS.includes(module) ? ['allowed_paths'] : [])
    ?.get('allowed_paths');
  if (paths === undefined || !WITH_PATHS.includes(module)) return NONE;
  const texts = reader.texts(paths);
  if (texts === null) return NONE;
  for (const { value, field: at } of texts) {
    if (value.trim() === '' || value.includes('\0'))
      reader.problems.error(at, 'must be a path; ~ is the home folder, a relative one starts at the project');
    else if (/[*?[\]{}]/.test(value))
      reader.problems.error(at, `${quoted(value)} is a pattern; name the folder, all below it is meant`);
  }
  return Object.freeze([Object.freeze({ paths: Object.freeze(texts.map(({ value }) => value)), rule })]);
}
