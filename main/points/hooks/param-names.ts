/**
 * Parameters under the catalog's names, and back: agents name the same thing in different ways, and policies, cards and
 * rules know one.
 */
import type { JsonObject } from '../../platform/canonical-json.ts';

/** The client's names and the catalog's. */
export type ParamNames = Readonly<Record<string, string>>;

/**
 * The parameters with the catalog's names. A name that is there already stays, and the client's own beside it; of two
 * that mean the same name the first gets it. Nothing that was given is lost.
 */
export function catalogParams(params: JsonObject, names: ParamNames): JsonObject {
  const renamed = renamedIn(params, names);
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [renamed.get(key) ?? key, value]));
}

/**
 * The client's names for what came back from the engine.
 *
 * @param asked  the client's own parameters, of which `params` was made
 */
export function clientParams(params: JsonObject, asked: JsonObject, names: ParamNames): JsonObject {
  const back = new Map([...renamedIn(asked, names)].map(([key, name]) => [name, key]));
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [back.get(key) ?? key, value]));
}

/** By the client's name the catalog's, of those that are given another. */
function renamedIn(params: JsonObject, names: ParamNames): ReadonlyMap<string, string> {
  const taken = new Set(Object.keys(params));
  const renamed = new Map<string, string>();
  for (const key of Object.keys(params)) {
    const name = Object.hasOwn(names, key) ? names[key] : undefined;
    if (name === undefined || taken.has(name)) continue;
    taken.add(name);
    renamed.set(key, name);
  }
  return renamed;
}
