/** A catalog for cases about modules that exist in no catalog: every name is known, the case tells the action. */
import type { ActionSpec, Catalog, ModuleSpec, Risk } from '../../main/policy/catalog.ts';
import { canonicalCall } from '../../main/policy/catalog.ts';
import { type Json, listOf, mapOf, textOf } from './cases.ts';

const RISKS: readonly string[] = ['low', 'medium', 'high'];

/** An action as a case describes it; a risk level that is none of the three is unknown. */
export function specFrom(tool: Json | undefined): ActionSpec | null {
  if (tool === undefined) return null;
  const { risk_level: risk, required_permissions: permissions, data_classification: label } = mapOf(tool);
  return {
    risk: RISKS.includes(textOf(risk)) ? (risk as Risk) : 'unknown',
    permissions: listOf(permissions).map(textOf),
    classification: typeof label === 'string' ? label : null,
    mutating: true,
    params: {},
    main: [],
  };
}

/** Every module exists and takes any action; only the listed actions have a specification. */
export function permissiveCatalog(
  actions: readonly { readonly module: string; readonly action: string; readonly spec: ActionSpec | null }[],
): Catalog {
  const specs = new Map(actions.map(({ module, action, spec }) => [keyOf(module, action), spec]));
  return {
    names: [],
    module: (name: string): ModuleSpec => ({ name, actions: new Map(), open: true }),
    action: (module: string, action: string) => specs.get(keyOf(module, action)) ?? null,
  };
}

function keyOf(module: string, action: string): string {
  const name = canonicalCall(module, action);
  return JSON.stringify([name.module, name.action]);
}
