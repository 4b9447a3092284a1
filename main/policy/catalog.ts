/**
 * The catalog: every module and action Gatehouse knows, with risk, permissions and parameter kinds.
 *
 * One set of names serves all agents. What is not in it has no known risk and is refused by gate 2; the tools of
 * MCP servers are open-ended, so any name is taken there and counts as destructive and open-world.
 */
import type { JsonObject, JsonValue } from '../platform/canonical-json.ts';
import { canonicalCall, familyOf } from './canonical-name.ts';
import { type ActionRow, builtinModules } from './catalog-data.ts';
import { oneLine } from './one-line.ts';

export { canonicalCall, canonicalName, canonicalPart, familyOf } from './canonical-name.ts';

/** How risky an action is. The engine's RiskLevel takes these words as they are. */
export type Risk = 'low' | 'medium' | 'high' | 'unknown';

/** What a parameter holds; anything that is not text is `json`. */
export type ParamKind = 'path' | 'command' | 'url' | 'text' | 'json';

export interface ActionSpec {
  readonly risk: Risk;
  /** Symbolic permissions that gate 3 asks for, for example `fs.write`. */
  readonly permissions: readonly string[];
  /** Data classification label of gate 5; null when there is none. */
  readonly classification: string | null;
  /** Changes something that stays after the call. */
  readonly mutating: boolean;
  /** Kind of each known parameter. */
  readonly params: Readonly<Record<string, ParamKind>>;
  /** Names of the parameter that says most about the call, best first: agents spell it differently. */
  readonly main: readonly string[];
}

export interface ModuleSpec {
  readonly name: string;
  readonly actions: ReadonlyMap<string, ActionSpec>;
  /** Takes any action name: the tools are told by somebody else. */
  readonly open: boolean;
}

export interface Catalog {
  /** Names for messages. */
  readonly names: readonly string[];
  /** Null when there is no such module. The name must be canonical. */
  module(name: string): ModuleSpec | null;
  /** Null when there is no such action. The names must be canonical. */
  action(module: string, action: string): ActionSpec | null;
}

const LONGEST_NAME = 128;

/** A tool nobody vouches for: destructive and open-world. */
const UNANNOTATED: ActionSpec = Object.freeze({
  risk: 'high',
  permissions: Object.freeze(['mcp.call']),
  classification: null,
  mutating: true,
  params: Object.freeze({}),
  main: Object.freeze([]),
});

const modules: ReadonlyMap<string, ModuleSpec> = new Map(
  Object.entries(builtinModules).map(([name, rows]) => [
    name,
    Object.freeze({ name, actions: actionsOf(rows), open: false }),
  ]),
);

function actionsOf(rows: Readonly<Record<string, ActionRow>>): ReadonlyMap<string, ActionSpec> {
  return new Map(
    Object.entries(rows).map(([action, row]) => [
      action,
      Object.freeze({
        risk: row.risk,
        permissions: Object.freeze([...(row.needs ?? [])]),
        classification: row.data ?? 'internal',
        mutating: row.mutating ?? row.risk !== 'low',
        params: Object.freeze({ ...row.params }),
        main: Object.freeze([...(row.main ?? [])]),
      }),
    ]),
  );
}

/** What Gatehouse ships with. */
export const builtinCatalog: Catalog = Object.freeze({
  names: Object.freeze([...modules.keys(), 'mcp_<server>']),
  module(name: string): ModuleSpec | null {
    const known = modules.get(name);
    if (known !== undefined) return known;
    return isOpenModule(name) ? { name, actions: new Map<string, ActionSpec>(), open: true } : null;
  },
  action(module: string, action: string): ActionSpec | null {
    const known = modules.get(module);
    if (known !== undefined) return known.actions.get(action) ?? null;
    return action !== '' && action.length <= LONGEST_NAME && isOpenModule(module) ? UNANNOTATED : null;
  },
});

/** The last name that was found to be open: a decision asks about the same one several times. */
let lastOpen = '';

function isOpenModule(name: string): boolean {
  if (name === lastOpen && name !== '') return true;
  const open = hasOpenName(name);
  if (open) lastOpen = name;
  return open;
}

