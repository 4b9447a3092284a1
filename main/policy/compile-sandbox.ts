/** Reads `security.sandbox`. A number of 0 is unset, as everywhere in a policy file. */
import { isMap } from 'yaml';
import { explain, quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { type Fields, isSet, type Reader } from './reader.ts';
import {
  SANDBOX_DEFAULTS,
  SANDBOX_LEVELS,
  SANDBOX_MDWE,
  SANDBOX_NAMESPACES,
  type SandboxHost,
  type SandboxNamespace,
  type SandboxPath,
  type SandboxPolicy,
  type SandboxResources,
} from './sandbox-policy.ts';

const FIELDS = [
  'level',
  'require',
  'pool_size',
  'pool_max',
  'namespaces',
  'workspace_snapshot',
  'audit',
  'session_timeout',
  'idle_timeout',
  'allow_paths',
  'network',
  'resources',
  'mdwe',
];
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const LEAST_MEMORY = 16 * 2 ** 20;

/** Null when the section is not there or is no mapping. */
export function compileSandbox(reader: Reader, field: Field | undefined): SandboxPolicy | null {
  if (!isSet(field)) return null;
  const fields = reader.known(field, FIELDS);
  if (fields === null) return null;
  const level = fields.get('level');
  const require = fields.get('require');
  const mdwe = fields.get('mdwe');
  const [levelWord, requireWord] = [level, require].map((at) =>
    at === undefined ? null : reader.choice(at, SANDBOX_LEVELS),
  );
  const poolSize = within(reader, fields, 'pool_size', 1, 32);
  const poolMax = within(reader, fields, 'pool_max', 1, 64);
  const poolMaxField = fields.get('pool_max');
  if (poolSize !== null && poolMax !== null && poolMaxField !== undefined && poolMax < poolSize)
    reader.problems.error(
      poolMaxField,
      `pool_max must be >= pool_size (got ${poolMax}, pool_size is ${poolSize})`,
    );
  const size = poolSize ?? SANDBOX_DEFAULTS.poolSize;
  const sessionTimeout = atLeast(reader, fields, 'session_timeout', 60);
  const idleTimeout = atLeast(reader, fields, 'idle_timeout', 30);
  return Object.freeze({
    level: {
      value: levelWord ?? SANDBOX_DEFAULTS.level,
      rule: levelWord == null || level === undefined ? null : reader.problems.ref(level, 'sandbox.level'),
    },
    require: {
      value: requireWord ?? null,
      rule:
        requireWord == null || require === undefined ? null : reader.problems.ref(require, 'sandbox.require'),
    },
    poolSize: size,
    poolMax: poolMax ?? Math.max(SANDBOX_DEFAULTS.poolMax, size),
    namespaces: compileNamespaces(reader, fields.get('namespaces')),
    workspaceSnapshot: flag(reader, fields, 'workspace_snapshot'),
    audit: flag(reader, fields, 'audit'),
    sessionTimeoutSeconds: sessionTimeout ?? SANDBOX_DEFAULTS.sessionTimeoutSeconds,
    idleTimeoutSeconds: idleTimeout ?? SANDBOX_DEFAULTS.idleTimeoutSeconds,
    written: Object.freeze({
      sessionTimeout: sessionTimeout !== null,
      idleTimeout: idleTimeout !== null,
      workspaceSnapshot: isSet(fields.get('workspace_snapshot')),
    }),
    allowPaths: compilePaths(reader, fields.get('allow_paths')),
    networkAllow: compileNetwork(reader, fields.get('network')),
    resources: compileResources(reader, fields.get('resources')),
    mdwe: mdwe === undefined ? 'auto' : (reader.choice(mdwe, SANDBOX_MDWE) ?? 'auto'),
  });
}

function within(reader: Reader, fields: Fields, key: string, least: number, most: number): number | null {
  const field = fields.get(key);
  const value = field === undefined ? null : reader.integer(field);
  if (field === undefined || value === null || value === 0) return null;
  if (value >= least && value <= most) return value;
  reader.problems.error(field, `${key} must be in [${least}, ${most}] (got ${value})`);
  return null;
}

function atLeast(reader: Reader, fields: Fields, key: string, least: number): number | null {
  const field = fields.get(key);
  const value = field === undefined ? null : reader.integer(field);
  if (field === undefined || value === null || value === 0) return null;
  if (value >= least) return value;
  reader.problems.error(field, `${key} must be >= ${least} (got ${value})`);
  return null;
}

function flag(reader: Reader, fields: Fields, key: string): boolean {
  const field = fields.get(key);
  return (field === undefined ? null : reader.flag(field)) ?? false;
}

function compileNamespaces(reader: Reader, field: Field | undefined): readonly SandboxNamespace[] | null {
  if (!isSet(field)) return null;
  const names = (reader.items(field) ?? []).flatMap((item) => reader.choice(item, SANDBOX_NAMESPACES) ?? []);
  return Object.freeze([...new Set(names)]);
}

function compilePaths(reader: Reader, field: Field | undefined): readonly SandboxPath[] {
  if (field === undefined) return [];
  const paths = (reader.texts(field) ?? []).flatMap(({ value, field: at }) => {
    const suffix = /:(ro|rw|[a-z]{1,8})$/.exec(value)?.[1] ?? null;
    const path = suffix === null ? value : value.slice(0, -suffix.length - 1);
    if (suffix !== null && suffix !== 'rw' && suffix !== 'ro')
      reader.problems.error(
        at,
        explain(`unknown way of access ${quoted(suffix)}`, ['path', 'path:ro', 'path:rw']),
      );
    else if (path.trim() === '' || path.includes('\0'))
      reader.problems.error(at, 'must be a path, or path:rw');
    else if (/[*?[\]{}]/.test(path))
      reader.problems.error(at, `${quoted(path)} is a pattern; name the folder, all below it is meant`);
    else return [Object.freeze({ path, writable: suffix === 'rw' })];
    return [];
  });
  return Object.freeze(paths);
}

function compileNetwork(reader: Reader, field: Field | undefined): readonly SandboxHost[] | null {
  if (!isSet(field)) return null;
  const allow = reader.known(field, ['allow'])?.get('allow');
  if (allow === undefined) return null;
  const hosts = (reader.texts(allow) ?? []).flatMap(({ value, field: at }) => {
    const match = /^(\[[0-9a-f:.]+\]|(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(\d{1,5}))?$/i.exec(
      value.trim(),
    );
    const port = match?.[2] === undefined ? null : Number(match[2]);
    if (match?.[1] === undefined || (port !== null && (port < 1 || port > 65_535))) {
      reader.problems.error(
        at,
        `${quoted(value)} is no host; write name:port, for example api.github.com:443, or *.example.com`,
      );
      return [];
    }
    return [Object.freeze({ host: match[1].toLowerCase(), port })];
  });
  return Object.freeze(hosts);
}

function compileResources(reader: Reader, field: Field | undefined): SandboxResources {
  const none: SandboxResources = { memoryBytes: null, cpu: null, processes: null };
  if (!isSet(field)) return none;
  if (!isMap(field.node)) {
    reader.problems.error(field, 'expected a mapping { memory, cpu, processes }');
    return none;
  }
  const fields = reader.known(field, ['memory', 'cpu', 'processes']) ?? new Map<string, Field>();
  const cpuField = fields.get('cpu');
  const cpu = cpuField === undefined ? null : reader.number(cpuField);
  if (cpuField !== undefined && cpu !== null && (cpu < 0 || cpu > 1024))
    reader.problems.error(cpuField, `cpu must be cores, more than 0 and at most 1024 (got ${cpu})`);
  const processes = within(reader, fields, 'processes', 1, 1_000_000);
  return Object.freeze({
    memoryBytes: compileMemory(reader, fields.get('memory')),
    cpu: cpu === 0 ? null : cpu,
    processes,
  });
}

/** `512MB`, `2GB`, `1.5g`; units are powers of 1024. A bare number is bytes. */
function compileMemory(reader: Reader, field: Field | undefined): number | null {
  if (!isSet(field)) return null;
  const text = reader.scalarText(field);
  if (text === null || text === '') return null;
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s?([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const bytes =
    match === null ? Number.NaN : Math.round(Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1));
  if (!Number.isSafeInteger(bytes)) {
    reader.problems.error(
      field,
      `${quoted(text)} is no amount of memory; write for example "512MB" or "2GB"`,
    );
    return null;
  }
  if (bytes < LEAST_MEMORY) {
    reader.problems.error(field, `memory must be at least 16MB (got ${quoted(text)})`);
    return null;
  }
  return bytes;
}
