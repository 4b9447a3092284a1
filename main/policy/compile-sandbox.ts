/** `security.sandbox`: how the kernel confines an agent that is started with `gatehouse run`. */
import { isMap } from 'yaml';
import { quoted } from './diagnostic.ts';
import type { Field } from './document.ts';
import { type Fields, isSet, type Reader } from './reader.ts';
import type { RuleRef } from './rule-ref.ts';

export const SANDBOX_LEVELS = ['off', 'standard', 'strict', 'maximum'] as const;
export type SandboxLevel = (typeof SANDBOX_LEVELS)[number];
export const SANDBOX_NAMESPACES = ['user', 'pid', 'net', 'mount'] as const;
export type SandboxNamespace = (typeof SANDBOX_NAMESPACES)[number];

/** A path that the file adds to what an agent sees. */
export interface AllowedPath {
  /** As written, without its mode: absolute, or beginning with `~/`. */
  readonly path: string;
  readonly writable: boolean;
  readonly rule: RuleRef;
}

/** Where an agent may connect to; the egress proxy decides by it. */
export interface AllowedHost {
  /** Lower case, without a trailing dot; `*.` in front means every name below. */
  readonly host: string;
  /** Null: every port. */
  readonly port: number | null;
  readonly rule: RuleRef;
}

/** What the file says; null where it says nothing and the level decides. */
export interface SandboxPolicy {
  readonly rule: RuleRef;
  readonly level: SandboxLevel;
  /** The least that must really be enforced; less is refused. */
  readonly require: SandboxLevel | null;
  readonly namespaces: readonly SandboxNamespace[] | null;
  readonly poolSize: number;
  readonly poolMax: number;
  readonly workspaceSnapshot: boolean;
  readonly audit: boolean;
  /** Seconds. */
  readonly sessionTimeout: number | null;
  /** Seconds. */
  readonly idleTimeout: number | null;
  readonly allowPaths: readonly AllowedPath[];
  /** Bytes. */
  readonly memory: number | null;
  /** Cores. */
  readonly cpu: number | null;
  readonly processes: number | null;
  readonly network: { readonly mode: 'proxy' | 'none'; readonly allow: readonly AllowedHost[] };
  readonly mdwe: 'auto' | 'on' | 'off';
}

const FIELDS = [
  'level',
  'require',
  'namespaces',
  'pool_size',
  'pool_max',
  'workspace_snapshot',
  'audit',
  'session_timeout',
  'idle_timeout',
  'allow_paths',
  'resources',
  'network',
  'mdwe',
];
const DEFAULT_POOL = 2;
const DEFAULT_POOL_MAX = 8;
const UNITS: Readonly<Record<string, number>> = { KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };
const LEAST_MEMORY = 16 * 2 ** 20;

/** Reads the section; null when the file has none. */
export function compileSandbox(reader: Reader, field: Field | undefined): SandboxPolicy | null {
  // What is no mapping is told where the section is kept.
  if (!isSet(field) || !isMap(field.node)) return null;
  const fields = reader.known(field, FIELDS);
  if (fields === null) return null;
  const number = (key: string, check: (value: number, field: Field) => string | null): number | null => {
    const at = fields.get(key);
    const value = at === undefined ? null : reader.integer(at);
    // 0 is how the reference writes "not set".
    if (at === undefined || value === null || value === 0) return null;
    const problem = check(value, at);
    if (problem !== null) reader.problems.error(at, problem);
    return value;
  };
  const within = (key: string, most: number) => (value: number) =>
    value < 1 || value > most ? `${key} must be in [1, ${most}] (got ${value})` : null;
  const atLeast = (key: string, least: number) => (value: number) =>
    value < least ? `${key} must be >= ${least} (got ${value})` : null;
  const poolSize = number('pool_size', within('pool_size', 32)) ?? DEFAULT_POOL;
  const poolMax = number('pool_max', within('pool_max', 64)) ?? Math.max(DEFAULT_POOL_MAX, poolSize);
  const poolField = fields.get('pool_max');
  if (poolField !== undefined && poolMax < poolSize)
    reader.problems.error(poolField, `pool_max must be >= pool_size (got ${poolMax} < ${poolSize})`);
  const resources = section(reader, fields, 'resources', ['memory', 'cpu', 'processes']);
  const processes = resources.get('processes');
  const processCount = processes === undefined ? null : reader.integer(processes);
  if (processes !== undefined && processCount !== null && processCount < 1)
    reader.problems.error(processes, `processes must be >= 1 (got ${processCount})`);
  const choice = <T extends string>(key: string, allowed: readonly T[]): T | null => {
    const at = fields.get(key);
    return at === undefined ? null : levelChoice(reader, at, allowed);
  };
  return Object.freeze({
    rule: reader.problems.ref(field, field.path),
    level: choice('level', SANDBOX_LEVELS) ?? 'standard',
    require: choice('require', SANDBOX_LEVELS),
    namespaces: namespaces(reader, fields.get('namespaces')),
    poolSize,
    poolMax,
    workspaceSnapshot: flag(reader, fields.get('workspace_snapshot')),
    audit: flag(reader, fields.get('audit')),
    sessionTimeout: number('session_timeout', atLeast('session_timeout', 60)),
    idleTimeout: number('idle_timeout', atLeast('idle_timeout', 30)),
    allowPaths: allowPaths(reader, fields.get('allow_paths')),
    memory: memory(reader, resources.get('memory')),
    cpu: cores(reader, resources.get('cpu')),
    processes: processCount,
    network: network(reader, fields.get('network')),
    mdwe: choice('mdwe', ['auto', 'on', 'off'] as const) ?? 'auto',
  });
}

