/**
 * Tools as policies name them in `trigger`, `add_on` and the like: `edit`, `filesystem.edit`, `filesystem__edit`,
 * `mcp__server__tool`, or `*` for all. A name without a module means that action of any module.
 */

import { isScalar } from 'yaml';
import { canonicalName } from '../canonical-name.ts';
import type { Catalog } from '../catalog.ts';
import { explain, quoted } from '../diagnostic.ts';
import type { Field } from '../document.ts';
import type { Reader } from '../reader.ts';
import { suggest } from '../suggest.ts';

export interface ToolName {
  /** Null: of any module. */
  readonly module: string | null;
  readonly action: string;
}

export class ToolNames {
  /** Null: every tool. */
  readonly names: readonly ToolName[] | null;

  constructor(names: readonly ToolName[] | null) {
    this.names = names === null ? null : Object.freeze([...names]);
    Object.freeze(this);
  }

  /** Both canonical; a tool of which no module is known has an empty action and its name as the module. */
  match(module: string, action: string): boolean {
    if (this.names === null) return true;
    const bare = action === '' ? module : action;
    return this.names.some(
      (name) => name.action === bare && (name.module === null || action === '' || name.module === module),
    );
  }
}

export const EVERY_TOOL = new ToolNames(null);

/** Names of our own, which are in order: `filesystem.edit`. */
export function toolNames(...names: readonly string[]): ToolNames {
  return new ToolNames(names.map((name) => canonicalName(name)));
}

/** `filesystem.edit` in its parts; `edit` has no module. */
function parse(text: string): ToolName {
  const { module, action } = canonicalName(text);
  return action === '' ? { module: null, action: module } : { module, action };
}

function knownName(
  reader: Reader,
  field: Field,
  text: string,
  { module, action }: ToolName,
  catalog: Catalog,
): boolean {
  if (module !== null) {
    const spec = catalog.module(module);
    if (spec === null) {
      reader.problems.error(
        field,
        explain(
          `unknown module ${quoted(module)} in ${quoted(text)}`,
          catalog.names,
          suggest(module, catalog.names),
        ),
      );
      return false;
    }
    if (spec.open || catalog.action(module, action) !== null) return true;
    const actions = [...spec.actions.keys()];
    reader.problems.error(
      field,
      explain(`unknown action ${quoted(action)} of module ${module}`, actions, suggest(action, actions)),
    );
    return false;
  }
  const known = [
    ...new Set(catalog.names.flatMap((name) => [...(catalog.module(name)?.actions.keys() ?? [])])),
  ];
  if (known.includes(action)) return true;
  reader.problems.error(
    field,
    explain(
      `no tool ${quoted(text)} is known; a tool of an MCP server is written mcp_server.tool`,
      [],
      suggest(action, known),
    ),
  );
  return false;
}

/** Reads one name, a list of them, or `*`; null when something in it was wrong, which has been reported. */
export function compileToolNames(reader: Reader, field: Field, catalog: Catalog): ToolNames | null {
  const single = isScalar(field.node) && typeof field.node.value === 'string';
  const texts = single ? [{ value: reader.text(field) ?? '', field }] : reader.texts(field);
  if (texts === null) return null;
  const names: ToolName[] = [];
  let good = true;
  for (const { value, field: at } of texts.flatMap(apart)) {
    if (value === '*') return EVERY_TOOL;
    const name = parse(value);
    if (knownName(reader, at, value, name, catalog)) names.push(name);
    else good = false;
  }
  return good ? new ToolNames(names) : null;
}

/** A text may hold several names with commas between them. */
function apart({ value, field }: { readonly value: string; readonly field: Field }): readonly {
  readonly value: string;
  readonly field: Field;
}[] {
  return value.split(',').map((part) => ({ value: part.trim(), field }));
}
