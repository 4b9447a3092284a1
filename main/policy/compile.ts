/**
 * Policy text to a compiled policy, or to every mistake in it at once.
 *
 * Fail closed: an unknown key, name or value refuses the whole file.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../platform/canonical-json.ts';
import { BehaviorCompiler } from './behavior/compile-behavior.ts';
import type { BundleFile, FindProfile } from './behavior/profile-file.ts';
import { builtinCatalog, type Catalog, familyOf } from './catalog.ts';
import { compileAgents } from './compile-agents.ts';
import { compileCapabilities } from './compile-capabilities.ts';
import { compileCredentials } from './compile-credentials.ts';
import { compileModules } from './compile-modules.ts';
import { compileSandbox } from './compile-sandbox.ts';
import { checkContradictions } from './contradictions.ts';
import { declaredBy } from './credential-refs.ts';
import type { Diagnostic } from './diagnostic.ts';
import { type Field, readDocument } from './document.ts';
import type { AppInfo, Capabilities, CompiledPolicy, ModulePolicy } from './policy.ts';
import { checkPlaceholders } from './policy-placeholders.ts';
import { type Fields, isSet, Reader } from './reader.ts';
import { compileServerAuth } from './server-auth.ts';

export type { Diagnostic } from './diagnostic.ts';
export { formatDiagnostic } from './diagnostic.ts';

export type CompileResult =
  | { readonly ok: true; readonly policy: CompiledPolicy; readonly notes: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export interface CompileOptions {
  /** The modules and actions that may be named; the built-in ones where it is left out. */
  readonly catalog?: Catalog;
  /** `note`: rules that contradict each other are told, not refused; deny wins over them in any case. */
  readonly contradictions?: 'error' | 'note';
  /** Finds a profile that the file names as `{{behavior.NAME}}`. */
  readonly findProfile?: FindProfile;
  /** Something answers what a shell command is (left out: yes); without it `command_is` is an error. */
  readonly commands?: boolean;
}

const ROOT = ['app', 'agents', 'tools', 'security'] as const;
/** Only a model runtime uses these. */
const RUNTIME_ROOT = ['runtime', 'flow', 'ui', 'dev', 'templates', 'context', 'schema_version'];
const ROOT_HINTS = {
  modules: 'it belongs below tools: tools.modules',
  capabilities: 'it belongs below tools: tools.capabilities',
  behavior: 'it belongs below security: security.behavior',
  sandbox: 'it belongs below security: security.sandbox',
};
const APP = ['app_id', 'name', 'version'];
const RUNTIME_APP = [
  'short_name',
  'description',
  'author',
  'tags',
  'icon',
  'color',
  'category',
  'quick_prompts',
  'features',
  'theme',
  'mode',
  'attachments',
  'attachments_mode',
  'schema_version',
];

/**
 * Compiles a policy.
 *
 * @param text the file as it is, a byte order mark included
 * @param file its name, for messages
 */
export function compilePolicy(text: string, file: string, options: CompileOptions = {}): CompileResult {
  const catalog = options.catalog ?? builtinCatalog;
  const { root, problems } = readDocument(text, file);
  if (!isSet(root)) {
    const found = problems.all('error');
    if (found.length > 0) return { ok: false, diagnostics: found };
    problems.error(
      root,
      'the file is empty; a policy is a mapping, for example `tools: { capabilities: { default_policy: approve } }`',
    );
    return { ok: false, diagnostics: problems.all('error') };
  }
  const reader = new Reader(problems);
  const top = reader.known(root, [...ROOT, ...RUNTIME_ROOT], ROOT_HINTS) ?? new Map<string, Field>();
  const ignored: Field[] = RUNTIME_ROOT.flatMap((key) => top.get(key) ?? []);
  const runtime = top.get('runtime');
  const security = section(reader, top, 'security', ['behavior', 'sandbox', 'credentials_schema']);
  const kept: Record<string, JsonObject> = {};
  if (runtime !== undefined) keep(kept, 'runtime', reader.plain(runtime));
  const tools = section(reader, top, 'tools', ['modules', 'capabilities']);
  const app = compileApp(reader, top.get('app'), ignored);
  const modules = compileModules(reader, tools.get('modules'), catalog, ignored);
  const credentials = compileCredentials(reader, security.get('credentials_schema'));
  const serverAuth = compileServerAuth(reader, tools.get('modules'), credentials);
  const sandbox = compileSandbox(reader, security.get('sandbox'));
  const rules = new BehaviorCompiler(reader, security.get('behavior'), { ...options, catalog });
  const agents = compileAgents(reader, top.get('agents'), catalog, declaredBy(credentials), ignored);
  const capabilities = compileCapabilities(
    reader,
    tools.get('capabilities'),
    catalog,
    rules.scopeFor('every'),
  );
  if (capabilities !== null)
    checkContradictions(capabilities.tables, problems, options.contradictions ?? 'error');
  else problems.info(root, 'there is no tools.capabilities: every call is denied');
  if (capabilities !== null) noteMissingModules(reader, tools, modules, capabilities.compiled, catalog);
  const { behavior, files } = rules.finish(ignored);
  noteIgnored(reader, ignored, serverAuth.length > 0);
  checkPlaceholders(reader, root, ignored, declaredBy(credentials));

  const errors = problems.all('error');
  if (errors.length > 0) return { ok: false, diagnostics: errors };
  const policy: CompiledPolicy = Object.freeze({
    hash: hashOf(text, files),
    file,
    app,
    agents,
    agentLists: Object.freeze(agents.size === 0 ? [] : [agents]),
    observeLayers: Object.freeze(
      capabilities === null ? [] : [Object.freeze({ layer: 'user' as const, setting: capabilities.observe })],
    ),
    layers: Object.freeze([]),
    modules,
    capabilities: capabilities?.compiled ?? null,
    sandbox,
    credentials,
    serverAuth,
    behavior,
    catalog,
    unenforced: Object.freeze([]),
    kept: Object.freeze(kept),
  });
  return { ok: true, policy, notes: problems.all('warning', 'info') };
}