/** YAML reads a bare `off` or `on` as text in version 1.2, as yes or no in 1.1; both are taken. */
function levelChoice<T extends string>(reader: Reader, field: Field, allowed: readonly T[]): T | null {
  const value = scalar(field);
  if (value === false && (allowed as readonly string[]).includes('off')) return 'off' as T;
  if (value === true && (allowed as readonly string[]).includes('on')) return 'on' as T;
  const found = allowed.find((word) => word === value);
  if (found !== undefined) return found;
  if (typeof value === 'string' && value !== '')
    reader.problems.error(
      field,
      `invalid value ${quoted(value)} at ${field.path} (allowed: ${allowed.join(', ')})`,
    );
  else return reader.choice(field, allowed);
  return null;
}

function scalar(field: Field): unknown {
  const { node } = field;
  return node !== null && 'value' in node ? node.value : null;
}

function section(reader: Reader, parent: Fields, key: string, allowed: readonly string[]): Fields {
  const field = parent.get(key);
  return (isSet(field) ? reader.known(field, allowed) : null) ?? new Map<string, Field>();
}

function flag(reader: Reader, field: Field | undefined): boolean {
  if (!isSet(field)) return false;
  const value = scalar(field);
  if (typeof value !== 'boolean') reader.problems.error(field, 'must be true or false');
  return value === true;
}

function namespaces(reader: Reader, field: Field | undefined): readonly SandboxNamespace[] | null {
  if (!isSet(field)) return null;
  const names = (reader.items(field) ?? []).flatMap((item) => {
    const name = reader.choice(item, SANDBOX_NAMESPACES);
    return name === null ? [] : [name];
  });
  if (names.length === 0) return null;
  const kept = SANDBOX_NAMESPACES.filter((name) => name !== 'net' && !names.includes(name));
  if (kept.length > 0)
    reader.problems.info(field, `every level above off also has the namespaces ${kept.join(', ')}`);
  if (!names.includes('net'))
    reader.problems.info(
      field,
      'without net an agent has the network of this computer: less than the level standard',
    );
  return Object.freeze([...new Set(names)]);
}

function allowPaths(reader: Reader, field: Field | undefined): readonly AllowedPath[] {
  if (!isSet(field)) return [];
  const found: AllowedPath[] = [];
  for (const { value, field: at } of reader.texts(field) ?? []) {
    const writable = value.endsWith(':rw');
    const written = writable ? value.slice(0, -3) : value.endsWith(':ro') ? value.slice(0, -3) : value;
    const path = written.length > 1 ? written.replace(/\/+$/, '') : written;
    if (!/^(?:\/|~(?:\/|$))/.test(path) || /\p{Cc}/u.test(path))
      reader.problems.error(at, `${quoted(value)} must be an absolute path or begin with ~/`);
    else if (path.split('/').some((part) => part === '..' || part === '.'))
      reader.problems.error(at, `${quoted(value)} must not hold . or ..; write the folder itself`);
    else if (/[*?[\]{}]/.test(path))
      reader.problems.error(at, `${quoted(value)} is a pattern; name the folder, all below it is meant`);
    else if (found.some((other) => other.path === path && other.writable !== writable))
      reader.problems.error(at, `${quoted(path)} is there twice, once writable and once not; keep one`);
    else if (!found.some((other) => other.path === path))
      found.push(Object.freeze({ path, writable, rule: reader.problems.ref(at, at.path) }));
  }
  return Object.freeze(found);
}

function memory(reader: Reader, field: Field | undefined): number | null {
  if (!isSet(field)) return null;
  const value = scalar(field);
  const parts = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([KMGT])(?:i?B)?$/i.exec(value.trim()) : null;
  const bytes =
    parts === null ? null : Math.floor(Number(parts[1]) * (UNITS[`${parts[2]?.toUpperCase()}B`] ?? 0));
  if (bytes === null || !Number.isSafeInteger(bytes)) {
    reader.problems.error(field, `must be an amount of memory such as "512MB" or "2GB"`);
    return null;
  }
  if (bytes < LEAST_MEMORY) reader.problems.error(field, 'memory must be >= 16MB');
  return bytes;
}

function cores(reader: Reader, field: Field | undefined): number | null {
  if (!isSet(field)) return null;
  const value = scalar(field);
  if (typeof value !== 'number' || !(value > 0) || value > 4096) {
    reader.problems.error(field, 'must be a number of cores above 0, for example 1.5');
    return null;
  }
  return value;
}

function network(reader: Reader, field: Field | undefined): SandboxPolicy['network'] {
  if (!isSet(field)) return { mode: 'proxy', allow: [] };
  if (scalar(field) === 'none') return Object.freeze({ mode: 'none', allow: [] });
  if (scalar(field) === 'proxy') return Object.freeze({ mode: 'proxy', allow: [] });
  const fields = reader.known(field, ['allow']);
  const allow: AllowedHost[] = [];
  const list = fields?.get('allow');
  for (const { value, field: at } of list === undefined ? [] : (reader.texts(list) ?? [])) {
    const parts = /^((?:\*\.)?[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])\.?(?::(\d{1,5}))?$/i.exec(
      value,
    );
    const port = parts?.[2] === undefined ? null : Number(parts[2]);
    if (parts === null || parts[1]?.includes('..') || (port !== null && (port < 1 || port > 65_535)))
      reader.problems.error(
        at,
        `${quoted(value)} must be a host, with its port after a colon if only one is meant`,
      );
    else
      allow.push(
        Object.freeze({ host: (parts[1] ?? '').toLowerCase(), port, rule: reader.problems.ref(at, at.path) }),
      );
  }
  return Object.freeze({ mode: 'proxy', allow: Object.freeze(allow) });
}
