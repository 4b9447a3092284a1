/** A call as the analysis sees it: what each parameter holds, from the catalog. */

import type { ToolStanding } from '../analysis/foreign-tools.ts';
import { hintedTexts } from '../analysis/schema-hints.ts';
import type { CallFacts } from '../analysis/tools.ts';
import type { JsonObject, JsonValue } from '../platform/canonical-json.ts';
import { builtinCatalog, describeParams, familyOf, kindOfParam } from '../policy/catalog.ts';

/** What is known of the tools of servers. Names canonical. */
export interface ServerTools {
  /** JSON Schemas of a tool's parameters as its server tells them; none when nobody tells one. */
  schemas(module: string, action: string): readonly JsonValue[];
  /** Whether a person has registered the server and agreed to the tool, and what its server says that it does. */
  standing(module: string, action: string): ToolStanding & { readonly name: string | null };
}

/** Where no server is connected: every one is taken for registered, and for as honest as its names. */
export const NO_SERVERS: ServerTools = {
  schemas: () => [],
  standing: () => ({ known: true, changes: false, name: null }),
};

/**
 * @param module @param action canonical names
 * @param routed  false: the server may be another one of the same name, so nothing that is known of it counts for it
 */
export function factsOf(
  module: string,
  action: string,
  params: JsonObject,
  servers: ServerTools = NO_SERVERS,
  routed = true,
): CallFacts {
  const spec = builtinCatalog.action(module, action);
  let isCut = false;
  const foreign = spec === null || familyOf(module) !== null;
  const known = foreign ? servers.standing(module, action) : null;
  const standing = known === null || routed ? known : { known: false, changes: known.changes, name: null };
  const hinted = servers.schemas(module, action).flatMap((schema) =>
    hintedTexts(schema, params, () => {
      isCut = true;
    }),
  );
  return {
    module,
    action,
    mutating: spec?.mutating ?? true,
    foreign,
    parameters: describeParams(module, action, params).map(({ name, kind }) => ({
      name,
      // What is to hold a command is one, text or not.
      kind: kindOfParam(spec, name, '') === 'command' ? 'command' : kind,
      value: params[name],
    })),
    hinted,
    isCut,
    ...(standing === null ? {} : { standing }),
    ...(typeof standing?.name === 'string' ? { toolName: standing.name } : {}),
  };
}