/** Of the file's text; files that belong to it are part of it. */
function hashOf(text: string, files: readonly BundleFile[]): string {
  const hash = createHash('sha256').update(text, 'utf8');
  for (const file of files) hash.update('\0', 'utf8').update(file.text, 'utf8');
  return hash.digest('hex');
}

function section(reader: Reader, parent: Fields, key: string, allowed: readonly string[]): Fields {
  const field = parent.get(key);
  return (field === undefined ? null : reader.known(field, allowed)) ?? new Map<string, Field>();
}

function keep(kept: Record<string, JsonObject>, path: string, value: JsonObject | null): void {
  if (value !== null) kept[path] = value;
}

function compileApp(reader: Reader, field: Field | undefined, ignored: Field[]): AppInfo | null {
  if (!isSet(field)) return null;
  const fields = reader.known(field, [...APP, ...RUNTIME_APP]);
  if (fields === null) return null;
  for (const key of RUNTIME_APP) ignored.push(...(fields.has(key) ? [fields.get(key) as Field] : []));
  const text = (key: string): string | null => {
    const value = fields.get(key);
    return value === undefined ? null : reader.text(value);
  };
  const id = text('app_id');
  const idField = fields.get('app_id');
  if (id !== null && idField !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id)) {
    reader.problems.error(
      idField,
      'must be 1 to 64 letters, digits, dots, dashes and underscores, and begin with a letter or digit',
    );
  }
  return Object.freeze({ id, name: text('name'), version: text('version') });
}

/** Rules that gate 3 makes less than they say: the permissions of a module come with its name in tools.modules. */
function noteMissingModules(
  reader: Reader,
  tools: Fields,
  modules: ReadonlyMap<string, ModulePolicy>,
  rules: Capabilities,
  catalog: Catalog,
): void {
  const given = (name: string): boolean => modules.has(name) || modules.has(familyOf(name) ?? '');
  const needing = (name: string): boolean =>
    [...(catalog.module(name)?.actions.values() ?? [])].some((action) => action.permissions.length > 0);
  for (const entry of [...rules.grant.entries, ...rules.approve.entries]) {
    if (entry.actions !== null || given(entry.module) || !needing(entry.module)) continue;
    reader.problems.infoRule(
      entry.rule,
      `module ${entry.module} is not in tools.modules, so its actions that need a permission are refused by gate 3; add it there, or name the actions`,
    );
  }
  const field = tools.get('capabilities');
  if (modules.size === 0 && field !== undefined && rules.defaultPolicy.value !== 'block') {
    reader.problems.info(
      field,
      'tools.modules names no module: actions that need a permission are refused by gate 3 unless a rule names them',
    );
  }
}

/** One line for all keys that only a model runtime uses. @param auth of servers something is used */
function noteIgnored(reader: Reader, ignored: readonly Field[], auth: boolean): void {
  const [first] = ignored;
  if (first === undefined) return;
  const servers = 'tools.modules.mcp.config';
  const names = [
    ...new Set(
      ignored.map(({ path }) => (auth && path === servers ? `${path} without auth of servers` : path)),
    ),
  ];
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  reader.problems.info(
    { ...first, node: first.keyNode ?? first.node, path: '' },
    `kept and ignored, for a model runtime only: ${names.slice(0, 8).join(', ')}${more}`,
  );
}
