/** A call as the analysis sees it: what each parameter holds, from the catalog. */
import { hintedTexts } from '../analysis/schema-hints.ts';
import type { CallFacts } from '../analysis/tools.ts';
import type { JsonObject, JsonValue } from '../platform/canonical-json.ts';
import { builtinCatalog, describeParams, familyOf, kindOfParam } from '../policy/catalog.ts';

/**
 * @param module @param action canonical names
 * @param schemas JSON Schemas of the parameters as the tool's server tells them
 */
export function factsOf(
  module: string,
  action: string,
  params: JsonObject,
  schemas: readonly JsonValue[] = [],
): CallFacts {
  const spec = builtinCatalog.action(module, action);
  let isCut = false;
  const hinted = schemas.flatMap((schema) =>
    hintedTexts(schema, params, () => {
      isCut = true;
    }),
  );
  return {
    module,
    action,
    mutating: spec?.mutating ?? true,
    foreign: spec === null || familyOf(module) !== null,
    parameters: describeParams(module, action, params).map(({ name, kind }) => ({
      name,
      // What is to hold a command is one, text or not.
      kind: kindOfParam(spec, name, '') === 'command' ? 'command' : kind,
      value: params[name],
    })),
    hinted,
    isCut,
  };
}
