/**
 * Parameters under the catalog's names, and back: agents name the same thing in different ways, and policies, cards and
 * rules know one.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';

/** The client's names and the catalog's. */
export type ParamNames = Readonly<Record<string, string>>;

/** The parameters with the catalog's names. A name that is there already stays, and the client's own beside it. */
export function catalogParams(params: JsonObject, names: ParamNames): JsonObject {
  const entries = Object.entries(params).map(([key, value]) => {
    const name = Object.hasOwn(names, key) ? names[key] : undefined;
    return [name === undefined || Object.hasOwn(params, name) ? key : name, value] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * The client's names for what came back from the engine.
 *
 * @param asked  the client's own parameters, of which `params` was made
 */
export function clientParams(params: JsonObject, asked: JsonObject, names: ParamNames): JsonObject {
  const back = new Map(
    Object.keys(asked).flatMap((key) => {
      const name = Object.hasOwn(names, key) ? names[key] : undefined;
      return name === undefined || Object.hasOwn(asked, name) ? [] : [[name, key] as const];
    }),
  );
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [back.get(key) ?? key, value]));
}