function hasOpenName(name: string): boolean {
  return familyOf(name) !== null && name.length <= LONGEST_NAME && /^(?:mcp|ap)_[^\s.]+$/u.test(name);
}

/** The names and kinds of the parameters that a call has, the main one first, the others in their order. */
export function describeParams(
  module: string,
  action: string,
  params: JsonObject,
): readonly { readonly name: string; readonly kind: ParamKind }[] {
  const spec = specOf(module, action);
  const main = mainName(spec, params);
  const names = Object.keys(params);
  const ordered = main === null ? names : [main, ...names.filter((name) => name !== main)];
  return ordered.map((name) => ({ name, kind: kindOfParam(spec, name, params[name]) }));
}

/** The text of the parameter that says most about a call; empty when the call has none. */
export function mainParam(module: string, action: string, params: JsonObject): string {
  const name = mainName(specOf(module, action), params);
  const value = name === null ? null : params[name];
  return typeof value === 'string' ? value : '';
}

/**
 * One line that says what a call is, for lists: the command, the path, the URL; without one of these the
 * parameters as JSON. Line breaks, control and bidi characters are shown as escapes; at most 400 characters.
 */
export function summarize(module: string, action: string, params: JsonObject): string {
  const main = mainParam(module, action, params);
  if (main !== '') return oneLine(main);
  const name = canonicalCall(module, action);
  const label = name.action === '' ? name.module : `${name.module}.${name.action}`;
  const names = Object.keys(params);
  if (names.length === 0) return oneLine(label);
  return oneLine(`${label} ${briefJson(params)}`);
}

/** JSON of the first few parameters, each shortened before it is serialised: parameters may be huge. */
function briefJson(params: JsonObject): string {
  const brief = Object.keys(params)
    .slice(0, 12)
    .map((name) => {
      const value = params[name] ?? null;
      const text =
        typeof value === 'string'
          ? JSON.stringify(value.slice(0, 120).toWellFormed())
          : typeof value === 'object' && value !== null
            ? '…'
            : String(value);
      return `${JSON.stringify(name.slice(0, 60))}:${text}`;
    });
  return `{${brief.join(',')}}`;
}

function specOf(module: string, action: string): ActionSpec | null {
  const name = canonicalCall(module, action);
  return builtinCatalog.action(name.module, name.action);
}

/** Names under which tools outside the catalog usually carry what matters, most telling first. */
const USUAL_MAIN = ['command', 'cmd', 'file_path', 'path', 'url', 'uri', 'query', 'name', 'title'];

function mainName(spec: ActionSpec | null, params: JsonObject): string | null {
  const candidates = spec !== null && spec.main.length > 0 ? spec.main : USUAL_MAIN;
  return (
    candidates.find(
      (name) => Object.hasOwn(params, name) && typeof params[name] === 'string' && params[name] !== '',
    ) ?? null
  );
}

/** Parameter names that mean a path, a command or a URL wherever they occur. */
const KIND_BY_NAME: Readonly<Record<string, ParamKind>> = {
  command: 'command',
  cmd: 'command',
  script: 'command',
  path: 'path',
  file_path: 'path',
  filepath: 'path',
  file: 'path',
  filename: 'path',
  directory: 'path',
  dir: 'path',
  dir_path: 'path',
  target_file: 'path',
  folder: 'path',
  notebook_path: 'path',
  cwd: 'path',
  workdir: 'path',
  source: 'path',
  destination: 'path',
  src: 'path',
  dest: 'path',
  old_path: 'path',
  new_path: 'path',
  root: 'path',
  url: 'url',
  uri: 'url',
  endpoint: 'url',
  href: 'url',
};

/** What one parameter holds: as the catalog says, else as its name suggests. */
export function kindOfParam(spec: ActionSpec | null, name: string, value: JsonValue | undefined): ParamKind {
  if (typeof value !== 'string') return 'json';
  const known = spec !== null && Object.hasOwn(spec.params, name) ? spec.params[name] : undefined;
  if (known !== undefined) return known;
  const key = name.toLowerCase();
  return (Object.hasOwn(KIND_BY_NAME, key) ? KIND_BY_NAME[key] : undefined) ?? 'text';
}
