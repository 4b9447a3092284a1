/** `agents`: who may use which modules. Everything about models is kept for others and ignored here. */
import { isMap, isScalar, isSeq } from 'yaml';
import { canonicalName, canonicalPart } from './canonical-name.ts';
import type { Catalog } from './catalog.ts';
import { checkCredentialRefs, type DeclaredCredentials } from './credential-refs.ts';
import { quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { knownAction, knownModule } from './entries.ts';
import { type AgentPolicy, ModuleAccess } from './policy.ts';
import { isSet, type Reader } from './reader.ts';

const RUNTIME = [
  'role',
  'brain',
  'system_prompt',
  'prompt',
  'max_tool_iterations',
  'plan_first',
  'specialty',
  'delegate_to',
  'skills',
  'pool',
  'coordination',
  'instructions',
  'name',
  'description',
  'hooks',
];
const HINTS = { capabilities: 'rules per agent are not supported; narrow the agent with modules' };

export function compileAgents(
  reader: Reader,
  field: Field | undefined,
  catalog: Catalog,
  credentials: DeclaredCredentials,
  ignored: Field[],
): ReadonlyMap<string, AgentPolicy> {
  const agents = new Map<string, AgentPolicy>();
  if (field === undefined) return agents;
  for (const [index, item] of (reader.items(field) ?? []).entries()) {
    const fields = isSet(item) ? reader.known(item, ['id', 'modules', ...RUNTIME], HINTS) : null;
    if (!isSet(item)) reader.problems.error(item, 'expected a mapping with an id');
    if (fields === null) continue;
    for (const key of RUNTIME) ignored.push(...[fields.get(key)].filter((value) => value !== undefined));
    checkCredentialRefs(reader, item, credentials);
    const idField = fields.get('id');
    const id = isSet(idField) ? reader.text(idField) : null;
    if (!isSet(idField) || id === '')
      reader.problems.error(
        idField ?? item,
        'an agent needs an id: the name of a client (claude-code), main, or the name of a subagent',
      );
    const access = compileAccess(reader, fields.get('modules'), catalog);
    if (id === null || id === '') continue;
    if (agents.has(id))
      reader.problems.error(idField ?? item, `agent ${quoted(id)} is there twice; keep one`);
    else
      agents.set(
        id,
        Object.freeze({ id, modules: access, rule: reader.problems.ref(item, `agents[${index}]`) }),
      );
  }
  return agents;
}

/** `[a, b.c]`, `[{ a: [b] }]`, `[{ module: a, actions: [b] }]` or `{ a: [b] }`. Null: no restriction is written. */
function compileAccess(reader: Reader, field: Field | undefined, catalog: Catalog): ModuleAccess | null {
  if (!isSet(field)) return null;
  const modules = new Map<string, Set<string> | null>();
  const add = (
    module: string,
    at: Field,
    actions: readonly { readonly value: string; readonly field: Field }[] | null,
  ): void => {
    if (!knownModule(reader, module, at, catalog)) return;
    const names = actions?.map(({ value, field: place }) => ({ name: canonicalPart(value), place })) ?? [];
    const known = names
      .filter(({ name, place }) => knownAction(reader, module, name, place, catalog))
      .map(({ name }) => name);
    const before = modules.get(module);
    if (names.length === 0 || before === null) modules.set(module, null);
    else modules.set(module, new Set([...(before ?? []), ...known]));
  };
  const addMembers = (at: Field): void => {
    for (const [key, value] of reader.members(at) ?? []) {
      const { module, action } = canonicalName(key);
      if (action === '') add(module, { ...value, node: value.keyNode }, reader.texts(value));
      else
        reader.problems.error(
          { ...value, node: value.keyNode },
          `${quoted(key)} names an action; write { ${module}: [${action}] }`,
        );
    }
  };
  if (isMap(field.node)) addMembers(field);
  else if (!isSeq(field.node)) reader.problems.error(field, 'expected a list of modules');
  else for (const item of reader.items(field) ?? []) addItem(reader, item, add, addMembers);
  return new ModuleAccess(modules);
}

type Add = (
  module: string,
  at: Field,
  actions: readonly { readonly value: string; readonly field: Field }[] | null,
) => void;

function addItem(reader: Reader, item: Field, add: Add, addMembers: (at: Field) => void): void {
  if (isScalar(item.node) && typeof item.node.value === 'string') {
    const { module, action } = canonicalName(item.node.value);
    add(module, item, action === '' ? null : [{ value: action, field: item }]);
    return;
  }
  if (!isMap(item.node)) {
    reader.problems.error(item, 'expected a module, or a mapping { module, actions }');
    return;
  }
  const members = reader.members(item);
  if (members === null || !(members.has('module') || members.has('id'))) {
    addMembers(item);
    return;
  }
  const fields = reader.known(item, ['module', 'id', 'actions', 'tools']);
  const nameField = fields?.get('module') ?? fields?.get('id');
  const name = isSet(nameField) ? reader.text(nameField) : null;
  const lists = ['actions', 'tools'].flatMap((key) => {
    const list = fields?.get(key);
    return list === undefined ? [] : [reader.texts(list)];
  });
  const unknown = [...members.keys()].some((key) => !['module', 'id', 'actions', 'tools'].includes(key));
  if (name === null || nameField === undefined || unknown || lists.includes(null)) return;
  add(
    canonicalPart(name),
    nameField,
    lists.flatMap((list) => list ?? []),
  );
}
