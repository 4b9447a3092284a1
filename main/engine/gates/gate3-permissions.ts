/**
 * Gate 3: does the agent hold the symbolic permissions that the action needs? Asked of models only.
 *
 * An agent holds those of the modules named in `tools.modules`, for calls to these modules; `module:action` is
 * held where an entry names that action. An entry that names the called action lifts this gate. Paths outside the
 * project are held only as far as `allowed_paths` reaches, where it is given; nothing lifts that.
 */
import type { JsonValue } from '../../platform/canonical-json.ts';
import { builtinCatalog, describeParams, familyOf } from '../../policy/catalog.ts';
import { quoted } from '../../policy/diagnostic.ts';
import type { CompiledPolicy, ModulePolicy, PathLimit } from '../../policy/policy.ts';
import { ProtectedPaths } from '../protection/paths.ts';
import { namedConnection } from './connection.ts';
import { lifting } from './lifting.ts';
import {
  type Answer,
  atLine,
  citing,
  type Gate,
  labelOf,
  PASSED,
  passed,
  type Question,
  stopped,
} from './question.ts';

function ask(question: Question): Answer {
  const { spec, policy, module, fromModel } = question;
  if (!fromModel) return PASSED;
  if (spec === null)
    return stopped(
      'not known',
      `Gatehouse does not know ${labelOf(question)}, so the permissions it needs are not known and it is refused. Use a tool that Gatehouse knows.`,
    );
  const named = moduleOf(policy, module);
  for (const limit of named?.limits ?? []) {
    const outside = outsideAllowed(question, limit);
    if (outside !== null) return outside;
  }
  if (spec.permissions.length === 0 || named !== null) return PASSED;
  const lift = lifting(question);
  if (lift !== null) return passed(`lifted${atLine(lift.rule)}`);
  if (namedConnection(question) !== null) return passed('lifted, a named host');
  const missing = spec.permissions.find((permission) => !isHeld(policy, permission));
  if (missing === undefined) return PASSED;
  return stopped(
    `no ${missing}`,
    `${labelOf(question)} needs the permission ${missing}, and this policy does not give it: the module ${quoted(module)} is not in tools.modules. Go on without it, or ask the person to add it.`,
  );
}

function moduleOf(policy: CompiledPolicy, module: string): ModulePolicy | null {
  const own = policy.modules.get(module);
  if (own !== undefined) return own;
  const family = familyOf(module);
  return family === null ? null : (policy.modules.get(family) ?? null);
}

/** `module:action`, held through the entries that name it. */
function isHeld({ capabilities }: CompiledPolicy, permission: string): boolean {
  const colon = permission.indexOf(':');
  if (capabilities === null || colon < 0) return false;
  const [module, action] = [permission.slice(0, colon), permission.slice(colon + 1)];
  return capabilities.lifting.findNamed(module, action) !== null;
}

function outsideAllowed(question: Question, { paths: allowed, rule }: PathLimit): Answer | null {
  const { call, module, action, facts } = question;
  const paths = new ProtectedPaths({
    paths: [],
    pids: [],
    home: facts.protection.home,
    caseInsensitive: facts.protection.caseInsensitive ?? false,
  });
  const root = call.app === '' ? call.cwd : call.app;
  for (const { name, kind } of describeParams(module, action, call.params)) {
    const isPath = kind === 'path' || (kind !== 'command' && isUnknownText(module, action, name));
    for (const value of isPath ? textsIn(call.params[name]) : []) {
      if (
        value === '' ||
        [root, ...allowed].some((folder) =>
          paths.within(paths.absolute(value, call.cwd), paths.absolute(folder, root), '/'),
        )
      )
        continue;
      return stopped(
        'outside the project',
        `${labelOf(question)} may reach the project and the allowed paths only${citing(rule)}, and ${quoted(value)} is outside. Use a path inside.`,
        rule,
      );
    }
  }
  return null;
}

/** A text, or the texts of a list. */
function textsIn(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** A parameter that the catalog has no kind for could be a path. */
function isUnknownText(module: string, action: string, name: string): boolean {
  const known = builtinCatalog.action(module, action)?.params;
  return known === undefined || !Object.hasOwn(known, name);
}

export const gate3Permissions: Gate = { code: 'gate3_permissions', number: 3, ask };
