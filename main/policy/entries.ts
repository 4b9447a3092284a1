/**
 * Entries of grant, approve, deny and hidden_actions, in every form they may be written in:
 * `module`, `module.action`, or `{ module, actions, tools, reason }`; grants may have a condition, `when`.
 */

import { isMap, isScalar } from 'yaml';
import { canonicalName, canonicalPart } from './canonical-name.ts';
import type { Catalog } from './catalog.ts';
import { compileCondition } from './conditions/compile-condition.ts';
import type { Condition } from './conditions/condition.ts';
import type { ConditionScope } from './conditions/scope.ts';
import { explain, quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import type { Entry } from './policy.ts';
import { isSet, type Reader } from './reader.ts';
import { suggest } from './suggest.ts';

/** Somebody who writes one of these in a name means a pattern. */
const PATTERN = /[*?[\]{}]/;
const FIELDS = ['module', 'actions', 'tools', 'reason', 'when'];

/** What an entry says, before its names are looked up. */
export interface ParsedEntry {
  readonly module: { readonly name: string; readonly field: Field };
  /** Null: the whole module. */
  readonly actions: readonly { readonly name: string; readonly field: Field }[] | null;
  readonly reason: string | null;
  /** Null: always. */
  readonly when: Condition | null;
}

/** Reads one entry; null when it cannot be understood, which has then been reported. */
export function parseEntry(
  reader: Reader,
  field: Field,
  scope: ConditionScope | null = null,
): ParsedEntry | null {
  if (isScalar(field.node) && typeof field.node.value === 'string')
    return parseScalar(reader, field, field.node.value);
  if (isMap(field.node)) return parseMapping(reader, field, scope);
  reader.problems.error(field, 'expected `module`, `module.action` or a mapping { module, actions, reason }');
  return null;
}

function parseScalar(reader: Reader, field: Field, text: string): ParsedEntry | null {
  const name = canonicalName(text);
  if (name.module === '') {
    reader.problems.error(field, `${quoted(text)} names no module; write module or module.action`);
    return null;
  }
  const actions = name.action === '' ? null : [{ name: name.action, field }];
  return { module: { name: name.module, field }, actions, reason: null, when: null };
}

function parseMapping(reader: Reader, field: Field, scope: ConditionScope | null): ParsedEntry | null {
  const fields = reader.known(field, FIELDS);
  if (fields === null) return null;
  const unknown = [...fields.keys()].some((key) => !FIELDS.includes(key));
  const when = fields.get('when');
  if (when !== undefined) {
    if (scope === null)
      reader.problems.error(
        { ...when, node: when.keyNode },
        '`when` belongs to grant entries; what is to stop a call under a condition is a behaviour rule',
      );
    else if (!isSet(when))
      reader.problems.error(field, '`when` says nothing: write a condition, or leave it out');
  }
  const condition = scope !== null && isSet(when) ? compileCondition(reader, when, scope) : null;
  const moduleField = fields.get('module');
  const module = isSet(moduleField) ? reader.text(moduleField) : null;
  if (!isSet(moduleField)) reader.problems.error(field, 'names no module; write { module: …, actions: […] }');
  const reasonField = fields.get('reason');
  const reason = reasonField === undefined ? null : reader.text(reasonField);
  const actions = ['tools', 'actions'].flatMap((key) => {
    const list = fields.get(key);
    return list === undefined ? [] : [reader.texts(list)];
  });
  // A condition that cannot be read must not leave the entry without one.
  if (when !== undefined && condition === null) return null;
  if (module === null || moduleField === undefined || unknown || actions.includes(null)) return null;
  const named = actions
    .flatMap((list) => list ?? [])
    .map(({ value, field: at }) => ({ name: canonicalPart(value), field: at }));
  const { module: name, action } = canonicalName(module);
  if (action !== '') {
    reader.problems.error(
      moduleField,
      `must be a module, not ${quoted(module)}; write { module: ${name}, actions: [${action}] }`,
    );
    return null;
  }
  return {
    module: { name, field: moduleField },
    actions: named.length === 0 ? null : named,
    reason: reason === '' ? null : reason,
    when: condition,
  };
}

/**
 * Reads a list of entries and looks every name up. `list` is the path rules are cited by, for example
 * `capabilities.grant`.
 */
export function compileEntries(
  reader: Reader,
  field: Field | undefined,
  list: string,
  catalog: Catalog,
  scope: ConditionScope | null = null,
): readonly Entry[] {
  if (field === undefined) return [];
  return (reader.items(field) ?? []).flatMap((item, index) => {
    const parsed = parseEntry(reader, item, scope);
    if (parsed === null || !knownModule(reader, parsed.module.name, parsed.module.field, catalog)) return [];
    const { module, actions, reason, when } = parsed;
    const known = (actions ?? []).filter(({ name, field: at }) =>
      knownAction(reader, module.name, name, at, catalog),
    );
    if (actions !== null && known.length === 0) return [];
    const names = actions === null ? null : Object.freeze([...new Set(known.map(({ name }) => name))]);
    return [
      Object.freeze({
        module: module.name,
        actions: names,
        when,
        reason,
        rule: reader.problems.ref(item, `${list}[${index}]`),
        index,
      }),
    ];
  });
}

/** Reports a module that is not in the catalog. */
export function knownModule(reader: Reader, name: string, field: Field, catalog: Catalog): boolean {
  const pattern = PATTERN.test(name);
  if (!pattern && catalog.module(name) !== null) return true;
  const what = pattern
    ? `${quoted(name)} is no module: patterns are not supported (mcp covers every mcp_<server>)`
    : `unknown module ${quoted(name)}`;
  reader.problems.error(field, explain(what, catalog.names, suggest(name, catalog.names)));
  return false;
}

/** Reports an action that is not in the catalog. */
export function knownAction(
  reader: Reader,
  module: string,
  name: string,
  field: Field,
  catalog: Catalog,
): boolean {
  const spec = catalog.module(module);
  if (spec === null) return false;
  if (PATTERN.test(name)) {
    reader.problems.error(
      field,
      `${quoted(name)} is no action: patterns are not supported; name the module alone for all its actions`,
    );
    return false;
  }
  // A family's rules name actions of servers that nobody can list.
  if (name !== '' && (spec.open || catalog.action(module, name) !== null || isFamily(module))) return true;
  const actions = [...spec.actions.keys()];
  reader.problems.error(
    field,
    explain(`unknown action ${quoted(name)} of module ${module}`, actions, suggest(name, actions)),
  );
  return false;
}

/** `mcp` and `pieces` stand for modules whose actions are open. */
function isFamily(module: string): boolean {
  return module === 'mcp' || module === 'pieces';
}
